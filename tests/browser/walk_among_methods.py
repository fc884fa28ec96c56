"""Every page of whoever keeps a way to pay, pays on a later day and lets autopay do the rest."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from tests.browser.people import Patient
from tests.browser.walk import Walk

GOOD_CARD = "4242 4242 4242 4242"


def among_methods(walk: Walk, patient: Patient) -> None:
    """From the statement and back to it; nothing is charged."""
    page, statement = patient.page, patient.page.url
    keep_a_card(walk, patient, statement)
    plan_a_payment(walk, page, statement)
    turn_autopay_on_and_off(walk, page)
    remove_the_card(walk, page)
    walk.at(page, "/credit", "one's own credit")
    page.goto(statement)


def keep_a_card(walk: Walk, patient: Patient, statement: str) -> None:
    page, look = patient.page, walk.looker.look
    walk.at(page, "/payment-methods", "ways to pay, none")
    page.goto(f"{statement}/pay-later")
    look(page, "pay later, no way to pay")
    page.locator("main a.button").first.click()
    look(page, "add a way to pay")
    page.locator("main form button[type=submit]").click()
    look(page, "add a way to pay, nothing chosen")
    page.locator("input[value=card]").check()
    page.locator("input[name=agreed]").check()
    page.locator("main form button[type=submit]").click()
    look(page, "Checkout, saving")
    patient.types_card(GOOD_CARD)
    page.wait_for_url("**/payment-methods/setups/*")
    look(page, "saved")


def plan_a_payment(walk: Walk, page: Page, statement: str) -> None:
    look = walk.looker.look
    page.goto(f"{statement}/pay-later")
    look(page, "pay later")
    page.locator("main form button[type=submit]").click()
    look(page, "pay later, nothing chosen")
    page.locator("input[value=part]").check()
    page.locator("#amount").fill("5")
    day = datetime.now(UTC).date() + timedelta(days=20)
    page.locator("#day").fill(day.isoformat())
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/agree")
    look(page, "planned payment, to agree to")
    page.locator("main form button[type=submit]").click()
    look(page, "planned payment, not agreed to")
    page.locator("input[name=agreed]").check()
    page.locator("main form button[type=submit]").click()
    expect(page.locator("form[action$='/stop']")).to_be_visible()
    look(page, "planned payment")
    planned = page.url
    page.goto(statement)
    look(page, "statement with a planned payment")
    page.goto(planned)
    page.locator("form[action$='/stop'] button").click()
    expect(page.locator("form[action$='/stop']")).to_have_count(0)
    look(page, "planned payment, stopped")


def turn_autopay_on_and_off(walk: Walk, page: Page) -> None:
    look = walk.looker.look
    walk.at(page, "/autopay", "autopay, off")
    page.locator("#cap").fill("250")
    page.locator("form[action$='/check'] button").click()
    page.wait_for_url("**/autopay/check")
    look(page, "autopay, to agree to")
    page.locator("input[name=agreed]").check()
    page.locator("main form button[type=submit]").click()
    expect(page.locator("form[action$='/autopay/stop']")).to_be_visible()
    look(page, "autopay, on")
    page.locator("form[action$='/autopay/stop'] button").click()
    expect(page.locator("form[action$='/autopay/stop']")).to_have_count(0)


def remove_the_card(walk: Walk, page: Page) -> None:
    look = walk.looker.look
    walk.at(page, "/payment-methods", "ways to pay")
    page.locator("main a[href$='/remove']").first.click()
    page.wait_for_url("**/remove")
    look(page, "a way to pay, about to be removed")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/payment-methods")
