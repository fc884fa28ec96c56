"""Fields: what may be typed, what comes of it, and the words when it may not."""

from datetime import date

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import Form, StringField
from wtforms.validators import InputRequired, NumberRange

from portal.domain.money import format_usd
from portal.web.fields import (
    DateOfBirthField,
    FieldError,
    MoneyField,
    WholeNumberField,
    error_summary,
)

UNREADABLE = "Enter an amount in dollars and cents, like 50 or 50.25"


class PayForm(Form):
    how = StringField()
    amount = MoneyField("Amount", only_when=("how", "part"))


class CountForm(Form):
    people = WholeNumberField("People", [InputRequired("How many?"), NumberRange(1, 9, "1 to 9")])


class BirthForm(Form):
    born_on = DateOfBirthField("Date of birth")


def pay(web: Flask, typed: str, how: str = "part") -> PayForm:
    with web.test_request_context():
        form = PayForm(MultiDict({"how": how, "amount": typed}))
        form.amount.allow(minimum_cents=50, maximum_cents=24000)
        form.validate()
        return form


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("50", 5000),
        ("50.25", 5025),
        ("50.5", 5050),
        ("$120.00", 12000),
        (" $ 1 ", 100),
        (".50", 50),
        ("0240", 24000),
        ("240.00", 24000),
    ],
)
def test_people_type_amounts_in_many_ways(web: Flask, typed: str, cents: int) -> None:
    form = pay(web, typed)
    assert form.amount.data == cents
    assert form.errors == {}


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "Enter an amount"),
        ("   ", "Enter an amount"),
        ("240.01", "Enter an amount up to $240.00"),
        ("1,234.50", "Enter an amount up to $240.00"),
        ("0.49", "Enter $0.50 or more"),
        ("0", "Enter $0.50 or more"),
        ("-5", UNREADABLE),
        ("\N{MINUS SIGN}5", UNREADABLE),
        ("5.125", UNREADABLE),
        ("12,50", UNREADABLE),
        ("1,23,456", UNREADABLE),
        ("fifty", UNREADABLE),
        ("1e3", UNREADABLE),
        ("50 USD", UNREADABLE),
        ("\N{ARABIC-INDIC DIGIT FIVE}", UNREADABLE),
        ("9" * 40, UNREADABLE),
        ("$", UNREADABLE),
        (".", UNREADABLE),
    ],
)
def test_an_error_says_what_to_do(web: Flask, typed: str, message: str) -> None:
    assert pay(web, typed).errors == {"amount": [message]}


def test_what_was_typed_is_shown_again(web: Flask) -> None:
    assert pay(web, "1,234.5x").amount._value() == "1,234.5x"  # noqa: SLF001 — WTForms' name


def test_an_amount_that_was_not_chosen_is_not_looked_at(web: Flask) -> None:
    form = pay(web, "nonsense", how="all")
    assert form.errors == {}
    assert form.amount.data is None


@given(st.integers(50, 24000))
def test_every_amount_up_to_the_most_is_read_as_it_is_written(cents: int) -> None:
    form = PayForm(MultiDict({"how": "part", "amount": format_usd(cents)}))
    form.amount.allow(minimum_cents=50, maximum_cents=24000)
    assert form.validate()
    assert form.amount.data == cents


def birth(web: Flask, month: str, day: str, year: str) -> BirthForm:
    typed = {"born_on-month": month, "born_on-day": day, "born_on-year": year}
    with web.test_request_context():
        form = BirthForm(MultiDict(typed))
        form.validate()
        return form


@pytest.mark.parametrize(
    ("month", "day", "year", "born_on"),
    [
        ("4", "27", "1985", date(1985, 4, 27)),
        ("04", " 07 ", "1985", date(1985, 4, 7)),
        ("2", "29", "2024", date(2024, 2, 29)),
    ],
)
def test_a_date_of_birth_is_three_boxes(
    web: Flask, month: str, day: str, year: str, born_on: date
) -> None:
    form = birth(web, month, day, year)
    assert form.born_on.data == born_on
    assert form.errors == {}


NOT_REAL = "Enter a real date of birth, with four digits for the year, like 4 27 1985"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (("", "", ""), "Enter the date of birth"),
        (("", "27", "1985"), "Enter the month of birth"),
        (("4", "", "1985"), "Enter the day of birth"),
        (("4", "27", ""), "Enter the year of birth"),
        (("2", "30", "1985"), NOT_REAL),
        (("27", "4", "1985"), NOT_REAL),
        (("4", "27", "85"), NOT_REAL),
        (("4", "27", "0085"), NOT_REAL),
        (("April", "27", "1985"), NOT_REAL),
        (("\N{SUPERSCRIPT TWO}", "27", "1985"), NOT_REAL),
    ],
)
def test_a_date_that_is_not_one_says_what_is_missing(
    web: Flask, typed: tuple[str, str, str], message: str
) -> None:
    form = birth(web, *typed)
    assert form.errors == {"born_on": [message]}
    assert form.born_on.data is None


def test_the_summary_leads_to_the_first_box_and_repeats_the_words(web: Flask) -> None:
    form = birth(web, "", "", "")
    assert error_summary(form, "Try again") == [
        FieldError("", "Try again"),
        FieldError("born_on-month", "Enter the date of birth"),
    ]


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ("4", []),
        ("", ["How many?"]),
        ("0", ["1 to 9"]),
        ("many", ["Enter a whole number"]),
        ("1.5", ["Enter a whole number"]),
    ],
)
def test_a_number_that_is_not_one_is_refused_once(
    web: Flask, typed: str, errors: list[str]
) -> None:
    with web.test_request_context():
        form = CountForm(MultiDict({"people": typed}))
        form.validate()
        assert list(form.people.errors) == errors
