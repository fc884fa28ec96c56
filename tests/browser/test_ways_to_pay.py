"""Paying for whom one chooses, and from a bank account, as a person does it."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal.db import Database, Principal
from portal.domain.journal import LedgerAccount
from portal.jobs.ledger_check import check_ledger
from portal.ledger.queries import account_sums, on_its_way_cents
from portal.payments.models import Payment
from tests.browser.live_portal import LivePortal, until
from tests.browser.people import Patient
from tests.browser.practice import FilledPractice
from tests.browser.test_the_whole_story import (
    GOOD_CARD,
    opened_statement,
    owed,
    payment_states,
)
from tests.contracts.stripe_wire import StripeWire

ENOUGH_DAYS = 8 * 24 * 60 * 60


def test_all_visits_of_one_child_are_paid_and_the_rest_stays(
    page: Page, live: LivePortal, practice: FilledPractice, database: Database
) -> None:
    ana = opened_statement(page, live, practice)
    ana.page.locator(".actions a[href$='/pay']").click()
    ana.page.get_by_role("radio", name="Some visits").check()
    ana.page.get_by_role("checkbox", name="All visits of Mateo").check()
    ana.page.get_by_role("button", name="Check your payment").click()
    expect(ana.page.get_by_role("heading", name="Where each dollar goes")).to_be_visible()
    expect(ana.page.locator("main")).to_contain_text("$161.80")
    expect(ana.page.locator("main")).to_contain_text("$72.70")
    ana.page.get_by_role("link", name="Change the visits").click()
    expect(ana.page.get_by_role("radio", name="Some visits")).to_be_checked()
    expect(ana.page.locator("main input[type=checkbox]:checked")).to_have_count(2)
    ana.page.get_by_role("button", name="Check your payment").click()
    ana.confirms()
    ana.types_card(GOOD_CARD)
    ana.page.wait_for_url(f"{live.address}/payments/*/receipt")
    expect(ana.page.get_by_role("heading", level=1)).to_contain_text("$161.80")
    assert owed(database, practice) == 7_270
    assert check_ledger(database).ok


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_bank_debit_is_on_its_way_and_arrives_days_later(
    page: Page,
    live: LivePortal,
    practice: FilledPractice,
    database: Database,
    stripe_wire: StripeWire,
    *,
    has_scripts: bool,
) -> None:
    browser = page.context.browser
    assert browser is not None
    opened = opened_statement(page, live, practice)
    signed_in = opened.page.context.storage_state()
    context = browser.new_context(storage_state=signed_in, java_script_enabled=has_scripts)
    ana = Patient(context.new_page(), live.inbox)
    ana.page.goto(opened.page.url)
    ana.chooses_to_pay()
    ana.confirms()
    debits_an_account(ana.page)
    ana.page.wait_for_url(f"{live.address}/payments/*/waiting")
    expect(ana.page.get_by_role("heading", level=1)).to_contain_text("$234.50")
    expect(ana.page.locator("main")).to_contain_text("up to 4 business days")
    ana.page.get_by_role("link", name="Back to your statement").click()
    expect(ana.page.get_by_role("heading", level=1)).to_contain_text("On its way from your bank")
    mail = until(
        lambda: [one for one in live.inbox.mails if "on its way" in one["Subject"]],
        what="the mail about the permission",
    )[0]
    words = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    assert words
    assert not [text for text in words if "234" in text]
    assert owed(database, practice) == 23_450  # nothing is posted before it is here
    assert on_the_way(database, practice) == 23_450

    stripe_wire.control.advance_clock(seconds=ENOUGH_DAYS)
    live.command("payments", "sweep", "--all")
    assert payment_states(database, practice.practice_id) == ["succeeded"]
    assert owed(database, practice) == on_the_way(database, practice) == 0
    with database.transaction(Principal.job(practice.practice_id, role="test")) as session:
        assert account_sums(session)[LedgerAccount.BANK_CLEARING] == 23_450
        kinds = session.scalars(
            select(Payment.method_kind).where(Payment.practice_id == practice.practice_id)
        )
        assert list(kinds) == ["us_bank_account"]
    ana.page.reload()
    expect(ana.page.get_by_role("heading", level=1)).to_contain_text("$0.00")
    assert check_ledger(database).ok


def debits_an_account(page: Page) -> None:
    """At Stripe's page."""
    page.locator("summary").filter(has_text=re.compile("bank", re.IGNORECASE)).click()
    page.locator("#holder").fill("Ana Reyes")
    page.locator("#routing").fill("110000000")
    page.locator("#account").fill("000123456789")
    page.locator("button[form=account-form]").click()


def on_the_way(database: Database, practice: FilledPractice) -> int:
    with database.transaction(Principal.job(practice.practice_id, role="test")) as session:
        return on_its_way_cents(session, practice.guarantor_id)
