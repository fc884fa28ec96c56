"""Whether a charge may be made now, and what is due of it: asked under its guarantor's lock.

Whatever stands against it wins: a charge that is not made can be made later, or by its patient.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.auth.account_mail import queue_mail
from portal.db import practice_of
from portal.domain.charge_schedule import TO_COME, ScheduledOrigin, ScheduledReason, ScheduledState
from portal.domain.journal import Target
from portal.messages.service import MessageState, MessageTemplate, message_state
from portal.payments.access import StatementDue, payable
from portal.payments.lines import coming_to_lines
from portal.payments.scheduled.endings import ask_the_patient, stop_scheduled
from portal.payments.scheduled.installments import InstallmentDue, follow_installment
from portal.payments.scheduled.models import AutopayAgreement, ScheduledPayment
from portal.payments.scheduled.moves import note_scheduled
from portal.payments.service import attempt_at_stripe
from portal.practice.claims import has_account_hold
from portal.practice.feed import feed_age
from portal.practice.import_lock import import_is_running

FEED_AGE_MAX: Final = timedelta(hours=24)
_DID_NOT_ARRIVE: Final = frozenset({MessageState.BOUNCED, MessageState.NOT_SENT})


class Left(StrEnum):
    """Why a charge was not made in this run."""

    NOT_NOW = "not_now"  # another attempt, an old feed, an import or its notice is in the way
    ENDED = "ended"  # nothing due, a hold, no method, autopay is off, or the day is long past


@dataclass(frozen=True, slots=True)
class WhoKnows:
    """Who is asked what is due: of a statement, of an installment."""

    statement_due: StatementDue
    installment_due: InstallmentDue


@dataclass(frozen=True, slots=True)
class DueNow:
    """What is due of a charge, and the lines it pays, in their order."""

    cents: int
    lines: tuple[Target, ...]


def due_now(
    session: Session,
    planned: ScheduledPayment,
    who_knows: WhoKnows,
    *,
    today: date,
    now: datetime,
) -> DueNow | None:
    """None when a plan has overtaken its charge. Raises StatementNotFoundError."""
    if planned.installment_id is None:
        due = payable(
            session,
            planned.statement_id,
            statement_due=who_knows.statement_due,
            by_itself=planned.origin == ScheduledOrigin.AUTOPAY.value,
        )
        return DueNow(due.due_now_cents, due.lines)
    installment = follow_installment(
        session, planned, installment_due=who_knows.installment_due, today=today, now=now
    )
    if installment is None or planned.next_try_on > today:
        return None
    lines = tuple(Target(line.claim_id, line.charge_id) for line in installment.lines)
    return DueNow(installment.due_cents, lines)


def is_being_paid_elsewhere(session: Session, planned: ScheduledPayment, due: DueNow) -> bool:
    """Whether a bank is at work on a plan's lines for a statement's page opened before the plan."""
    return not coming_to_lines(session, planned.guarantor_id).keys().isdisjoint(due.lines)


def reason_not_to(
    session: Session, planned: ScheduledPayment, *, today: date, now: datetime
) -> Left | None:
    """None: it may be made. What ends it for good is recorded, and its patient told."""
    if ScheduledState(planned.state) not in TO_COME or planned.next_try_on > today:
        return Left.NOT_NOW  # stopped, moved or made since we looked
    if has_account_hold(session, planned.guarantor_id):
        stop_scheduled(session, planned, reason=ScheduledReason.ON_HOLD, now=now)
        return Left.ENDED
    if _agreement_has_ended(session, planned):
        stop_scheduled(session, planned, reason=ScheduledReason.BY_PATIENT, now=now)
        tell(session, planned, MessageTemplate.CHARGE_STOPPED, now=now)
        return Left.ENDED
    notice = _notice(session, planned)
    if notice in _DID_NOT_ARRIVE:
        ask_the_patient(session, planned, ScheduledReason.NO_NOTICE, now=now)
        return Left.ENDED
    age = feed_age(session, now=now)
    is_stale = age is not None and age > FEED_AGE_MAX
    is_busy = import_is_running(session) or attempt_at_stripe(session, planned.guarantor_id)
    return Left.NOT_NOW if notice is MessageState.QUEUED or is_stale or is_busy else None


def ask_anew(session: Session, planned: ScheduledPayment, *, today: date, now: datetime) -> Left:
    """Nobody expects it any more: what has a notice is announced again, for a new day."""
    if planned.notice_on is not None and planned.state == ScheduledState.PLANNED.value:
        planned.notice_on, planned.notified_at, planned.notice_message_id = today, None, None
        note_scheduled(session, planned, now=now, detail=ScheduledReason.LATE.value)
        return Left.NOT_NOW
    ask_the_patient(session, planned, ScheduledReason.LATE, now=now)
    return Left.ENDED


def tell(
    session: Session, planned: ScheduledPayment, template: MessageTemplate, *, now: datetime
) -> None:
    """By e-mail, with the link to its statement, or else to the account."""
    queue_mail(
        session,
        template,
        guarantor_id=planned.guarantor_id,
        statement_id=planned.statement_id,
        now=now,
    )


def _notice(session: Session, planned: ScheduledPayment) -> MessageState:
    """How far the mail is that announces a charge; as sent where none is due."""
    if planned.notice_on is None:
        return MessageState.SENT
    if planned.notified_at is None:
        return MessageState.QUEUED
    if planned.notice_message_id is None:  # announced before the mail of it was kept here
        return MessageState.SENT
    return message_state(session, planned.notice_message_id)


def _agreement_has_ended(session: Session, planned: ScheduledPayment) -> bool:
    """Autopay was turned off, or got other terms, while a try of the charge was under way."""
    ended = select(AutopayAgreement.agreement_id).where(
        AutopayAgreement.practice_id == practice_of(session),
        AutopayAgreement.agreement_id == planned.agreement_id,
        AutopayAgreement.ended_at.is_not(None),
    )
    return session.scalar(ended) is not None
