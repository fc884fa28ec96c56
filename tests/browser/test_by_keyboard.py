"""What people do here, done with the keyboard alone; the focus can be seen at every step."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.demo.people import HOUSEHOLDS
from portal.embedded_postgres import EmbeddedPostgres
from tests.browser.demo_practice import DemoPractice, demo_practice, make_link
from tests.browser.live_portal import DEMO, LivePortal, live_portal
from tests.conftest import fresh_database
from tests.contracts.stripe_wire import StripeWire

ANA = HOUSEHOLDS[0]
BORN_ON = ANA.guarantor.born_on
MOST_STEPS = 80
HAS_RING = """part => {
  const ringed = (one) => {
    const style = getComputedStyle(one);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  };
  return ringed(part) || (part.closest('.choice') !== null && ringed(part.closest('.choice')));
}"""


@pytest.fixture(scope="module")
def live(
    postgres: EmbeddedPostgres,
    tmp_path_factory: pytest.TempPathFactory,
    shared_stripe_wire: StripeWire,
) -> Iterator[LivePortal]:
    shared_stripe_wire.start_afresh()
    home = tmp_path_factory.mktemp("home")
    with (
        fresh_database(postgres, of=__name__) as urls,
        live_portal(
            urls, home=home, stripe_api_base=shared_stripe_wire.api_base, programs=DEMO
        ) as portal,
    ):
        shared_stripe_wire.control.send_webhooks_to(f"{portal.address}/webhooks/stripe/riverbend")
        yield portal


@pytest.fixture(scope="module")
def practice(live: LivePortal) -> Iterator[DemoPractice]:
    with demo_practice(live) as practice:
        yield practice


@pytest.fixture(scope="module")
def opened(chromium: Browser, live: LivePortal, practice: DemoPractice) -> Iterator[Page]:
    """Ana's window; she opened her link with the keyboard, too."""
    context = chromium.new_context(locale="en-US")
    page = context.new_page()
    page.goto(make_link(practice, ANA, address=live.address))
    for part, typed in (("month", BORN_ON.month), ("day", BORN_ON.day), ("year", BORN_ON.year)):
        reach(page, f"#born_on-{part}")
        page.keyboard.type(str(typed))
    reach(page, "main form button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/statements/*")
    yield page
    context.close()


@pytest.fixture(scope="module")
def statement(opened: Page) -> str:
    return opened.url


@pytest.fixture
def page(opened: Page, statement: str) -> Page:
    opened.goto(statement)
    return opened


def reach(page: Page, selector: str) -> None:
    """From where the focus is, by Tab, to the first of these; it is seen to be there."""
    wanted = page.locator(selector).first
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        if wanted.evaluate("part => part === document.activeElement"):
            assert wanted.evaluate(HAS_RING), f"no ring around {selector}"
            return
    message = f"no way to {selector} with the keyboard"
    raise AssertionError(message)


def press(page: Page, selector: str, key: str = "Enter") -> None:
    reach(page, selector)
    page.keyboard.press(key)


def skips_to_the_content(page: Page) -> None:
    press(page, "a.skip")
    expect(page).to_have_url(re.compile("#main$"))


def reads_why_something_is_owed(page: Page) -> None:
    press(page, "main summary")
    expect(page.locator("main details[open]").first).to_be_visible()


def goes_to_the_help(page: Page) -> None:
    press(page, "footer a[href^='/help']")
    expect(page.locator("h1")).to_be_visible()
    expect(page).to_have_url(re.compile("/help"))


def goes_home(page: Page) -> None:
    press(page, ".masthead a[href='/home']")
    expect(page).to_have_url(re.compile("/home$"))


def finds_language_help(page: Page) -> None:
    press(page, "footer a[href^='/language-help']")
    expect(page.locator("[lang=ar][dir=rtl]")).to_be_visible()


def asks_for_large_print(page: Page) -> None:
    press(page, "footer a[href^='/other-formats']")
    press(page, "main a.button")
    press(page, "input[name=format]", "Space")
    press(page, "form[action$='/reading'] button")
    expect(page.get_by_text("Your letters come in large print.")).to_be_visible()


def goes_through_the_settings(page: Page) -> None:
    press(page, ".masthead a[href='/settings']")
    press(page, "main a[href$='/payment-methods']")
    expect(page.locator("h1")).to_be_visible()
    expect(page).to_have_url(re.compile("/payment-methods$"))


def reads_in_spanish_and_back(page: Page) -> None:
    press(page, ".masthead button[name=language]")
    expect(page.locator("html[lang=es-US]")).to_be_attached()
    press(page, ".masthead button[name=language]")
    expect(page.locator("html[lang=en-US]")).to_be_attached()


def is_told_what_is_wrong(page: Page) -> None:
    press(page, "main a[href$='/pay']")
    press(page, "main form button[type=submit]")
    expect(page.locator(".errors")).to_be_focused()
    press(page, ".errors a")


def comes_to_the_payment(page: Page) -> None:
    press(page, "main a[href$='/pay']")
    reach(page, "input[name=how]")
    page.keyboard.press("Space")
    press(page, "main form button[type=submit]")
    expect(page).to_have_url(re.compile("/check$"))


def looks_at_the_receipts(page: Page) -> None:
    press(page, ".masthead a[href='/payments']")
    expect(page.locator("h1")).to_be_visible()


def signs_out(page: Page) -> None:
    press(page, "form[action='/sign-out'] button")
    expect(page).to_have_url(re.compile("/signed-out$"))


JOURNEYS: tuple[Callable[[Page], None], ...] = (
    skips_to_the_content,
    reads_why_something_is_owed,
    goes_to_the_help,
    goes_home,
    finds_language_help,
    asks_for_large_print,
    goes_through_the_settings,
    reads_in_spanish_and_back,
    is_told_what_is_wrong,
    comes_to_the_payment,
    looks_at_the_receipts,
    signs_out,  # the last: nobody comes back
)


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda one: one.__name__)
def test_a_person_without_a_mouse(page: Page, journey: Callable[[Page], None]) -> None:
    journey(page)
