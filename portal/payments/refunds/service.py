"""Who may give money back: written down by one person, agreed to by another above the limit.

Never more than came, and nothing is promised twice: what waits counts as gone. Asking the
processor is asking.py's, a check or the card machine handing.py's.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.roles import REACH, Area
from portal.connectors.payment_gateway import PaymentGateway
from portal.db import Database, Principal, PrincipalKind
from portal.domain.allocation import Allocation
from portal.domain.money import format_usd
from portal.domain.payment_status import PaymentState, RefundState
from portal.domain.refund_ways import RefundWay, needs_second_person
from portal.payments.disputes.queries import is_disputed
from portal.payments.models import Payment, Refund
from portal.payments.moves import BooksBusyError, lock_payment, move_refund_to
from portal.payments.refunds.asking import ask_for_refund, known_refund, refund_of
from portal.payments.refunds.bounds import alone_cents, kept_parts, refundable_now, way_of
from portal.payments.refunds.taken_checks import require_sure
from portal.practice.import_lock import import_is_running
from portal.practice.tasks import end_task, open_task

TO_APPROVE: Final = "refund_to_approve"
TO_HAND_OVER: Final = "refund_to_hand_over"
_BY_HAND: Final = frozenset({RefundWay.TERMINAL.value, RefundWay.CHECK.value})


class RefundNotAllowedError(PermissionError):
    """Only some staff give money back, and only of a payment that came."""


class SamePersonError(RefundNotAllowedError):
    """Who asked for a refund is not the second person."""


class RefundDisputedError(RefundNotAllowedError):
    """The bank decides over this payment: it is not given back as well."""


class RefundTooLargeError(ValueError):
    """More than is left of the payment; ``most_cents`` is what is."""

    def __init__(self, most_cents: int) -> None:
        super().__init__(most_cents)
        self.most_cents = most_cents


class CreditAwaitedError(RefundTooLargeError):
    """The rest is credit that a payer's correction may use: for 30 days it is not given back."""


class CreditUsedError(RefundTooLargeError):
    """The rest was used for something else since: the books have no credit left for it."""


class PartTooLargeError(RefundTooLargeError):
    """A line that was chosen does not have as much; ``most_cents`` is what it has."""


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
    taken_from: Sequence[Allocation] = (),
    of_suspense: bool = False,
) -> RefundState:
    """Give back a payment or a part of it. ``refund_id`` comes with the form: twice sent is one.

    ``taken_from``: which lines it comes from, adding up to the amount; nothing: the usual order.
    ``of_suspense``: it is money that nobody could place, under a payment that waits there.
    WAITING means that a second person has to agree. REQUESTED means that Stripe did not answer, or
    not to us (the sweep asks again), or that somebody has to hand it over.

    Raises RefundNotAllowedError (RefundDisputedError), CheckNotSureError, RefundTooLargeError
    (CreditAwaitedError, CreditUsedError, PartTooLargeError), PaymentNotFoundError, and
    BooksBusyError while a remittance is imported.
    """
    _require_may(principal, payment_id)
    with database.transaction(principal) as session:
        payment = lock_payment(session, payment_id)
        state = PaymentState.SUSPENDED if of_suspense else PaymentState.SUCCEEDED
        _require_state(payment, state)
        refund = refund_of(session, refund_id)
        if refund is None:
            refund = promise_refund(
                session,
                payment,
                refund_id=refund_id,
                amount_cents=amount_cents,
                reason=reason,
                requested_by=str(principal.actor_id),
                taken_from=taken_from,
                now=now,
            )
            _note(session, refund, action="refund", now=now, request_id=request_id)
        present = RefundState(refund.state)
    if present is RefundState.WAITING:
        return present
    return ask_for_refund(database, gateway, principal.practice_id, refund_id, now=now)


def promise_refund(
    session: Session,
    payment: Payment,
    *,
    refund_id: UUID,
    amount_cents: int,
    reason: str,
    requested_by: str,
    now: datetime,
    taken_from: Sequence[Allocation] = (),
) -> Refund:
    """Write a refund of a locked payment down, its money set aside. Raises as `request_refund`."""
    _require_undisputed(session, payment)
    require_sure(session, payment, now=now)
    _require_left(session, payment, amount_cents, taken_from, now=now)
    refund = _new(session, payment, refund_id, amount_cents, now=now)
    refund.requested_by, refund.reason = requested_by, reason
    refund.taken_from = kept_parts(taken_from)
    session.add(refund)
    _begin(session, refund, now=now)
    return refund


def approve_refund(
    database: Database,
    gateway: PaymentGateway,
    principal: Principal,
    refund_id: UUID,
    *,
    now: datetime,
    request_id: str,
) -> RefundState:
    """The second person agrees: it goes out. One that was decided before stays as it is.

    Raises as `request_refund`, SamePersonError for whoever asked for it, and RefundNotFoundError.
    """
    _require_may(principal, refund_id)
    with database.transaction(principal) as session:
        refund = known_refund(session, refund_id)
        payment = lock_payment(session, refund.payment_id)
        session.refresh(refund)
        if RefundState(refund.state) is RefundState.WAITING:
            if refund.requested_by == str(principal.actor_id):
                raise SamePersonError(refund_id)
            _require_state(payment, PaymentState.SUCCEEDED, PaymentState.SUSPENDED)
            _require_undisputed(session, payment)
            require_sure(session, payment, now=now)
            _require_left(session, payment, refund.amount_cents, (), now=now, but_for=refund_id)
            _decide(session, refund, principal, RefundState.REQUESTED, now=now)
            _ask_to_hand_over(session, refund, now=now)
            _note(session, refund, action="approve_refund", now=now, request_id=request_id)
    return ask_for_refund(database, gateway, principal.practice_id, refund_id, now=now)


