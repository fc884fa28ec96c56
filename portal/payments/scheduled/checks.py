"""Charges agreed on beforehand against payments: each took what was agreed, once."""

from collections.abc import Iterator

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.charge_schedule import ScheduledState
from portal.domain.payment_channel import OFF_SESSION
from portal.domain.payment_status import AT_THE_PROCESSOR
from portal.ledger.checks import CheckFinding
from portal.payments.models import Payment
from portal.payments.scheduled.models import ScheduledPayment, ScheduledTry

_PAID = ScheduledState.PAID.value


def checks(session: Session) -> Iterator[CheckFinding]:
    """Everything charges can say about the payments of this transaction's practice."""
    yield from _of_charges(session)
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
        )
    )
    for row in rows:
        named = f"Charge {row.scheduled_id}"
        if row.consent_id is None:
            yield CheckFinding("scheduled_consent", f"{named} was made without a consent.")
        if row.came_cents > row.agreed_cents:
            message = f"{named} took {row.came_cents} cents, agreed were {row.agreed_cents}."
            yield CheckFinding("scheduled_amount", message)
        if row.came_cents > 0 and row.state != _PAID:
            message = f"{named} is {row.state}, and {row.came_cents} cents came for it."
            yield CheckFinding("scheduled_state", message)
        if row.under_way > 1:
            yield CheckFinding("scheduled_twice", f"{named} is being made twice at once.")


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
