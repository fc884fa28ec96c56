"""What letting off a part of a payment plan means in double entry."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from portal.domain.journal import BusinessEvent, JournalEntry, LedgerAccount, Posting, Target


def plan_settled(
    request_id: UUID,
    lines: Mapping[Target, int],
    account: LedgerAccount,
    *,
    guarantor_id: UUID,
    effective_on: date,
) -> JournalEntry:
    """One member of staff asked, another approved; ``account``: charity care, or bad debt."""
    return JournalEntry(
        BusinessEvent.PLAN_SETTLED,
        str(request_id),
        effective_on,
        guarantor_id,
        tuple(
            leg
            for target, cents in lines.items()
            for leg in (
                Posting(account, cents, target),
                Posting(LedgerAccount.PATIENT_RECEIVABLE, -cents, target),
            )
        ),
    )
