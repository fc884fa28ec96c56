"""What became open since a plan was made: what staff tell a person who asks what else they owe."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.journal import LedgerAccount
from portal.ledger.models import JournalEntryRow, PostingRow
from portal.plans.models import Plan
from portal.plans.offering.footing import lines_to_cover
from portal.plans.ports import ComingToLines
from portal.plans.visits import PlanVisit, visits_of
from portal.practice.viewing import viewer_of


def new_bills(
    session: Session, plan: Plan, *, coming: ComingToLines, today: date
) -> tuple[PlanVisit, ...]:
    """Visits that were first asked for after the plan was chosen, open and on no plan."""
    lines = lines_to_cover(session, plan.guarantor_id, coming=coming)
    claim_ids = {line.target.claim_id for line in lines if line.target.claim_id is not None}
    practice_id = practice_of(session)
    new = set(
        session.scalars(
            select(PostingRow.claim_id)
            .join(
                JournalEntryRow,
                (JournalEntryRow.practice_id == practice_id)
                & (JournalEntryRow.entry_id == PostingRow.entry_id),
            )
            .where(
                PostingRow.practice_id == practice_id,
                PostingRow.guarantor_id == plan.guarantor_id,
                PostingRow.account == LedgerAccount.PATIENT_RECEIVABLE.value,
                PostingRow.claim_id.in_(claim_ids),
            )
            .group_by(PostingRow.claim_id)
            .having(func.min(JournalEntryRow.recorded_at) > plan.created_at)
        )
    )
    cents = {line.target: line.covered_cents for line in lines if line.target.claim_id in new}
    return visits_of(session, cents, viewer_of(session, today=today))
