"""Charges agreed on beforehand against payments: each took what was agreed, once."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, SQLColumnExpression, case, func, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.charge_schedule import ScheduledState
from portal.domain.journal import BusinessEvent
from portal.domain.payment_channel import OFF_SESSION
from portal.domain.payment_status import AT_THE_PROCESSOR
from portal.ledger.checks import CheckFinding
from portal.ledger.models import Allocation, JournalEntryRow, PlanInstallment
from portal.payments.models import Payment
from portal.payments.scheduled.models import ScheduledPayment, ScheduledTry

_PAID = ScheduledState.PAID.value


def checks(session: Session) -> Iterator[CheckFinding]:
    """Everything charges can say about the payments of this transaction's practice."""
    yield from _of_charges(session)
    yield from _of_installments(session)
    yield from _without_agreement(session)


def _of_charges(session: Session) -> Iterator[CheckFinding]:
    """Came and agreed, charge by charge; what is under way stands with its charge."""
    practice_id = practice_of(session)
    came = func.sum(case((Payment.settled_at.is_not(None), Payment.amount_cents), else_=0))
    under_way = func.count().filter(Payment.state.in_([one.value for one in AT_THE_PROCESSOR]))
    rows = session.execute(
        select(
            ScheduledPayment.scheduled_id,
            ScheduledPayment.state,
            ScheduledPayment.agreed_cents,
            ScheduledPayment.consent_id,
            ScheduledPayment.plan_id,
            func.coalesce(came, 0).label("came_cents"),
            under_way.label("under_way"),
        )
        .join(
            ScheduledTry,
            (ScheduledTry.practice_id == practice_id)
            & (ScheduledTry.scheduled_id == ScheduledPayment.scheduled_id),
        )
        .join(
            Payment,
            (Payment.practice_id == practice_id) & (Payment.payment_id == ScheduledTry.payment_id),
        )
        .where(ScheduledPayment.practice_id == practice_id)
        .group_by(
            ScheduledPayment.scheduled_id,
            ScheduledPayment.state,
            ScheduledPayment.agreed_cents,
            ScheduledPayment.consent_id,
            ScheduledPayment.plan_id,
        )
    )
    for row in rows:
        named = f"Charge {row.scheduled_id}"
        if row.consent_id is None and row.plan_id is None:  # plans keep theirs
            yield CheckFinding("scheduled_consent", f"{named} was made without a consent.")
        if row.came_cents > row.agreed_cents:
            message = f"{named} took {row.came_cents} cents, agreed were {row.agreed_cents}."
            yield CheckFinding("scheduled_amount", message)
        if row.came_cents > 0 and row.state != _PAID:
            message = f"{named} is {row.state}, and {row.came_cents} cents came for it."
            yield CheckFinding("scheduled_state", message)
        if row.under_way > 1:
            yield CheckFinding("scheduled_twice", f"{named} is being made twice at once.")


def _of_installments(session: Session) -> Iterator[CheckFinding]:
    """Charges of a plan pay no more than its installments ever asked for.

    What became a credit is the plan's no more, whatever it pays later. One installment may be
    charged again, for what older ones took of its money; never twice a day.
    """
    practice_id = practice_of(session)
    by_day = session.execute(
        _came(session, ScheduledPayment.installment_id, ScheduledTry.tried_on)
        .group_by(ScheduledPayment.installment_id, ScheduledTry.tried_on)
        .having(func.count() > 1)
    )
    for row in by_day:
        message = f"Installment {row.installment_id} was charged twice on {row.tried_on}."
        yield CheckFinding("installment_twice", message)
    asked = (
        select(PlanInstallment.plan_id, func.sum(PlanInstallment.amount_cents).label("cents"))
        .where(PlanInstallment.practice_id == practice_id)
        .group_by(PlanInstallment.plan_id)
        .subquery()
    )
    kept = (
        select(Allocation.payment_id, func.sum(Allocation.amount_cents).label("cents"))
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == Allocation.entry_id),
        )
        .where(
            Allocation.practice_id == practice_id,
            Allocation.claim_id.is_not(None),
            JournalEntryRow.business_event != BusinessEvent.CREDIT_APPLIED.value,
        )
        .group_by(Allocation.payment_id)
        .subquery()
    )
    by_plan = session.execute(
        _came(session, ScheduledPayment.plan_id, func.sum(kept.c.cents).label("took_cents"))
        .add_columns(asked.c.cents)
        .join(asked, asked.c.plan_id == ScheduledPayment.plan_id)
        .join(kept, kept.c.payment_id == Payment.payment_id)
        .group_by(ScheduledPayment.plan_id, asked.c.cents)
        .having(func.sum(kept.c.cents) > asked.c.cents)
    )
    for row in by_plan:
        message = f"Plan {row.plan_id} was charged {row.took_cents} cents, asked were {row.cents}."
        yield CheckFinding("installment_twice", message)


def _came(session: Session, *columns: SQLColumnExpression[Any]) -> Select[*tuple[Any, ...]]:
    """Of charges of installments whose money came."""
    practice_id = practice_of(session)
    return (
        select(*columns)
        .select_from(ScheduledPayment)
        .join(
            ScheduledTry,
            (ScheduledTry.practice_id == practice_id)
            & (ScheduledTry.scheduled_id == ScheduledPayment.scheduled_id),
        )
        .join(
            Payment,
            (Payment.practice_id == practice_id) & (Payment.payment_id == ScheduledTry.payment_id),
        )
        .where(
            ScheduledPayment.practice_id == practice_id,
            ScheduledPayment.installment_id.is_not(None),
            Payment.settled_at.is_not(None),
        )
    )


def _without_agreement(session: Session) -> Iterator[CheckFinding]:
    """Payments with nobody present that no charge asked for."""
    practice_id = practice_of(session)
    strays = session.scalars(
        select(Payment.payment_id)
        .outerjoin(
            ScheduledTry,
            (ScheduledTry.practice_id == practice_id)
            & (ScheduledTry.payment_id == Payment.payment_id),
        )
        .where(
            Payment.practice_id == practice_id,
            Payment.channel.in_([channel.value for channel in OFF_SESSION]),
            ScheduledTry.payment_id.is_(None),
        )
    )
    for payment_id in strays:
        message = f"Payment {payment_id} was made by itself, and nobody agreed to it."
        yield CheckFinding("scheduled_agreement", message)
