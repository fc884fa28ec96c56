"""What the sweep finishes by itself, and what it leaves alone."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from portal.connectors.payment_gateway import (
    CheckoutState,
    CheckoutStatus,
    IntentStatus,
    PaymentGateway,
)
from portal.db import Database, practice_of
from portal.domain.payment_status import PaymentState
from portal.ledger.queries import on_its_way_cents
from portal.payments.models import ParkedWebhook, Payment
from portal.payments.moves import lock_guarantor
from portal.payments.service import AmountTooLargeError
from portal.payments.sweep import SweepCounts
from portal.payments.webhooks import act_on
from portal.statements.queries import statement_due
from tests.cli.test_commands import portal
from tests.conftest import DatabaseUrls
from tests.contracts.stripe_wire import SECRET_KEY, WEBHOOK_SECRET, StripeWire
from tests.payments.owing import change_debt, make_owing
from tests.payments.paying import GOOD_CARD, Payer
from tests.payments.test_applying import assert_books_are_sound
from tests.payments.test_checks import spoil
from tests.payments.test_refunds import event_of


def test_an_attempt_of_the_last_minutes_is_left_to_its_payer(payer: Payer) -> None:
    payer.pay_at_stripe()
    assert payer.sweep() == SweepCounts()
    assert payer.sweep(everything=True) == SweepCounts(looked_up=1, succeeded=1)


def test_what_was_paid_is_settled_and_what_was_not_stays(payer: Payer) -> None:
    payment_id, _ = payer.open_page()
    payer.wait(minutes=5)
    assert payer.sweep() == SweepCounts(looked_up=1, still_open=1)
    assert payer.state(payment_id) is PaymentState.OPEN


def test_a_page_that_ran_out_ends_the_attempt(payer: Payer, stripe_wire: StripeWire) -> None:
    payment_id, _ = payer.open_page()
    payer.wait(hours=2)
    stripe_wire.control.advance_clock(seconds=7_200)
    assert payer.sweep() == SweepCounts(looked_up=1, ended=1)
    assert payer.state(payment_id) is PaymentState.EXPIRED


def test_a_silent_stripe_is_asked_again_next_time(payer: Payer, stripe_wire: StripeWire) -> None:
    payer.pay_at_stripe()
    payer.wait(minutes=5)
    stripe_wire.control.fail_next("503")
    assert payer.sweep() == SweepCounts(looked_up=1, unanswered=1)
    assert payer.sweep() == SweepCounts(looked_up=1, succeeded=1)


def test_a_forgotten_form_ends_after_a_day(payer: Payer) -> None:
    payment_id = payer.prepare()
    payer.wait(hours=23)
    assert payer.sweep().prepared_expired == 0
    payer.wait(hours=1)
    assert payer.sweep().prepared_expired == 1
    assert payer.state(payment_id) is PaymentState.EXPIRED


def test_a_page_for_more_than_is_owed_by_now_is_closed(payer: Payer) -> None:
    payment_id, _ = payer.open_page(9_000)
    owing = payer.owing
    change_debt(payer.database, owing, owing.older.target, cents=-6_000, why="insurer paid")
    payer.wait(minutes=5)
    assert payer.sweep() == SweepCounts(looked_up=1, ended=1)
    assert payer.state(payment_id) is PaymentState.EXPIRED


def test_a_payment_that_stripe_does_not_know_is_shown_to_somebody(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    payer.open_page()
    stripe_wire.control.reset()
    payer.wait(minutes=5)
    assert payer.sweep() == SweepCounts(looked_up=1, unanswered=1)
    assert payer.task_kinds() == ["payment_unknown"]


class Unreadable:
    """Stripe, but what it says of one checkout is nothing we have ever seen."""

    def __init__(self, stripe: PaymentGateway, session_id: str | None) -> None:
        self._stripe = stripe
        self._session_id = session_id

    def look_up_checkout(self, session_id: str, *, stripe_account: str | None) -> CheckoutState:
        if session_id == self._session_id:
            raise ValueError(session_id)
        return self._stripe.look_up_checkout(session_id, stripe_account=stripe_account)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stripe, name)


def another(payer: Payer) -> Payer:
    """Somebody else who owes at the same practice."""
    owing = make_owing(
        payer.database, payer.owing.practice_id, account_number="B-1", number="20000"
    )
    return Payer(payer.database, payer.gateway, owing, now=payer.now)


def test_one_attempt_that_fails_does_not_keep_the_others(payer: Payer) -> None:
    failing = payer.pay_at_stripe()
    other = another(payer)
    paid = other.pay_at_stripe()
    stripe = payer.gateway
    session_id = payer.row(failing).checkout_session_id
    payer.gateway = Unreadable(stripe, session_id)  # type: ignore[assignment]  # it passes the rest on
    payer.wait(minutes=5)
    assert payer.sweep() == SweepCounts(looked_up=2, succeeded=1, failed=1)
    assert other.state(paid) is PaymentState.SUCCEEDED
    assert payer.state(failing) is PaymentState.OPEN
    payer.gateway = stripe
    assert payer.sweep() == SweepCounts(looked_up=1, succeeded=1)
    assert_books_are_sound(payer)


def test_somebody_whose_row_stays_locked_does_not_keep_the_others(
    payer: Payer, database_urls: DatabaseUrls
) -> None:
    payment_id = payer.pay_at_stripe()
    other = another(payer)
    paid = other.pay_at_stripe()
    payer.wait(minutes=5)
    impatient = Database(database_urls.app, lock_wait=timedelta(milliseconds=100))
    with payer.database.transaction(payer.job) as busy:
        lock_guarantor(busy, payer.owing.guarantor_id)
        payer.database, database = impatient, payer.database
        assert payer.sweep() == SweepCounts(looked_up=2, succeeded=1, failed=1)
        payer.database = database
        impatient.close()
    assert other.state(paid) is PaymentState.SUCCEEDED
    assert payer.sweep() == SweepCounts(looked_up=1, succeeded=1)
    assert payer.state(payment_id) is PaymentState.SUCCEEDED


def test_a_form_that_cannot_be_ended_does_not_keep_the_others(
    payer: Payer, database_urls: DatabaseUrls
) -> None:
    stuck, other = payer.prepare(), another(payer)
    ends = other.prepare()
    paid = other.pay_at_stripe(4_000)
    payer.wait(hours=25)
    refuse_changes_of(database_urls, stuck)
    with capture_logs() as lines:
        found = payer.sweep()
    assert (found.prepared_expired, found.succeeded, found.failed) == (1, 1, 1)
    assert other.state(ends) is PaymentState.EXPIRED
    assert other.state(paid) is PaymentState.SUCCEEDED
    (line,) = lines
    assert line["payment_id"] == stuck
    spoil(database_urls, "DROP TRIGGER refuse ON portal.payments")
    assert payer.sweep() == SweepCounts(prepared_expired=1)


def test_an_attempt_that_stripe_does_not_know_is_given_up_after_a_day_and_not_before(
    payer: Payer, database_urls: DatabaseUrls
) -> None:
    payment_id, _ = payer.open_page(5_000)
    spoil(database_urls, "UPDATE portal.payments SET checkout_session_id = 'cs_test_elsewhere'")
    payer.wait(hours=24)
    assert payer.sweep().unanswered == 1
    assert payer.state(payment_id) is PaymentState.OPEN
    payer.wait(hours=2)
    assert payer.sweep().ended == 1
    assert payer.state(payment_id) is PaymentState.EXPIRED
    assert payer.task_kinds() == ["payment_unknown"]


def test_an_attempt_that_stripe_does_not_know_does_not_stand_in_the_way_of_the_next(
    payer: Payer, stripe_wire: StripeWire, database_urls: DatabaseUrls
) -> None:
    first, cardholder = payer.open_page(5_000)
    page_id = payer.row(first).checkout_session_id
    spoil(database_urls, "UPDATE portal.payments SET checkout_session_id = 'cs_test_elsewhere'")
    cardholder.pay(GOOD_CARD)
    payer.wait(hours=26)
    stripe_wire.control.advance_clock(seconds=26 * 60 * 60)
    second = payer.prepare(10_000)
    assert payer.confirm(second) is not None
    assert payer.state(first) is PaymentState.EXPIRED
    # The key is put right, and Stripe tells of the money: it is money all the same.
    spoil(
        database_urls,
        f"UPDATE portal.payments SET checkout_session_id = '{page_id}' "
        "WHERE checkout_session_id = 'cs_test_elsewhere'",
    )
    event = event_of(stripe_wire, "checkout.session.completed")
    act_on(payer.database, payer.gateway, payer.owing.practice_id, event, now=payer.now)
    assert payer.state(first) is PaymentState.SUCCEEDED
    assert_books_are_sound(payer)


def refuse_changes_of(urls: DatabaseUrls, payment_id: UUID) -> None:
    """From now on the database itself refuses to change one payment."""
    spoil(
        urls,
        "CREATE FUNCTION portal.refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'refused'; END $$; "
        "CREATE TRIGGER refuse BEFORE UPDATE ON portal.payments FOR EACH ROW "
        f"WHEN (OLD.payment_id = '{payment_id}') EXECUTE FUNCTION portal.refuse()",
    )


def test_a_parked_webhook_that_cannot_be_read_does_not_keep_the_others(payer: Payer) -> None:
    payment_id = payer.pay_at_stripe()
    park_as_is(payer, "evt_0", {"id": "evt_0"})
    park_as_is(payer, "evt_1", parked_facts(payer, payment_id))
    found = payer.sweep()
    assert (found.webhooks_applied, found.webhooks_parked, found.failed) == (1, 0, 1)
    assert payer.state(payment_id) is PaymentState.SUCCEEDED
    assert payer.sweep() == SweepCounts(failed=1)


def parked_facts(payer: Payer, payment_id: UUID) -> dict[str, object]:
    """Of an event that came before its payment was known."""
    return {
        "id": "evt_1",
        "type": "checkout.session.completed",
        "object_kind": "checkout.session",
        "object_id": payer.row(payment_id).checkout_session_id,
        "account": None,
        "livemode": False,
        "created_at": payer.now.isoformat(),
        "payment_intent_id": None,
        "reference": str(payment_id),
    }


def park_as_is(payer: Payer, event_id: str, facts: dict[str, object]) -> None:
    with payer.database.transaction(payer.job) as session:
        session.add(
            ParkedWebhook(
                stripe_event_id=event_id,
                practice_id=payer.owing.practice_id,
                facts=facts,
                received_at=payer.now,
                tries=0,
            )
        )


def test_the_command_says_how_many_failed_and_exits_1(
    payer: Payer, database_urls: DatabaseUrls, stripe_wire: StripeWire, tmp_path: Path
) -> None:
    stuck = payer.pay_at_stripe()
    refuse_changes_of(database_urls, stuck)
    environ = {
        "PORTAL_ENV": "test",
        "PORTAL_HOME": str(tmp_path),
        "DATABASE_URL": database_urls.app,
        "STRIPE_SECRET_KEY": SECRET_KEY,
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "STRIPE_API_BASE": stripe_wire.api_base,
    }
    sweep = ("payments", "sweep", "--all", "--json")
    failed = portal(tmp_path, *sweep, **environ)
    assert failed.returncode == 1, failed.stderr
    assert json.loads(failed.stdout)["failed"] == 1
    assert "not swept" in failed.stderr
    assert "refused" not in failed.stderr
    spoil(database_urls, "DROP TRIGGER refuse ON portal.payments")
    assert portal(tmp_path, *sweep, **environ).returncode == 0
    assert payer.state(stuck) is PaymentState.SUCCEEDED


class SlowBank:
    """Stripe with a bank debit: what is paid there takes days, and may come back."""

    def __init__(self, stripe: PaymentGateway) -> None:
        self._stripe = stripe
        self.status = IntentStatus.PROCESSING

    def look_up_checkout(self, session_id: str, *, stripe_account: str | None) -> CheckoutState:
        seen = self._stripe.look_up_checkout(session_id, stripe_account=stripe_account)
        if seen.intent is None:
            return seen
        session = replace(seen.session, status=CheckoutStatus.COMPLETE)
        return replace(seen, session=session, intent=replace(seen.intent, status=self.status))

    def __getattr__(self, name: str) -> object:
        return getattr(self._stripe, name)


@pytest.fixture
def slow_bank(payer: Payer) -> SlowBank:
    bank = SlowBank(payer.gateway)
    payer.gateway = bank  # type: ignore[assignment]  # the rest of the protocol is passed on
    return bank


def test_money_on_its_way_lowers_what_is_asked_for_until_it_arrives(
    payer: Payer, slow_bank: SlowBank
) -> None:
    payment_id = payer.pay_at_stripe(7_000)
    assert payer.apply(payment_id) is PaymentState.PROCESSING
    assert payer.apply(payment_id) is PaymentState.PROCESSING
    assert _on_its_way(payer) == 7_000
    assert _due(payer) == 3_000
    slow_bank.status = IntentStatus.SUCCEEDED
    payer.wait(days=4)
    assert payer.sweep().succeeded == 1
    assert (_on_its_way(payer), _due(payer)) == (0, 3_000)
    assert_books_are_sound(payer)


def test_a_debit_that_comes_back_is_owed_again(payer: Payer, slow_bank: SlowBank) -> None:
    payment_id = payer.pay_at_stripe(7_000)
    payer.apply(payment_id)
    slow_bank.status = IntentStatus.REQUIRES_PAYMENT_METHOD
    payer.wait(days=4)
    assert payer.sweep().ended == 1
    assert payer.state(payment_id) is PaymentState.FAILED
    assert (_on_its_way(payer), _due(payer)) == (0, 10_000)


def test_while_a_bank_is_at_work_the_rest_can_be_paid_and_no_more(
    payer: Payer, slow_bank: SlowBank
) -> None:
    payer.apply(payer.pay_at_stripe(7_000))
    with pytest.raises(AmountTooLargeError):
        payer.prepare(3_001)
    second = payer.prepare(3_000)
    assert payer.confirm(second, due_seen_cents=3_000) is not None
    assert payer.state(second) is PaymentState.OPEN


def test_the_database_itself_refuses_a_second_attempt_at_stripe(payer: Payer) -> None:
    payer.open_page(5_000)
    second = payer.prepare(6_000)
    with (
        pytest.raises(Exception, match="payments_one_open"),
        payer.database.transaction(payer.job) as session,
    ):
        session.execute(
            update(Payment)
            .where(Payment.practice_id == practice_of(session), Payment.payment_id == second)
            .values(state=PaymentState.STARTING.value)
        )


def _on_its_way(payer: Payer) -> int:
    guarantor_id = payer.owing.guarantor_id
    return payer.read(lambda session: on_its_way_cents(session, guarantor_id))


def _due(payer: Payer) -> int:
    due = payer.read(lambda session: statement_due(session, payer.owing.statement_id))
    assert due is not None
    return due.due_now_cents
