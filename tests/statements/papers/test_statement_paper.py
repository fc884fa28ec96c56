"""The statement as a letter: what shows through the window, what can be scanned, odd names."""

from dataclasses import replace

import pytest

from portal.connectors.pdf_blocks import NUMBER_10_DOUBLE
from tests.statements.papers.pdf_reading import (
    amounts_of,
    ink_within,
    pages_of,
    scanned,
    signs,
    text_of,
    within,
)
from tests.statements.papers.samples import (
    ADDRESS,
    ANA,
    LONG,
    SITE,
    STATES,
    statement,
    with_lines,
)

HOSTILE = (
    '#eval("1+1")',
    "*bold* _emphasis_ `raw` $x^2$ = heading",
    "#panic() <label> @ref",
    "</text><script>&amp;",
    "\\u{41} // /* */",
    '"); #read("letter.typ") //',
    "W" * 60,
    "Nguyễn Ñandú Šťastný",
)


@pytest.mark.parametrize("is_large", [False, True])
@pytest.mark.parametrize("name", ["due", "long", "paid"])
def test_nothing_but_the_address_shows_through_the_window(name: str, *, is_large: bool) -> None:
    content = statement(STATES[name], is_large=is_large)
    recipient = NUMBER_10_DOUBLE.recipient
    shown = "".join(one.text for one in signs(content) if within(one, recipient))
    assert shown == "".join(ADDRESS).replace(" ", "")
    nothing = statement(STATES[name], is_large=is_large, address=("",))
    assert not ink_within(nothing, recipient)


@pytest.mark.parametrize("is_large", [False, True])
def test_only_the_sender_shows_through_the_other_window(*, is_large: bool) -> None:
    content = statement(LONG, is_large=is_large)
    shown = "".join(one.text for one in signs(content) if within(one, NUMBER_10_DOUBLE.sender))
    assert shown == "".join((LONG.practice.name, *LONG.practice.address_lines)).replace(" ", "")


def test_an_address_too_long_for_the_window_is_made_smaller_and_never_cut() -> None:
    long_address = (
        "Maximiliana Featherstonehaugh-Wolfeschlegelsteinhausen de la Cruz y Villanueva",
        "Care of the Northern Cascades Assisted Living Residences, Building 4, Apartment 1207",
        "San Buenaventura del Valle Escondido, CA 93001-1234",
    )
    content = statement(address=long_address)
    shown = "".join(one.text for one in signs(content) if within(one, NUMBER_10_DOUBLE.recipient))
    assert shown.replace("-", "") == "".join(long_address).replace(" ", "").replace("-", "")


def test_the_square_code_leads_to_the_page_for_the_pay_code_and_names_nobody() -> None:
    content = statement()
    ((_, address),) = scanned(content)
    assert address == f"{SITE}/pay/riverbend"
    assert "7Q4HN-X2M9T" in pages_of(content)[0]


def test_a_letter_of_a_run_says_its_number_and_page_on_every_page() -> None:
    content = statement(mark="000123")
    pages = pages_of(content)
    for number in range(len(pages)):
        codes = dict(scanned(content, number))
        assert codes["Code 39"] == f"000123{number + 1:02d}{len(pages):02d}"
        assert f"Page {number + 1} of {len(pages)}" in pages[number]
        assert f"Account {ANA.document.account_number}" in pages[number]


def test_the_slip_stands_at_the_foot_of_the_first_page_and_says_what_to_send() -> None:
    for page in (ANA, LONG, with_lines(300)):
        first = pages_of(statement(page))[0]
        for words in ("Amount enclosed", "Payment slip", "Payable to, and mailed to"):
            assert words in first


@pytest.mark.parametrize("name", ["paid", "credit", "on-hold", "voided"])
def test_who_owes_nothing_gets_no_slip_to_pay_with(name: str) -> None:
    content = statement(STATES[name])
    assert "Amount enclosed" not in text_of(content)
    assert scanned(content) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_read_and_never_run(name: str) -> None:
    document = replace(ANA.document, guarantor_name=name)
    visit = replace(document.visits[0], patient_first_name=name, provider_name=name)
    page = replace(ANA, document=replace(document, visits=(visit, *document.visits[1:])))
    text = text_of(statement(page, address=(name, "1 A Street", "Easton")))
    plain = "".join(text.split())
    assert plain.count("".join(name.split())) >= 3


def test_a_statement_of_three_hundred_lines_goes_on_over_pages() -> None:
    page = with_lines(300)
    content = statement(page)
    pages = pages_of(content)
    assert 5 < len(pages) < 30
    assert f"Page {len(pages)} of {len(pages)}" in pages[-1]
    shown = amounts_of(content)
    for line in page.document.visits[0].lines:
        cents = line.figures.you_owe_cents
        assert f"${cents // 100}.{cents % 100:02d}" in shown
