"""Nobody is late for money that we hold: a law of its own, looked at from the rows, not asked."""

from collections.abc import Collection, Iterator
from typing import Final
from uuid import UUID

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.journal import BusinessEvent
from portal.domain.payment_status import PROMISED
from portal.domain.plans.states import PlanState
from portal.ledger.models import Allocation, JournalEntryRow, PlanLine
from portal.payments.models import Payment, Refund
from portal.plans.models import Plan
from portal.practice.models import Claim, Hold

_LEFT_TO_STAFF: Final = (
    BusinessEvent.PAYMENT_REALLOCATED.value,
    BusinessEvent.REFUND_RETURNED.value,
)


def late_for_what_we_hold(session: Session, *, unread: Collection[UUID]) -> Iterator[str]:
    """Plans past due with credit of their own payments that nothing keeps from paying them.

    ``unread``: plans with news that no job has taken in yet.
    """
    practice_id = practice_of(session)
    on_its_lines = select(PlanLine.claim_id).where(
        PlanLine.practice_id == practice_id, PlanLine.plan_id == Plan.plan_id
    )
    is_held = exists().where(
        Hold.practice_id == practice_id,
        Hold.released_at.is_(None),
        or_(
            Hold.claim_id.in_(on_its_lines),
            Hold.claim_id.is_(None) & (Hold.guarantor_id == Plan.guarantor_id),
        ),
    )
    is_awaited = exists().where(
        Claim.practice_id == practice_id,
        Claim.guarantor_id == Plan.guarantor_id,
        Claim.waiting_credit.is_not(None),
    )
    is_going_back = exists().where(
        Refund.practice_id == practice_id,
        Refund.guarantor_id == Plan.guarantor_id,
        Refund.state.in_([state.value for state in PROMISED]),
    )
    rows = session.execute(
        select(Plan.plan_id, func.sum(Allocation.amount_cents).label("cents"))
        .join(Payment, (Payment.practice_id == practice_id) & (Payment.plan_id == Plan.plan_id))
        .join(
            Allocation,
            (Allocation.practice_id == practice_id) & (Allocation.payment_id == Payment.payment_id),
        )
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == Allocation.entry_id),
        )
        .where(
            Plan.practice_id == practice_id,
            Plan.state == PlanState.PAST_DUE.value,
            Plan.plan_id.not_in(unread),
            Allocation.claim_id.is_(None),
            JournalEntryRow.business_event.not_in(_LEFT_TO_STAFF),
            ~is_held,
            ~is_awaited,
            ~is_going_back,
        )
        .group_by(Plan.plan_id)
        .having(func.sum(Allocation.amount_cents) > 0)
    )
    for row in rows:
        yield f"plan {row.plan_id} is past due, and {row.cents} cents paid on it are a credit"
