"""Every page, in every state and both languages, is sound HTML that anybody can use."""

import re
from collections import Counter
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import flask_babel
import html5lib
import pytest
from flask import Flask

from tests.web.rendering import render_page
from tests.web.samples import SAMPLES

INPUTS_WITH_A_LABEL = ("input", "select", "textarea")
CHOSEN_A_PAGE_AGO = {  # back by "Change", or what a plan would be about
    "pay-visits",
    "plan-choose",
    "plan-choose-large",
    "plan-choose-one",
    "plan-method",
}


@dataclass(frozen=True, slots=True)
class Page:
    """One rendered page."""

    name: str
    text: str
    root: Element

    def all(self, tag: str) -> list[Element]:
        return list(self.root.iter(tag))

    def words(self, element: Element) -> str:
        return " ".join("".join(element.itertext()).split())


@pytest.fixture(params=[f"{name} {language}" for name in SAMPLES for language in ("en", "es")])
def page(drawing: Flask, request: pytest.FixtureRequest) -> Page:
    name, language = request.param.split()
    with drawing.test_request_context("/page"), flask_babel.force_locale(language):
        text = render_page(name)
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    root = parser.parse(text)
    errors = [(code, where) for where, code, _ in parser.errors]
    assert errors == []
    return Page(name, text, root)


def test_a_page_is_sound(page: Page) -> None:
    ids = Counter(element.get("id") for element in page.root.iter() if element.get("id"))
    assert [name for name, count in ids.items() if count > 1] == []
    assert len(page.all("h1")) == 1
    assert len(page.all("main")) == 1
    _references_exist(page, set(ids))
    _fields_are_labelled(page)
    _nothing_is_chosen_for_a_patient(page)
    _forms_are_safe(page)
    _summary_leads_to_the_fields(page)
    _title_is_neutral(page)
    _nothing_comes_from_elsewhere(page)
    _sums_add_up(page)
    for paragraph in page.all("p"):
        assert paragraph.find("br") is not None or not re.search(
            r"[a-z0-9][.!?][A-Z¿]", page.words(paragraph)
        )


def _references_exist(page: Page, ids: set[str | None]) -> None:
    for element in page.root.iter():
        for attribute in ("aria-labelledby", "aria-describedby", "for"):
            for name in (element.get(attribute) or "").split():
                assert name in ids, name
        href = element.get("href") or ""
        if href.startswith("#"):
            assert href[1:] in ids, href


def _fields_are_labelled(page: Page) -> None:
    labels = {label.get("for") for label in page.all("label")}
    inside = {id(field) for label in page.all("label") for field in label.iter()}
    for tag in INPUTS_WITH_A_LABEL:
        for field in page.all(tag):
            if field.get("type") != "hidden":
                assert field.get("id") in labels or id(field) in inside, field.attrib
    for fieldset in page.all("fieldset"):
        assert page.words(fieldset.findall("legend")[0])


def _nothing_is_chosen_for_a_patient(page: Page) -> None:
    """No box is ticked and no amount chosen beforehand, but what they chose themselves a page ago.

    A way to pay that they made their default may stand chosen; lists of staff may begin ticked.
    """
    if page.all("body")[0].get("class") == "desk" or "errors" in page.text:
        return
    for field in page.all("input"):
        is_choice = field.get("type") == "checkbox" or field.get("name") == "how"
        if is_choice and "checked" in field.attrib:
            assert page.name in CHOSEN_A_PAGE_AGO


def _forms_are_safe(page: Page) -> None:
    for form in page.all("form"):
        assert form.get("method") == "post"
        assert (form.get("action") or "").startswith("/")
        tokens = [field for field in form.iter("input") if field.get("name") == "csrf_token"]
        assert len(tokens) == 1
        assert all(button.get("type") == "submit" for button in form.iter("button"))


def _summary_leads_to_the_fields(page: Page) -> None:
    summaries = [element for element in page.all("div") if element.get("class") == "errors"]
    title = page.words(page.all("title")[0])
    assert title.startswith("Error: ") == bool(summaries)
    inline = [page.words(element) for element in page.all("p") if element.get("class") == "wrong"]
    for summary in summaries:
        for link in summary.iter("a"):
            assert f"Error: {page.words(link)}" in inline


def _title_is_neutral(page: Page) -> None:
    title = page.words(page.all("title")[0])
    for private in ("Ana", "Reyes", "Mateo", "$", "10482", "2026"):
        assert private not in title


def _nothing_comes_from_elsewhere(page: Page) -> None:
    for element in page.root.iter():
        for attribute in ("src", "href", "action"):
            value = element.get(attribute) or ""
            if element.tag != "a" and value:
                is_within = element.tag == "img" and value.startswith("data:image/")
                assert is_within or value.startswith(("/", "#")), value
    assert "style=" not in page.text


def _sums_add_up(page: Page) -> None:
    for table in page.all("table"):
        if table.get("class") != "sum":
            continue
        amounts = [_cents(data) for data in table.iter("data")]
        assert sum(amounts[:-1]) == amounts[-1], page.words(table)


def _cents(data: Element) -> int:
    return int((data.get("value") or "").replace(".", ""))
