"""Paying from a bank account: on its way for days, settled or refused, and taken back later."""

from dataclasses import dataclass, replace
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from portal.connectors.payment_gateway import (
    CheckoutState,
    IntentStatus,
    NeededAction,
    PaymentGateway,
)
from portal.db import practice_of
from portal.domain.business_days import business_day_after
from portal.domain.dates import long_day
from portal.domain.journal import LedgerAccount
from portal.domain.payment_status import PaymentState
from portal.ledger.queries import account_sums, on_its_way_cents
from portal.messages.models import Message
from portal.payments.disputes.service import take_in_disputes
from portal.payments.service import NothingDueError
from tests.auth.running import Browser, Seen, browser
from tests.contracts.account_holder import AccountHolder
from tests.contracts.hosted_page import Cardholder
from tests.contracts.stripe_wire import StripeWire
from tests.payments.paying import GOOD_CARD, Payer
from tests.payments.running import make_app
from tests.payments.settling import Settling

DAYS = 8 * 24 * 60 * 60
"""Four business days are over by then, whatever today is."""
PAYS, SHORT, CLOSED, NOT_ALLOWED = (
    "000123456789",
    "000222222227",
    "000111111113",
    "000333333335",
)
ASKS_BANK = "4000002760003184"


@pytest.fixture
def app(payer: Payer) -> Flask:
    return make_app(payer.database, payer.gateway, lambda: payer.now, payer.owing)


@dataclass(frozen=True, slots=True)
class Pages:
    """Ana at her browser, after she was at Stripe's page."""

    browser: Browser
    guarantor_id: UUID

    def come_in(self) -> None:
        """By the link, again after days."""
        assert self.browser.get(f"/come-in/{self.guarantor_id}").text == "in"

    def after(self, payment_id: UUID) -> Seen:
        """Where she is led on the way back from Stripe."""
        back = self.browser.get(f"/payments/{payment_id}/return")
        return self.browser.get(back.location)


@pytest.fixture
def pages(app: Flask, payer: Payer) -> Pages:
    pages = Pages(browser(app), payer.owing.guarantor_id)
    pages.come_in()
    return pages


def debit(payer: Payer, cents: int = 10_000, *, account: str = PAYS) -> UUID:
    """On its way, and known to be."""
    payment_id = payer.prepare(cents)
    AccountHolder(payer.confirm(payment_id) or "").debit(account)
    assert payer.apply(payment_id) is PaymentState.PROCESSING
    return payment_id


def settle(payer: Payer, stripe_wire: StripeWire) -> None:
    """The bank has had its days; ours pass as well."""
    stripe_wire.control.advance_clock(seconds=DAYS)
    payer.wait(seconds=DAYS)


def on_the_way(payer: Payer) -> int:
    return payer.read(lambda session: on_its_way_cents(session, payer.owing.guarantor_id))


def mails(payer: Payer) -> list[str]:
    return payer.read(
        lambda session: list(
            session.scalars(
                select(Message.template)
                .where(Message.practice_id == practice_of(session))
                .order_by(Message.message_id)
            )
        )
    )


def books(payer: Payer) -> dict[LedgerAccount, int]:
    return payer.read(account_sums)


def test_a_debit_is_on_its_way_for_days_and_posts_when_it_is_there(
    payer: Payer, pages: Pages, stripe_wire: StripeWire
) -> None:
    payment_id = debit(payer)
    before = books(payer)
    shown = pages.after(payment_id).text
    for words in ("On its way from your bank", "$100.00", "ending 6789", "up to 4 business days"):
        assert words in shown
    assert "data-ask-again" not in shown
    assert on_the_way(payer) == 10_000
    assert mails(payer) == ["payment_on_its_way"]
    row = payer.row(payment_id)
    assert (row.method_kind, row.mandate_id is not None) == ("us_bank_account", True)

    settle(payer, stripe_wire)
    assert payer.apply(payment_id) is PaymentState.SUCCEEDED
    after = books(payer)
    assert after.get(LedgerAccount.BANK_CLEARING, 0) == 10_000
    assert before.get(LedgerAccount.BANK_CLEARING, 0) == 0
    assert LedgerAccount.CARD_CLEARING not in after
    assert on_the_way(payer) == 0
    assert mails(payer) == ["payment_on_its_way", "payment_receipt"]


