"""What a patient's money means in double entry, one function per business event.

As in posting_rules.py: debits are positive, source keys are made of ids only, docs/ledger.md has
the same rows.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from portal.domain.allocation import Allocation
from portal.domain.journal import BusinessEvent, JournalEntry, LedgerAccount, Posting
from portal.domain.patient_share import ShareMove
from portal.domain.payment_channel import MethodKind
from portal.domain.posting_rules import ClaimOccasion, patient_legs

_CLEARING: Final[Mapping[str, LedgerAccount]] = {
    MethodKind.BANK_DEBIT: LedgerAccount.BANK_CLEARING,
    MethodKind.CASH: LedgerAccount.DESK_CASH,
    MethodKind.CHECK: LedgerAccount.DESK_CASH,
    MethodKind.TERMINAL: LedgerAccount.TERMINAL_CLEARING,
}


def clearing_account(method_kind: str | None) -> LedgerAccount:
    """Where a patient's money is until the bank has it. Cards and wallets: card_clearing."""
    return _CLEARING.get(method_kind or "", LedgerAccount.CARD_CLEARING)


def payment_settled(
    payment_id: UUID,
    allocations: Sequence[Allocation],
    *,
    guarantor_id: UUID,
    effective_on: date,
    arrived_in: LedgerAccount = LedgerAccount.CARD_CLEARING,
) -> JournalEntry:
    """A patient's money arrived. An allocation without a claim stays as unapplied credit."""
    legs = [allocation_leg(allocation, -allocation.amount_cents) for allocation in allocations]
    paid_cents = sum(allocation.amount_cents for allocation in allocations)
    return JournalEntry(
        BusinessEvent.PAYMENT_SETTLED,
        str(payment_id),
        effective_on,
        guarantor_id,
        (Posting(arrived_in, paid_cents), *legs),
    )


def payment_suspended(
    source_key: str,
    *,
    amount_cents: int,
    guarantor_id: UUID | None,
    effective_on: date,
    arrived_in: LedgerAccount = LedgerAccount.CARD_CLEARING,
) -> JournalEntry:
    """Money arrived that no payment of ours explains. ``source_key``: the gateway's id for it."""
    return JournalEntry(
        BusinessEvent.PAYMENT_SUSPENDED,
        source_key,
        effective_on,
        guarantor_id,
        (
            Posting(arrived_in, amount_cents),
            Posting(LedgerAccount.PAYMENT_SUSPENSE, -amount_cents),
        ),
    )


def refund_paid(
    refund_id: UUID,
    taken_from: Sequence[Allocation],
    *,
    guarantor_id: UUID,
    effective_on: date,
    unexplained_cents: int = 0,
    left_from: LedgerAccount = LedgerAccount.CARD_CLEARING,
) -> JournalEntry:
    """Money went back to the patient. ``taken_from``: positive amounts, from which allocations.

    ``unexplained_cents``: what went out though nothing of its payment was left for it.
    """
    legs = [allocation_leg(allocation, allocation.amount_cents) for allocation in taken_from]
    if unexplained_cents:
        legs.append(Posting(LedgerAccount.PAYMENT_SUSPENSE, unexplained_cents))
    refunded_cents = sum(leg.amount_cents for leg in legs)
    return JournalEntry(
        BusinessEvent.REFUND_PAID,
        str(refund_id),
        effective_on,
        guarantor_id,
        (*legs, Posting(left_from, -refunded_cents)),
    )


def refund_returned(
    refund_id: UUID,
    *,
    amount_cents: int,
    unexplained_cents: int,
    guarantor_id: UUID,
    effective_on: date,
    returned_to: LedgerAccount = LedgerAccount.CARD_CLEARING,
) -> JournalEntry:
    """A refund that was posted came back to us: it is credit until staff send it another way.

    ``unexplained_cents`` of it had been taken from suspense, and are there again.
    """
    credit_cents = amount_cents - unexplained_cents
    legs = [Posting(returned_to, amount_cents)]
    if credit_cents:
        legs.append(Posting(LedgerAccount.UNAPPLIED_CREDIT, -credit_cents))
    if unexplained_cents:
        legs.append(Posting(LedgerAccount.PAYMENT_SUSPENSE, -unexplained_cents))
    return JournalEntry(
        BusinessEvent.REFUND_RETURNED, str(refund_id), effective_on, guarantor_id, tuple(legs)
    )


def payment_reallocated(
    move_id: UUID, changes: Sequence[Allocation], *, guarantor_id: UUID, effective_on: date
) -> JournalEntry:
    """Staff put a payment to other lines. ``changes``: more above zero, less below; sum zero."""
    legs = [allocation_leg(change, -change.amount_cents) for change in changes]
    return JournalEntry(
        BusinessEvent.PAYMENT_REALLOCATED, str(move_id), effective_on, guarantor_id, tuple(legs)
    )


def suspense_cleared(
    decision_id: UUID, *, amount_cents: int, guarantor_id: UUID, effective_on: date
) -> JournalEntry:
    """What went back though no payment had it is taken from the person's credit."""
    return JournalEntry(
        BusinessEvent.SUSPENSE_CLEARED,
        str(decision_id),
        effective_on,
        guarantor_id,
        (
            Posting(LedgerAccount.UNAPPLIED_CREDIT, amount_cents),
            Posting(LedgerAccount.PAYMENT_SUSPENSE, -amount_cents),
        ),
    )


def refund_held(
    occasion: ClaimOccasion, *, refund_id: UUID, share: Sequence[ShareMove]
) -> JournalEntry:
    """A refund opened a share again on a claim that is held."""
    key = f"{refund_id}:{occasion.claim_id}"
    return occasion.entry(BusinessEvent.SHARE_HELD, key, patient_legs(occasion, share))


def credit_used(
    use_id: UUID, put_to: Sequence[Allocation], *, guarantor_id: UUID, effective_on: date
) -> JournalEntry:
    """Unapplied credit pays shares: as staff or the person say, or of the plan it was paid on.

    ``put_to``: positive amounts.
    """
    legs = [allocation_leg(part, -part.amount_cents) for part in put_to]
    used_cents = sum(part.amount_cents for part in put_to)
    return JournalEntry(
        BusinessEvent.CREDIT_APPLIED,
        str(use_id),
        effective_on,
        guarantor_id,
        (Posting(LedgerAccount.UNAPPLIED_CREDIT, used_cents), *legs),
    )


def allocation_leg(allocation: Allocation, cents: int) -> Posting:
    """Unapplied credit, or the share that a part of a payment was put to."""
    if allocation.is_unapplied:
        return Posting(LedgerAccount.UNAPPLIED_CREDIT, cents)
    return Posting(LedgerAccount.PATIENT_RECEIVABLE, cents, allocation.target)
