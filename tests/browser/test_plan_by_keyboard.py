"""A payment plan is set up, and ended, by somebody who has no mouse, and no scripts."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live_portal import LivePortal
from tests.browser.practice import FilledPractice
from tests.browser.test_the_whole_story import opened_statement

MOST_STEPS = 120


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_plan_is_set_up_and_ended_with_the_keyboard_alone(
    page: Page, live: LivePortal, practice: FilledPractice, *, has_scripts: bool
) -> None:
    browser = page.context.browser
    assert browser is not None
    opened = opened_statement(page, live, practice)
    signed_in = opened.page.context.storage_state()
    ana = browser.new_context(
        storage_state=signed_in, java_script_enabled=has_scripts, locale="en-US"
    ).new_page()
    ana.goto(opened.page.url)
    press(ana, "main a[href$='/plans/new']", "Enter")
    expect(ana.get_by_role("heading", level=1)).to_have_text("How do you want to spread $234.50?")
    press(ana, "main summary", "Enter")
    expect(ana.get_by_role("table").first).to_be_visible()
    press(ana, "input[name=how]", "Space")
    press(ana, "main form button[type=submit]", "Enter")
    expect(ana.get_by_role("heading", level=1)).to_have_text(
        "How do you want to make the payments?"
    )
    press(ana, "input[name=how]", "Space")
    press(ana, "main form button[type=submit]", "Enter")
    expect(ana.get_by_role("heading", level=1)).to_have_text("Check your payment plan and agree")
    expect(ana.locator("input[name=agreed]")).not_to_be_checked()
    press(ana, "input[name=agreed]", "Space")
    press(ana, "main form[action$='/agree'] button", "Enter")
    expect(ana.get_by_role("heading", level=1)).to_have_text(
        re.compile("Your payment plan is set up")
    )
    press(ana, "main p.row a.button", "Enter")
    press(ana, "main a[href$='/end']", "Enter")
    expect(ana.get_by_role("heading", level=1)).to_have_text("End your payment plan?")
    press(ana, "main form button[type=submit]", "Enter")
    expect(ana.get_by_role("heading", level=1)).to_have_text("This payment plan has ended")


def press(page: Page, selector: str, key: str) -> None:
    """From where the focus is, step by step, to the first of these; then the key."""
    wanted = page.locator(selector).first
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        if wanted.evaluate("part => part === document.activeElement"):
            page.keyboard.press(key)
            return
    message = f"no way to {selector} with the keyboard"
    raise AssertionError(message)
