"""What the practice's system learns of help with paying: what it took off, and what came back."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, select
from sqlalchemy.orm import Session

from portal.cases.assistance.models import AssistanceApplication
from portal.cases.ports import DetailsForPractice
from portal.db import practice_of
from portal.domain.allocation import Allocation
from portal.domain.journal import NOWHERE, BusinessEvent, LedgerAccount, Target
from portal.ledger.models import JournalEntryRow, LedgerPost, PostingRow
from portal.ledger.outbox import enqueue_post


def tell_practice(
    session: Session,
    application: AssistanceApplication,
    entry_id: UUID,
    event: BusinessEvent,
    lines: Mapping[Target, int],
    *,
    details: DetailsForPractice,
    effective_on: date,
    now: datetime,
) -> None:
    """No money moved: what leaves the lines is put to nothing, and the other way round."""
    parts = [Allocation(target, cents) for target, cents in lines.items()]
    balanced = [Allocation(NOWHERE, -sum(lines.values())), *parts]
    enqueue_post(
        session,
        guarantor_id=application.guarantor_id,
        entry_id=entry_id,
        subject_id=application.application_id,
        kind=event.value,
        amount_cents=0,
        effective_on=effective_on,
        details=details(session, application.guarantor_id, balanced),
        now=now,
    )


def tell_what_returned(
    session: Session,
    application: AssistanceApplication,
    *,
    details: DetailsForPractice,
    now: datetime,
) -> int:
    """Payers' decisions moved help since, or left no room for it; how many of them were told.

    Decisions are loaded in bulk and tell nobody, so a job tells it, each of them once.
    """
    entries = _returned(session, application)
    for (entry_id, effective_on), lines in entries.items():
        tell_practice(
            session,
            application,
            entry_id,
            BusinessEvent.LET_OFF_RETURNED,
            lines,
            details=details,
            effective_on=effective_on,
            now=now,
        )
    return len(entries)


def entries_of(application_id: UUID) -> tuple[ColumnElement[bool], ...]:
    """The entries by which an application took something off."""
    return (
        JournalEntryRow.business_event == BusinessEvent.ASSISTANCE_GRANTED.value,
        JournalEntryRow.source_key.like(f"{application_id}:%"),
    )


def helped_claims(practice_id: UUID, application_id: UUID) -> ScalarSelect[UUID | None]:
    """The visits that it has taken something off."""
    granted = (
        select(PostingRow.claim_id)
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == PostingRow.entry_id),
        )
        .where(PostingRow.practice_id == practice_id, *entries_of(application_id))
    )
    return granted.scalar_subquery()


def _returned(
    session: Session, application: AssistanceApplication
) -> Mapping[tuple[UUID, date], Mapping[Target, int]]:
    """By entry and its day: the lines, and how much help came to each, below zero where it left."""
    practice_id = practice_of(session)
    is_told = (
        select(LedgerPost.post_id)
        .where(
            LedgerPost.practice_id == practice_id,
            LedgerPost.entry_id == JournalEntryRow.entry_id,
        )
        .exists()
    )
    rows = session.execute(
        select(
            JournalEntryRow.entry_id,
            JournalEntryRow.effective_on,
            PostingRow.claim_id,
            PostingRow.charge_id,
            PostingRow.amount_cents,
        )
        .join(
            PostingRow,
            (PostingRow.practice_id == practice_id)
            & (PostingRow.entry_id == JournalEntryRow.entry_id),
        )
        .where(
            JournalEntryRow.practice_id == practice_id,
            JournalEntryRow.business_event == BusinessEvent.LET_OFF_RETURNED.value,
            JournalEntryRow.source_key.like("%:%"),  # by a decision, not by the practice itself
            PostingRow.guarantor_id == application.guarantor_id,
            PostingRow.account == LedgerAccount.CHARITY_CARE.value,
            PostingRow.claim_id.in_(helped_claims(practice_id, application.application_id)),
            ~is_told,
        )
        .order_by(JournalEntryRow.entry_id)
    )
    entries: dict[tuple[UUID, date], dict[Target, int]] = {}
    for row in rows:
        lines = entries.setdefault((row.entry_id, row.effective_on), {})
        target = Target(row.claim_id, row.charge_id)
        lines[target] = lines.get(target, 0) + row.amount_cents
    return entries
