"""Stripe's webhooks as they arrive over the wire: signed, late, twice, in any order, not ours."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from queue import Queue
from threading import Thread
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.serving import make_server

from portal.db import new_id, practice_of
from portal.domain.journal import LedgerAccount
from portal.domain.payment_status import PaymentState
from portal.ledger.queries import account_sums
from portal.payments.models import ParkedWebhook, Payment, WebhookEvent
from portal.practice.models import PracticeDirectoryEntry, Task
from tests.contracts.hosted_page import Cardholder
from tests.contracts.stripe_wire import WEBHOOK_SECRET, StripeWire
from tests.contracts.webhook_receiver import WebhookReceiver, receiving_webhooks
from tests.payments.paying import DECLINED_CARD, GOOD_CARD, Payer, at_once
from tests.payments.running import make_app
from tests.payments.settling import Settling
from tests.payments.test_applying import assert_books_are_sound, settled_entries
from tests.simulator.paying import ENOUGH_DAYS

PATH = "/webhooks/stripe/riverbend"


@dataclass(frozen=True, slots=True)
class Caught:
    """A webhook on its way, to be delivered by the test."""

    body: bytes
    signature: str

    @property
    def type(self) -> str:
        kind: str = json.loads(self.body)["type"]
        return kind


@dataclass(frozen=True, slots=True)
class Receiver:
    """The portal's end, as Stripe calls it."""

    client: FlaskClient

    def deliver(self, caught: Caught, path: str = PATH) -> tuple[int, str]:
        answer = self.client.post(
            path,
            data=caught.body,
            headers={"Stripe-Signature": caught.signature, "Content-Type": "application/json"},
        )
        return answer.status_code, answer.text


@pytest.fixture
def receiver(payer: Payer, settling: Settling) -> Receiver:
    app = make_app(
        payer.database,
        payer.gateway,
        lambda: payer.now,
        payer.owing,
        handlers=settling.handlers,
    )
    return Receiver(app.test_client())


@pytest.fixture
def caught(stripe_wire: StripeWire) -> Iterator[WebhookReceiver]:
    """Events go here and wait."""
    with receiving_webhooks() as receiver:
        stripe_wire.control.send_webhooks_to(receiver.url)
        yield receiver


def events(caught: WebhookReceiver, stripe_wire: StripeWire) -> list[Caught]:
    stripe_wire.control.wait_for_webhooks()
    return [Caught(one.body, one.headers["Stripe-Signature"]) for one in caught.received]


def the(kind: str, caught: WebhookReceiver, stripe_wire: StripeWire) -> Caught:
    return next(one for one in events(caught, stripe_wire) if one.type == kind)


def outcomes(payer: Payer) -> dict[str, str]:
    rows = payer.read(
        lambda session: session.execute(
            select(WebhookEvent.event_type, WebhookEvent.outcome).where(
                WebhookEvent.practice_id == practice_of(session)
            )
        ).all()
    )
    return {row.event_type: row.outcome for row in rows}


def waiting_events(payer: Payer) -> int:
    return payer.read(
        lambda session: (
            session.scalar(
                select(func.count())
                .select_from(ParkedWebhook)
                .where(ParkedWebhook.resolved_at.is_(None))
            )
            or 0
        )
    )


@pytest.mark.parametrize("kind", ["checkout.session.completed", "payment_intent.succeeded"])
def test_the_webhook_alone_settles_a_payment(
    payer: Payer, receiver: Receiver, caught: WebhookReceiver, stripe_wire: StripeWire, kind: str
) -> None:
    payment_id = payer.pay_at_stripe()
    assert receiver.deliver(the(kind, caught, stripe_wire)) == (200, "applied")
    assert payer.state(payment_id) is PaymentState.SUCCEEDED
    assert outcomes(payer) == {kind: "applied"}
    assert_books_are_sound(payer)


def test_stripe_is_not_asked_again_about_a_payment_that_has_its_money(
    payer: Payer, receiver: Receiver, caught: WebhookReceiver, stripe_wire: StripeWire
) -> None:
    payment_id = payer.pay_at_stripe()
    first, after = "payment_intent.succeeded", "checkout.session.completed"
    receiver.deliver(the(first, caught, stripe_wire))
    calls = len(stripe_wire.exchanges)
    assert receiver.deliver(the(after, caught, stripe_wire)) == (200, "applied")
    assert payer.apply(payment_id) is PaymentState.SUCCEEDED
    assert len(stripe_wire.exchanges) == calls
    assert outcomes(payer) == {first: "applied", after: "applied"}
    assert_books_are_sound(payer)


