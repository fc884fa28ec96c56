"""Amounts, days, phone numbers and the bar, as a page shows them."""

from datetime import date, datetime
from itertools import pairwise
from uuid import uuid4
from zoneinfo import ZoneInfo

import flask_babel
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from portal.domain.statement import Figures, StatementLine, Visit
from portal.web import filters
from tests.web import sample_patient_views as patients


def test_an_amount_is_readable_by_people_and_machines() -> None:
    assert filters.usd(123450) == '<data value="1234.50">$1,234.50</data>'
    assert isinstance(filters.usd(1), Markup)


def test_a_subtraction_has_a_real_minus_and_nothing_has_none() -> None:
    assert filters.usd_minus(3500) == '<data value="-35.00">\N{MINUS SIGN}$35.00</data>'
    assert filters.usd_minus(0) == '<data value="0.00">$0.00</data>'


def test_a_day_and_a_moment_carry_their_machine_form(web: Flask) -> None:
    at = datetime(2026, 3, 9, 14, 41, tzinfo=ZoneInfo("America/Los_Angeles"))
    with web.test_request_context():
        assert filters.day(date(2026, 3, 4)) == '<time datetime="2026-03-04">March 4, 2026</time>'
        assert filters.moment(at) == (
            '<time datetime="2026-03-09T14:41-07:00">March 9, 2026, 2:41\N{NO-BREAK SPACE}PM</time>'
        )


@pytest.mark.parametrize(
    ("phone", "uri"),
    [
        ("(503) 555-0142", "tel:+15035550142"),
        ("+1 503 555 0142", "tel:+15035550142"),
        ("1-503-555-0142", "tel:+15035550142"),
    ],
)
def test_a_phone_number_can_be_called(phone: str, uri: str) -> None:
    assert filters.tel(phone) == f'<a href="{uri}">{phone}</a>'


def test_a_phone_number_is_text_not_markup() -> None:
    assert "<script>" not in filters.tel("<script>")


def test_only_the_first_letter_is_made_large() -> None:
    assert [filters.upfirst(text) for text in ("X-ray", "office visit", "")] == [
        "X-ray",
        "Office visit",
        "",
    ]


def visit(*kinds: str) -> Visit:
    lines = tuple(
        StatementLine(uuid4(), kind, "", Figures(cents, 0, 0, 0, 0, cents))
        for cents, kind in enumerate(kinds, start=100)
    )
    return Visit(uuid4(), "1", "Ana", None, "", "", lines)


@pytest.mark.parametrize(
    ("language", "kinds", "title"),
    [
        ("en", ("lab_test",), "lab test"),
        ("en", ("lab_test", "lab_test"), "lab test"),
        ("en", ("lab_test", "office_visit"), "office visit and lab test"),
        ("en", ("supply", "lab_test", "office_visit"), "office visit, lab test and more"),
        ("es", ("lab_test", "office_visit"), "consulta y análisis de laboratorio"),
        ("es", ("supply", "lab_test", "office_visit"), "consulta, análisis de laboratorio y más"),
        ("en", ("a_kind_of_next_year",), "service"),
    ],
)
def test_a_visit_is_named_by_its_two_largest_services(
    web: Flask, language: str, kinds: tuple[str, ...], title: str
) -> None:
    with web.test_request_context(), flask_babel.force_locale(language):
        assert filters.services(visit(*kinds)) == title


def test_the_bar_of_the_example_shows_its_four_parts() -> None:
    parts = filters.split_bar(patients.ANA_DOCUMENT.figures)
    assert [part.part for part in parts] == ["discount", "plan", "paid", "owe"]
    assert [bool(part.label_at) for part in parts] == [True, True, False, True]
    assert parts[-1].label_ends


def percent(text: str) -> int:
    whole, rest = text.removesuffix("%").split(".")
    return int(whole) * 100 + int(rest)


AMOUNT = st.one_of(st.just(0), st.integers(0, 100), st.integers(0, 10**9))


@given(st.tuples(AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT))
def test_the_bar_fills_its_width_without_overlap(amounts: tuple[int, ...]) -> None:
    figures = Figures(sum(amounts), *amounts)
    parts = filters.split_bar(figures)
    assert len(parts) == sum(cents > 0 for cents in amounts)
    edge = 0
    for part in parts:
        assert percent(part.width) > 0
        assert percent(part.x) >= edge
        edge = percent(part.x) + percent(part.width)
    assert edge == (10_000 if parts else 0)


@given(st.tuples(AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT))
def test_labels_of_the_bar_keep_apart_and_what_you_owe_has_its_own(
    amounts: tuple[int, ...],
) -> None:
    parts = filters.split_bar(Figures(sum(amounts), *amounts))
    starts = [
        percent(part.label_at) - (2_800 if part.label_ends else 0)
        for part in parts
        if part.label_at
    ]
    assert all(second - first >= 2_800 for first, second in pairwise(starts))
    assert all(part.label_at for part in parts if part.part == "owe")
