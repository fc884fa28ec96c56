"""The rooms of collections, as a manager: the list, a person, the agency, the report."""

from playwright.sync_api import expect

from tests.browser.walk import Walk


def among_collections(walk: Walk) -> None:
    """A promise is typed wrong, then written down, and a note kept."""
    page = walk.window()
    walk.sign_in(page, "manager")
    walk.at(page, "/collections", "collections, the work list")
    walk.at(page, "/collections/agency", "collections, the agency")
    walk.at(page, "/collections/reports", "collections, the report")
    page.goto(f"{walk.live.address}/desk")
    walk.search(page, walk.household.account_number)
    page.locator("main table a").first.click()
    page.locator("main a[href*='/collections/people/']").click()
    expect(page.locator("#promises")).to_be_visible()
    walk.looker.look(page, "collections, a person")
    page.locator("form[action$='/promises'] button").click()
    expect(page.locator(".errors")).to_be_visible()
    walk.looker.look(page, "collections, a promise without an amount")
    page.locator("#amount").fill("20.00")
    page.locator("#promised_for").fill("2050-01-01")
    page.locator("form[action$='/promises'] button").click()
    expect(page.locator("form[action$='/withdraw']")).to_be_visible()
    page.locator("#words").fill("Called at ten.")
    page.locator("form[action$='/notes'] button").click()
    expect(page.get_by_text("Called at ten.")).to_be_visible()
    walk.looker.look(page, "collections, a promise and a note")
