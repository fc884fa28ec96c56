"""The pages where money moves, as a screen reader is told them, kept as text for reviews to see.

To renew: PORTAL_RENEW_TREES=1 .venv/bin/python -m pytest tests/web/test_trees.py
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests.web.looking import OPEN_ALL, opened, serving
from tests.web.samples import SAMPLES

pytestmark = pytest.mark.slow

TREES = Path(__file__).with_name("trees")
PAGES = ("landing", "statement", "pay", "check", "receipt", "plan-agree")


@pytest.fixture(scope="module")
def address(drawing: Flask) -> Iterator[str]:
    with serving(drawing) as found:
        yield found


@pytest.mark.parametrize("name", PAGES)
def test_what_a_screen_reader_is_told_is_as_reviewed(
    chromium: Browser, address: str, name: str
) -> None:
    assert name in SAMPLES
    kept = TREES / f"{name}.txt"
    with opened(chromium, width=1280) as window:
        window.page.goto(f"{address}/sample/{name}?language=en")
        window.page.evaluate(OPEN_ALL)
        tree = window.page.locator("body").aria_snapshot() + "\n"
    tree = tree.replace(address.removeprefix("http://"), "portal.example")
    if os.environ.get("PORTAL_RENEW_TREES"):
        kept.write_text(tree, encoding="utf-8")
    assert tree == kept.read_text(encoding="utf-8")
