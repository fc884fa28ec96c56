"""Staff's pages of automatic charges: everybody's, one person's, one charge with its tries."""

from playwright.sync_api import expect

from tests.browser.walk import Walk


def among_charges(walk: Walk) -> None:
    """As a manager, after somebody has planned a payment and stopped it."""
    page = walk.window()
    walk.sign_in(page, "manager")
    walk.at(page, "/money/charges", "automatic charges")
    page.goto(f"{walk.live.address}/desk")
    walk.search(page, walk.household.account_number)
    page.locator("main table a").first.click()
    page.locator("main a[href*='/money/charges/people/']").click()
    expect(page.locator("#ended")).to_be_visible()
    walk.looker.look(page, "automatic charges of a person")
    page.locator("main table a[href*='/money/charges/']").first.click()
    page.wait_for_url("**/money/charges/*")
    walk.looker.look(page, "an automatic charge")
