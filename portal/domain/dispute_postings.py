"""What a dispute means in double entry: money taken back, given again, or owed anew.

Like payment_postings.py: debits are positive, source keys are made of ids only, docs/ledger.md has
the same rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from portal.domain.allocation import Allocation
from portal.domain.journal import BusinessEvent, JournalEntry, LedgerAccount, Posting


@dataclass(frozen=True, slots=True)
class DisputeMovement:
    """Money the bank took (``amount_cents`` below zero) or gave again, and the processor's fee."""

    movement_id: str
    amount_cents: int
    fee_cents: int


def dispute_moved(
    dispute_id: UUID,
    movement: DisputeMovement,
    *,
    guarantor_id: UUID,
    effective_on: date,
    clearing: LedgerAccount,
) -> JournalEntry:
    """The money left (dispute_opened) or is back (dispute_won); the fee is the processor's."""
    amount, fee = movement.amount_cents, movement.fee_cents
    event = BusinessEvent.DISPUTE_OPENED if amount < 0 else BusinessEvent.DISPUTE_WON
    legs = (
        Posting(LedgerAccount.DISPUTES_RECEIVABLE, -amount),
        *((Posting(LedgerAccount.PROCESSOR_FEES, fee),) if fee else ()),
        Posting(clearing, amount - fee),
    )
    key = f"{dispute_id}:{movement.movement_id}"
    return JournalEntry(event, key, effective_on, guarantor_id, legs)


def dispute_lost(
    dispute_id: UUID,
    taken_from: Sequence[Allocation],
    *,
    guarantor_id: UUID,
    effective_on: date,
    unexplained_cents: int = 0,
) -> JournalEntry:
    """The money will not come back: what it had paid is owed again, credit it had left is gone.

    ``unexplained_cents``: what nothing of the payment was left for.
    """
    legs = [_leg(part) for part in taken_from]
    if unexplained_cents:
        legs.append(Posting(LedgerAccount.PAYMENT_SUSPENSE, unexplained_cents))
    lost_cents = sum(leg.amount_cents for leg in legs)
    return JournalEntry(
        BusinessEvent.DISPUTE_LOST,
        str(dispute_id),
        effective_on,
        guarantor_id,
        (*legs, Posting(LedgerAccount.DISPUTES_RECEIVABLE, -lost_cents)),
    )


def _leg(part: Allocation) -> Posting:
    if part.is_unapplied:
        return Posting(LedgerAccount.UNAPPLIED_CREDIT, part.amount_cents)
    return Posting(LedgerAccount.PATIENT_RECEIVABLE, part.amount_cents, part.target)
