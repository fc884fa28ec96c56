"""What people do with a payment plan, from the first choice to its end; and what staff do for them.

By what the pages hold, not by their words: the same in both languages.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from portal.db import Database
from portal.jobs.ledger_check import check_ledger
from tests.browser.live_portal import LivePortal
from tests.browser.people import Patient
from tests.browser.practice import FilledPractice
from tests.browser.test_plan_by_keyboard import press
from tests.browser.test_the_whole_story import GOOD_CARD, opened_statement, owed

SUBMIT = "main form button[type=submit]"
LANGUAGES = pytest.mark.parametrize("language", ["en", "es"])


@dataclass(frozen=True, slots=True)
class PlanWindow:
    """Somebody's window at the pages of their plan."""

    patient: Patient
    statement: str
    language: str
    plan: str = ""

    @property
    def page(self) -> Page:
        return self.patient.page

    def at(self, part: str = "") -> None:
        self.page.goto(f"{self.plan}{part}")
        expect(self.page.locator("html")).to_have_attribute("lang", f"{self.language}-US")

    def goes_on(self) -> None:
        """By the page's first button; the next page is there when it has come."""
        with self.page.expect_navigation():
            self.page.locator(SUBMIT).first.click()

    def changes(self) -> None:
        """The page says what changes; where it has to be agreed to, no box is ticked before."""
        expect(self.page.locator("input[name=step][value=go]")).to_have_count(1)
        agreed = self.page.locator("input[name=agreed]")
        if agreed.count():
            expect(agreed).not_to_be_checked()
            agreed.check()
        self.goes_on()
        self.page.wait_for_url("**/changed")


def ana_with_a_plan(
    page: Page, live: LivePortal, practice: FilledPractice, language: str
) -> PlanWindow:
    """Over all visits but the one that comes first, in four payments, made by hand."""
    opened = opened_statement(page, live, practice)
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(
        storage_state=opened.page.context.storage_state(), locale=f"{language}-US"
    )
    ana = PlanWindow(Patient(context.new_page(), live.inbox), opened.page.url, language)
    ana.page.goto(ana.statement)
    if language == "es":
        ana.page.get_by_role("button", name="Español").first.click()
    expect(ana.page.locator("html")).to_have_attribute("lang", f"{language}-US")
    ana.page.locator("main a[href$='/plans/new']").first.click()
    ana.page.wait_for_url("**/plans/new")
    ana.page.locator("main summary").last.click()
    ana.page.locator("input[name=visit]").first.uncheck()
    ana.page.locator("button[name=show]").click()
    expect(ana.page.locator("input[name=visit]").first).not_to_be_checked()
    ana.page.locator("input[name=how][value='4']").check()
    ana.goes_on()
    ana.page.wait_for_url("**/how")
    ana.page.locator("input[name=how][value=by_hand]").check()
    ana.goes_on()
    ana.page.wait_for_url("**/agree")
    expect(ana.page.locator("input[name=agreed]")).not_to_be_checked()
    ana.page.locator("input[name=agreed]").check()
    ana.page.locator("main form[action$='/agree'] button").click()
    ana.page.wait_for_url("**/begun")
    plan = ana.page.url.removesuffix("/begun")
    return PlanWindow(ana.patient, ana.statement, language, plan)


def pays_two_payments(ana: PlanWindow) -> None:
    ana.at()
    ana.page.locator("main a[href^='/pay/plan/']").first.click()
    ana.page.locator("input[name=how][value=other]").check()
    ana.page.locator("#amount").fill("80.90")
    ana.goes_on()
    ana.page.wait_for_url("**/check")
    ana.patient.confirms()
    ana.patient.types_card(GOOD_CARD)
    ana.page.wait_for_url("**/receipt")


def moves_one_and_skips_another(ana: PlanWindow) -> None:
    ana.at("/payments/3/move")
    last = ana.page.locator("#day").get_attribute("max")
    assert last is not None
    to = (date.fromisoformat(last) - timedelta(days=6)).isoformat()
    ana.page.locator("#day").fill(to)
    ana.goes_on()
    ana.changes()
    ana.at("/payments/4/skip")
    ana.changes()


def has_it_charged(ana: PlanWindow) -> None:
    ana.at("/method")
    ana.page.locator("main a[href*='/payment-methods/add']").click()
    ana.page.locator("input[value=card]").check()
    ana.page.locator("input[name=agreed]").check()
    ana.page.locator(SUBMIT).first.click()
    ana.page.wait_for_url("**/c/pay/**")
    ana.patient.types_card(GOOD_CARD)
    ana.page.wait_for_url("**/payment-methods/setups/*")
    ana.at("/method")
    ana.page.locator("input[name=how]:not([value=by_hand])").first.check()
    ana.goes_on()
    ana.changes()


def adds_the_other_visit(ana: PlanWindow) -> None:
    ana.at("/add")
    ana.page.locator("input[name=visit]").first.check()
    ana.page.locator("input[name=how][value=higher]").check()
    ana.goes_on()
    if not ana.page.locator("input[name=agreed]").count():  # what the law wants read comes first
        ana.goes_on()
    ana.changes()


def ends_it(ana: PlanWindow) -> None:
    """With the keyboard alone."""
    ana.at()
    press(ana.page, "main a[href$='/end']", "Enter")
    ana.page.wait_for_url("**/end")
    press(ana.page, SUBMIT, "Enter")
    ana.page.wait_for_url(ana.plan)
    expect(ana.page.locator("main a[href$='/end']")).to_have_count(0)


@LANGUAGES
def test_a_plan_from_the_first_choice_to_its_end(
    page: Page, live: LivePortal, practice: FilledPractice, database: Database, language: str
) -> None:
    """Chosen and agreed to, paid by hand, moved, skipped, charged, made larger, and ended."""
    ana = ana_with_a_plan(page, live, practice, language)
    pays_two_payments(ana)
    assert owed(database, practice) == 23_450 - 8_090
    moves_one_and_skips_another(ana)
    has_it_charged(ana)
    adds_the_other_visit(ana)
    ana.at()
    versions = ana.page.locator("main a[href$='.pdf']")
    expect(versions).not_to_have_count(0)
    ends_it(ana)
    assert owed(database, practice) == 23_450 - 8_090
    assert check_ledger(database).ok
