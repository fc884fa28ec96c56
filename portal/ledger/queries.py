"""What the ledger says: open shares, credits, sums. Every figure is a sum of postings."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.ledger.models import Allocation, Commitment, JournalEntryRow, PostingRow


@dataclass(frozen=True, slots=True)
class OpenShare:
    """What is still owed on one service line, or (without ``charge_id``) on a claim as a whole."""

    claim_id: UUID
    charge_id: UUID | None
    open_cents: int


def open_shares(
    session: Session, guarantor_id: UUID, *, as_of: date | None = None
) -> Sequence[OpenShare]:
    """Where the guarantor owes (or has too much), by line; entries after ``as_of`` left out."""
    practice_id = practice_of(session)
    open_cents = func.sum(PostingRow.amount_cents)
    query = (
        select(PostingRow.claim_id, PostingRow.charge_id, open_cents.label("open_cents"))
        .where(
            PostingRow.practice_id == practice_id,
            PostingRow.guarantor_id == guarantor_id,
            PostingRow.account == LedgerAccount.PATIENT_RECEIVABLE.value,
        )
        .group_by(PostingRow.claim_id, PostingRow.charge_id)
        .having(open_cents != 0)
    )
    if as_of is not None:
        query = query.join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == PostingRow.practice_id)
            & (JournalEntryRow.entry_id == PostingRow.entry_id),
        ).where(JournalEntryRow.practice_id == practice_id, JournalEntryRow.effective_on <= as_of)
    return [
        OpenShare(row.claim_id, row.charge_id, int(row.open_cents))
        for row in session.execute(query)
    ]


def receivable_cents(session: Session, guarantor_id: UUID) -> int:
    """All the guarantor owes now, before what is on its way."""
    return _guarantor_sum(session, guarantor_id, LedgerAccount.PATIENT_RECEIVABLE)


def unapplied_credit_cents(session: Session, guarantor_id: UUID) -> int:
    """What the guarantor has paid and nothing has used yet."""
    return -_guarantor_sum(session, guarantor_id, LedgerAccount.UNAPPLIED_CREDIT)


def on_its_way_cents(session: Session, guarantor_id: UUID) -> int:
    """Payments started at a bank and not yet settled: asked for by nobody, owed still.

    Without those for a payment plan: they pay nothing else.
    """
    total = session.scalar(
        select(func.coalesce(func.sum(Commitment.amount_cents), 0)).where(
            Commitment.practice_id == practice_of(session),
            Commitment.guarantor_id == guarantor_id,
            Commitment.plan_id.is_(None),
            Commitment.ended_at.is_(None),
        )
    )
    return int(total or 0)


def on_its_way_to_plans_cents(session: Session, plan_ids: Collection[UUID]) -> dict[UUID, int]:
    """The same of payments for these plans, of those that have any."""
    rows = session.execute(
        select(Commitment.plan_id, func.sum(Commitment.amount_cents).label("cents"))
        .where(
            Commitment.practice_id == practice_of(session),
            Commitment.plan_id.in_(plan_ids),
            Commitment.ended_at.is_(None),
        )
        .group_by(Commitment.plan_id)
    )
    return {row.plan_id: int(row.cents) for row in rows}


def on_its_way_since(session: Session, guarantor_id: UUID) -> datetime | None:
    """When the newest of these was started; None when nothing is on its way."""
    return session.scalar(
        select(func.max(Commitment.made_at)).where(
            Commitment.practice_id == practice_of(session),
            Commitment.guarantor_id == guarantor_id,
            Commitment.plan_id.is_(None),
            Commitment.ended_at.is_(None),
        )
    )


def allocated_cents(session: Session, guarantor_id: UUID) -> dict[tuple[UUID, UUID | None], int]:
    """What the guarantor's payments were put to, by claim and service line."""
    rows = session.execute(
        select(
            Allocation.claim_id,
            Allocation.charge_id,
            func.sum(Allocation.amount_cents).label("cents"),
        )
        .where(
            Allocation.practice_id == practice_of(session),
            Allocation.guarantor_id == guarantor_id,
            Allocation.claim_id.is_not(None),
        )
        .group_by(Allocation.claim_id, Allocation.charge_id)
    )
    return {(row.claim_id, row.charge_id): int(row.cents) for row in rows}


def credit_released_on(session: Session, claim_ids: Collection[UUID]) -> dict[UUID, date]:
    """The newest day on which what was paid on a claim became credit, of those where any did."""
    practice_id = practice_of(session)
    newest = func.max(JournalEntryRow.effective_on)
    rows = session.execute(
        select(PostingRow.claim_id, newest.label("released_on"))
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == PostingRow.entry_id),
        )
        .where(
            PostingRow.practice_id == practice_id,
            PostingRow.claim_id.in_(claim_ids),
            JournalEntryRow.business_event == BusinessEvent.CREDIT_RELEASED.value,
        )
        .group_by(PostingRow.claim_id)
    )
    return {row.claim_id: row.released_on for row in rows}


def has_paid(session: Session, guarantor_id: UUID) -> bool:
    """Whether any payment of the guarantor is in the journal."""
    found = session.scalar(
        select(Allocation.allocation_id)
        .where(
            Allocation.practice_id == practice_of(session),
            Allocation.guarantor_id == guarantor_id,
        )
        .limit(1)
    )
    return found is not None


def claim_sums(session: Session, claim_ids: Sequence[UUID]) -> dict[UUID, dict[LedgerAccount, int]]:
    """Sum per account for each claim, debit positive."""
    rows = session.execute(
        select(
            PostingRow.claim_id,
            PostingRow.account,
            func.sum(PostingRow.amount_cents).label("cents"),
        )
        .where(PostingRow.practice_id == practice_of(session), PostingRow.claim_id.in_(claim_ids))
        .group_by(PostingRow.claim_id, PostingRow.account)
    )
    sums: dict[UUID, dict[LedgerAccount, int]] = {claim_id: {} for claim_id in claim_ids}
    for row in rows:
        sums[row.claim_id][LedgerAccount(row.account)] = int(row.cents)
    return sums


def account_sums(session: Session) -> dict[LedgerAccount, int]:
    """The trial balance: debit positive; all of it together is zero."""
    rows = session.execute(
        select(PostingRow.account, func.sum(PostingRow.amount_cents).label("cents"))
        .where(PostingRow.practice_id == practice_of(session))
        .group_by(PostingRow.account)
    )
    return {LedgerAccount(row.account): int(row.cents) for row in rows}


def _guarantor_sum(session: Session, guarantor_id: UUID, account: LedgerAccount) -> int:
    total = session.scalar(
        select(func.coalesce(func.sum(PostingRow.amount_cents), 0)).where(
            PostingRow.practice_id == practice_of(session),
            PostingRow.guarantor_id == guarantor_id,
            PostingRow.account == account.value,
        )
    )
    return int(total or 0)
