"""Giving money back to the card it came from: written down, asked of Stripe, then posted.

The refund's id is the idempotency key, so asking again is the same refund. Never more than came.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.roles import REACH, Area
from portal.connectors import payment_gateway
from portal.connectors.payment_gateway import (
    GatewayEvent,
    GatewayRefused,
    GatewayUnavailable,
    PaymentGateway,
    RefundStatus,
)
from portal.db import Database, Principal, PrincipalKind, new_id, practice_of
from portal.domain.payment_status import GIVEN_UP, REFUND_TRANSITIONS, PaymentState, RefundState
from portal.payments.inbox import note_event
from portal.payments.models import Payment, Refund
from portal.payments.moves import BooksBusyError, lock_payment, move_refund_to, payment_of
from portal.payments.refund_bounds import UNDER_WAY, alone_cents, refundable_now
from portal.payments.refund_posting import post_refund
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


class RefundNotAllowedError(PermissionError):
    """Only some staff give money back, and only of a payment that came."""


class RefundNeedsAdminError(RefundNotAllowedError):
    """Together with what was given back before, more than a manager may give back alone."""


class RefundTooLargeError(ValueError):
    """More than is left of the payment; ``most_cents`` is what is."""

    def __init__(self, most_cents: int) -> None:
        super().__init__(most_cents)
        self.most_cents = most_cents


class CreditAwaitedError(RefundTooLargeError):
    """The rest is credit that a payer's correction may use: for 30 days it is not given back."""


class CreditUsedError(RefundTooLargeError):
    """The rest was used for something else since: the books have no credit left for it."""


def request_refund(
    database: Database,
    gateway: PaymentGateway,
    principal: Principal,
    *,
    refund_id: UUID,
    payment_id: UUID,
    amount_cents: int,
    reason: str,
    now: datetime,
    request_id: str,
) -> RefundState:
    """Give back a payment or a part of it. ``refund_id`` comes with the form: twice sent is one.

    Raises RefundNotAllowedError (RefundNeedsAdminError), RefundTooLargeError (CreditAwaitedError,
    CreditUsedError), PaymentNotFoundError, and BooksBusyError while a remittance is imported.
    REQUESTED means that Stripe did not answer, or not to us: the sweep asks again.
    """
    if principal.kind is not PrincipalKind.STAFF or principal.role not in REACH[Area.REFUNDS]:
        raise RefundNotAllowedError(payment_id)
    with database.transaction(principal) as session:
        payment = lock_payment(session, payment_id)
        if payment.state != PaymentState.SUCCEEDED.value:
            raise RefundNotAllowedError(payment_id)
        if _refund(session, refund_id) is None:
            if amount_cents > alone_cents(session, payment, role=principal.role):
                raise RefundNeedsAdminError(payment_id)
            _require_left(session, payment, amount_cents, now=now)
            session.add(_new(payment, refund_id, amount_cents, reason, principal, now=now))
            record(
                session,
                action="refund",
                object_kind="payment",
                object_id=payment_id,
                guarantor_id=payment.guarantor_id,
                now=now,
                request_id=request_id,
            )
    return ask_for_refund(database, gateway, principal.practice_id, refund_id, now=now)


def ask_for_refund(
    database: Database,
    gateway: PaymentGateway,
    practice_id: UUID,
    refund_id: UUID,
    *,
    now: datetime,
) -> RefundState:
    """Ask Stripe for a refund that is written down, or how it stands; safe to repeat."""
    job = Principal.job(practice_id, role="refund")
    with database.transaction(job) as session:
        refund = _known(session, refund_id)
        payment = payment_of(session, refund.payment_id)
    if RefundState(refund.state) not in (RefundState.REQUESTED, RefundState.PENDING):
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


