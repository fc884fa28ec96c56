"""Refunds that somebody hands over: a check in the mail, the practice's own card machine.

They are out when somebody writes down that they are, and in the books from then on.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.roles import REACH, Area
from portal.db import Database, Principal, PrincipalKind
from portal.domain.payment_status import PaymentState, RefundState
from portal.domain.refund_ways import RefundWay
from portal.payments.disputes.queries import is_disputed
from portal.payments.models import Payment, Refund
from portal.payments.moves import lock_payment, move_refund_to
from portal.payments.refunds.asking import known_refund
from portal.payments.refunds.posting import post_refund
from portal.payments.refunds.service import TO_HAND_OVER, RefundNotAllowedError
from portal.payments.refunds.taken_checks import CheckNotSureError, require_sure
from portal.payments.settlement import practice_day
from portal.practice.tasks import end_task

_BY_HAND: Final = (RefundWay.CHECK.value, RefundWay.TERMINAL.value)
_IS_HERE: Final = (PaymentState.SUCCEEDED.value, PaymentState.SUSPENDED.value)


class NotToHandOverError(RuntimeError):
    """It waits for a second person, is out or given up already, or a bank has the money."""


class HandedOnError(ValueError):
    """Not a day on which this refund can have been handed over."""


@dataclass(frozen=True, slots=True)
class Handed:
    """``reference``: the check's number, or the machine's. ``mailed_to``: the confirmed address."""

    on: date
    reference: str
    mailed_to: str = ""


def hand_over(
    database: Database,
    principal: Principal,
    refund_id: UUID,
    handed: Handed,
    *,
    now: datetime,
    request_id: str,
) -> None:
    """Write down that it is out, and post it. Twice written is once.

    Raises RefundNotAllowedError, NotToHandOverError, HandedOnError, RefundNotFoundError, and
    BooksBusyError while a remittance is imported.
    """
    if principal.kind is not PrincipalKind.STAFF or principal.role not in REACH[Area.REFUNDS]:
        raise RefundNotAllowedError(refund_id)
    with database.transaction(principal) as session:
        refund = known_refund(session, refund_id)
        payment = lock_payment(session, refund.payment_id)
        session.refresh(refund)
        if refund.state == RefundState.SUCCEEDED.value and refund.handed_on is not None:
            return
        if not _is_to_hand_over(session, payment, refund):
            raise NotToHandOverError(refund_id)
        try:
            require_sure(session, payment, now=now)
        except CheckNotSureError as error:
            raise NotToHandOverError(refund_id) from error
        agreed_on = practice_day(session, refund.decided_at or refund.created_at)
        if not agreed_on <= handed.on <= practice_day(session, now):
            raise HandedOnError(refund_id)
        refund.handed_by = principal.actor_id
        refund.handed_on = handed.on
        refund.handed_reference = handed.reference
        refund.mailed_to = handed.mailed_to
        move_refund_to(session, refund, RefundState.SUCCEEDED, now=now)
        post_refund(session, payment, refund, now=now)
        end_task(session, kind=TO_HAND_OVER, subject_id=refund_id, now=now)
        record(
            session,
            action="hand_over_refund",
            object_kind="payment",
            object_id=payment.payment_id,
            guarantor_id=refund.guarantor_id,
            now=now,
            request_id=request_id,
        )


def _is_to_hand_over(session: Session, payment: Payment, refund: Refund) -> bool:
    return (
        refund.state == RefundState.REQUESTED.value
        and refund.way in _BY_HAND
        and payment.state in _IS_HERE
        and not is_disputed(session, payment.payment_id)
    )
