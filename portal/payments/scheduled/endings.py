"""What ends charges and autopay from outside: a removed method, a dispute, a hold, the patient.

A charge that is under way goes on: only what has not been asked of any bank can be stopped.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.auth.account_mail import queue_mail
from portal.db import practice_of
from portal.domain.charge_schedule import (
    TO_COME,
    ScheduledOrigin,
    ScheduledReason,
    ScheduledState,
    notice_before,
)
from portal.messages.service import MessageTemplate
from portal.payments.methods.consents import note
from portal.payments.scheduled.models import AutopayAgreement, ScheduledPayment
from portal.payments.scheduled.moves import move_scheduled_to, note_scheduled
from portal.practice.tasks import open_task

REPLACED = "replaced"
CHARGE_NOT_ANNOUNCED = "charge_not_announced"


def end_what_uses(session: Session, method_id: UUID, *, guarantor_id: UUID, now: datetime) -> None:
    """A method is kept no more: nothing is charged to it, and the patient is told."""
    charges = [one for one in _open(session, guarantor_id) if one.method_id == method_id]
    reason = ScheduledReason.METHOD_REMOVED
    stopped = [stop_scheduled(session, one, reason=reason, now=now) for one in charges]
    agreement = standing_agreement(session, guarantor_id)
    if agreement is not None and agreement.method_id == method_id:
        end_agreement(session, agreement, reason=reason.value, now=now)
    elif any(stopped):
        queue_mail(session, MessageTemplate.CHARGE_STOPPED, guarantor_id=guarantor_id, now=now)


def carry_to(session: Session, earlier_id: UUID, newer_id: UUID, *, now: datetime) -> None:
    """The same card or account was saved again: what is to be charged to it goes on."""
    practice_id = practice_of(session)
    states = [state.value for state in TO_COME | {ScheduledState.DRAFT}]
    for planned in session.scalars(
        select(ScheduledPayment).where(
            ScheduledPayment.practice_id == practice_id,
            ScheduledPayment.method_id == earlier_id,
            ScheduledPayment.state.in_(states),
        )
    ):
        planned.method_id = newer_id
        note_scheduled(session, planned, now=now, detail="saved again")
    session.execute(
        update(AutopayAgreement)
        .where(
            AutopayAgreement.practice_id == practice_id,
            AutopayAgreement.method_id == earlier_id,
            AutopayAgreement.ended_at.is_(None),
        )
        .values(method_id=newer_id)
    )


def end_for_dispute(session: Session, guarantor_id: UUID, *, now: datetime) -> None:
    """A payment is disputed: nothing more is taken by itself from whoever owes."""
    for planned in _open(session, guarantor_id):
        stop_scheduled(session, planned, reason=ScheduledReason.DISPUTED, now=now)
    agreement = standing_agreement(session, guarantor_id)
    if agreement is not None:
        end_agreement(session, agreement, reason=ScheduledReason.DISPUTED.value, now=now)


def stop_scheduled(
    session: Session,
    planned: ScheduledPayment,
    *,
    reason: ScheduledReason,
    now: datetime,
    detail: str = "",
) -> bool:
    """Whether it stood until now. What is under way, or over, stays as it is."""
    present = ScheduledState(planned.state)
    if present not in TO_COME | {ScheduledState.DRAFT}:
        return False
    move_scheduled_to(
        session, planned, ScheduledState.STOPPED, now=now, reason=reason, detail=detail
    )
    return present in TO_COME


def end_agreement(
    session: Session,
    agreement: AutopayAgreement,
    *,
    reason: str,
    now: datetime,
    detail: str = "",
) -> None:
    """End an agreement with all that autopay has planned; the patient is told.

    Where a newer one follows, nothing is told, and `carry_over` says what becomes of the charges.
    """
    if agreement.ended_at is not None:
        return
    agreement.ended_at, agreement.end_reason = now, reason
    note(
        session,
        guarantor_id=agreement.guarantor_id,
        subject_id=agreement.agreement_id,
        state="ended",
        now=now,
        detail=detail or reason,
    )
    if reason == REPLACED:
        return
    for planned in _open(session, agreement.guarantor_id):
        if planned.origin == ScheduledOrigin.AUTOPAY.value:
            known = reason in frozenset(ScheduledReason)
            why = ScheduledReason(reason) if known else ScheduledReason.BY_PATIENT
            stop_scheduled(session, planned, reason=why, now=now, detail=detail)
    queue_mail(session, MessageTemplate.AUTOPAY_OFF, guarantor_id=agreement.guarantor_id, now=now)


def carry_over(
    session: Session,
    earlier: AutopayAgreement,
    newer: AutopayAgreement,
    *,
    method_kind: str,
    now: datetime,
) -> None:
    """What an agreement has planned goes on under a newer one, as that one allows.

    Above the new limit the patient is asked; so they are when the earlier method was declined. A
    charge to another method is announced anew.
    """
    for planned in _open(session, newer.guarantor_id):
        if planned.agreement_id != earlier.agreement_id:
            continue
        is_other = planned.method_id != newer.method_id
        if planned.agreed_cents > newer.cap_cents:
            ask_the_patient(session, planned, ScheduledReason.OVER_CAP, now=now)
            continue
        if is_other and planned.state == ScheduledState.RETRYING.value:
            ask_the_patient(session, planned, ScheduledReason.DECLINED, now=now)
            continue
        planned.agreement_id = newer.agreement_id
        if planned.consent_id == earlier.consent_id:  # else its own day was agreed to
            planned.consent_id = newer.consent_id
        if is_other:
            planned.method_id = newer.method_id
            planned.notice_on = planned.charge_on - notice_before(method_kind)
            planned.notified_at = None
        note_scheduled(session, planned, now=now, detail="other autopay terms")


def ask_the_patient(
    session: Session, planned: ScheduledPayment, reason: ScheduledReason, *, now: datetime
) -> None:
    """It is not charged by itself any more; a mail leads to where it can be paid.

    Staff tell those whom no e-mail reaches.
    """
    move_scheduled_to(session, planned, ScheduledState.NEEDS_PATIENT, now=now, reason=reason)
    if reason is ScheduledReason.NO_NOTICE:
        open_task(
            session,
            kind=CHARGE_NOT_ANNOUNCED,
            subject_id=planned.guarantor_id,
            message="The e-mail that announces a planned charge cannot reach its person.",
            now=now,
        )
    queue_mail(
        session,
        MessageTemplate.CHARGE_NEEDS_YOU,
        guarantor_id=planned.guarantor_id,
        statement_id=planned.statement_id,
        now=now,
    )


def standing_agreement(session: Session, guarantor_id: UUID) -> AutopayAgreement | None:
    """The autopay a guarantor has on."""
    return session.scalar(
        select(AutopayAgreement).where(
            AutopayAgreement.practice_id == practice_of(session),
            AutopayAgreement.guarantor_id == guarantor_id,
            AutopayAgreement.ended_at.is_(None),
        )
    )


def _open(session: Session, guarantor_id: UUID) -> Sequence[ScheduledPayment]:
    states = TO_COME | {ScheduledState.DRAFT}
    return session.scalars(
        select(ScheduledPayment)
        .where(
            ScheduledPayment.practice_id == practice_of(session),
            ScheduledPayment.guarantor_id == guarantor_id,
            ScheduledPayment.state.in_([state.value for state in states]),
        )
        .with_for_update()
    ).all()
