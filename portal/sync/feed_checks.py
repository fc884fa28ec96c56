"""The feed against the books: every row that was posted has its entry, and every entry its row."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.domain.practice_feed import RowKind
from portal.ledger.checks import CheckFinding
from portal.ledger.models import JournalEntryRow, LedgerPost, PostingRow
from portal.ledger.outbox import LedgerPostState
from portal.sync.models import FeedRowRecord

_OF_A_ROW: Final = (
    BusinessEvent.RECEIPT_RECORDED.value,
    BusinessEvent.RECEIPT_RETURNED.value,
    BusinessEvent.BALANCE_OPENED.value,
    BusinessEvent.SELF_PAY_CHARGED.value,
    BusinessEvent.SHARE_LET_OFF.value,
)
_MONEY: Final = (RowKind.RECEIPT.value, RowKind.REFUND.value)
_POSTED, _READ_BACK = "posted", "read_back"


def checks(session: Session) -> Iterator[CheckFinding]:
    """Everything the feed can say, for the practice of this transaction."""
    yield from _rows_without_entry(session)
    yield from _entries_without_row(session)
    yield from _money_that_differs(session)
    yield from _returned(session)
    yield from _read_back_unconfirmed(session)


def _rows_without_entry(session: Session) -> Iterator[CheckFinding]:
    rows = session.scalars(
        select(FeedRowRecord.row_key).where(
            FeedRowRecord.practice_id == practice_of(session),
            (FeedRowRecord.outcome == _POSTED) != FeedRowRecord.entry_id.is_not(None),
        )
    )
    for row_key in rows:
        yield CheckFinding("feed", f"Row {row_key} of the feed and its entry do not fit.")


def _entries_without_row(session: Session) -> Iterator[CheckFinding]:
    practice_id = practice_of(session)
    rows = session.execute(
        select(JournalEntryRow.entry_id, JournalEntryRow.business_event)
        .outerjoin(
            FeedRowRecord,
            (FeedRowRecord.practice_id == practice_id)
            & (FeedRowRecord.entry_id == JournalEntryRow.entry_id),
        )
        .where(
            JournalEntryRow.practice_id == practice_id,
            JournalEntryRow.business_event.in_(_OF_A_ROW),
            FeedRowRecord.row_id.is_(None),
        )
    )
    for row in rows:
        message = f"No row of the feed tells of this {row.business_event}."
        yield CheckFinding("feed", message, row.entry_id)


def _money_that_differs(session: Session) -> Iterator[CheckFinding]:
    """What a receipt or refund says is what stands on practice_receipts for it."""
    practice_id = practice_of(session)
    cents = func.abs(func.sum(PostingRow.amount_cents))
    rows = session.execute(
        select(
            FeedRowRecord.row_key,
            FeedRowRecord.entry_id,
            FeedRowRecord.amount_cents,
            cents.label("cents"),
        )
        .join(
            PostingRow,
            (PostingRow.practice_id == practice_id)
            & (PostingRow.entry_id == FeedRowRecord.entry_id)
            & (PostingRow.account == LedgerAccount.PRACTICE_RECEIPTS.value),
        )
        .where(FeedRowRecord.practice_id == practice_id, FeedRowRecord.kind.in_(_MONEY))
        .group_by(FeedRowRecord.row_key, FeedRowRecord.entry_id, FeedRowRecord.amount_cents)
        .having(cents != FeedRowRecord.amount_cents)
    )
    for row in rows:
        message = f"Row {row.row_key} says {row.amount_cents} cents, posted are {row.cents}."
        yield CheckFinding("feed", message, row.entry_id)


def _returned(session: Session) -> Iterator[CheckFinding]:
    """What refunds and voids took of all receipts is what they still have of the money."""
    practice_id = practice_of(session)
    left = session.scalar(
        select(
            func.coalesce(func.sum(FeedRowRecord.amount_cents - FeedRowRecord.returned_cents), 0)
        ).where(
            FeedRowRecord.practice_id == practice_id,
            FeedRowRecord.outcome == _POSTED,
            FeedRowRecord.kind == RowKind.RECEIPT.value,
        )
    )
    on_books = session.scalar(
        select(func.coalesce(func.sum(PostingRow.amount_cents), 0)).where(
            PostingRow.practice_id == practice_id,
            PostingRow.account == LedgerAccount.PRACTICE_RECEIPTS.value,
        )
    )
    if left != on_books:
        message = f"Receipts of the feed have {left} cents left, the journal has {on_books}."
        yield CheckFinding("feed", message)


def _read_back_unconfirmed(session: Session) -> Iterator[CheckFinding]:
    practice_id = practice_of(session)
    rows = session.execute(
        select(FeedRowRecord.row_key, LedgerPost.entry_id)
        .join(
            LedgerPost,
            (LedgerPost.practice_id == practice_id) & (LedgerPost.post_id == FeedRowRecord.post_id),
        )
        .where(
            FeedRowRecord.practice_id == practice_id,
            FeedRowRecord.outcome == _READ_BACK,
            LedgerPost.state != LedgerPostState.CONFIRMED.value,
        )
    )
    for row in rows:
        message = f"Row {row.row_key} read a post back that is not confirmed."
        yield CheckFinding("feed", message, row.entry_id)