def apply_refund_event(
    database: Database,
    gateway: PaymentGateway,
    practice_id: UUID,
    payment_id: UUID,
    event: GatewayEvent,
    *,
    now: datetime,
) -> None:
    """A refund at Stripe was made or moved on: ours, or one made on Stripe's own pages.

    Raises GatewayError when Stripe gave no answer, and BooksBusyError for a refund we had given up
    while a remittance is imported: both mean later.
    """
    job = Principal.job(practice_id, role="apply refund")
    with database.transaction(job) as session:
        payment = payment_of(session, payment_id)
        unanswered = _unanswered(session, payment_id)
    for refund_id in unanswered:  # else ours could be taken for a stranger's
        state = ask_for_refund(database, gateway, practice_id, refund_id, now=now)
        if state is RefundState.REQUESTED:
            raise GatewayUnavailable("A refund of ours is not answered yet.")
    seen = gateway.look_up_refund(event.object_id, stripe_account=payment.stripe_account)
    with database.transaction(job) as session:
        payment = lock_payment(session, payment_id)
        if not note_event(session, event, outcome="applied", now=now):
            return
        if seen.payment_intent_id != payment.payment_intent_id or payment.settled_at is None:
            _ask_staff_about_suspense(session, payment, now=now)
            return
        known = _by_stripe_id(session, seen.id)
        refund_id = known or _take_over(session, payment, seen, now=now)
        _record(session, refund_id, seen, now=now)


def unfinished_refunds(session: Session, *, before: datetime) -> Sequence[UUID]:
    """Those Stripe did not answer, or has not finished, since before that time."""
    return session.scalars(
        select(Refund.refund_id)
        .where(
            Refund.practice_id == practice_of(session),
            Refund.state.in_(UNDER_WAY),
            Refund.state_at < before,
        )
        .order_by(Refund.refund_id)
    ).all()


def _require_left(session: Session, payment: Payment, amount_cents: int, *, now: datetime) -> None:
    """Of the payment, of the credit it may take, and after the refunds that are under way."""
    if import_is_running(session):
        raise BooksBusyError(payment.payment_id)
    left = refundable_now(session, payment, now=now)
    if not 0 < amount_cents <= left.of_payment_cents:
        raise RefundTooLargeError(left.of_payment_cents)
    if amount_cents > left.most_cents:
        is_awaited = amount_cents <= left.most_cents + left.awaited_cents
        raise (CreditAwaitedError if is_awaited else CreditUsedError)(left.most_cents)


def _new(
    payment: Payment,
    refund_id: UUID,
    amount_cents: int,
    reason: str,
    principal: Principal,
    *,
    now: datetime,
) -> Refund:
    return Refund(
        practice_id=payment.practice_id,
        refund_id=refund_id,
        guarantor_id=payment.guarantor_id,
        payment_id=payment.payment_id,
        amount_cents=amount_cents,
        state=RefundState.REQUESTED.value,
        reason=reason,
        requested_by=str(principal.actor_id),
        created_at=now,
        state_at=now,
    )


def _ask_stripe(
    gateway: PaymentGateway, refund: Refund, payment: Payment, *, now: datetime
) -> payment_gateway.RefundState:
    if refund.stripe_refund_id is not None:
        return gateway.look_up_refund(
            refund.stripe_refund_id, stripe_account=payment.stripe_account
        )
    intent_id = payment.payment_intent_id or ""
    if now >= refund.created_at + ASK_AGAIN_WITHIN:
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
    refund = _known(session, refund_id)
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
    refund = _known(session, refund_id)
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
    elif present is RefundState.SUCCEEDED and state in GIVEN_UP:
        open_task(
            session,
            kind="refund_failed",
            subject_id=refund.refund_id,
            message="A refund that was posted came back from the bank. Pay it another way.",
            now=now,
        )
    return RefundState(refund.state)


def _ask_staff_about_suspense(session: Session, payment: Payment, *, now: datetime) -> None:
    open_task(
        session,
        kind="suspense_refunded",
        subject_id=payment.payment_id,
        message="Money that waited in suspense was refunded at Stripe. Clear it in the books.",
        now=now,
    )


def _refund(session: Session, refund_id: UUID) -> Refund | None:
    return session.scalar(
        select(Refund).where(
            Refund.practice_id == practice_of(session), Refund.refund_id == refund_id
        )
    )


def _known(session: Session, refund_id: UUID) -> Refund:
    refund = _refund(session, refund_id)
    if refund is None:
        raise LookupError(refund_id)
    return refund


def _unanswered(session: Session, payment_id: UUID) -> Sequence[UUID]:
    return session.scalars(
        select(Refund.refund_id).where(
            Refund.practice_id == practice_of(session),
            Refund.payment_id == payment_id,
            Refund.stripe_refund_id.is_(None),
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
    """A refund somebody made on Stripe's own pages is as real as ours."""
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
