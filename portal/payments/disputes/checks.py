"""Disputes against the journal: what a bank holds is disputes_receivable, dispute by dispute."""

from collections.abc import Iterator

from sqlalchemy import String, case, cast, func, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.dispute_status import DisputeState
from portal.domain.journal import LedgerAccount
from portal.ledger.checks import CheckFinding
from portal.ledger.models import JournalEntryRow, PostingRow
from portal.payments.disputes.models import DisputeRow


def checks(session: Session) -> Iterator[CheckFinding]:
    """Everything disputes can say about the books of this transaction's practice."""
    practice_id = practice_of(session)
    of_dispute = func.split_part(JournalEntryRow.source_key, ":", 1)
    posted = (
        select(of_dispute.label("subject"), func.sum(PostingRow.amount_cents).label("cents"))
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == PostingRow.entry_id),
        )
        .where(
            PostingRow.practice_id == practice_id,
            PostingRow.account == LedgerAccount.DISPUTES_RECEIVABLE.value,
        )
        .group_by(of_dispute)
        .subquery()
    )
    with_the_bank = case((DisputeRow.lost_entry_id.is_not(None), 0), else_=DisputeRow.taken_cents)
    posted_cents = func.coalesce(posted.c.cents, 0)
    rows = session.execute(
        select(
            DisputeRow.stripe_dispute_id,
            with_the_bank.label("cents"),
            posted_cents.label("posted_cents"),
        )
        .outerjoin(posted, posted.c.subject == cast(DisputeRow.dispute_id, String))
        .where(DisputeRow.practice_id == practice_id, with_the_bank != posted_cents)
    )
    for row in rows:
        message = (
            f"The bank holds {row.cents} cents of dispute {row.stripe_dispute_id}; "
            f"the books have {row.posted_cents}."
        )
        yield CheckFinding("disputes", message)
    undecided = session.scalars(
        select(DisputeRow.stripe_dispute_id).where(
            DisputeRow.practice_id == practice_id,
            DisputeRow.state == DisputeState.LOST.value,
            DisputeRow.taken_cents > 0,
            DisputeRow.lost_entry_id.is_(None),
        )
    )
    for stripe_dispute_id in undecided:
        message = f"The lost dispute {stripe_dispute_id} is not owed again by anybody."
        yield CheckFinding("disputes", message)
