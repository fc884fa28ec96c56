"""Every page in both languages, wide and narrow, light and dark: axe finds nothing, nothing breaks.

`make test` looks at each page once (tests/web/test_pages_in_a_browser.py) and here at those where
money moves; `make proof` at all of them in all ways, and writes docs/conformance.json.
"""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from tests.proofs.conftest import Size
from tests.web.conftest import drawing, settings
from tests.web.looking import OPEN_ALL, Finding, opened, serving, too_wide, violations
from tests.web.rendering import SAMPLES

__all__ = ["drawing", "settings"]

pytestmark = pytest.mark.slow

PIECES, PIECES_IN_SMALL = 24, 1
MONEY_PAGES = ("landing", "statement", "pay", "pay-check", "receipt", "plan-agree", "settings")
LANGUAGES = ("en", "es")
WIDTHS = (320, 1280)
THEMES = ("light", "dark")
SPACED = """
const sheet = new CSSStyleSheet();
sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
  word-spacing: .16em !important } p { margin-block-end: 2em !important }`);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
"""
FOUR_TIMES = {"width": 320, "height": 256}  # what 1280 by 1024 is at 400 %
MOVES = """[...document.querySelectorAll('*')].filter(part => {
  const style = getComputedStyle(part);
  return style.animationName !== 'none' || parseFloat(style.transitionDuration) > 0;
}).map(part => part.outerHTML.slice(0, 80))"""
UNSEEN_TEXT = """[...document.querySelectorAll('main :is(a, button, p, h1, h2, th, td, label)')]
  .filter(part => part.checkVisibility() && part.innerText.trim())
  .filter(part => getComputedStyle(part).color === getComputedStyle(part).backgroundColor)
  .map(part => part.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def address(drawing: Flask) -> Iterator[str]:
    with serving(drawing) as found:
        yield found


def names_of(piece: int, size: Size) -> list[str]:
    if not size.is_full:
        return [name for name in MONEY_PAGES if name in SAMPLES]
    return list(SAMPLES)[piece::PIECES]


def test_no_rule_is_broken(chromium: Browser, address: str, piece: int, size: Size) -> None:
    found: list[Finding] = []
    names = names_of(piece, size)
    ways = [
        (language, width, theme) for language in LANGUAGES for width in WIDTHS for theme in THEMES
    ]
    for number, (language, width, theme) in enumerate(ways):
        with opened(chromium, width=width, theme=theme) as window:
            for name in names if size.is_full else names[number :: len(ways)]:
                window.page.goto(f"{address}/sample/{name}?language={language}")
                found += violations(window, f"{name} {language} {width} {theme}")
                size.add("axe", 1)
            found += [(f"{language} {width}", "console", said) for said in window.complaints]
    size.add("pages looked at", len(names))
    assert found == []


def test_large_spaced_and_forced_it_still_fits(
    chromium: Browser, address: str, piece: int, size: Size
) -> None:
    found: list[Finding] = []
    for name in names_of(piece, size):
        for language in LANGUAGES if size.is_full else ["es"]:
            with opened(chromium, width=FOUR_TIMES["width"]) as window:
                page = window.page
                page.goto(f"{address}/sample/{name}?language={language}")
                page.evaluate(OPEN_ALL)
                page.set_viewport_size({"width": 320, "height": 256})
                found += too_wide(window, f"{name} {language} at 400 %", window.width)
                size.add("reflow", 1)
                page.evaluate(SPACED)
                found += too_wide(window, f"{name} {language} spaced", window.width)
                size.add("spacing", 1)
                found += _forced(page, name)
                size.add("forced colours and no motion", 1)
    assert found == []


def _forced(page: Page, name: str) -> list[Finding]:
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    unseen = [(name, "unseen in forced colours", part) for part in page.evaluate(UNSEEN_TEXT)]
    moving = [(name, "moves where motion is unwanted", part) for part in page.evaluate(MOVES)]
    return unseen + moving
