"""Every page in a real browser: accessible, no sideways scroll, nothing the policy had to block."""

import threading
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from tests.web.rendering import SAMPLES

pytestmark = pytest.mark.slow

OPEN_ALL = "document.querySelectorAll('details').forEach(part => part.open = true)"
LARGE_TEXT = "document.documentElement.style.fontSize = '200%'"
PAGE_WIDTH = "document.documentElement.scrollWidth"


@pytest.fixture(scope="module")
def address(drawing: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, drawing, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def opened(chromium: Browser, *, width: int, theme: str = "light") -> tuple[Page, list[str]]:
    context = chromium.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if theme == "dark" else "light",
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page, complaints


@pytest.mark.parametrize(
    ("language", "width", "theme"),
    [("en", 320, "light"), ("en", 1280, "dark"), ("es", 320, "dark"), ("es", 1280, "light")],
)
def test_every_page_is_accessible_and_fits(
    chromium: Browser, address: str, language: str, width: int, theme: str
) -> None:
    page, complaints = opened(chromium, width=width, theme=theme)
    axe, found = Axe(), []
    for name in SAMPLES:
        page.goto(f"{address}/sample/{name}?language={language}")
        page.evaluate(OPEN_ALL)
        found += [
            (name, violation["id"], violation["nodes"][0]["html"])
            for violation in axe.run(page).response["violations"]
        ]
        if page.evaluate(PAGE_WIDTH) > width:
            found.append((name, "sideways scroll", str(page.evaluate(PAGE_WIDTH))))
    assert found == []
    assert complaints == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_text_twice_as_large_still_fits_a_phone(
    chromium: Browser, address: str, language: str
) -> None:
    page, _ = opened(chromium, width=390)
    too_wide = []
    for name in SAMPLES:
        page.goto(f"{address}/sample/{name}?language={language}")
        page.evaluate(OPEN_ALL)
        page.evaluate(LARGE_TEXT)
        if page.evaluate(PAGE_WIDTH) > 390:
            too_wide.append(name)
    assert too_wide == []


def test_the_amount_owed_stands_above_the_fold_of_a_small_phone(
    chromium: Browser, address: str
) -> None:
    page, _ = opened(chromium, width=320)
    page.goto(f"{address}/sample/statement?language=en")
    box = page.locator("h1 data").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 568


def test_the_error_summary_has_the_focus_and_leads_to_the_field(
    chromium: Browser, address: str
) -> None:
    page, _ = opened(chromium, width=390)
    page.goto(f"{address}/sample/pay-too-much?language=en")
    assert page.locator(".errors").evaluate("part => part === document.activeElement")
    page.get_by_role("link", name="Enter an amount up to $214.50").click()
    assert page.locator("#amount").evaluate("part => part === document.activeElement")


def test_a_slash_goes_to_the_search(chromium: Browser, address: str) -> None:
    page, _ = opened(chromium, width=1280)
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
