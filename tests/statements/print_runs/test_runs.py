"""Runs of letters: who gets one, what the files hold, what a kill in the middle leaves."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader

from portal.connectors import pdf_press
from portal.connectors.pdf import Paper, print_paper
from portal.db import Principal, new_id
from portal.domain.paper_delivery import DeliveryKind, LetterReason
from portal.domain.print_run import LetterState, RunState, UnknownMoveError
from portal.messages.models import Message
from portal.statements.papers.models import PaperSettings
from portal.statements.print_runs import service
from portal.statements.print_runs.acknowledgment import AnswersUnreadableError, read_answers
from portal.statements.print_runs.printing import print_letters
from tests.contracts.test_pdf import MADE_AT, PAPER
from tests.statements.builders import hold_account
from tests.statements.conftest import NOW
from tests.statements.print_runs.conftest import PEOPLE, Town, index_of


def test_who_has_no_email_chose_paper_or_got_mail_back_gets_a_letter(town: Town) -> None:
    for index in range(PEOPLE):
        town.change(index, email="somebody@example.com", email_agreed_at=NOW)
    assert town.letters().due == ()
    town.change(0, email=None)
    town.change(1, email_agreed_at=None)
    town.choose(2, DeliveryKind.CHOSE_PAPER)
    for index, statuses in ((3, ["5.1.1"]), (4, ["4.2.2"]), (5, ["4.2.2", "4.4.7"])):
        for hour, status in enumerate(statuses):
            town.add(
                Message,
                message_id=new_id(),
                guarantor_id=town.guarantor_ids[index],
                channel="email",
                template="statement_link",
                subject_id=new_id(),
                state="bounced",
                state_at=NOW + timedelta(hours=hour),
                detail=f"status {status}",
                created_at=NOW,
            )
    reasons = {one.guarantor_id: one.reason for one in town.letters().due}
    assert reasons == dict(
        zip(
            [town.guarantor_ids[index] for index in (0, 1, 2, 3, 5)],
            [
                LetterReason.NO_EMAIL,
                LetterReason.NOT_AGREED,
                LetterReason.CHOSE_PAPER,
                LetterReason.BOUNCED,
                LetterReason.BOUNCED,
            ],
            strict=True,
        )
    )
    assert {one.goes_by for one in town.letters().due} == {date(2026, 3, 10)}


def test_each_page_is_of_the_account_its_envelope_is_of(town: Town) -> None:
    """Strong Memorial's envelopes: no page of one person may be in another's."""
    town.choose(2, DeliveryKind.LARGE_PRINT)
    town.change(3, language="es")
    folder = town.print(town.run())
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    rows = index_of(folder)
    assert len(rows) == PEOPLE == manifest["letters"]
    assert sum(int(row["amount_due_cents"]) for row in rows) == manifest["amount_due_cents"]
    assert manifest["amount_due_cents"] == PEOPLE * 4_000
    for entry in manifest["files"]:
        content = (folder / entry["name"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    batches = {
        entry["name"]: PdfReader(folder / entry["name"])
        for entry in manifest["files"]
        if entry["name"].endswith(".pdf")
    }
    for row in rows:
        batch = batches[row["batch"]]
        first, pages = int(row["first_page"]), int(row["pages"])
        marks = [mark for mark in batch.outline if not isinstance(mark, list)]
        starts = {batch.get_destination_page_number(mark): mark.title for mark in marks}
        assert starts[first - 1] == f"{int(row['sequence']):06d} {row['account']}"
        for page in range(pages):
            text = batch.pages[first - 1 + page].extract_text()
            assert set(re.findall(r"A-3\d{4}", text)) == {row["account"]}
            assert re.search(rf"(Page|Página) {page + 1} (of|de) {pages}", text)
        for blank in range(pages, int(row["sheets"]) * 2):
            assert not batch.pages[first - 1 + blank].extract_text().strip()
    assert {row["sheets"] for row in rows if row["batch"] == rows[0]["batch"]} == {
        rows[0]["sheets"]
    }
    (large,) = [row for row in rows if row["large_print"] == "yes"]
    assert large["account"] == "A-30002"


def test_a_run_that_was_killed_goes_on_where_it_was(town: Town) -> None:
    whole = town.print(town.run())
    expected = {file.name: file.read_bytes() for file in whole.iterdir()}
    spoil_all(town, whole)
    run_id = town.run()
    mortal = replace(town.shop, press_for=press_that_dies, at_a_time=2)
    with pytest.raises(KeyboardInterrupt):
        print_letters(mortal, run_id, now=NOW)
    half = town.state(run_id).run
    assert (half.state, half.letters[LetterState.PRINTED]) == (RunState.PRINTING, 2)
    folder = town.print(run_id)
    assert town.state(run_id).run.letters == {LetterState.PRINTED: PEOPLE}
    assert index_of(folder)[0]["account"] == index_of(whole)[0]["account"]
    assert set(expected) == {file.name for file in folder.iterdir()}
    assert not folder.with_suffix(".tmp").exists()
    again = town.print(run_id)
    assert again == folder


def spoil_all(town: Town, folder: Path) -> None:
    """So that the same statements are due again."""
    (run,) = town.letters().runs
    service.hand_over(town.database, town.act, run.run_id, home=town.home)
    rows = "".join(f"{row['sequence']},spoiled\n" for row in index_of(folder))
    answers = read_answers(f"sequence,status\n{rows}".encode())
    assert service.take_answers(town.database, town.act, run.run_id, answers).spoiled == PEOPLE


@contextmanager
def press_that_dies(_count: int, **_how: object) -> Iterator[pdf_press.Press]:
    """The process is killed at the fourth letter: what it wrote down before stays."""
    printed: list[Paper] = []

    def press(papers: Sequence[Paper], *, made_at: datetime) -> Iterator[bytes]:
        for paper in papers:
            if len(printed) == 3:
                raise KeyboardInterrupt
            printed.append(paper)
            yield print_paper(paper, made_at=made_at)

    yield press


def test_a_statement_goes_by_mail_once_unless_its_letter_was_spoiled(town: Town) -> None:
    run_id = town.run()
    assert town.letters().due == ()
    with pytest.raises(service.NothingToPrintError):
        town.run()
    with pytest.raises(UnknownMoveError):
        service.hand_over(town.database, town.act, run_id, home=town.home)
    town.print(run_id)
    service.hand_over(town.database, town.act, run_id, home=town.home)
    assert town.state(run_id).run.letters == {LetterState.SENT: PEOPLE}
    said = b"sequence,status,detail\n1,mailed,\n2,SPOILED,jammed\n99,mailed,\n"
    for _ in range(2):
        reconciled = service.take_answers(town.database, town.act, run_id, read_answers(said))
        assert (reconciled.mailed, reconciled.spoiled) == (1, 1)
        assert (reconciled.unknown, reconciled.missing) == ((99,), PEOPLE - 2)
    (again,) = town.letters().due
    (spoiled,) = town.state(run_id).look_at
    assert (again.number, spoiled.detail) == (spoiled.statement_number, "jammed")


def test_who_pays_or_is_on_hold_before_it_is_printed_is_left_out(town: Town) -> None:
    run_id = town.run()
    hold_account(town.database, town.practice_id, guarantor_id=town.guarantor_ids[0])
    folder = town.print(run_id)
    assert len(index_of(folder)) == PEOPLE - 1
    (left_out,) = town.state(run_id).look_at
    assert (left_out.account_number, left_out.detail) == ("A-30000", "on_hold")


def test_an_address_that_is_not_whole_becomes_a_task_and_no_letter(town: Town) -> None:
    for index in range(PEOPLE - 1):
        town.change(index, city=None)
    page = town.letters()
    assert len(page.without_address) == PEOPLE - 1
    folder = town.print(town.run())
    assert len(index_of(folder)) == 1


def test_windows_and_one_side_are_the_practices_to_set(town: Town) -> None:
    town.add(
        PaperSettings,
        sender_window=[500, 500, 3_500, 792],
        recipient_window=[500, 2_042, 3_500, 875],
        is_duplex=False,
        remit_to=["PO Box 5520", "Easton, OR 97399"],
    )
    folder = town.print(town.run())
    first = PdfReader(folder / "batch-0001.pdf").pages[0].extract_text()
    assert "PO Box 5520" in first
    assert all(row["sheets"] == row["pages"] for row in index_of(folder))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"number,status\n1,mailed\n",
        b"sequence,status\n1,lost\n",
        b"a\0b",
        b"sequence,status\n" + b"7" * 5_000 + b",mailed\n",
        b"sequence,status,detail\n1,spoiled,jam\0med\n",
    ],
)
def test_a_file_that_is_none_changes_nothing(content: bytes) -> None:
    with pytest.raises(AnswersUnreadableError):
        read_answers(content)


def test_many_are_printed_in_spawned_processes_to_the_same_bytes() -> None:
    papers = [replace(PAPER, title=f"Recibo {number}") for number in range(45)]
    with pdf_press.press_for(len(papers), processes=2) as press:
        apart = list(press(papers, made_at=MADE_AT))
    with pdf_press.press_for(1, processes=1) as press:
        assert apart == list(press(papers, made_at=MADE_AT))


def test_a_run_belongs_to_its_practice(town: Town) -> None:
    run_id = town.run()
    other = replace(town.act, principal=Principal.staff(new_id(), staff_id=new_id(), role="x"))
    with pytest.raises((service.UnknownRunError, LookupError)):
        service.view_run(town.database, other, run_id)
