"""Charges of a plan's installments: planned when their notice is due, and following the plan.

Plans are asked what is due; they know nothing of charges, and this knows nothing of their terms. A
charge that differs from what its plan says by now is stopped without a word and another is planned.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import new_id, practice_of
from portal.domain.charge_schedule import (
    TO_COME,
    ScheduledOrigin,
    ScheduledReason,
    ScheduledState,
    installment_day,
    may_follow,
)
from portal.domain.payment_status import PaymentState
from portal.ledger.models import Allocation
from portal.payments.access import OpenLine
from portal.payments.methods.models import SavedMethod
from portal.payments.methods.successors import Successors, successors
from portal.payments.models import Payment
from portal.payments.moves import lock_guarantor
from portal.payments.scheduled.endings import ask_the_patient, stop_scheduled
from portal.payments.scheduled.models import ScheduledPayment, ScheduledTry
from portal.payments.scheduled.moves import lock_scheduled, note_scheduled
from portal.payments.service import LEAST_CENTS
from portal.practice.claims import has_account_hold


class InstallmentToCharge(Protocol):
    """One installment of a plan that charges by itself, as it stands now.

    ``method_id``: as it was agreed on; the same number saved again since stands for it.
    ``due_cents``: what is open of it, less what is on its way. ``lines``: what the plan covers and
    is open, oldest first. ``notice_days``: how long before its day it is announced.
    """

    @property
    def installment_id(self) -> UUID: ...
    @property
    def plan_id(self) -> UUID: ...
    @property
    def guarantor_id(self) -> UUID: ...
    @property
    def due_on(self) -> date: ...
    @property
    def due_cents(self) -> int: ...
    @property
    def method_id(self) -> UUID: ...
    @property
    def notice_days(self) -> int: ...
    @property
    def lines(self) -> Sequence[OpenLine]: ...


class InstallmentsToCome(Protocol):
    """Plans know which are to be announced by today and are not paid, also those long past."""

    def __call__(self, session: Session, /, *, today: date) -> Sequence[InstallmentToCharge]: ...


class InstallmentDue(Protocol):
    """Plans know how one stands; None when it is paid, skipped, moved out, or its plan rests."""

    def __call__(self, session: Session, installment_id: UUID, /) -> InstallmentToCharge | None: ...


@dataclass(frozen=True, slots=True)
class _Before:
    """A charge there was of an installment. ``is_kept_in_full``: all that came is on its plan."""

    charge: ScheduledPayment
    is_kept_in_full: bool


def to_announce(
    session: Session, to_come: Mapping[UUID, InstallmentToCharge], *, today: date
) -> Sequence[UUID]:
    """Of these, those whose notice day has come, and that no charge stands for, or stands against.

    One that was charged and is open still asks for the rest: older ones took the money.
    """
    found = [
        one
        for one in to_come.values()
        if one.due_on - timedelta(days=one.notice_days) <= today and one.due_cents >= LEAST_CENTS
    ]
    charges = _charges_of(session, found)
    now_kept = successors(session)
    return [
        one.installment_id
        for one in found
        if _may_be_planned(one, charges[one.installment_id], now_kept)
    ]


def overtaken(
    session: Session, to_come: Mapping[UUID, InstallmentToCharge], *, today: date
) -> Sequence[UUID]:
    """Charges to come that are no more what their plan says: `follow_installment` asks it again."""
    now_kept = successors(session)
    return [
        planned.scheduled_id
        for planned in _standing(session)
        if planned.installment_id is None
        or planned.installment_id not in to_come
        or _differs(planned, to_come[planned.installment_id], now_kept, today=today)
    ]


def plan_installment(
    session: Session,
    installment_id: UUID,
    *,
    guarantor_id: UUID,
    installment_due: InstallmentDue,
    today: date,
    now: datetime,
) -> ScheduledPayment | None:
    """Its charge; None when the plan, a charge or a hold says otherwise by now.

    Where the way to pay is gone the charge is one that its patient has to make.
    """
    lock_guarantor(session, guarantor_id)
    due = installment_due(session, installment_id)
    if due is None or due.due_cents < LEAST_CENTS or has_account_hold(session, guarantor_id):
        return None
    now_kept = successors(session, guarantor_id=due.guarantor_id)
    charges = _charges_of(session, [due])[installment_id]
    if not _may_be_planned(due, charges, now_kept):
        return None
    planned = _charge(session, due, now_kept.of(due.method_id), today=today, now=now)
    session.add(planned)
    note_scheduled(session, planned, now=now)
    if not _is_kept(session, planned.method_id):
        ask_the_patient(session, planned, ScheduledReason.METHOD_REMOVED, now=now)
    return planned


def follow_plan(
    session: Session, plan_id: UUID, *, installment_due: InstallmentDue, today: date, now: datetime
) -> None:
    """A plan has changed in this transaction: its charges to come follow at once."""
    for standing in _standing(session, plan_id=plan_id):
        planned = lock_scheduled(session, standing.scheduled_id)
        follow_installment(session, planned, installment_due=installment_due, today=today, now=now)


def follow_installment(
    session: Session,
    planned: ScheduledPayment,
    *,
    installment_due: InstallmentDue,
    today: date,
    now: datetime,
) -> InstallmentToCharge | None:
    """What a locked charge to come is for; None when it was stopped: the plan says otherwise.

    One that was declined before stays, so that its tries are counted on: it goes over to another
    method, and to a later day.
    """
    if planned.installment_id is None:
        raise ValueError(planned.scheduled_id)
    due = installment_due(session, planned.installment_id)
    now_kept = successors(session, guarantor_id=planned.guarantor_id)
    is_first_try = planned.state == ScheduledState.PLANNED.value
    if due is None or (is_first_try and _differs(planned, due, now_kept, today=today)):
        stop_scheduled(session, planned, reason=ScheduledReason.PLAN_CHANGED, now=now)
        return None
    method_id = now_kept.of(due.method_id)
    is_other = planned.method_id != method_id
    if not is_first_try and (is_other or due.due_on > planned.next_try_on):
        planned.method_id = method_id
        planned.next_try_on = max(planned.next_try_on, due.due_on)
        note_scheduled(session, planned, now=now, detail=ScheduledReason.PLAN_CHANGED.value)
    return due


def _standing(session: Session, *, plan_id: UUID | None = None) -> Sequence[ScheduledPayment]:
    """Charges to come of one plan, or of all."""
    charges = select(ScheduledPayment).where(
        ScheduledPayment.practice_id == practice_of(session),
        ScheduledPayment.origin == ScheduledOrigin.PLAN.value,
        ScheduledPayment.state.in_([state.value for state in TO_COME]),
    )
    if plan_id is not None:
        charges = charges.where(ScheduledPayment.plan_id == plan_id)
    return session.scalars(charges).all()


def _differs(
    planned: ScheduledPayment, due: InstallmentToCharge, now_kept: Successors, *, today: date
) -> bool:
    """In what its patient was told, or will be. Less is due: less is charged, without another."""
    notice = timedelta(days=due.notice_days)
    is_moved = (
        due.due_on > planned.charge_on
        or installment_day(due_on=due.due_on, notice=notice, today=today) < planned.charge_on
    )
    is_other = planned.method_id != now_kept.of(due.method_id)
    return is_moved or is_other or due.due_cents > planned.agreed_cents


def _charge(
    session: Session, due: InstallmentToCharge, method_id: UUID, *, today: date, now: datetime
) -> ScheduledPayment:
    notice = timedelta(days=due.notice_days)
    charge_on = installment_day(due_on=due.due_on, notice=notice, today=today)
    return ScheduledPayment(
        practice_id=practice_of(session),
        scheduled_id=new_id(),
        guarantor_id=due.guarantor_id,
        installment_id=due.installment_id,
        plan_id=due.plan_id,
        origin=ScheduledOrigin.PLAN.value,
        method_id=method_id,
        agreed_cents=due.due_cents,
        first_on=today,
        charge_on=charge_on,
        next_try_on=charge_on,
        notice_on=charge_on - notice,
        notice_days=due.notice_days,
        state=ScheduledState.PLANNED.value,
        created_at=now,
        state_at=now,
    )


def _charges_of(
    session: Session, installments: Sequence[InstallmentToCharge]
) -> Mapping[UUID, Sequence[_Before]]:
    """Every charge there was of each; found by their plans, as they are indexed."""
    charges: dict[UUID, list[_Before]] = {one.installment_id: [] for one in installments}
    rows = session.scalars(
        select(ScheduledPayment).where(
            ScheduledPayment.practice_id == practice_of(session),
            ScheduledPayment.plan_id == func.any([one.plan_id for one in installments]),
            ScheduledPayment.installment_id == func.any(list(charges)),
        )
    ).all()
    kept = _kept_in_full(session, [row.scheduled_id for row in rows])
    for row in rows:
        if row.installment_id is not None:
            charges[row.installment_id].append(_Before(row, row.scheduled_id in kept))
    return charges


def _kept_in_full(session: Session, scheduled_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Charges whose money came and all of it pays lines still: nothing waits or went back."""
    practice_id = practice_of(session)
    on_lines = func.sum(Allocation.amount_cents).filter(Allocation.claim_id.is_not(None))
    rows = session.scalars(
        select(ScheduledTry.scheduled_id)
        .join(
            Payment,
            (Payment.practice_id == practice_id) & (Payment.payment_id == ScheduledTry.payment_id),
        )
        .join(
            Allocation,
            (Allocation.practice_id == practice_id)
            & (Allocation.payment_id == ScheduledTry.payment_id),
        )
        .where(
            ScheduledTry.practice_id == practice_id,
            ScheduledTry.scheduled_id == func.any(list(scheduled_ids)),
            Payment.state == PaymentState.SUCCEEDED.value,
        )
        .group_by(ScheduledTry.scheduled_id, Payment.payment_id, Payment.amount_cents)
        .having(on_lines == Payment.amount_cents)
    )
    return frozenset(rows)


def _may_be_planned(
    due: InstallmentToCharge, charges: Sequence[_Before], now_kept: Successors
) -> bool:
    return all(
        may_follow(
            ScheduledState(before.charge.state),
            ScheduledReason(before.charge.reason) if before.charge.reason else None,
            is_same_method=now_kept.of(before.charge.method_id) == now_kept.of(due.method_id),
            is_kept_in_full=before.is_kept_in_full,
        )
        for before in charges
    )


def _is_kept(session: Session, method_id: UUID) -> bool:
    found = session.scalar(
        select(SavedMethod.method_id).where(
            SavedMethod.practice_id == practice_of(session),
            SavedMethod.method_id == method_id,
            SavedMethod.removed_at.is_(None),
        )
    )
    return found is not None