def test_what_is_on_its_way_is_not_asked_for_and_cannot_be_paid_again(
    payer: Payer, pages: Pages
) -> None:
    other = payer.prepare(5_000)
    debit(payer)
    with pytest.raises(NothingDueError):
        payer.prepare(1_000)
    problem = pages.browser.get(f"/payments/{other}/check").location
    assert "already on its way" in pages.browser.get(problem).text


def test_the_rest_can_be_paid_while_a_part_is_on_its_way(
    payer: Payer, pages: Pages, stripe_wire: StripeWire
) -> None:
    by_bank = debit(payer, 7_000)
    form = pages.browser.get(f"/statements/{payer.owing.statement_id}/pay").text
    assert "$70.00" in form
    assert "$30.00" in form
    by_card = payer.prepare(3_000)
    Cardholder(payer.confirm(by_card, due_seen_cents=3_000) or "").pay(GOOD_CARD)
    assert payer.apply(by_card) is PaymentState.SUCCEEDED
    settle(payer, stripe_wire)
    assert payer.apply(by_bank) is PaymentState.SUCCEEDED
    assert books(payer)[LedgerAccount.BANK_CLEARING] == 7_000
    assert LedgerAccount.UNAPPLIED_CREDIT not in books(payer)


def test_visits_that_a_debit_will_pay_are_no_longer_offered(payer: Payer, pages: Pages) -> None:
    debit(payer, 6_500)
    form = pages.browser.get(f"/statements/{payer.owing.statement_id}/pay").text
    assert "$35.00" in form
    assert "Some visits" not in form  # one is left, with a part of it on its way


@pytest.mark.parametrize(
    ("account", "words"),
    [
        (SHORT, "not enough money in the account"),
        (CLOSED, "this account is closed"),
        (NOT_ALLOWED, "did not allow this payment"),
    ],
)
def test_a_debit_the_bank_refuses_says_why_and_what_to_try_and_is_due_again(
    payer: Payer, pages: Pages, stripe_wire: StripeWire, account: str, words: str
) -> None:
    payment_id = debit(payer, account=account)
    settle(payer, stripe_wire)
    pages.come_in()
    shown = pages.after(payment_id).text
    assert payer.state(payment_id) is PaymentState.FAILED
    assert "Your bank did not send the payment" in shown
    assert words in shown
    assert "$100.00" in shown
    assert on_the_way(payer) == 0
    assert mails(payer) == ["payment_on_its_way", "payment_sent_back"]
    assert payer.prepare(10_000) != payment_id


def test_a_debit_taken_back_after_it_had_arrived_is_due_again_and_its_page_says_so(
    settling: Settling, pages: Pages
) -> None:
    payer = settling.payer
    payment_id = settling.pay_by_debit()
    assert payer.state(payment_id) is PaymentState.SUCCEEDED
    settling.return_debit(payment_id)
    take_in_disputes(payer.database, settling.records, settling.practice_id, now=payer.now)
    pages.come_in()
    receipt = pages.browser.get(f"/payments/{payment_id}/receipt").text
    assert "Your bank took this payment back" in receipt
    assert f"/payments/{payment_id}/problem" in receipt
    shown = pages.browser.get(f"/payments/{payment_id}/problem").text
    for words in ("Your bank took this payment back", "ending 6789", "You owe", "$100.00"):
        assert words in shown
    assert mails(payer)[-1] == "payment_sent_back"
    assert payer.prepare(10_000) != payment_id


def test_a_payment_that_stays_has_no_problem(payer: Payer, pages: Pages) -> None:
    payment_id = payer.pay()
    assert pages.browser.get(f"/payments/{payment_id}/problem").location.endswith("/receipt")


def test_an_account_over_its_limit_is_refused_on_the_page_and_in_words(
    payer: Payer, pages: Pages
) -> None:
    payment_id = payer.prepare()
    AccountHolder(payer.confirm(payment_id) or "").debit("000777777771")
    shown = pages.after(payment_id).text
    assert "more than your bank allows" in shown


