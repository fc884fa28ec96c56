"""A charge goes where its payment went, in the commit of that: retried, paid, or for the patient.

Called by apply.py for each payment; most belong to no charge.
"""

from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.auth.account_mail import queue_mail
from portal.db import practice_of
from portal.domain.charge_schedule import (
    CARD_RETRIES_AFTER,
    AfterDecline,
    ScheduledReason,
    ScheduledState,
    after_decline,
    ends_the_account,
)
from portal.domain.payment_channel import OFF_SESSION
from portal.domain.payment_status import PaymentState
from portal.messages.service import MessageTemplate
from portal.payments.methods.apply import remove
from portal.payments.methods.models import SavedMethod
from portal.payments.models import Payment
from portal.payments.scheduled.models import ScheduledPayment, ScheduledTry
from portal.payments.scheduled.moves import move_scheduled_to, scheduled_of
from portal.payments.settlement import practice_day
from portal.practice.tasks import open_task

CHARGE_FAILED: Final = "charge_failed"
_NOT_ASKED: Final = "the bank was never asked"
_GOOD: Final = {
    PaymentState.PROCESSING: ScheduledState.WAITING,
    PaymentState.SUCCEEDED: ScheduledState.PAID,
    PaymentState.SUSPENDED: ScheduledState.PAID,  # money came; staff have a task of their own
}
_BAD: Final = frozenset({PaymentState.FAILED, PaymentState.CANCELED, PaymentState.EXPIRED})


def follow_payment(
    session: Session, payment: Payment, *, now: datetime, advice_code: str | None = None
) -> None:
    """Move the charge that a locked payment was made for, if there is one.

    ``advice_code`` is what the network says of trying again: whoever hears of a decline first.
    """
    if payment.channel not in OFF_SESSION:
        return
    made = session.scalar(
        select(ScheduledTry).where(
            ScheduledTry.practice_id == practice_of(session),
            ScheduledTry.payment_id == payment.payment_id,
        )
    )
    if made is None:
        return
    made.advice_code = made.advice_code or advice_code
    planned = scheduled_of(session, made.scheduled_id)
    state = PaymentState(payment.state)
    if state in _GOOD:
        move_scheduled_to(session, planned, _GOOD[state], now=now)
    elif state in _BAD and _is_latest(session, made):
        _after_failure(session, planned, payment, made, now=now)


def after_refusal(session: Session, planned: ScheduledPayment, *, now: datetime) -> None:
    """Stripe would not even ask the bank: nothing a repeat could change."""
    step = AfterDecline(ScheduledState.FAILED, ScheduledReason.REFUSED)
    _take(session, planned, step, why="Stripe refused", now=now)


def _after_failure(
    session: Session,
    planned: ScheduledPayment,
    payment: Payment,
    made: ScheduledTry,
    *,
    now: datetime,
) -> None:
    if ScheduledState(planned.state) not in (ScheduledState.CHARGING, ScheduledState.WAITING):
        return  # followed before
    if payment.payment_intent_id is None:
        step = _once_more(made, planned, session=session, now=now)
    else:
        step = after_decline(
            method_kind=made.method_kind,
            decline_code=payment.decline_code,
            advice_code=made.advice_code,
            tries=made.try_number,
            first_tried_on=_first_tried_on(session, made),
            today=practice_day(session, now),
        )
    _take(session, planned, step, why=payment.decline_code or _NOT_ASKED, now=now)
    if ends_the_account(method_kind=made.method_kind, decline_code=payment.decline_code):
        _end_account(session, made, now=now)


def _end_account(session: Session, made: ScheduledTry, *, now: datetime) -> None:
    """Nothing else is charged to it either; a webhook of the processor may come later, or never."""
    method = session.scalar(
        select(SavedMethod).where(
            SavedMethod.practice_id == practice_of(session),
            SavedMethod.payment_method_id == made.payment_method_id,
            SavedMethod.removed_at.is_(None),
        )
    )
    if method is not None:
        remove(session, method, now=now, detail="debit returned")


def _take(
    session: Session, planned: ScheduledPayment, step: AfterDecline, *, why: str, now: datetime
) -> None:
    """Make the move, and tell the patient; what is not tried again is for staff as well."""
    move_scheduled_to(
        session,
        planned,
        step.state,
        now=now,
        reason=step.reason,
        again_on=step.again_on,
        detail=f"{step.reason.value}: {why}",
    )
    is_over = step.state is not ScheduledState.RETRYING
    template = MessageTemplate.CHARGE_NEEDS_YOU if is_over else MessageTemplate.CHARGE_DECLINED
    queue_mail(
        session,
        template,
        guarantor_id=planned.guarantor_id,
        statement_id=planned.statement_id,
        now=now,
    )
    if is_over:
        open_task(
            session,
            kind=CHARGE_FAILED,
            subject_id=planned.guarantor_id,
            message=f"A planned charge could not be made: {why}. It is not tried again.",
            now=now,
        )


def _once_more(
    made: ScheduledTry, planned: ScheduledPayment, *, session: Session, now: datetime
) -> AfterDecline:
    """The call never arrived: no bank said no. Tomorrow again, as long as tries are left."""
    if made.try_number > len(CARD_RETRIES_AFTER):
        return AfterDecline(ScheduledState.FAILED, ScheduledReason.REFUSED)
    again_on = max(planned.next_try_on, practice_day(session, now)) + timedelta(days=1)
    return AfterDecline(ScheduledState.RETRYING, ScheduledReason.REFUSED, again_on)


def _is_latest(session: Session, made: ScheduledTry) -> bool:
    latest = session.scalar(
        select(func.max(ScheduledTry.try_number)).where(
            ScheduledTry.practice_id == practice_of(session),
            ScheduledTry.scheduled_id == made.scheduled_id,
        )
    )
    return latest == made.try_number


def _first_tried_on(session: Session, made: ScheduledTry) -> date:
    first = session.scalar(
        select(func.min(ScheduledTry.tried_on)).where(
            ScheduledTry.practice_id == practice_of(session),
            ScheduledTry.scheduled_id == made.scheduled_id,
        )
    )
    return first or made.tried_on
