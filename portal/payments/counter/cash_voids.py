"""Cash is voided by two people: whoever took it asks, a manager agrees or not.

Asked for, nothing has changed. What nobody answered lapses when the drawer is counted.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.roles import Area
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.drawer import VOID_TRANSITIONS, VoidAnswer
from portal.domain.money import format_usd
from portal.domain.payment_channel import MethodKind
from portal.domain.payment_status import PaymentState
from portal.payments.counter.access import (
    CounterNotAllowedError,
    desk_payment,
    drawer_of,
    require_area,
    require_desk,
    staff_id_of,
)
from portal.payments.counter.models import DeskPayment, VoidRequest
from portal.payments.counter.voidable import require_in_time
from portal.payments.models import Payment
from portal.payments.moves import lock_payment
from portal.practice.tasks import end_task, open_task

CASH_VOID_TASK: Final = "cash_void_to_approve"


class NotCashError(ValueError):
    """It is no cash, or no payment any more: nobody has to be asked, or nothing is left to do."""


def ask_for_void(
    database: Database,
    principal: Principal,
    payment_id: UUID,
    *,
    reason: str,
    now: datetime,
    request_id: str,
) -> None:
    """Whoever took it asks; asked twice is once.

    Raises DeskPaymentNotFoundError, CounterNotAllowedError, DrawerNotOpenError,
    DrawerOfAnotherDayError, NotCashError.
    """
    require_area(principal, Area.MONEY)
    with database.transaction(principal) as session:
        require_desk(session)
        desk_payment(session, payment_id)
        payment = lock_payment(session, payment_id)
        desk = desk_payment(session, payment_id)[1]
        if desk.taken_by != staff_id_of(principal):
            raise CounterNotAllowedError(payment_id)
        is_cash = payment.method_kind == MethodKind.CASH.value
        if not is_cash or payment.state != PaymentState.SUCCEEDED.value:
            raise NotCashError(payment_id)
        drawer = drawer_of(session, desk.drawer_id, locked=True)
        require_in_time(session, payment, drawer, now=now)
        if waiting_request(session, payment_id) is not None:
            return
        session.add(
            VoidRequest(
                practice_id=practice_of(session),
                request_id=new_id(),
                guarantor_id=payment.guarantor_id,
                payment_id=payment_id,
                reason=reason,
                asked_by=staff_id_of(principal),
                asked_at=now,
                answer=VoidAnswer.WAITING.value,
            )
        )
        open_task(
            session,
            kind=CASH_VOID_TASK,
            subject_id=payment_id,
            message=f"{format_usd(payment.amount_cents)} of cash, receipt "
            f"{payment.receipt_number}: whoever took it asks for its void.",
            now=now,
        )
        _note(session, payment, action="ask_for_void", now=now, request_id=request_id)


def refuse_void(
    database: Database, principal: Principal, payment_id: UUID, *, now: datetime, request_id: str
) -> None:
    """The manager does not agree, or whoever asked thought better of it: it stays a payment.

    Twice is once. Raises DeskPaymentNotFoundError, CounterNotAllowedError.
    """
    with database.transaction(principal) as session:
        require_desk(session)
        desk_payment(session, payment_id)
        payment = lock_payment(session, payment_id)
        request = waiting_request(session, payment_id)
        if request is None:
            return
        if request.asked_by != staff_id_of(principal):
            require_area(principal, Area.BOOKS)
        answer_request(session, request, VoidAnswer.REFUSED, by=principal, now=now)
        _note(session, payment, action="refuse_void", now=now, request_id=request_id)


def waiting_request(session: Session, payment_id: UUID) -> VoidRequest | None:
    """None when nobody asks for its void (any more)."""
    return session.scalar(
        select(VoidRequest).where(
            VoidRequest.practice_id == practice_of(session),
            VoidRequest.payment_id == payment_id,
            VoidRequest.answer == VoidAnswer.WAITING.value,
        )
    )


def requests_of(session: Session, payment_ids: Sequence[UUID]) -> Sequence[VoidRequest]:
    """Every request about these payments, the oldest first."""
    return session.scalars(
        select(VoidRequest)
        .where(
            VoidRequest.practice_id == practice_of(session),
            VoidRequest.payment_id.in_(payment_ids),
        )
        .order_by(VoidRequest.request_id)
    ).all()


def answer_request(
    session: Session, request: VoidRequest, answer: VoidAnswer, *, by: Principal, now: datetime
) -> None:
    """Once. Raises ValueError for a request that has its answer."""
    if answer not in VOID_TRANSITIONS[VoidAnswer(request.answer)]:
        raise ValueError(f"{request.answer} to {answer}")
    request.answer, request.answered_by, request.answered_at = answer.value, by.actor_id, now
    session.flush()
    end_task(session, kind=CASH_VOID_TASK, subject_id=request.payment_id, now=now)


def let_requests_lapse(session: Session, drawer_id: UUID, *, by: Principal, now: datetime) -> None:
    """Of a locked drawer that is counted: what it holds must not change after that."""
    payment_ids = session.scalars(
        select(DeskPayment.payment_id).where(
            DeskPayment.practice_id == practice_of(session), DeskPayment.drawer_id == drawer_id
        )
    ).all()
    for request in requests_of(session, payment_ids):
        if request.answer == VoidAnswer.WAITING.value:
            answer_request(session, request, VoidAnswer.LAPSED, by=by, now=now)


def _note(
    session: Session, payment: Payment, *, action: str, now: datetime, request_id: str
) -> None:
    record(
        session,
        action=action,
        object_kind="payment",
        object_id=payment.payment_id,
        guarantor_id=payment.guarantor_id,
        now=now,
        request_id=request_id,
    )
