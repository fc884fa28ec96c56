"""X12 decimals to whole cents: exact, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.money import AmountError, format_plain, parse_amount


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("120", 12000),
        ("120.5", 12050),
        ("120.55", 12055),
        ("120.", 12000),
        (".75", 75),
        ("0", 0),
        ("000000000000000", 0),
        ("-3.5", -350),
        ("-.01", -1),
        ("+7", 700),
        ("1.500000", 150),
        ("9999999999", 999999999900),
        ("9999999999.99", 999999999999),
        ("-9999999999.99", -999999999999),
        ("00000000000012.500", 1250),
    ],
)
def test_an_x12_decimal_is_whole_cents(text: str, cents: int) -> None:
    assert parse_amount(text) == cents


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "-",
        "+.",
        "1.001",
        "1,000",
        "12,5O",
        "1.2.3",
        "--1",
        "1-",
        " 1",
        "1e3",
        "1_0",
        "$1",
        "١٢",
        "²",
        "10000000000",
        "-10000000000.00",
        "1" * 18,
        "1" * 19,
        "0" * 19,
        "1" * 5000,
        "-" + "1" * 5000,
        "0." + "0" * 5000,
        "inf",
        "nan",
    ],
)
def test_anything_else_is_refused_not_rounded(text: str) -> None:
    with pytest.raises(AmountError):
        parse_amount(text)


@given(cents=st.integers(1 - 10**12, 10**12 - 1))
def test_what_is_written_is_parsed_back(cents: int) -> None:
    assert parse_amount(format_plain(cents)) == cents


@given(text=st.text("0123456789.+-,eE_ ٣", max_size=8))
def test_nothing_but_an_amount_error_is_raised(text: str) -> None:
    try:
        cents = parse_amount(text)
    except AmountError:
        return
    assert parse_amount(format_plain(cents)) == cents
