"""Feed files as they come: sound ones in whole, damaged ones not at all, bad rows one by one."""

import hashlib
import random
import string
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from portal.connectors.practice_systems.feed import FeedFileError, write_feed
from portal.domain.practice_feed import COLUMNS
from portal.sync.feed_template import feed_template
from tests.remittances.desk import NOW, ImportDesk
from tests.sync.feeding import Feeder, Row

DESK = Row(account_number="J-1", cents=2_000)


def resealed(lines: Sequence[bytes], *, count: int, cents: int) -> bytes:
    """Other lines under a trailer that fits them."""
    above = b"\r\n".join(lines) + b"\r\n"
    digest = hashlib.sha256(above).hexdigest()
    return above + f"trailer,{count},{cents},{digest}\r\n".encode()


def test_a_byte_order_mark_and_unix_line_ends_change_nothing(feeder: Feeder) -> None:
    header, names, row, _ = feeder.file([DESK]).split(b"\r\n")[:4]
    above = b"\xef\xbb\xbf" + b"\n".join([header, names, row]) + b"\n"
    digest = hashlib.sha256(above).hexdigest()
    content = above + f"trailer,1,2000,{digest}".encode()
    assert feeder.send_bytes(content).as_json()["posted"] == 1


def test_what_is_no_whole_feed_is_refused_with_a_sentence(feeder: Feeder) -> None:
    sound = feeder.file([DESK, replace(DESK, id="R-2")])
    lines = sound.split(b"\r\n")
    damaged = {
        "does not begin": b"hello",
        "is not UTF-8": b"\xff\xfe" + sound,
        "is not a text": sound.replace(b"J-1", b"J\x001"),
        "no trailer": b"\r\n".join(lines[:3]) + b"\r\n",
        "counts 2 rows, there are 1": b"\r\n".join([*lines[:3], *lines[4:]]),
        "adds up to 4000 cents, the rows to 4900": sound.replace(b",2000,2", b",2900,2", 1),
        "SHA-256": sound.replace(b"A1", b"A2", 1),
        "does not name the practice": sound.replace(b",riverbend,", b",elsewhere,"),
        "with a time zone": sound.replace(b"+00:00", b"", 1),
        "second line must be": sound.replace(b"kind,id", b"id,kind"),
        "is not CSV": sound.replace(b"receipt,R-1", b'receipt,"R-1"x'),
    }
    for sentence, content in damaged.items():
        with pytest.raises(FeedFileError, match=sentence):
            feeder.send_bytes(content)
    assert feeder.records() == {}


def test_a_file_from_the_future_is_refused(desk: ImportDesk, feeder: Feeder) -> None:
    content = write_feed((), practice_slug=desk.practice.slug, created_at=NOW + timedelta(hours=2))
    with pytest.raises(FeedFileError, match="in the future"):
        feeder.send_bytes(content)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kind": "gift"}, "Its kind is none of"),
        ({"id": ""}, "It has no id"),
        ({"amount_cents": "20.00"}, "whole number of cents"),
        ({"amount_cents": "-2000"}, "whole number of cents"),
        ({"amount_cents": "٢٠٠٠"}, "whole number of cents"),
        ({"amount_cents": "0"}, "Its amount is nothing."),
        ({"happened_on": "03/09/2026"}, "is not a day such as 2026-03-09"),
        ({"happened_on": "2026-03-10"}, "lies ahead"),
        ({"service_on": "yesterday"}, "is not a day"),
        ({"method": "goat"}, "needs a method"),
        ({"post_id": "17"}, "is not one of ours"),
        ({"account_number": "", "claim_number": ""}, "needs an account_number or a claim_number"),
        ({"claim_number": "A" * 81}, "longer than 80"),
        ({"code": "one\ntwo"}, "cannot be printed"),
        ({"kind": "adjustment"}, "An adjustment needs a class"),
        ({"kind": "refund"}, "Its refers_to must be"),
        ({"kind": "refund", "refers_to": "R-77"}, "no posted row R-77"),
        ({"kind": "void", "refers_to": "R-77"}, "no posted row R-77"),
        ({"kind": "opening_balance", "account_number": ""}, "It needs an account_number."),
    ],
)
def test_a_row_that_makes_no_sense_is_kept_with_a_sentence(
    desk: ImportDesk, feeder: Feeder, changes: dict[str, str], sentence: str
) -> None:
    told = dict(zip(COLUMNS, DESK.cells(), strict=True)) | changes
    good = replace(DESK, id="R-9")
    content = write_feed(
        (tuple(told.values()), good.cells()),
        practice_slug=desk.practice.slug,
        created_at=NOW,
    )
    report = feeder.send_bytes(content)
    (refusal,) = report.refusals
    assert sentence in refusal.reason
    assert report.as_json()["posted"] == 1
    again = feeder.send_bytes(content).as_json()
    assert (again["seen"], again["refused"]) == (1, 1)
    assert sorted(row.outcome for row in feeder.records().values()) == ["posted", "refused"]


def test_an_id_of_any_length_is_refused_alone(feeder: Feeder) -> None:
    letters = random.Random(2)  # noqa: S311 - so long that no index takes it, even compressed
    longest = "".join(letters.choice(string.ascii_letters) for _ in range(9_000))
    report = feeder.send(replace(DESK, id=longest), replace(DESK, id=longest + "X"), DESK)
    assert {one.reason for one in report.refusals} == {"Its id is longer than 80 characters."}
    assert report.as_json()["posted"] == 1
    assert len(feeder.records()) == 3


def test_a_row_with_cells_missing_is_refused_alone(feeder: Feeder) -> None:
    lines = feeder.file([DESK]).split(b"\r\n")[:3]
    content = resealed([*lines, b"receipt,R-2"], count=2, cents=2_000)
    (refusal,) = feeder.send_bytes(content).refusals
    assert refusal.reason == "It has 2 cells, not 12."


def test_a_formula_in_a_cell_is_text_and_stays_harmless(feeder: Feeder) -> None:
    formula = '=HYPERLINK("http://example.com")'
    content = feeder.file([replace(DESK, code=formula)])
    assert b"'=HYPERLINK" in content
    feeder.send_bytes(content)
    assert feeder.records()["R-1"].content["code"] == formula


def test_the_template_in_the_documents_is_the_one_that_is_printed() -> None:
    documented = Path(__file__).parents[2] / "docs" / "templates" / "feed.csv"
    assert documented.read_bytes() == feed_template("riverbend", now=NOW)


def test_the_template_is_a_sound_file(desk: ImportDesk, feeder: Feeder) -> None:
    report = feeder.send_bytes(feed_template(desk.practice.slug, now=NOW))
    assert report.as_json()["imported"] == 8
