"""Asking Stripe for a refund that is written down, and recording how it stands there.

The refund's id is the idempotency key, so asking again is the same refund.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.connectors import payment_gateway
from portal.connectors.payment_gateway import (
    GatewayEvent,
    GatewayRefused,
    GatewayUnavailable,
    PaymentGateway,
    RefundStatus,
)
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.payment_status import (
    GIVEN_UP,
    REFUND_TRANSITIONS,
    PaymentState,
    RefundState,
)
from portal.domain.refund_ways import RefundWay
from portal.payments.inbox import note_event
from portal.payments.models import Payment, Refund
from portal.payments.moves import BooksBusyError, lock_payment, move_refund_to, payment_of
from portal.payments.refunds.posting import post_refund, post_return
from portal.practice.import_lock import import_is_running
from portal.practice.tasks import end_task, open_task

ASK_AGAIN_WITHIN: Final = timedelta(hours=20)
"""Stripe may forget an idempotency key after 24 hours: then asking again could pay twice."""

_STATES: Final = {
    RefundStatus.PENDING: RefundState.PENDING,
    RefundStatus.REQUIRES_ACTION: RefundState.PENDING,
    RefundStatus.SUCCEEDED: RefundState.SUCCEEDED,
    RefundStatus.FAILED: RefundState.FAILED,
    RefundStatus.CANCELED: RefundState.CANCELED,
}
_BY_STRIPE: Final = "stripe"
_TOO_LONG_AGO: Final = "asked_too_long_ago"
_NO_SUCH_REFUND: Final = frozenset(
    {
        _TOO_LONG_AGO,
        "amount_too_large",
        "amount_too_small",
        "charge_already_refunded",
        "charge_disputed",
        "charge_not_refundable",
        "refund_disputed_payment",
    }
)
"""Stripe's words for a refund there will never be. Any other no may be about our key alone."""

_UNKNOWN: Final = "refund_unknown"
UNDER_WAY: Final = (RefundState.REQUESTED, RefundState.PENDING)


class RefundNotFoundError(LookupError):
    """No such refund in this practice."""


def ask_for_refund(
    database: Database,
    gateway: PaymentGateway,
    practice_id: UUID,
    refund_id: UUID,
    *,
    now: datetime,
) -> RefundState:
    """Ask Stripe for a refund that is written down, or how it stands; safe to repeat.

    One that waits for a second person, or goes another way than through Stripe, stays as it is.
    """
    job = Principal.job(practice_id, role="refund")
    with database.transaction(job) as session:
        refund = known_refund(session, refund_id)
        payment = payment_of(session, refund.payment_id)
    if RefundState(refund.state) not in UNDER_WAY or refund.way != RefundWay.ORIGINAL.value:
        return RefundState(refund.state)
    try:
        seen = _ask_stripe(gateway, refund, payment, now=now)
    except GatewayUnavailable:
        return RefundState(refund.state)
    except GatewayRefused as refusal:
        with database.transaction(job) as session:
            return _record_refusal(session, refund_id, refusal, now=now)
    with database.transaction(job) as session:
        return _record(session, refund_id, seen, now=now)


def apply_refund(
    database: Database,
    gateway: PaymentGateway,
    practice_id: UUID,
    payment_id: UUID,
    stripe_refund_id: str,
    *,
    now: datetime,
    event: GatewayEvent | None = None,
) -> None:
    """A refund at Stripe was made or moved on: ours, or one made on Stripe's own pages.

    ``event`` is the signed hint that led here, kept in the same commit. Raises GatewayError when
    Stripe gave no answer, and BooksBusyError for a refund we had given up while a remittance is
    imported: both mean later.
    """
    job = Principal.job(practice_id, role="apply refund")
    with database.transaction(job) as session:
        payment = payment_of(session, payment_id)
        unanswered = _unanswered(session, payment_id)
    for refund_id in unanswered:  # else ours could be taken for a stranger's
        state = ask_for_refund(database, gateway, practice_id, refund_id, now=now)
        if state is RefundState.REQUESTED:
            raise GatewayUnavailable("A refund of ours is not answered yet.")
    seen = gateway.look_up_refund(stripe_refund_id, stripe_account=payment.stripe_account)
    with database.transaction(job) as session:
        payment = lock_payment(session, _by_intent(session, seen) or payment_id)
        if event is not None and not note_event(session, event, outcome="applied", now=now):
            return
        if seen.payment_intent_id != payment.payment_intent_id or not _is_money(payment):
            _ask_staff_about_suspense(session, payment, now=now)
            return
        take_over_refund(session, payment, seen, now=now)


