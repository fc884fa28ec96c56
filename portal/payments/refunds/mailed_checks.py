"""Refund checks that are in the mail: cashed, or stopped because nobody has cashed them.

A stopped one is in the books as if the bank had sent it back; large ones need a second person.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.roles import REACH, Area
from portal.db import Database, Principal, PrincipalKind, new_id, practice_of
from portal.domain.money import format_usd
from portal.domain.payment_status import RefundState
from portal.domain.refund_checks import StopAnswer, StopReason, require_answer
from portal.domain.refund_ways import RefundWay
from portal.messages.service import MessageTemplate, queue_payment_mail
from portal.payments.models import Payment, Refund
from portal.payments.moves import BooksBusyError, lock_payment, move_refund_to
from portal.payments.refunds.asking import known_refund
from portal.payments.refunds.models import RefundCheckStop
from portal.payments.refunds.posting import post_return
from portal.payments.refunds.service import (
    RefundNotAllowedError,
    SamePersonError,
    promise_refund,
)
from portal.payments.refunds.stop_rows import stopped_alone_up_to_cents
from portal.payments.settlement import practice_day
from portal.practice.import_lock import import_is_running
from portal.practice.tasks import end_task, open_task

TO_STOP: Final = "refund_check_to_stop"


class NotInTheMailError(RuntimeError):
    """It is no check that was mailed, or it is cashed or stopped already."""


class CashedOnError(ValueError):
    """Not a day on which this check can have been cashed."""


@dataclass(frozen=True, slots=True)
class StopWish:
    """Why, what the bank called its stop, and whether another check is to be written."""

    reason: StopReason
    bank_reference: str = ""
    send_again: bool = False


def stop_check(
    database: Database,
    principal: Principal,
    refund_id: UUID,
    wish: StopWish,
    *,
    now: datetime,
    request_id: str,
) -> StopAnswer:
    """Give a mailed check's money back to its payment as credit, or ask for another check as well.

    WAITING above the practice's limit, until somebody else agrees. Twice is once. The payer is told
    by e-mail, the practice's system by its post. Raises RefundNotAllowedError, RefundNotFoundError,
    NotInTheMailError, RefundTooLargeError where another check has no money to come from, and
    BooksBusyError while a remittance is imported.
    """
    _require_may(principal, refund_id)
    with database.transaction(principal) as session:
        refund, payment = _locked(session, refund_id)
        if waiting_stop(session, refund_id) is not None:
            return StopAnswer.WAITING
        _require_in_the_mail(refund)
        is_for_two = refund.amount_cents > stopped_alone_up_to_cents(session)
        stop = RefundCheckStop(
            practice_id=practice_of(session),
            stop_id=new_id(),
            guarantor_id=refund.guarantor_id,
            refund_id=refund_id,
            new_refund_id=new_id() if wish.send_again else None,
            reason=wish.reason.value,
            bank_reference=wish.bank_reference,
            asked_by=principal.actor_id,
            asked_at=now,
            answer=StopAnswer.WAITING.value,
        )
        session.add(stop)
        session.flush()
        _note(session, refund, action="stop_refund_check", now=now, request_id=request_id)
        if is_for_two:
            _ask_for_second_person(session, refund, now=now)
        else:
            _stop(session, payment, refund, stop, by=principal, now=now)
        return StopAnswer(stop.answer)


def agree_to_stop(
    database: Database, principal: Principal, refund_id: UUID, *, now: datetime, request_id: str
) -> None:
    """The second person agrees; nothing when no stop waits.

    Raises as `stop_check`, and SamePersonError for whoever asked for it.
    """
    _require_may(principal, refund_id)
    with database.transaction(principal) as session:
        refund, payment = _locked(session, refund_id)
        stop = waiting_stop(session, refund_id)
        if stop is None:
            return
        if stop.asked_by == principal.actor_id:
            raise SamePersonError(refund_id)
        _require_in_the_mail(refund)
        _stop(session, payment, refund, stop, by=principal, now=now)
        _note(session, refund, action="agree_to_stop", now=now, request_id=request_id)


def refuse_to_stop(
    database: Database, principal: Principal, refund_id: UUID, *, now: datetime, request_id: str
) -> None:
    """The check stays good; whoever asked may take it back so. Nothing when no stop waits.

    Raises RefundNotAllowedError, RefundNotFoundError.
    """
    _require_may(principal, refund_id)
    with database.transaction(principal) as session:
        refund, _payment = _locked(session, refund_id)
        stop = waiting_stop(session, refund_id)
        if stop is None:
            return
        _answer(session, stop, StopAnswer.REFUSED, by=principal, now=now)
        _note(session, refund, action="refuse_to_stop", now=now, request_id=request_id)


def note_cashed(
    database: Database,
    principal: Principal,
    refund_ids: Collection[UUID],
    *,
    cashed_on: date,
    now: datetime,
    request_id: str,
) -> None:
    """The bank paid these checks: all of them, or nothing is written down. A wish to stop one ends.

    Raises RefundNotAllowedError, RefundNotFoundError, NotInTheMailError, CashedOnError.
    """
    with database.transaction(principal) as session:
        for refund_id in sorted(refund_ids):
            _require_may(principal, refund_id)
            refund, _payment = _locked(session, refund_id)
            _require_in_the_mail(refund)
            mailed_on = refund.handed_on
            if mailed_on is None or not mailed_on <= cashed_on <= practice_day(session, now):
                raise CashedOnError(refund_id)
            refund.cashed_on, refund.cashed_noted_by = cashed_on, principal.actor_id
            session.flush()
            stop = waiting_stop(session, refund_id)
            if stop is not None:
                _answer(session, stop, StopAnswer.REFUSED, by=principal, now=now)
            _note(session, refund, action="note_cashed", now=now, request_id=request_id)


def note_not_cashed(
    database: Database, principal: Principal, refund_id: UUID, *, now: datetime, request_id: str
) -> None:
    """It was another check: this one is still out.

    Raises RefundNotAllowedError, RefundNotFoundError.
    """
    _require_may(principal, refund_id)
    with database.transaction(principal) as session:
        refund, _payment = _locked(session, refund_id)
        refund.cashed_on = refund.cashed_noted_by = None
        _note(session, refund, action="note_not_cashed", now=now, request_id=request_id)


def waiting_stop(session: Session, refund_id: UUID) -> RefundCheckStop | None:
    """None when nobody wants to stop it (any more)."""
    return session.scalar(
        select(RefundCheckStop).where(
            RefundCheckStop.practice_id == practice_of(session),
            RefundCheckStop.refund_id == refund_id,
            RefundCheckStop.answer == StopAnswer.WAITING.value,
        )
    )


def _require_may(principal: Principal, about: UUID) -> None:
    if principal.kind is not PrincipalKind.STAFF or principal.role not in REACH[Area.REFUNDS]:
        raise RefundNotAllowedError(about)


def _locked(session: Session, refund_id: UUID) -> tuple[Refund, Payment]:
    refund = known_refund(session, refund_id)
    payment = lock_payment(session, refund.payment_id)
    session.refresh(refund)
    return refund, payment


def _require_in_the_mail(refund: Refund) -> None:
    is_out = refund.state == RefundState.SUCCEEDED.value and refund.handed_on is not None
    if refund.way != RefundWay.CHECK.value or not is_out or refund.cashed_on is not None:
        raise NotInTheMailError(refund.refund_id)


def _ask_for_second_person(session: Session, refund: Refund, *, now: datetime) -> None:
    open_task(
        session,
        kind=TO_STOP,
        subject_id=refund.refund_id,
        message=f"A mailed refund check of {format_usd(refund.amount_cents)} is to be stopped; "
        "that waits for a second person.",
        now=now,
    )


def _stop(
    session: Session,
    payment: Payment,
    refund: Refund,
    stop: RefundCheckStop,
    *,
    by: Principal,
    now: datetime,
) -> None:
    if import_is_running(session):
        raise BooksBusyError(payment.payment_id)
    _answer(session, stop, StopAnswer.DONE, by=by, now=now)
    move_refund_to(session, refund, RefundState.RETURNED, now=now)
    post_return(session, payment, refund, now=now)
    if stop.new_refund_id is not None:
        promise_refund(
            session,
            payment,
            refund_id=stop.new_refund_id,
            amount_cents=refund.amount_cents,
            reason=refund.reason,
            requested_by=str(stop.asked_by),
            now=now,
        )
    queue_payment_mail(
        session,
        MessageTemplate.REFUND_STOPPED,
        guarantor_id=refund.guarantor_id,
        payment_id=payment.payment_id,
        now=now,
    )


def _answer(
    session: Session, stop: RefundCheckStop, answer: StopAnswer, *, by: Principal, now: datetime
) -> None:
    require_answer(StopAnswer(stop.answer), answer)
    stop.answer, stop.answered_by, stop.answered_at = answer.value, by.actor_id, now
    session.flush()
    end_task(session, kind=TO_STOP, subject_id=stop.refund_id, now=now)


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
