"""Paying towards a plan by hand, as far as the check: nothing is charged."""

from playwright.sync_api import Page, expect

from tests.browser.walk import Walk

_SUBMIT = "main form button[type=submit]"


def towards_a_plan(walk: Walk, page: Page, plan: str) -> None:
    """From the plan's page and back to it."""
    look = walk.looker.look
    page.goto(plan)
    page.locator("main a[href^='/pay/plan/']").first.click()
    page.wait_for_url("**/pay/plan/*")
    look(page, "how much of a plan to pay")
    page.locator(_SUBMIT).click()
    expect(page.locator(".errors")).to_be_visible()
    look(page, "how much of a plan, nothing chosen")
    page.locator("input[name=how][value=other]").check()
    page.locator("#amount").fill("1")
    page.locator(_SUBMIT).click()
    page.wait_for_url("**/check")
    expect(page.locator("#dates")).to_be_visible()
    look(page, "which payments of a plan it pays")
    page.locator("main a.back").click()
    expect(page.locator("#amount")).to_have_value("1.00")
    page.goto(plan)
