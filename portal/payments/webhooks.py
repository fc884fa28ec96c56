"""Stripe's webhooks: who sent it, did we see it, what is it about; the effect is elsewhere.

An event is a hint: its object is read again at Stripe. It is kept in the commit of its effect, so
that an error answers 500 and Stripe sends it again. What we cannot place is parked, never dropped.
Payments and refunds are acted on here; whatever else finds its handler by the kind of its object
(event_handlers.py has the table), and a kind without one is ignored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.connectors.payment_gateway import GatewayEvent, PaymentGateway
from portal.db import Database, Principal, practice_of
from portal.payments.apply import apply_payment
from portal.payments.inbox import is_noted, note_event, park, payment_id_of
from portal.payments.models import Payment
from portal.payments.refunds.asking import apply_refund
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
_OURS: Final = _ABOUT_A_PAYMENT | _ABOUT_A_REFUND
_TRIES_BEFORE_A_TASK: Final = 10


class WebhookOutcome(StrEnum):
    """What became of an event; each of them is an answer of 200."""

    APPLIED = "applied"
    IGNORED = "ignored"
    PARKED = "parked"
    SEEN_BEFORE = "seen_before"


class NotOursYetError(LookupError):
    """An event about something we do not know, or not yet: it is parked and tried again."""


class EventHandler(Protocol):
    """Acts on events about one kind of object."""

    def __call__(
        self, database: Database, practice_id: UUID, event: GatewayEvent, *, now: datetime
    ) -> bool:
        """Read the object again, act, and note the event in the same commit; safe to repeat.

        False when the event says nothing we need: the caller notes it. Raises NotOursYetError, and
        GatewayError or BooksBusyError when it is to come again later.
        """
        ...


@dataclass(frozen=True, slots=True)
class EventHandlers:
    """Who acts on what: handlers by Stripe's word for the object ("payout", "dispute")."""

    by_kind: Mapping[str, EventHandler]


NO_HANDLERS: Final = EventHandlers(MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class _Subject:
    """An event, and the payment of ours that it is about if it is about one."""

    event: GatewayEvent
    payment_id: UUID | None


def receive_webhook(
    database: Database,
    gateway: PaymentGateway,
    practice: PracticeRef,
    *,
    raw_body: bytes,
    signature: str,
    livemode: bool,
    now: datetime,
    handlers: EventHandlers = NO_HANDLERS,
) -> WebhookOutcome:
    """One delivery. ``livemode``: whether our own key is a live one.

    Raises InvalidSignatureError; whatever else it raises means that nothing was kept.
    """
    event = gateway.read_event(raw_body, signature, now=now)
    principal = Principal.job(practice.practice_id, role="webhook")
    if event.account != practice.stripe_account or event.livemode is not livemode:
        log.warning("webhook of another account or mode", stripe_event_id=event.id)
        return _ignore(database, principal, event, now=now)
    if event.type not in _OURS and event.object_kind not in handlers.by_kind:
        return _ignore(database, principal, event, now=now)
    with database.transaction(principal) as session:
        if is_noted(session, event):
            return WebhookOutcome.SEEN_BEFORE
        payment_id = _payment_of(session, event)
    subject = _Subject(event, payment_id)
    return _act_on(database, gateway, principal, subject, now=now, handlers=handlers)


def act_on(
    database: Database,
    gateway: PaymentGateway,
    practice_id: UUID,
    event: GatewayEvent,
    *,
    now: datetime,
    handlers: EventHandlers = NO_HANDLERS,
) -> WebhookOutcome:
    """The effect of an event whose sender is known; safe to repeat. Raises GatewayError."""
    principal = Principal.job(practice_id, role="webhook")
    with database.transaction(principal) as session:
        subject = _Subject(event, _payment_of(session, event))
    return _act_on(database, gateway, principal, subject, now=now, handlers=handlers)


def _act_on(
    database: Database,
    gateway: PaymentGateway,
    principal: Principal,
    subject: _Subject,
    *,
    now: datetime,
    handlers: EventHandlers,
) -> WebhookOutcome:
    event, practice_id = subject.event, principal.practice_id
    try:
        handler = handlers.by_kind.get(event.object_kind)
        if event.type in _OURS:
            try:
                _act_on_payment(database, gateway, principal, subject, now=now)
            except NotOursYetError:
                # A page of Stripe's that saves a way to pay is no payment's.
                if handler is None or not handler(database, practice_id, event, now=now):
                    raise
            return WebhookOutcome.APPLIED
        if handler is not None and handler(database, practice_id, event, now=now):
            return WebhookOutcome.APPLIED
    except NotOursYetError:
        with database.transaction(principal) as session:
            _park(session, event, now=now)
        return WebhookOutcome.PARKED
    return _ignore(database, principal, event, now=now)


def _act_on_payment(
    database: Database,
    gateway: PaymentGateway,
    principal: Principal,
    subject: _Subject,
    *,
    now: datetime,
) -> None:
    event, payment_id = subject.event, subject.payment_id
    practice_id = principal.practice_id
    if payment_id is None:
        raise NotOursYetError(event.object_id)
    if event.type in _ABOUT_A_REFUND:
        apply_refund(
            database, gateway, practice_id, payment_id, event.object_id, now=now, event=event
        )
    else:
        apply_payment(database, gateway, practice_id, payment_id, now=now, event=event)


def _ignore(
    database: Database, principal: Principal, event: GatewayEvent, *, now: datetime
) -> WebhookOutcome:
    with database.transaction(principal) as session:
        is_new = note_event(session, event, outcome=WebhookOutcome.IGNORED.value, now=now)
    return WebhookOutcome.IGNORED if is_new else WebhookOutcome.SEEN_BEFORE


def _payment_of(session: Session, event: GatewayEvent) -> UUID | None:
    """By the reference we sent along, else by Stripe's own ids as far as we know them."""
    if event.type not in _OURS:
        return None
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
