"""Before a session ends the page says so; one key keeps it, and what was typed is never lost."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Route, expect

from portal.web.sessions import IDLE_LIMIT, SURE_SECONDS
from tests.web.looking import serving

pytestmark = pytest.mark.slow

WARNED_SECONDS = 120
READER: Final = "a key of one reader"


@pytest.fixture(scope="module")
def address(drawing: Flask) -> Iterator[str]:
    with serving(drawing) as found:
        yield found


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    opened = context.new_page()
    opened.clock.install()
    yield opened
    context.close()


def keeping(page: Page, *, status: int = 204) -> list[str]:
    """What the page asks to be kept; answered as if the session lived, or did not."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.post_data or "")
        route.fulfill(status=status)

    page.route("**/session/keep", answer)
    return asked


def test_the_warning_comes_a_minute_or_more_before_the_end() -> None:
    assert WARNED_SECONDS >= 60
    assert IDLE_LIMIT.total_seconds() > SURE_SECONDS


def test_one_key_keeps_the_session_and_the_focus_goes_back(page: Page, address: str) -> None:
    asked = keeping(page)
    page.goto(f"{address}/sample/pay?language=en")
    page.locator("main input[value=part]").focus()
    page.clock.fast_forward((SURE_SECONDS - WARNED_SECONDS) * 1000)
    page.clock.run_for(6_000)
    stay = page.get_by_role("button", name="Stay signed in")
    expect(stay).to_be_focused()
    expect(page.get_by_role("status")).to_contain_text("we sign you out in 2 minutes")
    page.keyboard.press("Enter")
    expect(stay).to_be_hidden()
    expect(page.locator("main input[value=part]")).to_be_focused()
    assert len(asked) == 1
    assert "csrf_token" in asked[0]


def test_whoever_is_typing_is_not_disturbed(page: Page, address: str) -> None:
    asked = keeping(page)
    page.goto(f"{address}/sample/pay?language=en")
    page.clock.fast_forward((SURE_SECONDS - WARNED_SECONDS - 30) * 1000)
    page.locator("main input[value=part]").check()
    page.locator("#amount").fill("20")
    with page.expect_response("**/session/keep"):
        page.clock.run_for(40_000)
    expect(page.get_by_role("button", name="Stay signed in")).to_be_hidden()
    expect(page.locator("#amount")).to_be_focused()
    assert len(asked) == 1


def ended(page: Page, address: str) -> None:
    """Something is typed, and the session ends."""
    keeping(page, status=401)
    page.goto(f"{address}/sample/pay?language=en")
    page.locator("main input[value=part]").check()
    page.locator("#amount").fill("20")
    page.locator("[data-holder]").evaluate(f"part => part.dataset.holder = '{READER}'")
    page.clock.fast_forward(SURE_SECONDS * 1000)
    page.clock.run_for(6_000)
    expect(page.locator("main")).to_be_hidden()


def reading(page: Page, *, status: int = 200, reader: str = READER) -> None:
    """Who reads now, as the portal answers it; status 0: no answer."""

    def answer(route: Route) -> None:
        if status:
            back = {"reader": reader, "csrf_token": "of the new session"}
            route.fulfill(status=status, json=back if status == 200 else {})
        else:
            route.abort()

    page.unroute_all()
    page.route("**/session/reader", answer)


def test_what_was_typed_is_hidden_and_comes_back_after_signing_in(page: Page, address: str) -> None:
    ended(page, address)
    reading(page)
    go_on = page.get_by_role("button", name="Go on")
    expect(go_on).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_visible()
    expect(page.locator("#amount")).to_have_value("20")
    assert page.locator("main [name=csrf_token]").first.input_value() == "of the new session"


def test_a_page_whose_address_only_takes_forms_comes_back_as_well(page: Page, address: str) -> None:
    ended(page, address)
    reading(page)
    page.route("**/sample/**", lambda route: route.fulfill(status=405))
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#amount")).to_be_visible()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"reader": "somebody else"}, "Somebody else is signed in now"),
        ({"status": 401}, "You are not signed in yet"),
        ({"status": 0}, "Please try again"),
    ],
)
def test_whoever_cannot_go_on_is_told_why_and_sees_nothing(
    page: Page, address: str, answer: dict[str, Any], words: str
) -> None:
    ended(page, address)
    reading(page, **answer)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("status")).to_contain_text(words)
    expect(page.locator("[data-why]:visible")).to_have_count(1)
    expect(page.locator("main")).to_be_hidden()
    reading(page)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("main")).to_be_visible()