def reject_refund(
    database: Database,
    principal: Principal,
    refund_id: UUID,
    *,
    reason: str,
    now: datetime,
    request_id: str,
) -> RefundState:
    """Nothing goes out: of one that waits, or that nobody has handed over yet.

    Who asked for it may take it back so. Raises RefundNotAllowedError, RefundNotFoundError.
    """
    _require_may(principal, refund_id)
    with database.transaction(principal) as session:
        refund = known_refund(session, refund_id)
        lock_payment(session, refund.payment_id)
        session.refresh(refund)
        state = RefundState(refund.state)
        if state is RefundState.WAITING:
            _decide(session, refund, principal, RefundState.REJECTED, now=now)
        elif state is RefundState.REQUESTED and refund.way in _BY_HAND:
            move_refund_to(session, refund, RefundState.CANCELED, now=now)
            end_task(session, kind=TO_HAND_OVER, subject_id=refund_id, now=now)
        else:
            return state
        refund.decision_reason = reason
        _note(session, refund, action="reject_refund", now=now, request_id=request_id)
        return RefundState(refund.state)


def _require_may(principal: Principal, about: UUID) -> None:
    if principal.kind is not PrincipalKind.STAFF or principal.role not in REACH[Area.REFUNDS]:
        raise RefundNotAllowedError(about)


def _require_state(payment: Payment, *states: PaymentState) -> None:
    if payment.state not in states:
        raise RefundNotAllowedError(payment.payment_id)


def _require_undisputed(session: Session, payment: Payment) -> None:
    if is_disputed(session, payment.payment_id):
        raise RefundDisputedError(payment.payment_id)


def _require_left(
    session: Session,
    payment: Payment,
    amount_cents: int,
    chosen: Sequence[Allocation],
    *,
    now: datetime,
    but_for: UUID | None = None,
) -> None:
    """Of the payment, of the credit it may take, and after the refunds that are promised."""
    if import_is_running(session):
        raise BooksBusyError(payment.payment_id)
    left = refundable_now(session, payment, now=now, but_for=but_for)
    if not 0 < amount_cents <= left.of_payment_cents:
        raise RefundTooLargeError(left.of_payment_cents)
    if amount_cents > left.most_cents:
        is_awaited = amount_cents <= left.most_cents + left.awaited_cents
        raise (CreditAwaitedError if is_awaited else CreditUsedError)(left.most_cents)
    there = {part.target: part.amount_cents for part in left.parts}
    for part in chosen:
        if not 0 < part.amount_cents <= there.get(part.target, 0):
            raise PartTooLargeError(there.get(part.target, 0))
    if chosen and sum(part.amount_cents for part in chosen) != amount_cents:
        raise PartTooLargeError(amount_cents)


def _new(
    session: Session,
    payment: Payment,
    refund_id: UUID,
    amount_cents: int,
    *,
    now: datetime,
) -> Refund:
    way = way_of(session, payment, now=now)
    is_for_two = needs_second_person(way, amount_cents, alone_cents=alone_cents(session, payment))
    return Refund(
        practice_id=payment.practice_id,
        refund_id=refund_id,
        guarantor_id=payment.guarantor_id,
        payment_id=payment.payment_id,
        amount_cents=amount_cents,
        state=(RefundState.WAITING if is_for_two else RefundState.REQUESTED).value,
        created_at=now,
        state_at=now,
        way=way.value,
    )


def _begin(session: Session, refund: Refund, *, now: datetime) -> None:
    if refund.state == RefundState.WAITING.value:
        open_task(
            session,
            kind=TO_APPROVE,
            subject_id=refund.refund_id,
            message=f"A refund of {format_usd(refund.amount_cents)} waits for a second person.",
            now=now,
        )
    else:
        _ask_to_hand_over(session, refund, now=now)


def _decide(
    session: Session, refund: Refund, principal: Principal, state: RefundState, *, now: datetime
) -> None:
    refund.decided_by = principal.actor_id
    refund.decided_at = now
    move_refund_to(session, refund, state, now=now)
    end_task(session, kind=TO_APPROVE, subject_id=refund.refund_id, now=now)


def _ask_to_hand_over(session: Session, refund: Refund, *, now: datetime) -> None:
    if refund.way in _BY_HAND:
        open_task(
            session,
            kind=TO_HAND_OVER,
            subject_id=refund.refund_id,
            message=f"A refund of {format_usd(refund.amount_cents)} is to be handed over "
            f"({refund.way}).",
            now=now,
        )


def _note(session: Session, refund: Refund, *, action: str, now: datetime, request_id: str) -> None:
    record(
        session,
        action=action,
        object_kind="payment",
        object_id=refund.payment_id,
        guarantor_id=refund.guarantor_id,
        now=now,
        request_id=request_id,
    )