def test_the_same_event_many_times_at_once_is_one_effect(
    payer: Payer, receiver: Receiver, caught: WebhookReceiver, stripe_wire: StripeWire
) -> None:
    payer.pay_at_stripe()
    event = the("checkout.session.completed", caught, stripe_wire)
    answers = at_once(8, lambda: receiver.deliver(event)[0])
    assert set(answers) == {200}
    assert receiver.deliver(event) == (200, "seen_before")
    assert settled_entries(payer) == 1
    assert_books_are_sound(payer)


def test_all_events_at_once_beside_the_return_page_and_the_sweep_settle_it_once(
    payer: Payer, receiver: Receiver, caught: WebhookReceiver, stripe_wire: StripeWire
) -> None:
    payment_id = payer.pay_at_stripe()
    hints = events(caught, stripe_wire)
    acts: list[Callable[[], object]] = [
        *(lambda hint=hint: receiver.deliver(hint) for hint in hints),
        *(lambda: payer.apply(payment_id) for _ in range(4)),
        lambda: payer.sweep(everything=True),
    ]
    waiting = Queue[Callable[[], object]]()
    for act in acts:
        waiting.put(act)

    def act_next() -> None:
        waiting.get()()

    at_once(len(acts), act_next)
    assert payer.state(payment_id) is PaymentState.SUCCEEDED
    assert settled_entries(payer) == 1
    assert_books_are_sound(payer)


def test_a_webhook_whose_effect_was_not_committed_is_answered_500_and_sent_again(
    payer: Payer, receiver: Receiver, caught: WebhookReceiver, stripe_wire: StripeWire
) -> None:
    payment_id = payer.pay_at_stripe()
    event = the("checkout.session.completed", caught, stripe_wire)
    stripe_wire.control.fail_next("503", operation="GET /v1/checkout/sessions/{session}")
    assert receiver.deliver(event)[0] == 500
    assert outcomes(payer) == {}
    assert receiver.deliver(event) == (200, "applied")
    assert payer.state(payment_id) is PaymentState.SUCCEEDED


def test_a_webhook_that_overtakes_the_answer_finds_its_payment(
    payer: Payer, receiver: Receiver, caught: WebhookReceiver, stripe_wire: StripeWire
) -> None:
    payment_id = payer.prepare()
    stripe_wire.control.fail_next("answer_lost", operation="POST /v1/checkout/sessions")
    payer.confirm(payment_id)
    (session,) = stripe_wire.api("GET", "/v1/checkout/sessions")["data"]
    stripe_wire.api("POST", f"/v1/checkout/sessions/{session['id']}/expire", "")
    event = the("checkout.session.expired", caught, stripe_wire)
    assert receiver.deliver(event) == (200, "applied")
    assert payer.state(payment_id) is PaymentState.EXPIRED


def test_an_event_of_something_we_do_not_know_is_parked_and_applied_once_we_do(
    payer: Payer, receiver: Receiver, caught: WebhookReceiver, stripe_wire: StripeWire
) -> None:
    payment_id = new_id()
    checkout = payer.gateway.start_checkout(
        payment_id=payment_id,
        amount_cents=10_000,
        success_url="http://localhost/",
        cancel_url="http://localhost/",
        expires_at=payer.now + timedelta(hours=1),
        locale="en",
        stripe_account=None,
    )
    Cardholder(checkout.url or "").pay(GOOD_CARD)
    event = the("checkout.session.completed", caught, stripe_wire)
    assert receiver.deliver(event) == (200, "parked")
    assert receiver.deliver(event) == (200, "parked")
    assert payer.sweep().webhooks_parked == 1
    assert (waiting_events(payer), outcomes(payer)) == (1, {})
    _row_at_last(payer, payment_id)
    assert payer.sweep().webhooks_applied == 1
    assert payer.state(payment_id) is PaymentState.SUCCEEDED
    assert (waiting_events(payer), outcomes(payer)) == (
        0,
        {"checkout.session.completed": "applied"},
    )


def test_what_stays_unknown_is_shown_to_somebody(
    payer: Payer, receiver: Receiver, caught: WebhookReceiver, stripe_wire: StripeWire
) -> None:
    stripe_wire.api(
        "POST",
        "/v1/payment_intents",
        "amount=700&currency=usd&confirm=true&payment_method=pm_card_visa"
        "&payment_method_types[]=card",
    )
    event = the("payment_intent.succeeded", caught, stripe_wire)
    assert receiver.deliver(event) == (200, "parked")
    for _ in range(10):
        payer.sweep()
    assert payer.task_kinds() == ["webhook_parked"]
    assert waiting_events(payer) == 1


