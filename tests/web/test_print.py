"""What a browser prints of a patient's pages: few sheets, and nothing that only a screen needs."""

import io
from collections.abc import Iterator

import pypdf
import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests.web.looking import opened, serving

pytestmark = pytest.mark.slow

MOST_SHEETS = {"statement": 4, "visit-due": 2, "home-due": 1}


@pytest.fixture(scope="module")
def address(drawing: Flask) -> Iterator[str]:
    with serving(drawing) as found:
        yield found


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("name", MOST_SHEETS)
def test_a_page_is_printed_on_few_sheets(
    chromium: Browser, address: str, name: str, language: str
) -> None:
    """Three visits, line by line, are a statement of four sheets in either language."""
    with opened(chromium, width=1280) as window:
        window.page.goto(f"{address}/sample/{name}?language={language}")
        printed = window.page.pdf(format="Letter")
    sheets = pypdf.PdfReader(io.BytesIO(printed)).pages
    assert len(sheets) <= MOST_SHEETS[name]
    assert all(sheet.extract_text().strip() for sheet in sheets)
