"""The outbox against the books: every entry the practice must know has its post, and adds up."""

from collections.abc import Iterator

from sqlalchemy import Integer, cast, func, or_, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.ledger.checks import CheckFinding
from portal.ledger.models import Allocation, JournalEntryRow, LedgerPost, PostingRow
from portal.ledger.outbox import LedgerPostState
from portal.sync.models import SyncBatch

_TOLD = (
    BusinessEvent.PAYMENT_SETTLED.value,
    BusinessEvent.DEPOSIT_TAKEN.value,
    BusinessEvent.DEPOSIT_RELEASED.value,
    BusinessEvent.PAYMENT_VOIDED.value,
    BusinessEvent.PAYMENT_RETURNED.value,
    BusinessEvent.REFUND_PAID.value,
)


def checks(session: Session) -> Iterator[CheckFinding]:
    """Everything the outbox can say, for the practice of this transaction."""
    yield from _entries_without_post(session)
    yield from _posts_that_differ(session)
    yield from _posts_without_batch(session)
    yield from _numbers_with_gaps(session)


def _entries_without_post(session: Session) -> Iterator[CheckFinding]:
    practice_id = practice_of(session)
    allocated = select(Allocation.entry_id).where(Allocation.practice_id == practice_id)
    rows = session.execute(
        select(JournalEntryRow.entry_id, JournalEntryRow.business_event)
        .outerjoin(
            LedgerPost,
            (LedgerPost.practice_id == practice_id)
            & (LedgerPost.entry_id == JournalEntryRow.entry_id),
        )
        .where(
            JournalEntryRow.practice_id == practice_id,
            JournalEntryRow.business_event.in_(_TOLD),
            # A refund that suspense gave is none of what the practice knows.
            or_(
                JournalEntryRow.business_event != BusinessEvent.REFUND_PAID.value,
                JournalEntryRow.entry_id.in_(allocated),
            ),
            LedgerPost.post_id.is_(None),
        )
    )
    for row in rows:
        message = f"The practice's system is not told of this {row.business_event}."
        yield CheckFinding("outbox", message, row.entry_id)


def _posts_that_differ(session: Session) -> Iterator[CheckFinding]:
    """A post carries what its entry allocated or kept for a visit, and its lines add up to it."""
    practice_id = practice_of(session)
    kept = (
        select(PostingRow.entry_id, func.sum(-PostingRow.amount_cents).label("cents"))
        .where(
            PostingRow.practice_id == practice_id,
            PostingRow.account == LedgerAccount.PATIENT_DEPOSITS.value,
        )
        .group_by(PostingRow.entry_id)
        .subquery()
    )
    allocated = (
        select(Allocation.entry_id, func.sum(Allocation.amount_cents).label("cents"))
        .where(Allocation.practice_id == practice_id)
        .group_by(Allocation.entry_id)
        .subquery()
    )
    rows = session.execute(
        select(
            LedgerPost.entry_id,
            LedgerPost.amount_cents,
            LedgerPost.details,
            (func.coalesce(allocated.c.cents, 0) + func.coalesce(kept.c.cents, 0)).label(
                "allocated_cents"
            ),
        )
        .outerjoin(allocated, allocated.c.entry_id == LedgerPost.entry_id)
        .outerjoin(kept, kept.c.entry_id == LedgerPost.entry_id)
        .where(LedgerPost.practice_id == practice_id)
        .execution_options(yield_per=1000)
    )
    for row in rows:
        told = sum(line["amount_cents"] for line in row.details["allocations"])
        if not row.amount_cents == row.allocated_cents == told:
            message = (
                f"The practice's system is told {row.amount_cents} cents in lines of {told}; "
                f"allocated are {row.allocated_cents}."
            )
            yield CheckFinding("outbox", message, row.entry_id)


def _posts_without_batch(session: Session) -> Iterator[CheckFinding]:
    """What was sent was in a batch that went over."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(LedgerPost.entry_id, LedgerPost.state)
        .outerjoin(
            SyncBatch,
            (SyncBatch.practice_id == practice_id)
            & (SyncBatch.batch_number == LedgerPost.batch_number)
            & SyncBatch.written_at.is_not(None),
        )
        .where(
            LedgerPost.practice_id == practice_id,
            LedgerPost.state != LedgerPostState.QUEUED.value,
            SyncBatch.batch_id.is_(None),
        )
    )
    for row in rows:
        yield CheckFinding("outbox", f"A post is {row.state} and was in no batch.", row.entry_id)


def _numbers_with_gaps(session: Session) -> Iterator[CheckFinding]:
    count, highest = session.execute(
        select(func.count(), func.coalesce(cast(func.max(SyncBatch.batch_number), Integer), 0))
        .select_from(SyncBatch)
        .where(SyncBatch.practice_id == practice_of(session))
    ).one()
    if count != highest:
        message = f"There are {count} batches, and the highest number is {highest}."
        yield CheckFinding("batches", message)
