"""Credit of a plan's own payments pays the plan again, before anybody is asked for more."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from portal.db import new_id, practice_of
from portal.domain.allocation import allocate
from portal.domain.journal import BusinessEvent, Target
from portal.ledger.models import Allocation, JournalEntryRow
from portal.payments.credits.use import free_credit_cents, post_use
from portal.payments.lines import lines_of_plan
from portal.payments.models import Payment
from portal.payments.settlement import practice_day

_LEFT_TO_STAFF: Final = (
    BusinessEvent.PAYMENT_REALLOCATED.value,
    BusinessEvent.REFUND_RETURNED.value,
)
"""What they put to nothing, or send another way, does not come back by itself."""


def put_own_credit(
    session: Session,
    plan_id: UUID,
    guarantor_id: UUID,
    lines: Collection[Target],
    /,
    *,
    most_cents: int,
    now: datetime,
) -> int:
    """How much of it paid ``lines``; with the guarantor locked, while no remittance is imported.

    It was paid for this plan: it goes to no other balance. Never credit that is awaited or going
    back.
    """
    rows = session.execute(_own_credit(session).where(Payment.plan_id == plan_id))
    own = {row.payment_id: int(row.cents) for row in rows}
    if not own:
        return 0
    free_cents = free_credit_cents(session, guarantor_id, today=practice_day(session, now))
    usable_cents = min(most_cents, free_cents, sum(own.values()))
    if usable_cents <= 0:
        return 0
    to_pay = lines_of_plan(session, guarantor_id, frozenset(lines))
    parts = [part for part in allocate(usable_cents, to_pay) if not part.is_unapplied]
    if parts:
        post_use(session, guarantor_id, new_id(), parts, of_payments=own.keys(), now=now)
    return sum(part.amount_cents for part in parts)


def plans_with_own_credit(session: Session, /) -> Collection[UUID]:
    """Of any state, and whether it may be used or not."""
    return set(session.scalars(_own_credit(session)))


def _own_credit(session: Session) -> Select[UUID, UUID, int]:
    """Of payments made for plans, those that have any: plan, payment and cents."""
    practice_id = practice_of(session)
    by_staff = JournalEntryRow.business_event.in_(_LEFT_TO_STAFF)
    left_to_jobs = func.sum(case((by_staff, 0), else_=Allocation.amount_cents))
    cents = func.least(func.sum(Allocation.amount_cents), left_to_jobs)
    return (
        select(Payment.plan_id, Allocation.payment_id, cents.label("cents"))
        .join(
            Payment,
            (Payment.practice_id == practice_id) & (Payment.payment_id == Allocation.payment_id),
        )
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == Allocation.entry_id),
        )
        .where(
            Allocation.practice_id == practice_id,
            Allocation.claim_id.is_(None),
            Payment.plan_id.is_not(None),
        )
        .group_by(Payment.plan_id, Allocation.payment_id)
        .having(cents > 0)
    )
