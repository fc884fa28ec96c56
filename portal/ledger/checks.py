"""The books examined: every entry balances, nothing is over-allocated. Empty means sound."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.journal import LedgerAccount
from portal.ledger.models import Allocation, JournalEntryRow, PostingRow
from portal.ledger.queries import account_sums


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """One thing that is off, in words for whoever mends it."""

    check: str
    message: str
    entry_id: UUID | None = None


def checks(session: Session) -> Iterator[CheckFinding]:
    """Everything the ledger can say about itself, for the practice of this transaction."""
    yield from _trial_balance(session)
    yield from _entries_balance(session)
    yield from _entries_have_their_legs(session)
    yield from _allocations_match_postings(session)


def _trial_balance(session: Session) -> Iterator[CheckFinding]:
    total = sum(account_sums(session).values())
    if total != 0:
        yield CheckFinding("trial_balance", f"Debits and credits differ by {total} cents.")


def _entries_balance(session: Session) -> Iterator[CheckFinding]:
    difference = func.sum(PostingRow.amount_cents)
    rows = session.execute(
        select(PostingRow.entry_id, difference.label("cents"))
        .where(PostingRow.practice_id == practice_of(session))
        .group_by(PostingRow.entry_id)
        .having(difference != 0)
    )
    for row in rows:
        message = f"The entry's debits and credits differ by {row.cents} cents."
        yield CheckFinding("entry_balance", message, row.entry_id)


def _entries_have_their_legs(session: Session) -> Iterator[CheckFinding]:
    practice_id = practice_of(session)
    legs = (
        select(PostingRow.entry_id, func.count().label("present"))
        .where(PostingRow.practice_id == practice_id)
        .group_by(PostingRow.entry_id)
        .subquery()
    )
    present = func.coalesce(legs.c.present, 0)
    rows = session.execute(
        select(JournalEntryRow.entry_id, JournalEntryRow.posting_count, present.label("present"))
        .outerjoin(legs, legs.c.entry_id == JournalEntryRow.entry_id)
        .where(JournalEntryRow.practice_id == practice_id, present != JournalEntryRow.posting_count)
    )
    for row in rows:
        message = f"The entry has {row.present} of its {row.posting_count} postings."
        yield CheckFinding("entry_legs", message, row.entry_id)


def _allocations_match_postings(session: Session) -> Iterator[CheckFinding]:
    """What payments were put to is what the journal took off patients' shares and credits."""
    practice_id = practice_of(session)
    accounts = (LedgerAccount.PATIENT_RECEIVABLE.value, LedgerAccount.UNAPPLIED_CREDIT.value)
    allocated = (
        select(Allocation.entry_id, func.sum(Allocation.amount_cents).label("cents"))
        .where(Allocation.practice_id == practice_id)
        .group_by(Allocation.entry_id)
        .subquery()
    )
    posted = (
        select(PostingRow.entry_id, (-func.sum(PostingRow.amount_cents)).label("cents"))
        .where(PostingRow.practice_id == practice_id, PostingRow.account.in_(accounts))
        .group_by(PostingRow.entry_id)
        .subquery()
    )
    rows = session.execute(
        select(allocated.c.entry_id, allocated.c.cents, posted.c.cents.label("posted"))
        .outerjoin(posted, posted.c.entry_id == allocated.c.entry_id)
        .where(allocated.c.cents != func.coalesce(posted.c.cents, 0))
    )
    for row in rows:
        message = f"Allocations of {row.cents} cents stand against postings of {row.posted}."
        yield CheckFinding("allocations", message, row.entry_id)
