"""A restored backup knows less than Stripe: the money of a payment is booked once all the same."""

import pytest
from sqlalchemy import select

from portal.db import practice_of
from portal.domain.journal import LedgerAccount
from portal.domain.payment_status import PaymentState
from portal.ledger.queries import account_sums
from portal.payments.models import Payment
from portal.payments.settlement import suspend_money
from portal.payments.webhooks import act_on
from portal.practice.models import Task
from tests.conftest import DatabaseUrls
from tests.contracts.stripe_wire import StripeWire
from tests.payments.paying import Payer
from tests.payments.test_applying import assert_books_are_sound, settled_entries
from tests.payments.test_checks import findings, spoil
from tests.payments.test_refunds import event_of

INTENT, PAGE = "payment_intent.succeeded", "checkout.session.completed"
ONLY_THE_FORM = (
    "UPDATE portal.payments SET state = 'prepared', started_at = NULL, checkout_url = NULL, "
    "checkout_session_id = NULL, payment_intent_id = NULL, checkout_language = NULL"
)


def hear(payer: Payer, stripe_wire: StripeWire, kind: str) -> None:
    """Stripe's newest event of a kind arrives."""
    event = event_of(stripe_wire, kind)
    act_on(payer.database, payer.gateway, payer.owing.practice_id, event, now=payer.now)


def sums(payer: Payer) -> dict[LedgerAccount, int]:
    return payer.read(account_sums)


def open_tasks(payer: Payer) -> list[str]:
    return payer.read(
        lambda session: list(
            session.scalars(
                select(Task.kind).where(
                    Task.practice_id == practice_of(session), Task.done_at.is_(None)
                )
            )
        )
    )


@pytest.mark.parametrize("kinds", [(INTENT, PAGE), (PAGE, INTENT), (INTENT,)])
def test_a_payment_that_is_a_mere_form_again_is_booked_once(
    payer: Payer, stripe_wire: StripeWire, database_urls: DatabaseUrls, kinds: tuple[str, ...]
) -> None:
    payment_id = payer.pay_at_stripe()
    spoil(database_urls, ONLY_THE_FORM)
    for kind in kinds:
        hear(payer, stripe_wire, kind)
    assert payer.state(payment_id) is PaymentState.SUCCEEDED
    assert sums(payer)[LedgerAccount.CARD_CLEARING] == 10_000
    assert (settled_entries(payer), open_tasks(payer)) == (1, [])
    assert_books_are_sound(payer)


@pytest.mark.parametrize("kinds", [(INTENT, PAGE), (PAGE, INTENT)])
def test_a_form_that_was_given_up_after_a_day_is_booked_once(
    payer: Payer, stripe_wire: StripeWire, database_urls: DatabaseUrls, kinds: tuple[str, ...]
) -> None:
    payment_id = payer.pay_at_stripe()
    spoil(database_urls, ONLY_THE_FORM)
    payer.wait(hours=25)
    assert payer.sweep().prepared_expired == 1
    for kind in kinds:
        hear(payer, stripe_wire, kind)
    assert payer.state(payment_id) is PaymentState.SUCCEEDED
    assert sums(payer)[LedgerAccount.CARD_CLEARING] == 10_000
    assert open_tasks(payer) == []
    assert_books_are_sound(payer)


def test_money_put_in_suspense_before_its_payment_was_known_is_taken_out_again(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    payment_id = payer.pay_at_stripe()
    put_in_suspense(payer, stripe_wire)
    assert sums(payer)[LedgerAccount.PAYMENT_SUSPENSE] == -10_000
    hear(payer, stripe_wire, PAGE)
    assert payer.state(payment_id) is PaymentState.SUCCEEDED
    assert sums(payer)[LedgerAccount.PAYMENT_SUSPENSE] == 0
    assert sums(payer)[LedgerAccount.CARD_CLEARING] == 10_000
    assert open_tasks(payer) == []
    assert_books_are_sound(payer)


def test_money_of_a_settled_payment_is_not_put_in_suspense(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    payer.pay()
    put_in_suspense(payer, stripe_wire)
    assert LedgerAccount.PAYMENT_SUSPENSE not in sums(payer)
    assert open_tasks(payer) == []
    assert_books_are_sound(payer)


def test_the_check_names_money_that_is_settled_and_in_suspense(
    payer: Payer, stripe_wire: StripeWire, database_urls: DatabaseUrls
) -> None:
    first = payer.pay_at_stripe()
    put_in_suspense(payer, stripe_wire)
    spoil(
        database_urls,
        "UPDATE portal.journal_entries SET source_key = 'pi_other'"
        " WHERE business_event = 'payment_suspended'",
    )
    payer.apply(first)
    assert findings(payer) == []
    spoil(
        database_urls,
        "UPDATE portal.journal_entries SET source_key = (SELECT payment_intent_id"
        " FROM portal.payments) WHERE source_key = 'pi_other'",
    )
    (finding,) = findings(payer)
    assert finding == f"The money of payment {first} is settled and in suspense as well."


def put_in_suspense(payer: Payer, stripe_wire: StripeWire) -> None:
    """As an event of an intent does that nothing explains."""
    intent_id = event_of(stripe_wire, INTENT).object_id
    intent = payer.gateway.look_up_payment_intent(intent_id, stripe_account=None)
    with payer.database.transaction(payer.job) as session:
        payment = session.scalars(
            select(Payment).where(Payment.practice_id == practice_of(session))
        ).one()
        suspend_money(session, payment, intent, differences=("made elsewhere",), now=payer.now)
