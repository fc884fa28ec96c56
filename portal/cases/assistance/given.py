"""What an application has taken off and still does: less what payers' decisions put back."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.cases.assistance.posts import entries_of, helped_claims
from portal.db import practice_of
from portal.domain.assistance import given_by
from portal.domain.journal import BusinessEvent, LedgerAccount, Target
from portal.ledger.models import JournalEntryRow, PostingRow

_UUID_CHARACTERS = 36


def helped_cents(session: Session, application_id: UUID) -> int:
    """What an application takes off now."""
    givings, stands = _of_its_claims(session, application_id)
    return sum(
        given_by(str(application_id), givings[claim_id], stands_cents=cents)
        for claim_id, cents in stands.items()
    )


def helped_lines(session: Session, guarantor_id: UUID) -> Mapping[Target, int]:
    """Charity care that stands on each line, whoever gave it."""
    rows = session.execute(
        select(
            PostingRow.claim_id,
            PostingRow.charge_id,
            func.sum(PostingRow.amount_cents).label("cents"),
        )
        .where(
            PostingRow.practice_id == practice_of(session),
            PostingRow.guarantor_id == guarantor_id,
            PostingRow.account == LedgerAccount.CHARITY_CARE.value,
        )
        .group_by(PostingRow.claim_id, PostingRow.charge_id)
    )
    return {Target(row.claim_id, row.charge_id): int(row.cents) for row in rows}


def turns_of(session: Session, application_id: UUID) -> int:
    """How many entries have taken something off by it."""
    return session.scalars(
        select(func.count())
        .select_from(JournalEntryRow)
        .where(JournalEntryRow.practice_id == practice_of(session), *entries_of(application_id))
    ).one()


def _of_its_claims(
    session: Session, application_id: UUID
) -> tuple[Mapping[UUID, Sequence[tuple[str, int]]], Mapping[UUID, int]]:
    """By visit: who gave how much, the oldest first; and what stands of all of it."""
    by_key: defaultdict[UUID, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    stands: defaultdict[UUID, int] = defaultdict(int)
    for row in session.execute(_charity(practice_of(session), application_id)):
        stands[row.claim_id] += row.amount_cents
        if row.business_event != BusinessEvent.LET_OFF_RETURNED.value or ":" not in row.source_key:
            # not by a payer's decision: a row that the practice voids is less of what it gave
            by_key[row.claim_id][row.source_key] += row.amount_cents
    givings = {
        claim_id: [(key[:_UUID_CHARACTERS], cents) for key, cents in keys.items() if cents > 0]
        for claim_id, keys in by_key.items()
    }
    return givings, stands


def _charity(practice_id: UUID, application_id: UUID) -> Select[UUID | None, int, str, str]:
    """Each leg of charity care on the visits that it helped, the oldest first."""
    return (
        select(
            PostingRow.claim_id,
            PostingRow.amount_cents,
            JournalEntryRow.business_event,
            JournalEntryRow.source_key,
        )
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == PostingRow.entry_id),
        )
        .where(
            PostingRow.practice_id == practice_id,
            PostingRow.account == LedgerAccount.CHARITY_CARE.value,
            PostingRow.claim_id.in_(helped_claims(practice_id, application_id)),
        )
        .order_by(JournalEntryRow.entry_id, PostingRow.leg_no)
    )
