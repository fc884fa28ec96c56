"""A manager's pages of the rules for plans: looked at, typed wrong, tried out and set."""

from playwright.sync_api import expect

from tests.browser.walk import Walk


def on_plan_rules(walk: Walk) -> None:
    """As a manager; the rules that are set offer more than those before."""
    page = walk.window()
    walk.sign_in(page, "manager")
    walk.at(page, "/plan-rules", "rules for plans, the defaults")
    walk.at(page, "/plan-rules/change", "rules for plans, to change")
    page.locator("#most_1").fill("40")
    page.locator("#reason").fill("More people can pay in eight.")
    page.locator("main form button").click()
    expect(page.locator("#tier_1-error")).to_be_visible()
    walk.looker.look(page, "rules for plans, typed wrong")
    page.locator("#most_1").fill("8")
    page.locator("main form button").click()
    expect(page.locator("#offered")).to_be_visible()
    walk.looker.look(page, "rules for plans, tried out")
    page.locator("main form button").click()
    expect(page.locator("#versions")).to_be_visible()
    walk.looker.look(page, "rules for plans, set")
