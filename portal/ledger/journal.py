"""Posting: an entry goes in once, whole and balanced, or not at all."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_or_conflict
from sqlalchemy.orm import Session

from portal.db import new_id, practice_of
from portal.domain.journal import (
    BusinessEvent,
    JournalEntry,
    LedgerAccount,
    Posting,
    Target,
    mirrored,
)
from portal.ledger.models import JournalEntryRow, PostingRow


class EntryConflictError(RuntimeError):
    """The same event and source were posted before with other content."""


class HiddenEntryError(RuntimeError):
    """The event and source were posted before by a row this principal may not read."""


def post(session: Session, entry: JournalEntry, *, now: datetime) -> UUID:
    """Write one entry and its legs; a repeat of the same entry returns the first one's id.

    Raises EntryConflictError or HiddenEntryError when the key is taken by something else.
    """
    entry_id = new_id()
    header = {"practice_id": practice_of(session), **header_row(entry, entry_id, now=now)}
    inserted = session.scalar(
        insert_or_conflict(JournalEntryRow)
        .values(header)
        .on_conflict_do_nothing(index_elements=["practice_id", "business_event", "source_key"])
        .returning(JournalEntryRow.entry_id)
    )
    if inserted is None:
        return _same_as_before(session, entry)
    # One statement for all legs: the balance is checked when a statement ends.
    legs = [{"practice_id": practice_of(session), **row} for row in posting_rows(entry, entry_id)]
    session.execute(insert(PostingRow).values(legs))
    return entry_id


def write_new(
    connection: Connection, practice_id: UUID, entry: JournalEntry, *, now: datetime
) -> UUID:
    """As `post`, for an entry whose key cannot be there yet, by whoever has no session."""
    entry_id = new_id()
    common = {"practice_id": practice_id}
    connection.execute(
        insert(JournalEntryRow).values(common | header_row(entry, entry_id, now=now))
    )
    connection.execute(
        insert(PostingRow).values([common | row for row in posting_rows(entry, entry_id)])
    )
    return entry_id


def reverse(
    session: Session,
    entry_id: UUID,
    *,
    business_event: BusinessEvent,
    effective_on: date,
    now: datetime,
) -> UUID:
    """Post the mirror of an entry. An entry is reversed once; a repeat returns the first reversal.

    Raises LookupError when there is no such entry.
    """
    original = session.execute(
        select(JournalEntryRow).where(
            JournalEntryRow.practice_id == practice_of(session),
            JournalEntryRow.entry_id == entry_id,
        )
    ).scalar_one_or_none()
    if original is None:
        raise LookupError(entry_id)
    return post(
        session,
        JournalEntry(
            business_event=business_event,
            source_key=f"reverses:{entry_id}",
            effective_on=effective_on,
            guarantor_id=original.guarantor_id,
            postings=mirrored(_legs(session, entry_id)),
            reverses_id=entry_id,
        ),
        now=now,
    )


def header_row(entry: JournalEntry, entry_id: UUID, *, now: datetime) -> dict[str, object]:
    """The columns of ``journal_entries`` but for the practice."""
    return {
        "entry_id": entry_id,
        "guarantor_id": entry.guarantor_id,
        "business_event": entry.business_event.value,
        "source_key": entry.source_key,
        "effective_on": entry.effective_on,
        "recorded_at": now,
        "posting_count": len(entry.postings),
        "reverses_id": entry.reverses_id,
    }


def posting_rows(entry: JournalEntry, entry_id: UUID) -> list[dict[str, object]]:
    """The columns of ``postings`` but for the practice, leg by leg."""
    return [
        {
            "entry_id": entry_id,
            "leg_no": leg_no,
            "posting_count": len(entry.postings),
            "guarantor_id": entry.guarantor_id,
            "account": posting.account.value,
            "amount_cents": posting.amount_cents,
            "claim_id": posting.target.claim_id,
            "charge_id": posting.target.charge_id,
        }
        for leg_no, posting in enumerate(entry.postings, start=1)
    ]


def _same_as_before(session: Session, entry: JournalEntry) -> UUID:
    found = session.execute(
        select(JournalEntryRow.entry_id, JournalEntryRow.guarantor_id).where(
            JournalEntryRow.practice_id == practice_of(session),
            JournalEntryRow.business_event == entry.business_event.value,
            JournalEntryRow.source_key == entry.source_key,
        )
    ).one_or_none()
    if found is None:
        raise HiddenEntryError(f"{entry.business_event} {entry.source_key}")
    if found.guarantor_id != entry.guarantor_id or sorted(
        _legs(session, found.entry_id), key=_leg_order
    ) != sorted(entry.postings, key=_leg_order):
        raise EntryConflictError(f"{entry.business_event} {entry.source_key}")
    entry_id: UUID = found.entry_id
    return entry_id


def _legs(session: Session, entry_id: UUID) -> Sequence[Posting]:
    rows = session.execute(
        select(
            PostingRow.account, PostingRow.amount_cents, PostingRow.claim_id, PostingRow.charge_id
        )
        .where(PostingRow.practice_id == practice_of(session), PostingRow.entry_id == entry_id)
        .order_by(PostingRow.leg_no)
    )
    return [
        Posting(LedgerAccount(row.account), row.amount_cents, Target(row.claim_id, row.charge_id))
        for row in rows
    ]


def _leg_order(posting: Posting) -> tuple[str, int, str, str]:
    target = posting.target
    return posting.account, posting.amount_cents, str(target.claim_id), str(target.charge_id)
