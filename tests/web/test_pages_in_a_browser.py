"""Every page in a real browser: accessible, no sideways scroll, nothing the policy had to block."""

import zlib
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests.web.looking import Finding, opened, serving, too_wide, violations
from tests.web.samples import SAMPLES

pytestmark = pytest.mark.slow

LARGE_TEXT = "document.documentElement.style.fontSize = '200%'"
PHONE = 390


@pytest.fixture(scope="module")
def address(drawing: Flask) -> Iterator[str]:
    with serving(drawing) as found:
        yield found


WAYS = (("en", 320, "dark"), ("es", 320, "light"), ("es", 1280, "dark"), ("en", 1280, "light"))


@pytest.mark.parametrize("way", range(len(WAYS)))
def test_every_page_is_accessible_and_fits_also_with_larger_text(
    chromium: Browser, address: str, way: int
) -> None:
    """Each page once, in a way that stays its own; `make proof` looks at it in all eight."""
    language, width, theme = WAYS[way]
    found: list[Finding] = []
    with opened(chromium, width=width, theme=theme) as window:
        for name in SAMPLES:
            if zlib.crc32(name.encode()) % len(WAYS) != way:
                continue
            window.page.goto(f"{address}/sample/{name}?language={language}")
            found += violations(window, name)
            window.page.set_viewport_size({"width": PHONE, "height": 900})
            window.page.evaluate(LARGE_TEXT)
            found += too_wide(window, name, PHONE)
            window.page.set_viewport_size({"width": width, "height": 900})
        found += [("any page", "console", said) for said in window.complaints]
    assert found == []


def test_the_amount_owed_stands_above_the_fold_of_a_small_phone(
    chromium: Browser, address: str
) -> None:
    page = chromium.new_page(viewport={"width": 320, "height": 900})
    page.goto(f"{address}/sample/statement?language=en")
    box = page.locator("h1 data").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 568


def test_the_error_summary_has_the_focus_and_leads_to_the_field(
    chromium: Browser, address: str
) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 900})
    page.goto(f"{address}/sample/pay-too-much?language=en")
    assert page.locator(".errors").evaluate("part => part === document.activeElement")
    page.get_by_role("link", name="Enter an amount up to $214.50").click()
    assert page.locator("#amount").evaluate("part => part === document.activeElement")


def test_a_slash_goes_to_the_search(chromium: Browser, address: str) -> None:
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/sample/person?language=en")
    page.keyboard.press("/")
    assert page.locator("#q").evaluate("part => part === document.activeElement")
    page.keyboard.type("1/2")
    assert page.locator("#q").input_value() == "1/2"


def test_without_scripts_nothing_is_offered_that_needs_them(
    chromium: Browser, address: str
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/sample/receipt?language=en")
    assert page.get_by_text("Print or save this receipt").is_hidden()
    page.goto(f"{address}/sample/statement?language=en")
    page.get_by_text("Show why").first.click()
    assert page.get_by_text("This is your copay.").first.is_visible()