def take_over_refund(
    session: Session, payment: Payment, seen: payment_gateway.RefundState, *, now: datetime
) -> bool:
    """Record how a refund of a locked payment stands at Stripe; whether that is news.

    One that somebody made on Stripe's own pages is as real as ours. Raises BooksBusyError as
    `apply_refund`.
    """
    known = _by_stripe_id(session, seen.id)
    before = known_refund(session, known).state if known else None
    refund_id = known or _take_over(session, payment, seen, now=now)
    return _record(session, refund_id, seen, now=now).value != before


def unfinished_refunds(session: Session, *, before: datetime) -> Sequence[UUID]:
    """Those Stripe did not answer, or has not finished, since before that time."""
    return session.scalars(
        select(Refund.refund_id)
        .where(
            Refund.practice_id == practice_of(session),
            Refund.state.in_(UNDER_WAY),
            Refund.way == RefundWay.ORIGINAL.value,
            Refund.state_at < before,
        )
        .order_by(Refund.refund_id)
    ).all()


def _ask_stripe(
    gateway: PaymentGateway, refund: Refund, payment: Payment, *, now: datetime
) -> payment_gateway.RefundState:
    if refund.stripe_refund_id is not None:
        return gateway.look_up_refund(
            refund.stripe_refund_id, stripe_account=payment.stripe_account
        )
    intent_id = payment.payment_intent_id or ""
    if now >= (refund.decided_at or refund.created_at) + ASK_AGAIN_WITHIN:
        found = gateway.find_refund(
            refund.refund_id, payment_intent_id=intent_id, stripe_account=payment.stripe_account
        )
        if found is None:
            raise GatewayRefused("too old to ask again", code=_TOO_LONG_AGO)
        return found
    return gateway.refund(
        refund_id=refund.refund_id,
        payment_intent_id=intent_id,
        amount_cents=refund.amount_cents,
        stripe_account=payment.stripe_account,
    )


def _record_refusal(
    session: Session, refund_id: UUID, refusal: GatewayRefused, *, now: datetime
) -> RefundState:
    """Stripe said no, or can no longer be asked safely: somebody has to look at it there.

    Given up only when Stripe cannot have it: else the same money could be sent a second time.
    """
    refund = known_refund(session, refund_id)
    lock_payment(session, refund.payment_id)
    session.refresh(refund)
    if RefundState(refund.state) not in UNDER_WAY:
        return RefundState(refund.state)
    if refund.stripe_refund_id is None and _is_about_the_refund(refusal):
        move_refund_to(session, refund, RefundState.FAILED, now=now)
        end_task(session, kind=_UNKNOWN, subject_id=refund_id, now=now)
        kind, message = "refund_failed", f"A refund did not go through ({refusal.code})."
    else:
        kind, message = _UNKNOWN, f"Stripe does not tell what became of a refund ({refusal.code})."
    open_task(
        session,
        kind=kind,
        subject_id=refund_id,
        message=f"{message} Look it up at Stripe.",
        now=now,
    )
    return RefundState(refund.state)


def _is_about_the_refund(refusal: GatewayRefused) -> bool:
    return refusal.code in _NO_SUCH_REFUND or refusal.parameter == "amount"


