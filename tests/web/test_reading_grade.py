"""Patients' pages as they are drawn can be read after six years of school."""

import re
from xml.etree.ElementTree import Element

import flask_babel
import html5lib
import pytest
from flask import Flask

from tests.domain.reading_level import grade_en, words
from tests.web.rendering import render_page
from tests.web.samples import SAMPLES

HIGHEST_GRADE = 6.0
LEAST_WORDS = 60
BY_LAW = ("disclosure", "agree", "consent", "rights")
"""Pages whose words the law or an agreement gives."""
SENTENCE = re.compile(r"[.!?:]$")


def told(root: Element) -> str:
    """The sentences of a page: its paragraphs and list items, each ended."""
    found = []
    for element in root.iter():
        text = " ".join("".join(element.itertext()).split())
        is_leaf = element.tag in ("p", "small", "dd") or (element.tag == "li" and len(element) == 0)
        if is_leaf and len(words(text)) > 3 and SENTENCE.search(text):
            found.append(re.sub(r"\$?[\d,.]*\d", "1", text))
    return " ".join(found)


def patient_pages() -> list[str]:
    """Every page of a patient but those of the law."""
    return [
        name
        for name, sample in SAMPLES.items()
        if "staff" not in sample.more and not any(part in name for part in BY_LAW)
    ]


@pytest.mark.parametrize("name", patient_pages())
def test_a_page_is_no_harder_than_six_years_of_school(drawing: Flask, name: str) -> None:
    with drawing.test_request_context("/page"), flask_babel.force_locale("en"):
        root = html5lib.HTMLParser(namespaceHTMLElements=False).parse(render_page(name))
    (main,) = list(root.iter("main"))
    text = told(main)
    if len(words(text)) < LEAST_WORDS:
        return
    assert grade_en(text) <= HIGHEST_GRADE, text
