"""Staff's pages of a person's plans, where nothing is left to plan; the others are sample pages."""

from playwright.sync_api import expect

from tests.browser.walk import Walk


def among_staff_plans(walk: Walk) -> None:
    """From the person to their plans and to what could be offered; what waits for a manager."""
    page, look = walk.window(), walk.looker.look
    walk.sign_in(page, "manager")
    page.goto(f"{walk.live.address}/desk")
    walk.search(page, walk.household.account_number)
    page.locator("main table a").first.click()
    page.locator("main a[href$='/plans']").click()
    expect(page.locator("#plans")).to_be_visible()
    look(page, "plans of a person, for staff")
    page.locator("main a.button[href$='/plans/new']").click()
    page.wait_for_url("**/plans/new")
    look(page, "offers, for staff")
    walk.at(page, "/plan-requests", "what waits for a manager")