def _record(
    session: Session, refund_id: UUID, seen: payment_gateway.RefundState, *, now: datetime
) -> RefundState:
    refund = known_refund(session, refund_id)
    payment = lock_payment(session, refund.payment_id)
    session.refresh(refund)
    refund.stripe_refund_id = seen.id
    end_task(session, kind=_UNKNOWN, subject_id=refund_id, now=now)
    present, state = RefundState(refund.state), _STATES[seen.status]
    if state is RefundState.SUCCEEDED and present in UNDER_WAY and import_is_running(session):
        state = RefundState.PENDING  # it is out, but the books are busy: the sweep looks again
    if state in REFUND_TRANSITIONS[present]:
        move_refund_to(session, refund, state, now=now)
        if state is RefundState.SUCCEEDED:
            post_refund(session, payment, refund, now=now)
        elif state in GIVEN_UP:
            _tell_of_failure(session, refund, seen.failure_reason, now=now)
    elif present is RefundState.SUCCEEDED and state in GIVEN_UP:
        if import_is_running(session):
            raise BooksBusyError(payment.payment_id)
        move_refund_to(session, refund, RefundState.RETURNED, now=now)
        post_return(session, payment, refund, now=now)
        _tell_of_failure(session, refund, seen.failure_reason, now=now)
    return RefundState(refund.state)


def _tell_of_failure(
    session: Session, refund: Refund, reason: str | None, *, now: datetime
) -> None:
    """The bank would not take it: from now on it goes by check, which staff ask for."""
    open_task(
        session,
        kind="refund_failed",
        subject_id=refund.refund_id,
        message=f"The bank did not take a refund ({reason or 'no reason given'}). "
        "The money is with us: send it another way.",
        now=now,
    )


def _is_money(payment: Payment) -> bool:
    return payment.settled_at is not None or payment.state == PaymentState.SUSPENDED.value


def _by_intent(session: Session, seen: payment_gateway.RefundState) -> UUID | None:
    """The payment whose money it is: an event may name another one."""
    return session.scalar(
        select(Payment.payment_id).where(
            Payment.practice_id == practice_of(session),
            Payment.payment_intent_id == seen.payment_intent_id,
        )
    )


def _ask_staff_about_suspense(session: Session, payment: Payment, *, now: datetime) -> None:
    open_task(
        session,
        kind="suspense_refunded",
        subject_id=payment.payment_id,
        message="Money that waited in suspense was refunded at Stripe. Clear it in the books.",
        now=now,
    )


def refund_of(session: Session, refund_id: UUID) -> Refund | None:
    return session.scalar(
        select(Refund).where(
            Refund.practice_id == practice_of(session), Refund.refund_id == refund_id
        )
    )


def known_refund(session: Session, refund_id: UUID) -> Refund:
    refund = refund_of(session, refund_id)
    if refund is None:
        raise RefundNotFoundError(refund_id)
    return refund


def _unanswered(session: Session, payment_id: UUID) -> Sequence[UUID]:
    return session.scalars(
        select(Refund.refund_id).where(
            Refund.practice_id == practice_of(session),
            Refund.payment_id == payment_id,
            Refund.stripe_refund_id.is_(None),
            Refund.way == RefundWay.ORIGINAL.value,
            Refund.state == RefundState.REQUESTED.value,
        )
    ).all()


def _by_stripe_id(session: Session, stripe_refund_id: str) -> UUID | None:
    return session.scalar(
        select(Refund.refund_id).where(
            Refund.practice_id == practice_of(session),
            Refund.stripe_refund_id == stripe_refund_id,
        )
    )


def _take_over(
    session: Session, payment: Payment, seen: payment_gateway.RefundState, *, now: datetime
) -> UUID:
    refund_id = new_id()
    session.add(
        Refund(
            practice_id=payment.practice_id,
            refund_id=refund_id,
            guarantor_id=payment.guarantor_id,
            payment_id=payment.payment_id,
            amount_cents=seen.amount_cents,
            state=RefundState.REQUESTED.value,
            stripe_refund_id=seen.id,
            reason="made at Stripe",
            requested_by=_BY_STRIPE,
            created_at=now,
            state_at=now,
        )
    )
    session.flush()
    return refund_id
