"""No text is forgotten: in a made-up language, nothing English is left on a patient's page."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from xml.etree.ElementTree import Element

import flask_babel
import html5lib
import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests.web.looking import OPEN_ALL, Finding, opened, serving, too_wide
from tests.web.pseudo import MARK, pseudo, speaking_pseudo
from tests.web.rendering import render_page
from tests.web.samples import SAMPLES

ENGLISH = re.compile(r"\b(the|you|your|and|of|is|to|for|we|are|this|with|not|it)\b")
EXTENDS = re.compile(r'{% extends "([^"]+)"')
SHOW = """page => document.body.replaceWith(
  new DOMParser().parseFromString(page, "text/html").body)"""
LEAST_WORDS = 3
SHORTEST_VALUE = 10
SAID_BY_A_SAMPLE = ("Stripe has not answered yet.",)  # what a view would say, drawn without one


def text_nodes(root: Element) -> set[str]:
    """What is read, piece by piece, without what is in a language of its own."""
    found: set[str] = set()
    waiting = [root]
    while waiting:
        element = waiting.pop()
        tag = str(element.tag)
        if tag in ("script", "style") or (tag != "html" and "lang" in element.attrib):
            continue
        found |= {" ".join(text.split()) for text in (element.text, *_tails(element)) if text}
        waiting += list(element)
    return found


def strings_of(value: object) -> Iterator[str]:
    """What a sample page is given: names, notes, sentences that were kept as they were shown."""
    if isinstance(value, str):
        if len(value) >= SHORTEST_VALUE:
            yield " ".join(value.split())
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from strings_of(one)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from strings_of(one)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from strings_of(getattr(value, field.name))


def _tails(element: Element) -> list[str | None]:
    return [child.tail for child in element]


def drawn(drawing: Flask, name: str, language: str) -> Element:
    with drawing.test_request_context("/page"), flask_babel.force_locale(language):
        root: Element = html5lib.HTMLParser(namespaceHTMLElements=False).parse(render_page(name))
    return root


def test_it_is_two_fifths_longer_and_keeps_what_is_filled_in() -> None:
    text = "Pay %(amount)s by <b>Friday</b>, or tell us what works for you."
    longer = pseudo(text)
    assert "%(amount)s" in longer
    assert "<b>" in longer
    assert len(longer) >= 1.4 * len(text)


@pytest.mark.parametrize("name", SAMPLES)
def test_no_english_sentence_is_left_in_another_language(drawing: Flask, name: str) -> None:
    """A sentence that is the same in Spanish and in a made-up language was never translated."""
    with speaking_pseudo():
        left = text_nodes(drawn(drawing, name, "en"))
    same = left & text_nodes(drawn(drawing, name, "es"))
    values = {*strings_of(SAMPLES[name]), *SAID_BY_A_SAMPLE}
    forgotten = [
        text
        for text in same
        if MARK not in text
        and len(text.split()) >= LEAST_WORDS
        and ENGLISH.search(text)
        and not any(value in text or text in value for value in values)
    ]
    assert forgotten == []


def root_of(drawing: Flask, template: str) -> str:
    """The frame of a page: that of patients and everybody, or that of staff."""
    loader = drawing.jinja_env.loader
    assert loader is not None
    extended = EXTENDS.search(loader.get_source(drawing.jinja_env, template)[0])
    return root_of(drawing, extended[1]) if extended else template


@pytest.mark.slow
def test_every_patients_page_fits_the_smallest_phone_in_longer_words(
    drawing: Flask, chromium: Browser
) -> None:
    """One after the other within one page that has the style sheet. Staff have larger screens."""
    names = [name for name, one in SAMPLES.items() if root_of(drawing, one.template) == "base.html"]
    found: list[Finding] = []
    with speaking_pseudo(), serving(drawing) as address, opened(chromium, width=320) as window:
        window.page.goto(f"{address}/sample/{names[0]}?language=en")
        for name in names:
            with drawing.test_request_context("/page"), flask_babel.force_locale("en"):
                window.page.evaluate(SHOW, render_page(name))
            window.page.evaluate(OPEN_ALL)
            found += too_wide(window, name, window.width)
    assert found == []
    assert len(names) > len(SAMPLES) / 4
