"""Papers in a practice's colours with its logo; one that cannot be drawn stops no paper."""

import base64
import io
from dataclasses import replace
from datetime import UTC, datetime

import pypdfium2
import pytest
from PIL import Image

from portal.connectors.pdf import Paper, can_draw
from portal.connectors.pdf_blocks import NUMBER_10_DOUBLE, AmountBox, Mailing
from portal.db import Database, Principal
from portal.practice.branding import add_logo, keep_setup, read_setup
from portal.practice.letterhead import print_for
from tests.builders import make_practice
from tests.statements.papers.pdf_reading import problems_of, signs

NOW = datetime(2026, 3, 9, 18, 0, tzinfo=UTC)
PURPLE, ORANGE = (122, 31, 92), (255, 128, 0)
SQUARE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4">'
    b'<path fill="#ff8000" d="M0 0h4v4H0z"/></svg>'
)
WIDE = SQUARE.replace(b"0 0 4 4", b"0 0 4000 4").replace(b"h4v4", b"h4000v4")
PAPER = Paper("en", "Receipt", "Riverbend", ("1 Main St",), "You paid", "$40.00", (), "Page", "of")
LETTER = replace(
    PAPER,
    mailing=Mailing(
        recipient=("Ana Torres", "1 Elm St", "Portland, OR 97205"),
        windows=NUMBER_10_DOUBLE,
        box=AmountBox("You owe", "$40.00", "", ()),
        coupon=None,
        mark="",
    ),
)


def a_picture() -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (8, 8), ORANGE).save(held, "PNG")
    return held.getvalue()


def practice(database: Database, logo: bytes) -> Principal:
    """With a colour of its own, and this logo."""
    job = Principal.job(make_practice(database), role="test")
    with database.transaction(job) as session:
        _, setup = read_setup(session)
        logo_id = str(add_logo(session, logo, added_by="Jo", now=NOW))
        changed = replace(setup, light="#7a1f5c", logo_id=logo_id)
        keep_setup(session, changed, seen=0, made_by="Jo", now=NOW)
    return job


def colours(content: bytes) -> set[tuple[int, int, int]]:
    """Every colour that stands on the first page."""
    page = pypdfium2.PdfDocument(content)[0].render(scale=2).to_pil().convert("RGB")
    return {colour for _, colour in page.getcolors(maxcolors=page.width * page.height)}


@pytest.mark.parametrize("paper", [PAPER, LETTER], ids=["to keep", "to mail"])
@pytest.mark.parametrize("logo", [SQUARE, WIDE, a_picture()], ids=["drawing", "wide", "picture"])
def test_a_paper_has_the_practices_colour_and_logo(
    database: Database, paper: Paper, logo: bytes
) -> None:
    printed = print_for(database, practice(database, logo), paper, made_at=NOW)
    assert {PURPLE, ORANGE} <= colours(printed)
    assert problems_of(printed) == []


def test_the_logo_does_not_stand_in_a_window_of_the_envelope(database: Database) -> None:
    printed = print_for(database, practice(database, SQUARE), LETTER, made_at=NOW)
    sheet = pypdfium2.PdfDocument(printed)[0].render(scale=1000 / 72).to_pil().convert("RGB")
    for zone in (NUMBER_10_DOUBLE.sender, NUMBER_10_DOUBLE.recipient):
        window = sheet.crop((zone.x, zone.y, zone.x + zone.width, zone.y + zone.height))
        assert ORANGE not in {one for _, one in window.getcolors(maxcolors=10_000_000)}


@pytest.mark.parametrize(
    "logo",
    [
        SQUARE.replace(b"0 0 4 4", b"0 0 0 0"),
        SQUARE.replace(b"0 0 4 4", b"a b c d"),
        SQUARE.replace(b"M0 0h4v4H0z", b"what is this"),
        a_picture()[:40] + a_picture()[-12:],
    ],
    ids=["no size", "no numbers", "no path", "no pixels"],
)
def test_a_logo_that_cannot_be_drawn_stops_no_paper(database: Database, logo: bytes) -> None:
    printed = print_for(database, practice(database, logo), PAPER, made_at=NOW)
    assert PURPLE in colours(printed)
    assert "Riverbend" in "".join(sign.text for sign in signs(printed))
    assert problems_of(printed) == []


@pytest.mark.parametrize("logo", ["", "no drawing", "<svg/>", base64.b64encode(b"x" * 30).decode()])
def test_whether_a_logo_can_be_drawn_is_tried(logo: str) -> None:
    assert can_draw(logo) is (logo == "")


def test_the_same_paper_is_the_same_bytes(database: Database) -> None:
    here = practice(database, SQUARE)
    once, again = (print_for(database, here, PAPER, made_at=NOW) for _ in range(2))
    assert once == again
