"""The books examined: entries balance, use their event's accounts, over-allocate nothing.

Empty means sound.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, select, union_all
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.domain.posting_table import POSTING_TABLE
from portal.ledger.models import Allocation, JournalEntryRow, PostingRow

_ACCOUNTS: Final[Mapping[str, frozenset[str]]] = {
    event.value: frozenset(account.value for account in sides.debit | sides.credit)
    for event, sides in POSTING_TABLE.items()
}
_OF_A_CLAIM: Final = frozenset(
    {LedgerAccount.PATIENT_RECEIVABLE.value, LedgerAccount.PATIENT_PENDING.value}
)
_WITH_A_TASK: Final = frozenset(
    {
        BusinessEvent.REFUND_PAID.value,
        BusinessEvent.PAYMENT_RETURNED.value,
        BusinessEvent.DISPUTE_LOST.value,
        BusinessEvent.PAYOUT_SETTLED.value,
        BusinessEvent.MOVEMENT_PLACED.value,
    }
)
"""Events that may take from suspense what never came: staff are asked each time."""
_NAMED_AT_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """One thing that is off, in words for whoever mends it."""

    check: str
    message: str
    entry_id: UUID | None = None


def checks(session: Session) -> Iterator[CheckFinding]:
    """Everything the ledger can say about itself, for the practice of this transaction."""
    sums = _sums(session)
    yield from _trial_balance(sums)
    yield from _accounts_of_events(session, sums)
    yield from _legs_without_a_claim(session, sums)
    yield from _suspense(sums)
    yield from _credit_below_zero(session)
    yield from _entries_balance(session)
    yield from _entries_have_their_legs(session)
    yield from _allocations_match_postings(session)


@dataclass(frozen=True, slots=True)
class _Sum:
    """All legs of one event on one account."""

    event: str
    account: str
    is_reversal: bool
    cents: int
    without_claim: int


def _sums(session: Session) -> Sequence[_Sum]:
    """The whole journal in a few dozen rows, by one pass over it."""
    practice_id = practice_of(session)
    groups = (
        JournalEntryRow.business_event,
        PostingRow.account,
        JournalEntryRow.reverses_id.is_not(None),
    )
    rows = session.execute(
        select(
            *groups,
            func.sum(PostingRow.amount_cents),
            func.count().filter(PostingRow.claim_id.is_(None)),
        )
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == PostingRow.entry_id),
        )
        .where(PostingRow.practice_id == practice_id)
        .group_by(*groups)
    )
    return [
        _Sum(event, account, is_reversal, int(cents), without_claim)
        for event, account, is_reversal, cents, without_claim in rows
    ]


def _trial_balance(sums: Sequence[_Sum]) -> Iterator[CheckFinding]:
    total = sum(one.cents for one in sums)
    if total != 0:
        yield CheckFinding("trial_balance", f"Debits and credits differ by {total} cents.")


def _accounts_of_events(session: Session, sums: Sequence[_Sum]) -> Iterator[CheckFinding]:
    """A reversal uses its original's accounts, whatever its own event."""
    for one in sums:
        if not one.is_reversal and one.account not in _ACCOUNTS.get(one.event, frozenset()):
            message = f"An entry of {one.event} must not use {one.account}."
            for entry_id in _entries(session, one):
                yield CheckFinding("entry_accounts", message, entry_id)


def _legs_without_a_claim(session: Session, sums: Sequence[_Sum]) -> Iterator[CheckFinding]:
    for one in sums:
        if one.account in _OF_A_CLAIM and one.without_claim:
            message = f"A leg on {one.account} names no claim."
            for entry_id in _entries(session, one, PostingRow.claim_id.is_(None)):
                yield CheckFinding("posting_target", message, entry_id)


def _entries(session: Session, one: _Sum, *conditions: ColumnElement[bool]) -> Sequence[UUID]:
    """The first entries of an event with legs on an account: the wrong ones, so never many."""
    practice_id = practice_of(session)
    return session.scalars(
        select(PostingRow.entry_id)
        .distinct()
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == PostingRow.entry_id),
        )
        .where(
            PostingRow.practice_id == practice_id,
            PostingRow.account == one.account,
            JournalEntryRow.business_event == one.event,
            JournalEntryRow.reverses_id.is_not(None) == one.is_reversal,
            *conditions,
        )
        .order_by(PostingRow.entry_id)
        .limit(_NAMED_AT_MOST)
    ).all()


def _suspense(sums: Sequence[_Sum]) -> Iterator[CheckFinding]:
    """Only what no payment explains, which has its task, may leave suspense in debit."""
    cents = sum(
        one.cents
        for one in sums
        if one.account == LedgerAccount.PAYMENT_SUSPENSE.value and one.event not in _WITH_A_TASK
    )
    if cents > 0:
        message = f"More left payment_suspense than came: {cents} cents."
        yield CheckFinding("payment_suspense", message)


def _credit_below_zero(session: Session) -> Iterator[CheckFinding]:
    cents = func.sum(PostingRow.amount_cents)
    rows = session.execute(
        select(PostingRow.guarantor_id, cents.label("cents"))
        .where(
            PostingRow.practice_id == practice_of(session),
            PostingRow.account == LedgerAccount.UNAPPLIED_CREDIT.value,
        )
        .group_by(PostingRow.guarantor_id)
        .having(cents > 0)
    )
    for row in rows:
        message = f"Guarantor {row.guarantor_id} has used {row.cents} cents more credit than came."
        yield CheckFinding("unapplied_credit", message)


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
    """What payments were put to is what the journal took off patients' shares and credits.

    Held against each other entry by entry, claim by claim and line by line.
    """
    practice_id = practice_of(session)
    accounts = (LedgerAccount.PATIENT_RECEIVABLE.value, LedgerAccount.UNAPPLIED_CREDIT.value)
    target = (Allocation.entry_id, Allocation.claim_id, Allocation.charge_id)
    allocated = select(
        *target, Allocation.amount_cents.label("allocated"), literal(0).label("posted")
    ).where(Allocation.practice_id == practice_id)
    posted = select(
        PostingRow.entry_id,
        PostingRow.claim_id,
        PostingRow.charge_id,
        literal(0),
        -PostingRow.amount_cents,
    ).where(
        PostingRow.practice_id == practice_id,
        PostingRow.account.in_(accounts),
        PostingRow.entry_id.in_(
            select(Allocation.entry_id).where(Allocation.practice_id == practice_id)
        ),
    )
    both = union_all(allocated, posted).subquery()
    cents, on_books = func.sum(both.c.allocated), func.sum(both.c.posted)
    rows = session.execute(
        select(both.c.entry_id, both.c.claim_id, cents.label("cents"), on_books.label("posted"))
        .group_by(both.c.entry_id, both.c.claim_id, both.c.charge_id)
        .having(cents != on_books)
    )
    for row in rows:
        where = f"to claim {row.claim_id}" if row.claim_id else "to no claim"
        message = (
            f"Allocations of {row.cents} cents {where} stand against postings of {row.posted}."
        )
        yield CheckFinding("allocations", message, row.entry_id)
