"""What handing debt to a collection agency means in double entry, and taking it back.

It stays owed, by the same person and on the same lines; it is only asked for by somebody else.
"""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from portal.domain.journal import BusinessEvent, JournalEntry, LedgerAccount, Posting, Target


def placed(
    placement_id: UUID,
    lines: Mapping[Target, int],
    *,
    guarantor_id: UUID,
    effective_on: date,
) -> JournalEntry:
    """All lines of one person in one file to an agency."""
    return JournalEntry(
        BusinessEvent.PLACED,
        f"{placement_id}:{guarantor_id}",
        effective_on,
        guarantor_id,
        _legs(lines, LedgerAccount.AGENCY_RECEIVABLE, LedgerAccount.PATIENT_RECEIVABLE),
    )


def recalled(
    recall_id: UUID,
    lines: Mapping[Target, int],
    *,
    guarantor_id: UUID,
    effective_on: date,
) -> JournalEntry:
    """The agency asks for these lines no more; we do again."""
    return JournalEntry(
        BusinessEvent.RECALLED,
        str(recall_id),
        effective_on,
        guarantor_id,
        _legs(lines, LedgerAccount.PATIENT_RECEIVABLE, LedgerAccount.AGENCY_RECEIVABLE),
    )


def _legs(
    lines: Mapping[Target, int], debit: LedgerAccount, credit: LedgerAccount
) -> tuple[Posting, ...]:
    return tuple(
        leg
        for target, cents in lines.items()
        for leg in (Posting(debit, cents, target), Posting(credit, -cents, target))
    )
