"""Every page in both languages, wide and narrow, light and dark: axe finds nothing, nothing breaks.

`make test` looks at each page once (tests/web/test_pages_in_a_browser.py) and here at those where
money moves; `make proof` at all of them in all ways, and when nothing was found it writes
docs/conformance.json, which the portal's own page of accessibility tells from.
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from portal.home.conformance import RESULTS, conformance
from tests.proofs.conftest import Size
from tests.proofs.remembering import Counts, recall
from tests.web.conftest import drawing, settings
from tests.web.looking import OPEN_ALL, Finding, opened, serving, too_wide, violations
from tests.web.samples import SAMPLES

__all__ = ["drawing", "settings"]

pytestmark = pytest.mark.slow

PIECES, PIECES_IN_SMALL = 24, 1
MONEY_PAGES = ("landing", "statement", "pay", "pay-check", "receipt", "plan-agree", "settings")
LANGUAGES = ("en", "es")
WIDTHS = (320, 1280)
THEMES = ("light", "dark")
MEASURES = ("axe", "reflow", "spacing", "forced")
FOR_A_PERSON = (
    "Reading each page with a screen reader, and finding the way by it",
    "Working by voice, by switch and with a magnifier",
    "Whether people understand the words, also in Spanish",
    "Whether the order of what is read makes sense",
)
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
                size.add("forced", 1)
    assert found == []


def _forced(page: Page, name: str) -> list[Finding]:
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    unseen = [(name, "unseen in forced colours", part) for part in page.evaluate(UNSEEN_TEXT)]
    moving = [(name, "moves where motion is unwanted", part) for part in page.evaluate(MOVES)]
    return unseen + moving


def test_what_was_measured_is_written_down(
    request: pytest.FixtureRequest, tmp_path: Path, chromium: Browser
) -> None:
    """In full size once every piece has passed; else a made-up run shows that it can be read."""
    is_full = request.config.getoption("--proof")
    counts = _proven(request) if is_full else dict.fromkeys(MEASURES, 1)
    if counts is None:
        pytest.skip("not every piece has passed")
    file = RESULTS if is_full else tmp_path / "conformance.json"
    tool = f"axe-playwright-python {version('axe-playwright-python')}, Chromium {chromium.version}"
    file.write_text(_written(counts, tool=tool, on=datetime.now(UTC).date()), encoding="utf-8")
    kept = conformance(file)
    assert kept is not None
    assert kept.pages == len(SAMPLES)
    assert {one.name: one.runs for one in kept.measures} == counts
    assert sum(one.failures for one in kept.measures) == 0


def _proven(request: pytest.FixtureRequest) -> Counts | None:
    """What every piece counted, from this run or an earlier one of this very code."""
    module = request.node.nodeid.rpartition("::")[0]
    found = dict.fromkeys(MEASURES, 0)
    for test in (test_no_rule_is_broken, test_large_spaced_and_forced_it_still_fits):
        for piece in range(PIECES):
            counts = recall(request.config, f"{module}::{test.__name__}[{piece}]")
            if counts is None:
                return None
            for name in MEASURES:
                found[name] += counts.get(name, 0)
    return found


def _written(counts: Counts, *, tool: str, on: date) -> str:
    """In an order that does not change, so that two runs can be compared."""
    held = {
        "measured_on": on.isoformat(),
        "tool": tool,
        "measures": [{"name": name, "runs": counts[name], "failures": 0} for name in MEASURES],
        "each_page_in": {"languages": LANGUAGES, "widths": WIDTHS, "themes": THEMES},
        "for_a_person": FOR_A_PERSON,
        "pages": sorted(SAMPLES),
    }
    return json.dumps(held, indent=1) + "\n"
