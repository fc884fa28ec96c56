"""Every page of the processor's books: a day, a payout, a dispute up to its answer."""

import re
from contextlib import closing
from datetime import UTC, datetime

from playwright.sync_api import expect
from sqlalchemy import select

from portal.connectors.stripe_connection import StripeConnection
from portal.connectors.stripe_settlement_records import StripeSettlementRecords
from portal.db import Principal
from portal.payments.books.taking_in import take_in_books
from portal.payments.disputes.service import take_in_dispute
from portal.payments.models import Payment
from tests.browser.walk import Walk
from tests.contracts import stripe_wire
from tests.contracts.stripe_wire import StripeWire

SUBMIT = "main form button[type=submit]"


def among_the_books(walk: Walk, wire: StripeWire) -> None:
    """After something was paid: its holder disputes it, and Stripe pays out."""
    happen_at_stripe(walk, wire)
    page, look = walk.window(), walk.looker.look
    walk.sign_in(page, "manager")
    walk.at(page, "/money", "money")
    walk.at(page, "/money/books", "books of today")
    walk.at(page, "/money/payouts", "payouts")
    page.locator("main table a").first.click()
    look(page, "payout")
    walk.at(page, "/money/disputes", "disputes")
    page.locator("main table a").first.click()
    look(page, "dispute")
    page.locator("form[action$='/accept'] button").click()
    expect(page.locator(".errors")).to_be_visible()
    look(page, "dispute, given in without a reason")
    page.locator("input[name=items]").first.check()
    page.locator("form[action$='/evidence'] button").click()
    expect(page.locator("#read")).to_be_visible()
    look(page, "dispute, to read")
    page.locator(SUBMIT).click()
    expect(page.locator(".errors")).to_be_visible()
    look(page, "dispute, not read")
    page.locator("#read").check()
    page.locator(SUBMIT).click()
    page.wait_for_url(re.compile("/money/disputes/[^/]+$"))
    look(page, "dispute, answered")


def happen_at_stripe(walk: Walk, wire: StripeWire) -> None:
    practice_id, database = walk.practice.ref.practice_id, walk.practice.database
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        intent_id = session.scalars(
            select(Payment.payment_intent_id)
            .where(Payment.practice_id == practice_id, Payment.settled_at.is_not(None))
            .where(Payment.payment_intent_id.is_not(None))
            .order_by(Payment.settled_at.desc())
        ).first()
    charge = wire.api("GET", f"/v1/payment_intents/{intent_id}")["latest_charge"]
    dispute = wire.control.dispute(charge)
    form = "amount=20000&currency=usd&payment_method=pm_card_bypassPending&confirm=true"
    wire.api("POST", "/v1/payment_intents", form)
    wire.control.post("payouts", {})
    connection = StripeConnection(secret_key=stripe_wire.SECRET_KEY, api_base=wire.api_base)
    with closing(connection):
        records, now = StripeSettlementRecords(connection), datetime.now(UTC)
        take_in_dispute(database, records, practice_id, dispute["id"], now=now)
        take_in_books(database, records, practice_id, now=now)
