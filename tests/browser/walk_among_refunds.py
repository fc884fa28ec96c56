"""Every page of refunds, credits and suspense: a payment looked at, moved, a part sent back."""

from playwright.sync_api import Page, expect

from tests.browser.walk import Walk


def among_refunds(walk: Walk) -> None:
    """As a manager, who may do all of it."""
    page = walk.window()
    walk.sign_in(page, "manager")
    walk.at(page, "/money/refunds", "refunds, none yet")
    walk.at(page, "/money/refunds/checks", "refund checks, none yet")
    page.goto(f"{walk.live.address}/desk")
    walk.search(page, walk.household.account_number)
    page.locator("main table a").first.click()
    person = page.url
    page.locator("main a[href*='/money/payments/']").last.click()
    walk.looker.look(page, "payment")
    _moves(walk, page)
    _sends_a_part_back(walk, page, person)
    walk.at(page, "/money/refunds", "refunds")
    page.locator("main table a[href*='/money/refunds/']").first.click()
    walk.looker.look(page, "refund that is out")
    walk.at(page, "/money/credits", "credits")
    walk.at(page, "/money/credits?which=due", "credits that are due")
    walk.at(page, "/money/suspense", "suspense")


def _moves(walk: Walk, page: Page) -> None:
    page.locator("main a[href$='/move']").click()
    walk.looker.look(page, "payment to be moved")
    box = page.locator("main table input").first
    box.fill("999999")
    page.locator("main form button[type=submit]").click()
    expect(page.get_by_role("alert")).to_be_visible()
    walk.looker.look(page, "payment to be moved, too much")
    page.locator("main table input").first.fill("1")
    page.locator("#reason").fill("They meant the other visit.")
    page.locator("main form button[type=submit]").click()
    expect(page.locator("input[name=move_id]")).to_have_count(1)
    walk.looker.look(page, "move, to check")
    page.locator("main form button[type=submit]").click()
    expect(page.locator("main").get_by_role("status")).to_be_visible()
    walk.looker.look(page, "payment that was moved")


def _sends_a_part_back(walk: Walk, page: Page, person: str) -> None:
    page.goto(person)
    page.locator("main a[href$='/refund']").last.click()
    page.locator("#amount").fill("1")
    page.locator("input[name=why]").first.check()
    page.locator("main form button[type=submit]").click()
    expect(page.locator("input[name=refund_id]")).to_have_count(1)
    page.locator("main form button[type=submit]").click()
    expect(page.locator("main").get_by_role("status")).to_be_visible()
    walk.looker.look(page, "person to whom a part was sent back")
