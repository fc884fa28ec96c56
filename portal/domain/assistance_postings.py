"""What help with paying means in double entry."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from portal.domain.assistance import Relief
from portal.domain.journal import BusinessEvent, JournalEntry, LedgerAccount, Posting


def assistance_granted(
    application_id: UUID,
    reliefs: Sequence[Relief],
    *,
    turn: int,
    guarantor_id: UUID,
    effective_on: date,
) -> JournalEntry:
    """Off these lines, as charity care; ``turn`` counts the entries of one application."""
    return JournalEntry(
        BusinessEvent.ASSISTANCE_GRANTED,
        f"{application_id}:{turn}",
        effective_on,
        guarantor_id,
        tuple(
            leg
            for relief in reliefs
            for leg in (
                Posting(LedgerAccount.CHARITY_CARE, relief.off_cents, relief.target),
                Posting(LedgerAccount.PATIENT_RECEIVABLE, -relief.off_cents, relief.target),
            )
        ),
    )
