"""What is agreed for a service on a day, what was allowed, and how a schedule is read."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.fee_file import FeeFile, read_fee_file
from portal.domain.fee_schedule import DecidedAmount, Fee, FeeBook, allowed_cents

FIRST, LAST = date(2026, 1, 1), date(2026, 6, 30)
BOOK = FeeBook(
    [
        Fee("99213", "", FIRST, LAST, 9_000),
        Fee("99213", "", date(2026, 7, 1), None, 9_500),
        Fee("71046", "", FIRST, None, 5_000),
        Fee("71046", "26", FIRST, None, 1_500),
        Fee("71046", "TC", FIRST, None, 3_500),
    ]
)


@pytest.mark.parametrize(
    ("code", "modifiers", "day", "units", "expected"),
    [
        ("99213", (), FIRST, 1, 9_000),
        ("99213", (), LAST, 1, 9_000),
        ("99213", (), date(2026, 7, 1), 1, 9_500),
        ("99213", (), date(2025, 12, 31), 1, None),
        ("99213", (), FIRST, 3, 27_000),
        ("99213", ("25", "95"), FIRST, 1, 9_000),  # they tell how, not how much
        ("99213", ("50",), FIRST, 1, None),  # both sides: no price of its own
        ("99214", (), FIRST, 1, None),
        ("71046", (), FIRST, 1, 5_000),
        ("71046", ("26",), FIRST, 1, 1_500),
        ("71046", ("RT", "TC"), FIRST, 1, 3_500),
        ("71046", ("26", "52"), FIRST, 1, None),
        ("71046", ("26", "TC"), FIRST, 1, None),
    ],
)
def test_a_price_is_found_by_code_modifier_and_day(
    code: str, modifiers: Sequence[str], day: date, units: int, expected: int | None
) -> None:
    assert BOOK.expected_cents(code, modifiers, day=day, units=units) == expected


@pytest.mark.parametrize(
    ("amounts", "allowed"),
    [
        ([], 10_000),
        ([("CO", "45", 3_000)], 7_000),
        ([("CO", "45", 3_000), ("PR", "1", 5_000), ("PR", "3", 2_000)], 7_000),
        ([("CO", "45", 3_000), ("CO", "253", 140)], 7_000),  # the federal cut is no price
        ([("CO", "45", 3_000), ("CO", "144", -100)], 7_000),
        ([("CO", "94", -500)], 10_500),
        ([("PI", "45", 1_000)], 9_000),
        ([("CO", "197", 10_000)], None),  # denied
        ([("CO", "97", 10_000)], None),  # bundled
        ([("CO", "24", 10_000)], None),  # paid per member
        ([("OA", "23", 8_000)], None),  # a second payer
        ([("CR", "45", 3_000)], None),
        ([("CO", "45", 10_000)], None),
    ],
)
def test_allowed_is_the_charge_less_the_agreed_price(
    amounts: list[tuple[str, str, int]], allowed: int | None
) -> None:
    assert allowed_cents(10_000, [DecidedAmount(*one) for one in amounts]) == allowed


HEADER = "payer;procedure_code;modifier;effective_from;effective_to;amount"


def read(*lines: str, payer: str = "") -> FeeFile:
    rows = [(number, line.split(";")) for number, line in enumerate(lines, start=1)]
    return read_fee_file(rows, payer=payer)


def test_a_schedule_is_read_by_payer() -> None:
    found = read(
        HEADER,
        "87726;99213;;2026-01-01;6/30/2026;90.00",
        "87726;99213;;7/1/2026;;$1,095.5",
        "60054;71046;tc;2026-01-01;;35",
    )
    assert (found.errors, found.fee_count) == ((), 3)
    assert found.fees["87726"] == (
        Fee("99213", "", FIRST, LAST, 9_000),
        Fee("99213", "", date(2026, 7, 1), None, 109_550),
    )
    assert found.fees["60054"] == (Fee("71046", "TC", FIRST, None, 3_500),)


def test_columns_that_may_be_empty_may_be_missing() -> None:
    found = read("Amount;Procedure Code;Effective From", "90;99213;2026-01-01", payer="87726")
    assert found.fees == {"87726": (Fee("99213", "", FIRST, None, 9_000),)}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (";99213;;2026-01-01;;90", "The payer is missing."),
        ("87726;9;;2026-01-01;;90", "The procedure code has to be like 99213."),
        ("87726;99213;2;2026-01-01;;90", "The modifier has to be"),
        ("87726;99213;;soon;;90", "The dates have to be like"),
        ("87726;99213;;2026-01-01;later;90", "The dates have to be like"),
        ("87726;99213;;2026-02-01;2026-01-01;90", "The last day is before the first."),
        ("87726;99213;;2026-01-01;;-90", "The amount has to be dollars and cents"),
        ("87726;99213;;2026-01-01;;90.005", "The amount has to be dollars and cents"),
        ("87726;99213;;2026-01-01;;", "The amount has to be dollars and cents"),
        ("87726", "The procedure code has to be like 99213."),
        ("87726;99215;;2026-03-01;;90", "Another line has a price for some of these days."),
    ],
)
def test_a_line_that_cannot_be_read_keeps_the_whole_file_out(line: str, words: str) -> None:
    found = read(HEADER, "87726;99215;;2026-01-01;2026-03-01;80", line)
    assert found.fees == {}
    (error,) = found.errors
    assert (error.line_number, words in error.message) == (3, True)


@given(
    st.lists(st.tuples(st.integers(0, 40), st.none() | st.integers(0, 20)), min_size=1, max_size=12)
)
def test_two_prices_for_one_day_are_refused_in_whatever_order_they_come(
    spans: list[tuple[int, int | None]],
) -> None:
    """Against the plain rule: each line with every line that was taken before it."""
    days = [
        (
            FIRST + timedelta(start),
            date.max if length is None else FIRST + timedelta(start + length),
        )
        for start, length in spans
    ]
    taken: list[tuple[date, date]] = []
    refused = []
    for number, (first, last) in enumerate(days, start=2):
        if any(first <= other_last and other_first <= last for other_first, other_last in taken):
            refused.append(number)
        else:
            taken.append((first, last))
    lines = [f"87726;99215;;{first};{'' if last == date.max else last};80" for first, last in days]
    assert [one.line_number for one in read(HEADER, *lines).errors] == refused


def test_a_file_that_is_wrong_throughout_lists_the_first_errors_only() -> None:
    found = read(HEADER, *["87726;99213;;soon;;90"] * 1_000)
    assert (len(found.errors), found.errors[-1].line_number) == (100, 101)


def test_a_line_of_another_payer_is_refused_where_the_payer_is_named() -> None:
    (error,) = read(HEADER, "60054;99213;;2026-01-01;;90", payer="87726").errors
    assert error.message == "The line is of payer 60054, the file of 87726."


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ((), "The file is empty."),
        (("code;price", "99213;1"), "missing: procedure_code, effective_from, amount."),
        ((HEADER,), "The file has no prices."),
    ],
)
def test_a_file_without_prices_is_refused(lines: Sequence[str], message: str) -> None:
    (error,) = read(*lines).errors
    assert error.message.endswith(message)
