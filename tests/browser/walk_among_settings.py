"""How the practice looks and what its notices say: looked at, typed wrong, tried, set."""

from playwright.sync_api import Page, expect

from tests.browser.walk import Walk

LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><path d="M0 0h4v4z"/></svg>'
NOTICES = ("/language-help", "/accessibility", "/privacy", "/nondiscrimination", "/other-formats")


def among_settings(walk: Walk) -> None:
    """As a manager: the colours that are set are on the notices afterwards."""
    page = walk.window()
    walk.sign_in(page, "manager")
    walk.at(page, "/practice", "practice, as it came")
    _envelopes(walk, page)
    walk.at(page, "/practice/change", "practice, to change")
    page.locator("#light").fill("#777777")
    page.locator("main form button").click()
    expect(page.locator("#light-error")).to_be_visible()
    walk.looker.look(page, "practice, a color too light")
    page.locator("#light").fill("#7a1f5c")
    page.locator("#dark").fill("#f0a8d8")
    page.locator("#logo").set_input_files(
        {"name": "logo.svg", "mimeType": "image/svg+xml", "buffer": LOGO}
    )
    page.locator("main form button").click()
    expect(page.locator("#changed")).to_be_visible()
    walk.looker.look(page, "practice, tried out")
    page.locator("main form button").click()
    expect(page.locator("#versions")).to_be_visible()
    walk.looker.look(page, "practice, set")
    _notices(walk, page)


def _envelopes(walk: Walk, page: Page) -> None:
    walk.at(page, "/practice/envelope", "envelopes")
    page.locator("#recipient_y").fill("9")
    page.locator("main form button:not([formaction])").click()
    expect(page.locator("#recipient_height-error")).to_be_visible()
    walk.looker.look(page, "envelopes, a window below the fold")


def _notices(walk: Walk, page: Page) -> None:
    for path in NOTICES:
        walk.at(page, path, path)
    brand = page.locator("body").evaluate(
        "body => getComputedStyle(body).getPropertyValue('--brand-light').trim()"
    )
    assert brand == "#7a1f5c"
    expect(page.locator(".masthead img")).to_be_visible()