def test_money_that_names_a_payment_but_was_made_elsewhere_waits_in_suspense(
    payer: Payer, receiver: Receiver, caught: WebhookReceiver, stripe_wire: StripeWire
) -> None:
    payment_id = payer.pay()
    stripe_wire.api(
        "POST",
        "/v1/payment_intents",
        "amount=10000&currency=usd&confirm=true&payment_method=pm_card_visa"
        f"&payment_method_types[]=card&metadata[payment_id]={payment_id}",
    )
    for event in events(caught, stripe_wire):
        assert receiver.deliver(event)[0] == 200
    assert settled_entries(payer) == 1
    sums = payer.read(account_sums)
    assert sums[LedgerAccount.PAYMENT_SUSPENSE] == -10_000
    assert payer.task_kinds() == ["payment_suspended"]
    assert_books_are_sound(payer)


def test_each_stray_of_one_payment_is_shown_to_somebody(
    payer: Payer, receiver: Receiver, caught: WebhookReceiver, stripe_wire: StripeWire
) -> None:
    payment_id = payer.pay()
    for cents in (700, 900):
        stripe_wire.api(
            "POST",
            "/v1/payment_intents",
            f"amount={cents}&currency=usd&confirm=true&payment_method=pm_card_visa"
            f"&payment_method_types[]=card&metadata[payment_id]={payment_id}",
        )
    for event in events(caught, stripe_wire):
        assert receiver.deliver(event)[0] == 200
    messages = payer.read(
        lambda session: session.scalars(
            select(Task.message)
            .where(Task.practice_id == practice_of(session), Task.kind == "payment_suspended")
            .order_by(Task.message)
        ).all()
    )
    assert [message.split(" as pi_")[0] for message in messages] == [
        "Stripe holds $7.00",
        "Stripe holds $9.00",
    ]


def test_each_object_that_stays_unknown_is_shown_to_somebody(
    payer: Payer, receiver: Receiver, caught: WebhookReceiver, stripe_wire: StripeWire
) -> None:
    for cents in (700, 900):
        stripe_wire.api(
            "POST",
            "/v1/payment_intents",
            f"amount={cents}&currency=usd&confirm=true&payment_method=pm_card_visa"
            "&payment_method_types[]=card",
        )
    for event in events(caught, stripe_wire):
        receiver.deliver(event)
    for _ in range(10):
        payer.sweep()
    assert payer.task_kinds() == ["webhook_parked"] * 2


def test_a_decline_is_recorded_and_the_page_stays_open(
    payer: Payer, receiver: Receiver, caught: WebhookReceiver, stripe_wire: StripeWire
) -> None:
    payment_id, cardholder = payer.open_page()
    cardholder.pay(DECLINED_CARD)
    event = the("payment_intent.payment_failed", caught, stripe_wire)
    assert receiver.deliver(event) == (200, "applied")
    assert payer.row(payment_id).decline_code == "generic_decline"
    cardholder.pay(GOOD_CARD)
    payer.apply(payment_id)
    # The old event again, after the success: its object is read as it is now.
    assert receiver.deliver(event) == (200, "seen_before")
    assert payer.state(payment_id) is PaymentState.SUCCEEDED


def test_a_dispute_is_shown_to_somebody_with_what_to_do(
    payer: Payer, receiver: Receiver, caught: WebhookReceiver, stripe_wire: StripeWire
) -> None:
    payer.pay(5_000)
    (charge,) = stripe_wire.api("GET", "/v1/charges")["data"]
    stripe_wire.control.dispute(charge["id"])
    event = the("charge.dispute.created", caught, stripe_wire)
    assert receiver.deliver(event) == (200, "applied")
    assert receiver.deliver(event) == (200, "seen_before")
    (message,) = payer.read(
        lambda session: list(
            session.scalars(
                select(Task.message).where(
                    Task.practice_id == practice_of(session), Task.kind == "dispute"
                )
            )
        )
    )
    assert "Do not refund it" in message
    assert "Reyes" not in message


def test_a_dispute_of_what_we_do_not_know_waits_for_its_payment(
    payer: Payer, receiver: Receiver, caught: WebhookReceiver, stripe_wire: StripeWire
) -> None:
    payment_id = payer.pay_at_stripe(5_000)
    (charge,) = stripe_wire.api("GET", "/v1/charges")["data"]
    stripe_wire.control.dispute(charge["id"])
    event = the("charge.dispute.created", caught, stripe_wire)
    assert receiver.deliver(event) == (200, "parked")
    payer.apply(payment_id)
    assert receiver.deliver(event) == (200, "applied")
    assert "dispute" in payer.task_kinds()


