"""Every page of whoever sets up a payment plan, changes it, and ends it; nothing is charged."""

from datetime import date, timedelta

from playwright.sync_api import Page, expect

from tests.browser.people import Patient
from tests.browser.walk import Walk
from tests.browser.walk_towards_a_plan import towards_a_plan


def among_plans(walk: Walk, patient: Patient) -> None:
    """From the statement and back to it, with all of it open again."""
    page, statement = patient.page, patient.page.url
    walk.at(page, "/plans", "plans, none")
    page.goto(statement)
    choose(walk, page)
    agree(walk, page)
    plan = page.url
    move_a_payment(walk, page, plan)
    change_how_it_is_paid(walk, page, plan)
    look_at_what_else_there_is(walk, page, plan)
    towards_a_plan(walk, page, plan)
    end_it(walk, page, plan)
    page.goto(statement)


def choose(walk: Walk, page: Page) -> None:
    """The most payments there are, so that the law's figures come first."""
    look = walk.looker.look
    page.locator("main a[href$='/plans/new']").first.click()
    page.wait_for_url("**/plans/new")
    look(page, "offers")
    page.locator("main form button[type=submit]").first.click()
    expect(page.locator(".errors")).to_be_visible()
    look(page, "offers, nothing chosen")
    page.locator("input[name=frequency][value=every_two_weeks]").check()
    page.locator("button[name=show]").click()
    expect(page.locator("input[name=frequency][value=every_two_weeks]")).to_be_checked()
    look(page, "offers every two weeks")
    page.locator("input[name=how][value=amount]").check()
    page.locator("#amount").fill("1")
    page.locator("main form button[type=submit]").first.click()
    expect(page.locator(".errors")).to_be_visible()
    look(page, "offers, too little")
    page.locator("input[name=how]:not([value=amount], [value=number])").last.check()
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/how")
    look(page, "how it is paid")
    page.locator("main form button[type=submit]").first.click()
    expect(page.locator(".errors")).to_be_visible()
    look(page, "how it is paid, nothing chosen")
    page.locator("input[name=how][value=by_hand]").check()
    page.locator("main form button[type=submit]").first.click()


def agree(walk: Walk, page: Page) -> None:
    look = walk.looker.look
    page.wait_for_url("**/disclosure")
    look(page, "federal disclosures")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/agree")
    look(page, "plan to agree to")
    page.locator("main form[action$='/agree'] button").click()
    expect(page.locator(".errors")).to_be_visible()
    look(page, "plan not agreed to")
    page.locator("input[name=agreed]").check()
    page.locator("main form[action$='/agree'] button").click()
    page.wait_for_url("**/begun")
    look(page, "plan set up")
    page.locator("main p.row a.button").click()
    expect(page.locator("#payments")).to_be_visible()
    look(page, "plan")


def move_a_payment(walk: Walk, page: Page, plan: str) -> None:
    look = walk.looker.look
    page.locator("main a[href$='/payments/1/move']").click()
    page.wait_for_url("**/move")
    look(page, "a payment to move")
    day = page.locator("#day")
    day.fill(_later(day.get_attribute("max"), by=-7))
    page.locator("main form button[type=submit]").click()
    expect(page.locator("input[name=schedule]")).to_have_count(1)
    look(page, "what a move changes")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/changed")
    look(page, "plan changed")
    page.goto(f"{plan}/payments/2/skip")
    look(page, "a payment that cannot be skipped yet")


def change_how_it_is_paid(walk: Walk, page: Page, plan: str) -> None:
    look = walk.looker.look
    page.goto(f"{plan}/method")
    look(page, "how a plan is paid")
    page.locator("input[name=how][value=by_hand]").check()
    page.locator("main form button[type=submit]").first.click()
    expect(page.locator("input[name=step][value=go]")).to_have_count(1)
    look(page, "paid by hand from now on")


def look_at_what_else_there_is(walk: Walk, page: Page, plan: str) -> None:
    look = walk.looker.look
    page.goto(f"{plan}/ahead")
    look(page, "nothing paid ahead")
    page.goto(f"{plan}/add")
    look(page, "no bill to add")
    walk.at(page, "/plans", "plans")
    walk.at(page, "/plans/new", "nothing to spread")


def end_it(walk: Walk, page: Page, plan: str) -> None:
    page.goto(f"{plan}/end")
    walk.looker.look(page, "a plan about to end")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(plan)
    walk.looker.look(page, "plan ended")


def _later(day: str | None, *, by: int) -> str:
    assert day is not None
    return (date.fromisoformat(day) + timedelta(days=by)).isoformat()
