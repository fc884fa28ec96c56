"""Papers: names are read and never run; every sign has a letter; the same in, the same out."""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from portal.connectors.pdf import (
    Facts,
    Paper,
    PaperTooLongError,
    Sum,
    Words,
    print_paper,
    printable,
)

MADE_AT = datetime(2026, 3, 9, 17, 0, tzinfo=UTC)
PAPER = Paper(
    language="es",
    title="Recibo",
    sender="Riverbend Family Health",
    sender_lines=("210 Mill Street", "Easton, OR 97399"),
    lead="Usted pagó",
    amount="$77.70",
    blocks=(
        Facts("", (("Pagado el", "9 de marzo de 2026"),)),
        Sum("Qué se pagó", ("Servicio", "Importe"), (("Consulta", "$77.70"),), ("", "$77.70")),
        Words("Gracias.", soft=True),
    ),
    page="Página",
    of="de",
)
HOSTILE = (
    '#eval("1+1")',
    "*bold* _emphasis_ `raw` $x^2$ = heading",
    "#panic() <label> @ref",
    "</text><script>&amp;",
    "\\u{41} // /* */",
    '"); #read("letter.typ") //',
)


def named(name: str) -> Paper:
    return replace(PAPER, blocks=(Facts(name, ((name, name),)), Words(name)))


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def test_a_paper_says_what_it_was_given() -> None:
    text = text_of(print_paper(PAPER, made_at=MADE_AT))
    for words in ("Recibo", "Usted pagó", "$77.70", "9 de marzo de 2026", "Página 1 de 1"):
        assert words in text


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_read_and_never_run(name: str) -> None:
    assert name in text_of(print_paper(named(name), made_at=MADE_AT))


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("José Ñandú Šťastný Nguyễn", "José Ñandú Šťastný Nguyễn"),
        ("Jose\N{COMBINING ACUTE ACCENT}", "José"),
        ("Ana \N{GRINNING FACE}", "Ana ?"),
        ("\N{CJK UNIFIED IDEOGRAPH-674E}", "?"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}live", "live"),
        ("a\0b\tc\N{ZERO WIDTH NO-BREAK SPACE}d", "abcd"),
        ("\uffff\ue000\ud800", ""),
    ],
)
def test_a_sign_without_a_letter_stops_no_paper(name: str, printed: str) -> None:
    assert printable(name) == printed
    print_paper(named(name), made_at=MADE_AT)


def test_the_same_paper_is_the_same_bytes_in_every_thread() -> None:
    with ThreadPoolExecutor(3) as threads:
        made = list(threads.map(lambda _: print_paper(PAPER, made_at=MADE_AT), range(9)))
    assert set(made) == {print_paper(PAPER, made_at=MADE_AT)}


def test_a_long_paper_goes_on_over_pages_and_an_endless_one_is_refused() -> None:
    rows = [(f"Consulta {number}", "$1.00") for number in range(200)]
    table = Sum("Qué se pagó", ("Servicio", "Importe"), rows, ("", "$200.00"))
    content = print_paper(replace(PAPER, blocks=(table,)), made_at=MADE_AT)
    assert len(PdfReader(io.BytesIO(content)).pages) > 3
    assert "Consulta 199" in text_of(content)
    with pytest.raises(PaperTooLongError):
        print_paper(replace(PAPER, blocks=(replace(table, rows=rows * 6),)), made_at=MADE_AT)
