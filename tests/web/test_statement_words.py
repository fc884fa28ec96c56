"""A statement's page says in the open what matters, in both languages."""

from dataclasses import replace
from xml.etree.ElementTree import Element

import flask_babel
import html5lib
import pytest
from flask import Flask, render_template

from portal.domain.statement import Visit
from tests.domain.explained import VISITS
from tests.web import sample_patient_views as patients
from tests.web.rendering import render_page


def page_of(drawing: Flask, visit: Visit, language: str = "en") -> Element:
    """A statement with this visit alone."""
    document = replace(patients.ANA_DOCUMENT, visits=(visit,), pending=patients.WAITING_VISITS)
    page = replace(patients.ANA_STATEMENT, document=document)
    with drawing.test_request_context("/page"), flask_babel.force_locale(language):
        text = render_template("statements/statement.html", page=page)
    root: Element = html5lib.HTMLParser(namespaceHTMLElements=False).parse(text)
    return root


def words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def in_the_open(root: Element) -> str:
    """What stands outside of the details of a line."""
    for parent in root.iter():
        for child in [one for one in parent if one.get("class") == "why"]:
            parent.remove(child)
    return words(root)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Tell us when, and we will find it."),
        ("es", "Díganos cuándo y lo buscaremos."),
    ],
)
def test_what_one_can_do_is_not_hidden(drawing: Flask, language: str, said: str) -> None:
    assert said in in_the_open(page_of(drawing, VISITS["a share"], language))


def test_what_a_plan_refused_is_told_with_what_we_do(drawing: Flask) -> None:
    text = in_the_open(page_of(drawing, VISITS["a part refused"]))
    assert "Your insurance says there was no need for this care." in text
    assert "We can send your insurance more notes and ask it to look again." in text
    assert "In the letter of Blue Horizon: CO 50 $94.00." in text


def test_a_changed_decision_is_marked_before_the_visit_is_opened(drawing: Flask) -> None:
    root = page_of(drawing, VISITS["a better decision, and credit"])
    (summary,) = [one for one in root.iter("summary") if "$" in words(one)]
    assert "Your insurance changed its decision" in words(summary)
    text = in_the_open(root)
    assert "Before: it paid $56.00, and your share was $60.00." in text
    assert "You have a credit of $20.00 from this visit." in text


def test_each_plan_has_a_row_and_the_sum_has_both(drawing: Flask) -> None:
    root = page_of(drawing, VISITS["two plans"])
    rows = [words(row) for row in root.iter("tr")]
    assert rows.count("Blue Horizon paid−$56.00") == 2  # the bill, the line
    assert rows.count("Green Valley paid−$74.00") == 2


def test_visits_that_ask_for_nothing_have_no_amount_and_a_journey(drawing: Flask) -> None:
    root = page_of(drawing, VISITS["a share"])
    (section,) = [one for one in root.iter("section") if one.get("aria-labelledby") == "pending"]
    assert "$" not in words(section)
    assert len([one for one in section.iter("ol") if one.get("class") == "steps"]) == len(
        patients.WAITING_VISITS
    )


def test_what_changed_since_the_statement_is_told(drawing: Flask) -> None:
    with drawing.test_request_context("/page"), flask_babel.force_locale("es"):
        text = render_page("statement-changed")
    assert "Blue Horizon cambió su decisión el 12 de marzo de 2026." in text
