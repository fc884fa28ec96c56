"""What collections staff do with somebody who is on their list: from the list to a plan that runs.

By what the pages hold, not by their words: the same in both languages.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal.auth.roles import Role
from portal.auth.staff import add_staff
from portal.db import Database, Principal, new_id, practice_of
from portal.demo.staff import DemoStaff
from portal.domain.plans.states import PlanState
from portal.domain.promises import PromiseOutcome
from portal.jobs.ledger_check import check_ledger
from portal.plans.models import Plan, PlanConsent
from portal.practice.promises import Promise
from tests.browser.demo_practice import type_code, type_password
from tests.browser.live_portal import SECRET, LivePortal
from tests.browser.practice import FilledPractice
from tests.browser.test_plan_stories import LANGUAGES, SUBMIT

EMAIL = "robin.vale@riverbend.example"


@dataclass(frozen=True, slots=True)
class Collections:
    """Robin, who speaks with people about what they owe, at the pages of the staff."""

    page: Page
    address: str

    def goes_to(self, selector: str) -> None:
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()

    def goes_on(self) -> None:
        """By the page's first button."""
        self.goes_to(SUBMIT)

    def says_why(self, why: str) -> None:
        self.page.locator("#why").fill(why)
        self.goes_on()


@dataclass(frozen=True, slots=True)
class Door:
    """Where a member of staff comes in."""

    member: DemoStaff
    page: Page
    address: str

    def in_a_window(self, language: str) -> Collections:
        browser = self.page.context.browser
        assert browser is not None
        window = browser.new_context(locale=f"{language}-US").new_page()
        type_password(window, self.address, self.member)
        type_code(window, self.member)
        expect(window.locator("html")).to_have_attribute("lang", f"{language}-US")
        return Collections(window, self.address)


@pytest.fixture
def robin(page: Page, live: LivePortal, database: Database, practice: FilledPractice) -> Door:
    """Of collections; and Ana has not kept a promise."""
    hired = add_staff(
        database,
        practice.practice_id,
        secret_key=SECRET,
        email=EMAIL,
        name="Robin Vale",
        role=Role.COLLECTIONS,
        now=datetime.now(UTC),
        request_id="test",
    )
    with database.transaction(Principal.job(practice.practice_id, role="test")) as session:
        session.add(
            Promise(
                practice_id=practice_of(session),
                promise_id=new_id(),
                guarantor_id=practice.guarantor_id,
                promised_for=datetime.now(UTC).date() - timedelta(days=3),
                amount_cents=5_000,
                made_at=datetime.now(UTC) - timedelta(days=10),
                made_by=hired.staff_id,
                outcome=PromiseOutcome.BROKEN.value,
                outcome_at=datetime.now(UTC) - timedelta(days=2),
            )
        )
    secret = parse_qs(urlsplit(hired.totp_uri).query)["secret"][0]
    member = DemoStaff(EMAIL, "Robin Vale", Role.COLLECTIONS.value, hired.password, secret)
    return Door(member, page, live.address)


def finds_ana_on_the_list(robin: Collections) -> None:
    robin.page.goto(f"{robin.address}/collections")
    expect(robin.page.locator("#people")).to_be_visible()
    robin.goes_to("main table a[href*='/collections/people/']")
    robin.goes_to("main a[href$='/plans']")
    robin.goes_to("main a.button[href$='/plans/new']")


def makes_a_plan_with_her(robin: Collections) -> None:
    """Four payments by hand; nothing counts before she has said yes to every sentence."""
    robin.page.locator("input[name=how][value='4']").check()
    robin.goes_on()
    robin.page.wait_for_url("**/how")
    robin.page.locator("input[name=how][value=by_hand]").check()
    robin.goes_on()
    robin.page.wait_for_url("**/consent")
    spoken = robin.page.locator("main form:has(input[name=kind][value=spoken])")
    sentences = spoken.locator("input[name=read]")
    for number in range(sentences.count()):
        expect(sentences.nth(number)).not_to_be_checked()
    spoken.locator("input[name=who]").fill("Ana Reyes")
    spoken.locator("input[name=known_by]").fill("date of birth and address")
    with robin.page.expect_navigation():
        spoken.locator("button[type=submit]").click()
    expect(robin.page.locator(".errors")).to_be_visible()  # not a sentence was read to her
    for number in range(sentences.count()):
        sentences.nth(number).check()
    with robin.page.expect_navigation():
        spoken.locator("button[type=submit]").click()
    expect(robin.page.locator("main a[href$='/pause']")).to_be_visible()


def pauses_it(robin: Collections) -> None:
    robin.goes_to("main a[href$='/pause']")
    robin.page.locator("input[name=hold][value=hardship]").check()
    until = datetime.now(UTC).date() + timedelta(days=60)
    robin.page.locator("#until").fill(until.isoformat())
    robin.says_why("Lost her job")
    expect(robin.page.locator("input[name=step][value=go]")).to_have_count(1)
    robin.goes_on()
    expect(robin.page.locator("main a[href$='/go-on']")).to_be_visible()


def lets_it_go_on(robin: Collections) -> None:
    robin.goes_to("main a[href$='/go-on']")
    robin.says_why("She works again")
    expect(robin.page.locator("main a[href$='/pause']")).to_be_visible()
    expect(robin.page.locator("main a[href$='/go-on']")).to_have_count(0)


@LANGUAGES
def test_from_the_work_list_to_a_plan_that_was_paused_and_goes_on(
    practice: FilledPractice, database: Database, robin: Door, language: str
) -> None:
    staff = robin.in_a_window(language)
    finds_ana_on_the_list(staff)
    makes_a_plan_with_her(staff)
    assert state_of_her_plan(database, practice) is PlanState.ACTIVE
    pauses_it(staff)
    assert state_of_her_plan(database, practice) is PlanState.PAUSED
    lets_it_go_on(staff)
    assert state_of_her_plan(database, practice) is PlanState.ACTIVE
    assert how_she_agreed(database, practice) == ["spoken"]
    assert check_ledger(database).ok


def state_of_her_plan(database: Database, practice: FilledPractice) -> PlanState:
    with database.transaction(Principal.job(practice.practice_id, role="test")) as session:
        state = session.scalars(
            select(Plan.state).where(Plan.practice_id == practice_of(session))
        ).one()
    return PlanState(state)


def how_she_agreed(database: Database, practice: FilledPractice) -> list[str]:
    with database.transaction(Principal.job(practice.practice_id, role="test")) as session:
        return list(
            session.scalars(
                select(PlanConsent.kind).where(PlanConsent.practice_id == practice_of(session))
            )
        )
