"""Every page of the desk's money: a drawer's day, a payment of each kind, the bank, a call."""

import re

from playwright.sync_api import Page, expect

from portal.practice.directory import change_practice
from tests.browser.walk import Walk

SUBMIT = "main form button[type=submit]"
DESK = "/money/counter"


def at_the_counter(walk: Walk) -> None:
    """While the portal books the desk's money; before and after, the practice's system does."""
    page = walk.window()
    walk.sign_in(page, "front_desk")
    walk.at(page, DESK, "counter, booked elsewhere")
    change_practice(walk.practice.database, "riverbend", {"desk_receipts_in": "portal"})
    with_a_drawer(walk, page)
    person = find(walk, page)
    receipt = take(walk, page, person)
    ask_for_its_void(walk, page)
    on_the_machine(walk, page, person)
    to_the_bank(walk, page, receipt)
    on_the_phone(walk, page, person)
    change_practice(walk.practice.database, "riverbend", {"desk_receipts_in": "practice"})


def find(walk: Walk, page: Page) -> str:
    """The address of the person's page."""
    page.goto(f"{walk.live.address}/desk")
    walk.search(page, walk.household.account_number)
    page.locator("main table a").first.click()
    expect(page.locator("main h2#who")).to_be_visible()
    return page.url


def with_a_drawer(walk: Walk, page: Page) -> None:
    walk.at(page, DESK, "counter")
    page.locator(SUBMIT).first.click()
    walk.looker.look(page, "counter, no drawer named")
    page.locator("#name").fill("Front 1")
    page.locator("#start").fill("100")
    page.locator(SUBMIT).first.click()
    expect(page.locator(f"a.button[href*='{DESK}/drawers/']")).to_be_visible()
    walk.looker.look(page, "counter, drawer open")


def take(walk: Walk, page: Page, person: str) -> str:
    """The address of a receipt that can be voided."""
    look = walk.looker.look
    page.goto(person)
    page.locator(f"main a[href*='{DESK}/people/']").click()
    look(page, "take")
    page.locator(SUBMIT).click()
    look(page, "take, nothing typed")
    page.locator("#amount").fill("7")
    page.locator("input[name=paid_by][value=cash]").check()
    page.locator("#tendered").fill("10")
    page.locator("input[name=what_for][value=visit]").check()
    page.locator("#visit_on").fill("2050-12-31")
    page.locator(SUBMIT).click()
    look(page, "take, to check")
    page.locator(SUBMIT).click()
    page.wait_for_url(re.compile(f"{DESK}/payments/"))
    look(page, "desk receipt")
    return page.url


def ask_for_its_void(walk: Walk, page: Page) -> None:
    page.locator("details:has(input[name=void_why])").evaluate("one => { one.open = true }")
    page.locator("input[name=void_why]").first.check()
    page.locator("form[action$='/ask-for-void'] button").click()
    expect(page.locator("main form[action$='/keep']")).to_be_visible()
    walk.looker.look(page, "desk receipt, void asked for")


def on_the_machine(walk: Walk, page: Page, person: str) -> None:
    """A payment on it, and the batch that brings it."""
    page.goto(person)
    page.locator(f"main a[href*='{DESK}/people/']").click()
    page.locator("#amount").fill("9")
    page.locator("input[name=paid_by][value=terminal]").check()
    page.locator("#approval_code").fill("A77")
    page.locator("input[name=what_for][value=visit]").check()
    page.locator("#visit_on").fill("2050-12-31")
    page.locator(SUBMIT).click()
    expect(page.locator("input[name=payment_id]")).to_have_count(1)
    page.locator(SUBMIT).click()
    page.wait_for_url(re.compile(f"{DESK}/payments/"))
    walk.at(page, f"{DESK}/card-machine", "card machine, a payment on it")
    page.locator("#arrived_on").fill("2026-01-02")
    page.locator("#amount").fill("8.70")
    page.locator(SUBMIT).click()
    page.wait_for_url(re.compile(f"{DESK}/card-machine/"))
    walk.looker.look(page, "batch of the card machine")


def to_the_bank(walk: Walk, page: Page, receipt: str) -> None:
    look = walk.looker.look
    page.goto(walk.live.address + DESK)
    page.locator(f"a.button[href*='{DESK}/drawers/']").click()
    look(page, "drawer")
    page.locator("main a.button[href$='/count']").click()
    look(page, "count")
    page.locator("input[name=pieces-10000]").fill("1")
    page.locator("input[name=pieces-500]").fill("1")
    page.locator(SUBMIT).click()
    expect(page.locator("input[name=reason]")).to_be_visible()
    look(page, "drawer, counted short")
    page.locator("input[name=reason]").fill("wrong change")
    page.locator("form[action$='/close'] button").click()
    expect(page.locator("form[action$='/close']")).to_have_count(0)
    look(page, "drawer, closed")
    walk.at(page, DESK, "counter, for the bank")
    page.locator("form[action$='/deposits'] button").click()
    page.wait_for_url(re.compile(f"{DESK}/deposits/"))
    look(page, "deposit slip")
    walk.at(page, f"{DESK}/card-machine", "card machine")
    walk.at(page, f"{DESK}/day", "desk day")
    page.goto(receipt)
    look(page, "desk receipt, at the bank")


def on_the_phone(walk: Walk, page: Page, person: str) -> None:
    page.goto(person)
    page.locator("main a[href$='/phone']").click()
    walk.looker.look(page, "phone")