def test_a_payout_is_booked_by_its_hint(
    receiver: Receiver,
    caught: WebhookReceiver,
    stripe_wire: StripeWire,
    settling: Settling,
) -> None:
    settling.pay(5_000)
    settling.pass_days()
    settling.pay_out()
    hint = the("payout.reconciliation_completed", caught, stripe_wire)
    assert receiver.deliver(hint) == (200, "applied")
    assert receiver.deliver(hint) == (200, "seen_before")
    assert len(settling.entries("payout_settled")) == 1
    started = the("payout.created", caught, stripe_wire)
    settling.payer.now -= timedelta(days=ENOUGH_DAYS)  # it was signed before the money arrived
    assert receiver.deliver(started) == (200, "ignored")


def test_events_of_no_use_are_kept_as_ignored(
    payer: Payer, receiver: Receiver, caught: WebhookReceiver, stripe_wire: StripeWire
) -> None:
    payer.open_page()[1].pay(GOOD_CARD)
    event = the("charge.succeeded", caught, stripe_wire)
    assert receiver.deliver(event) == (200, "ignored")
    assert outcomes(payer) == {"charge.succeeded": "ignored"}


def test_an_unknown_practice_is_not_found(
    payer: Payer, receiver: Receiver, caught: WebhookReceiver, stripe_wire: StripeWire
) -> None:
    payer.pay_at_stripe()
    event = the("checkout.session.completed", caught, stripe_wire)
    assert receiver.deliver(event, "/webhooks/stripe/nobody")[0] == 404


def test_what_stripe_did_not_sign_is_refused(
    payer: Payer, receiver: Receiver, caught: WebhookReceiver, stripe_wire: StripeWire
) -> None:
    payment_id = payer.pay_at_stripe()
    event = the("checkout.session.completed", caught, stripe_wire)
    altered = event.body.replace(b'"livemode": false', b'"livemode":  false')
    assert altered != event.body
    assert receiver.deliver(Caught(altered, event.signature))[0] == 400
    assert receiver.deliver(Caught(event.body, ""))[0] == 400
    assert receiver.deliver(Caught(event.body, "t=1,v1=00"))[0] == 400
    payer.wait(minutes=6)
    assert receiver.deliver(event)[0] == 400
    assert payer.state(payment_id) is PaymentState.OPEN
    assert outcomes(payer) == {}


def test_events_of_another_account_have_no_effect(
    payer: Payer, receiver: Receiver, caught: WebhookReceiver, stripe_wire: StripeWire
) -> None:
    payment_id = payer.pay_at_stripe()
    event = the("checkout.session.completed", caught, stripe_wire)
    with payer.database.local_transaction() as session:
        entry = session.get(PracticeDirectoryEntry, payer.owing.practice_id)
        assert entry is not None
        entry.stripe_account = "acct_of_this_practice"
    assert receiver.deliver(event) == (200, "ignored")
    assert payer.state(payment_id) is PaymentState.OPEN


def test_the_window_closed_before_the_return_page_does_not_matter(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    """Simulator to portal, nobody in between."""
    app = make_app(payer.database, payer.gateway, lambda: datetime.now(UTC), payer.owing)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        stripe_wire.control.send_webhooks_to(
            f"http://127.0.0.1:{server.server_port}{PATH}", secret=WEBHOOK_SECRET
        )
        stripe_wire.control.behave(copies=3, jitter_seconds=0.05)
        payment_id = payer.pay_at_stripe()
        stripe_wire.control.wait_for_webhooks()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert payer.state(payment_id) is PaymentState.SUCCEEDED
    assert settled_entries(payer) == 1
    assert_books_are_sound(payer)


def _row_at_last(payer: Payer, payment_id: UUID) -> None:
    """The attempt as it was written down, by a commit that became visible only now."""
    with payer.database.transaction(payer.job) as session:
        session.add(
            Payment(
                practice_id=payer.owing.practice_id,
                payment_id=payment_id,
                guarantor_id=payer.owing.guarantor_id,
                statement_id=payer.owing.statement_id,
                amount_cents=10_000,
                pays_for=[],
                state=PaymentState.STARTING.value,
                created_at=payer.now,
                state_at=payer.now,
                started_at=payer.now,
            )
        )
