"""What a search may mean."""

from datetime import date

import hypothesis
import pytest
from hypothesis import strategies as st

from portal.desk.search_terms import SearchTerm, read_term
from portal.domain.names import fold

TODAY = date(2026, 3, 9)


@pytest.mark.parametrize(
    "typed",
    [
        "4/27/1985",
        "04/27/1985",
        "4-27-1985",
        "4.27.1985",
        "4 27 1985",
        "4/27/85",
        "1985-04-27",
        "April 27, 1985",
        "april 27 1985",
        "Apr 27, 1985",
        "Apr. 27th 1985",
        "  4/27/1985 ",
    ],
)
def test_a_date_of_birth_is_read_in_the_usual_forms(typed: str) -> None:
    assert read_term(typed, today=TODAY) == SearchTerm(born_on=date(1985, 4, 27))


@pytest.mark.parametrize(
    ("typed", "year"), [("1/1/26", 2026), ("1/1/25", 2025), ("1/1/27", 1927), ("1/1/00", 2000)]
)
def test_a_year_of_two_digits_is_the_latest_that_was(typed: str, year: int) -> None:
    assert read_term(typed, today=TODAY).born_on == date(year, 1, 1)


@pytest.mark.parametrize(
    "typed", ["13/27/1985", "2/30/1985", "4/27/1885", "3/10/2026", "Ma 1, 1985", "Foo 1, 1985"]
)
def test_what_is_no_date_of_birth_is_none(typed: str) -> None:
    assert read_term(typed, today=TODAY).born_on is None


def test_eight_digits_may_be_a_date_or_a_number() -> None:
    term = read_term("04271985", today=TODAY)
    assert term.born_on == date(1985, 4, 27)
    assert term.number == "04271985"


@pytest.mark.parametrize(
    "typed", ["(503) 555-0117", "503-555-0117", "503.555.0117", "5035550117", "+1 503 555 0117"]
)
def test_a_phone_number_is_read_in_the_usual_forms(typed: str) -> None:
    assert read_term(typed, today=TODAY).phone_digits == "5035550117"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Reyes", ("reyes",)),
        ("Reyes, Ana", ("reyes", "ana")),
        ("ana  reyes", ("ana", "reyes")),
        ("Núñez-Ortiz", ("nunez", "ortiz")),
        ("O'Brien", ("o", "brien")),
        ("Müller", ("muller",)),
        ("x", ()),
        ("%", ()),
        ("__", ()),
        ("", ()),
    ],
)
def test_names_are_read_in_any_order_and_without_accents(
    typed: str, words: tuple[str, ...]
) -> None:
    assert read_term(typed, today=TODAY).words == words


def test_an_account_number_is_kept_as_it_was_typed() -> None:
    assert read_term(" A-20411 ", today=TODAY) == SearchTerm(number="A-20411")
    assert read_term("10482", today=TODAY) == SearchTerm(number="10482")


def test_nothing_is_nothing() -> None:
    assert read_term("  ", today=TODAY).says_nothing
    assert read_term("?", today=TODAY).says_nothing
    assert not read_term("Li", today=TODAY).says_nothing


@hypothesis.given(st.text())
def test_no_text_breaks_the_reader(typed: str) -> None:
    read_term(typed, today=TODAY)
    assert "%" not in fold(typed)


@hypothesis.given(st.dates(min_value=date(1900, 1, 1), max_value=TODAY))
def test_every_date_of_birth_is_found_as_it_is_written_here(born_on: date) -> None:
    for typed in (f"{born_on.month}/{born_on.day}/{born_on.year}", born_on.isoformat()):
        assert read_term(typed, today=TODAY).born_on == born_on
