"""Deposits in a bank's file: columns under many names, errors by line, the same line twice."""

from datetime import date

import pytest

from portal.domain.bank_file import BankFile, read_bank_file


def read(*lines: str) -> BankFile:
    return read_bank_file([(number, line.split(";")) for number, line in enumerate(lines, start=1)])


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("date;amount;reference", "2026-03-09;1,234.50;TRN*1*EFT1"),
        ("Reference;Date;Amount", "TRN*1*EFT1;3/9/2026;$1,234.50"),
        ("Posting_Date;Description;Credit;Balance", "03/09/26;TRN*1*EFT1;1234.5;9"),
    ],
)
def test_a_deposit_is_read_whatever_the_bank_calls_its_columns(header: str, line: str) -> None:
    (found,) = read(header, line).lines
    assert (found.deposited_on, found.amount_cents, found.reference) == (
        date(2026, 3, 9),
        123_450,
        "TRN*1*EFT1",
    )


@pytest.mark.parametrize("amount", ["-5.00", "(5.00)", "-$5", ""])
def test_money_that_went_out_is_left_alone(amount: str) -> None:
    found = read("date;amount;reference", f"2026-03-09;{amount};fee", "2026-03-09;1;x")
    assert (len(found.lines), found.went_out) == (1, 1)


@pytest.mark.parametrize(
    ("line", "number", "words"),
    [
        ("March 9;5;x", 2, "The date has to be like"),
        ("2026-02-30;5;x", 2, "The date has to be like"),
        ("1926-03-09;5;x", 2, "The date has to be like"),
        ("2026-03-09;5.001;x", 2, "The amount has to be"),
        ("2026-03-09;five;x", 2, "The amount has to be"),
        ("2026-03-09;0;x", 2, "The amount has to be"),
        ("2026-03-09;1,23;x", 2, "The amount has to be"),
    ],
)
def test_a_line_that_cannot_be_read_keeps_the_file_out(line: str, number: int, words: str) -> None:
    found = read("date;amount;reference", line, "2026-03-09;5;y")
    assert found.lines == ()
    (error,) = found.errors
    assert (error.line_number, words in error.message) == (number, True)


def test_a_file_without_its_columns_says_which_are_missing() -> None:
    (error,) = read("when;amount;what", "2026-03-09;5;x").errors
    assert error.message == ("The first line has to name the columns; missing: date, reference.")
    assert read().errors[0].message == "The file is empty."


def test_equal_lines_are_two_deposits_and_the_same_in_a_file_that_overlaps() -> None:
    line = "2026-03-09;5;CHECK"
    first = read("date;amount;reference", line, line)
    second = read("date;amount;reference", "2026-03-08;1;x", line, line, line)
    keys = {one.key for one in first.lines}
    assert len(keys) == 2
    assert len({one.key for one in second.lines} - keys) == 2  # the other day, and a third
