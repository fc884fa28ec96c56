"""Stripe's webhooks: who sent it, did we see it, what is it about; the effect is apply.py's.

An event is a hint: its object is read again at Stripe. It is kept in the commit of its effect, so
that an error answers 500 and Stripe sends it again. What we cannot place is parked, never dropped.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.connectors.payment_gateway import GatewayEvent, PaymentGateway
from portal.db import Database, Principal, practice_of
from portal.payments.apply import apply_payment
from portal.payments.inbox import is_noted, note_event, park, payment_id_of
from portal.payments.models import Payment
from portal.payments.moves import payment_of
from portal.payments.refunds import apply_refund_event
from portal.practice.directory import PracticeRef
from portal.practice.tasks import open_task, subject_of
from portal.web.logs import log

_ABOUT_A_PAYMENT: Final = frozenset(
    {
        "checkout.session.completed",
        "checkout.session.expired",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "payment_intent.processing",
        "payment_intent.canceled",
    }
)
# charge.refunded names no refund, so it is ignored: each refund has events of its own.
_ABOUT_A_REFUND: Final = frozenset(
    {"refund.created", "refund.updated", "refund.failed", "charge.refund.updated"}
)
_ABOUT_A_DISPUTE: Final = {
    "charge.dispute.created": (
        "The cardholder disputes a payment{receipt}. Answer at Stripe before the date it names "
        "there: without an answer the money is lost. Do not refund it as well."
    ),
    "charge.dispute.closed": (
        "The dispute of a payment{receipt} is decided. Look at Stripe whether it was lost, and "
        "whether the balance is owed again."
    ),
}
"""The books know of no dispute yet: staff do what is to be done."""
_TRIES_BEFORE_A_TASK: Final = 10


class WebhookOutcome(StrEnum):
    """What became of an event; each of them is an answer of 200."""

    APPLIED = "applied"
    IGNORED = "ignored"
    PARKED = "parked"
    SEEN_BEFORE = "seen_before"


def receive_webhook(
    database: Database,
    gateway: PaymentGateway,
    practice: PracticeRef,
    *,
    raw_body: bytes,
    signature: str,
    livemode: bool,
    now: datetime,
) -> WebhookOutcome:
    """One delivery. ``livemode``: whether our own key is a live one.

    Raises InvalidSignatureError; whatever else it raises means that nothing was kept.
    """
    event = gateway.read_event(raw_body, signature, now=now)
    principal = Principal.job(practice.practice_id, role="webhook")
    with database.transaction(principal) as session:
        if is_noted(session, event):
            return WebhookOutcome.SEEN_BEFORE
    if event.account != practice.stripe_account or event.livemode is not livemode:
        log.warning("webhook of another account or mode", stripe_event_id=event.id)
        return _ignore(database, principal, event, now=now)
    return act_on(database, gateway, practice.practice_id, event, now=now)


def act_on(
    database: Database,
    gateway: PaymentGateway,
    practice_id: UUID,
    event: GatewayEvent,
    *,
    now: datetime,
) -> WebhookOutcome:
    """The effect of an event whose sender is known; safe to repeat. Raises GatewayError."""
    principal = Principal.job(practice_id, role="webhook")
    if event.type not in _ABOUT_A_PAYMENT | _ABOUT_A_REFUND | _ABOUT_A_DISPUTE.keys():
        return _ignore(database, principal, event, now=now)
    with database.transaction(principal) as session:
        payment_id = _payment_of(session, event)
        if payment_id is None:
            _park(session, event, now=now)
            return WebhookOutcome.PARKED
        if event.type in _ABOUT_A_DISPUTE:
            _ask_staff_to_answer(session, payment_id, event, now=now)
            return WebhookOutcome.APPLIED
    if event.type in _ABOUT_A_REFUND:
        apply_refund_event(database, gateway, practice_id, payment_id, event, now=now)
    else:
        apply_payment(database, gateway, practice_id, payment_id, now=now, event=event)
    return WebhookOutcome.APPLIED


def _ask_staff_to_answer(
    session: Session, payment_id: UUID, event: GatewayEvent, *, now: datetime
) -> None:
    if note_event(session, event, outcome=WebhookOutcome.APPLIED.value, now=now):
        number = payment_of(session, payment_id).receipt_number
        receipt = f" (receipt {number})" if number else ""
        message = _ABOUT_A_DISPUTE[event.type].format(receipt=receipt)
        open_task(session, kind="dispute", subject_id=payment_id, message=message, now=now)


def _ignore(
    database: Database, principal: Principal, event: GatewayEvent, *, now: datetime
) -> WebhookOutcome:
    with database.transaction(principal) as session:
        note_event(session, event, outcome=WebhookOutcome.IGNORED.value, now=now)
    return WebhookOutcome.IGNORED


def _payment_of(session: Session, event: GatewayEvent) -> UUID | None:
    """By the reference we sent along, else by Stripe's own ids as far as we know them."""
    known = [
        Payment.payment_id == payment_id_of(event.reference),
        Payment.checkout_session_id == event.object_id,
    ]
    if event.payment_intent_id is not None:
        known.append(Payment.payment_intent_id == event.payment_intent_id)
    return session.scalar(
        select(Payment.payment_id)
        .where(Payment.practice_id == practice_of(session), or_(*known))
        .order_by(Payment.payment_id)
        .limit(1)
    )


def _park(session: Session, event: GatewayEvent, *, now: datetime) -> None:
    tries = park(session, event, now=now)
    log.info("webhook parked", stripe_event_id=event.id, count=tries)
    if tries == _TRIES_BEFORE_A_TASK:
        open_task(
            session,
            kind="webhook_parked",
            subject_id=subject_of(practice_of(session), f"stripe:{event.object_id}"),
            message=f"Stripe told us of {event.object_kind} {event.object_id}, which is none of "
            "ours. Look it up at Stripe.",
            now=now,
        )
