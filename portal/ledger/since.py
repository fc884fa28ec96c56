"""What happened to a guarantor's lines and credit after a statement, up to a day."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.journal import BusinessEvent, LedgerAccount, Target
from portal.ledger.as_of import PATIENTS_MONEY
from portal.ledger.models import JournalEntryRow, PostingRow

_ACCOUNTS = (
    LedgerAccount.PATIENT_RECEIVABLE.value,
    LedgerAccount.AGENCY_RECEIVABLE.value,
    LedgerAccount.UNAPPLIED_CREDIT.value,
)
_OUT_OF_CREDIT = (
    BusinessEvent.REFUND_PAID,
    BusinessEvent.REFUND_RETURNED,
    BusinessEvent.DISPUTE_LOST,
)


@dataclass(slots=True)
class MovedSince:
    """``paid`` by the patient on each line; ``placed``: what went to agencies, less what came back.

    ``from_credit`` is what of that was paid from a credit.
    ``kept_cents`` stayed as a credit of what came in, ``used_cents`` of a credit was put to lines;
    what was sent back to whoever paid is in neither.
    """

    paid: dict[Target, int] = field(default_factory=dict)
    placed: dict[UUID, int] = field(default_factory=dict)
    from_credit: dict[Target, int] = field(default_factory=dict)
    kept_cents: int = 0
    used_cents: int = 0


def moved_since(
    session: Session,
    guarantor_id: UUID,
    *,
    as_of: date,
    issued_at: datetime,
    to_on: date | None = None,
) -> MovedSince:
    """In one statement of SQL: posted for a later day, or on its day once it was issued."""
    since = MovedSince()
    practice_id = practice_of(session)
    on, at = JournalEntryRow.effective_on, JournalEntryRow.recorded_at
    what = (
        PostingRow.claim_id,
        PostingRow.charge_id,
        PostingRow.account,
        JournalEntryRow.business_event,
    )
    rows = session.execute(
        select(*what, func.sum(PostingRow.amount_cents).label("cents"))
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == PostingRow.entry_id),
        )
        .where(
            PostingRow.practice_id == practice_id,
            PostingRow.guarantor_id == guarantor_id,
            PostingRow.account.in_(_ACCOUNTS),
            or_(on > as_of, at > issued_at),
            *([on <= to_on] if to_on else ()),
        )
        .group_by(*what)
    )
    for row in rows:
        target = Target(row.claim_id, row.charge_id)
        event = BusinessEvent(row.business_event)
        _add(since, LedgerAccount(row.account), event, target, cents=int(row.cents))
    since.kept_cents = max(0, since.kept_cents)
    return since


def _add(
    since: MovedSince, account: LedgerAccount, event: BusinessEvent, target: Target, *, cents: int
) -> None:
    if account is LedgerAccount.PATIENT_RECEIVABLE:
        if event in PATIENTS_MONEY:
            since.paid[target] = since.paid.get(target, 0) - cents
        if event is BusinessEvent.CREDIT_APPLIED:
            since.from_credit[target] = since.from_credit.get(target, 0) - cents
    elif account is LedgerAccount.AGENCY_RECEIVABLE:
        if target.claim_id is not None:
            since.placed[target.claim_id] = since.placed.get(target.claim_id, 0) + cents
    elif event is BusinessEvent.CREDIT_APPLIED:
        since.used_cents += cents
    elif event not in _OUT_OF_CREDIT:
        since.kept_cents -= cents