def test_a_bank_that_waits_for_an_answer_is_not_a_decline(payer: Payer, pages: Pages) -> None:
    payment_id, cardholder = payer.open_page()
    cardholder.pay(ASKS_BANK)
    shown = pages.after(payment_id).text
    assert "Your bank wants to know that it is you" in shown
    cardholder.answer_bank(confirm=False)
    shown = pages.after(payment_id).text
    assert "Your bank wants to know that it is you" in shown


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("4000000000009995", "not enough money or credit"),
        ("4000000000000069", "has expired"),
        ("4000000000000127", "security code"),
        ("4000000000009987", "did not say why"),
        ("4000000000009979", "did not say why"),
        ("4000000000000119", "Try again in a few minutes"),
    ],
)
def test_a_declined_card_says_what_to_try_and_nothing_the_bank_keeps_to_itself(
    payer: Payer, pages: Pages, number: str, words: str
) -> None:
    payment_id, cardholder = payer.open_page()
    cardholder.pay(number)
    shown = pages.after(payment_id).text
    assert "You were not charged" in shown
    assert words in shown
    assert "lost" not in shown
    assert "stolen" not in shown


@pytest.mark.parametrize("wallet", ["apple_pay", "google_pay"])
def test_a_wallet_is_kept_with_its_card(payer: Payer, wallet: str) -> None:
    payment_id = payer.prepare()
    AccountHolder(payer.confirm(payment_id) or "").press(wallet=wallet)
    assert payer.apply(payment_id) is PaymentState.SUCCEEDED
    row = payer.row(payment_id)
    assert (row.method_kind, row.method_brand, row.method_wallet) == ("card", "visa", wallet)


def test_the_second_window_of_what_is_paid_leads_to_the_receipts(
    payer: Payer, pages: Pages
) -> None:
    second = payer.prepare(5_000)
    payer.pay()
    problem = pages.browser.get(f"/payments/{second}/check").location
    shown = pages.browser.get(problem).text
    assert "This is already paid" in shown
    assert f"/statements/{payer.owing.statement_id}/receipts" in shown


def test_the_expected_day_is_four_business_days_after_the_bank_was_told(
    payer: Payer, pages: Pages
) -> None:
    payment_id = debit(payer)
    told_on = payer.row(payment_id).state_at.astimezone(ZoneInfo("America/Los_Angeles")).date()
    assert long_day(business_day_after(told_on, 4), "en") in pages.after(payment_id).text


def test_a_bank_that_never_answers_becomes_a_task(payer: Payer) -> None:
    payment_id = debit(payer, account="000000000009")
    payer.wait(days=9)
    payer.sweep()
    assert payer.task_kinds() == []
    payer.wait(days=2)
    payer.sweep()
    payer.sweep()
    assert payer.task_kinds() == ["payment_slow"]
    assert payer.state(payment_id) is PaymentState.PROCESSING


class Unconfirmed:
    """Stripe, while the holder of the account has not typed what the small deposit says."""

    page = "https://payments.stripe.com/microdeposit/pacs_test_made_up"

    def __init__(self, stripe: PaymentGateway) -> None:
        self._stripe = stripe
        self.is_confirmed = False

    def look_up_checkout(self, session_id: str, *, stripe_account: str | None) -> CheckoutState:
        seen = self._stripe.look_up_checkout(session_id, stripe_account=stripe_account)
        if self.is_confirmed or seen.intent is None:
            return seen
        waiting = replace(
            seen.intent,
            status=IntentStatus.REQUIRES_ACTION,
            action=NeededAction.VERIFY_ACCOUNT,
            action_url=self.page,
        )
        return replace(seen, intent=waiting)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stripe, name)


def test_an_account_that_is_not_confirmed_yet_waits_for_its_holder_and_then_for_the_bank(
    payer: Payer, app: Flask, pages: Pages
) -> None:
    unconfirmed = Unconfirmed(payer.gateway)
    app.extensions["portal"].services[PaymentGateway] = unconfirmed
    payer.gateway = unconfirmed  # type: ignore[assignment]  # the rest of the protocol is passed on
    payment_id = debit(payer)
    shown = pages.after(payment_id).text
    assert "Confirm your bank account" in shown
    assert Unconfirmed.page in shown
    assert on_the_way(payer) == 10_000
    assert mails(payer) == []
    unconfirmed.is_confirmed = True
    payer.wait(days=2)
    for _ in range(2):
        assert payer.apply(payment_id) is PaymentState.PROCESSING
    assert on_the_way(payer) == 10_000
    assert mails(payer) == ["payment_on_its_way"]
    pages.come_in()
    assert "On its way from your bank" in pages.after(payment_id).text
