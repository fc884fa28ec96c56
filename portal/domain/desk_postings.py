"""What money at the desk means in double entry, one function per business event.

As in payment_postings.py: debits are positive, source keys are ids, docs/ledger.md has the rows.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from portal.domain.allocation import Allocation
from portal.domain.journal import BusinessEvent, JournalEntry, LedgerAccount, Posting
from portal.domain.payment_postings import allocation_leg


def deposit_taken(
    payment_id: UUID,
    amount_cents: int,
    *,
    guarantor_id: UUID,
    effective_on: date,
    arrived_in: LedgerAccount,
) -> JournalEntry:
    """Money for a visit to come: it pays that visit only."""
    return JournalEntry(
        BusinessEvent.DEPOSIT_TAKEN,
        str(payment_id),
        effective_on,
        guarantor_id,
        (
            Posting(arrived_in, amount_cents),
            Posting(LedgerAccount.PATIENT_DEPOSITS, -amount_cents),
        ),
    )


def payment_voided(
    payment_id: UUID,
    taken_from: Sequence[Allocation],
    *,
    deposit_cents: int,
    guarantor_id: UUID,
    effective_on: date,
    left_from: LedgerAccount,
) -> JournalEntry:
    """A payment was a mistake, and its money goes out of the drawer again.

    ``taken_from``: positive amounts, from which allocations; ``deposit_cents`` what still waited.
    """
    return _undone(
        BusinessEvent.PAYMENT_VOIDED,
        payment_id,
        _legs(taken_from, deposit_cents),
        guarantor_id=guarantor_id,
        effective_on=effective_on,
        left_from=left_from,
    )


def payment_returned(
    payment_id: UUID,
    taken_from: Sequence[Allocation],
    *,
    deposit_cents: int,
    unexplained_cents: int,
    guarantor_id: UUID,
    effective_on: date,
    left_from: LedgerAccount = LedgerAccount.BANK,
) -> JournalEntry:
    """The bank took a check's money back.

    ``unexplained_cents``: what of it was used for something else since. ``left_from``: of a check
    that was lost before it went to the bank, what its drawer was short.
    """
    legs = _legs(taken_from, deposit_cents)
    if unexplained_cents:
        legs.append(Posting(LedgerAccount.PAYMENT_SUSPENSE, unexplained_cents))
    return _undone(
        BusinessEvent.PAYMENT_RETURNED,
        payment_id,
        legs,
        guarantor_id=guarantor_id,
        effective_on=effective_on,
        left_from=left_from,
    )


def drawer_counted(count_id: UUID, *, difference_cents: int, effective_on: date) -> JournalEntry:
    """A drawer held less (below zero) or more than was written down; zero posts nothing."""
    return JournalEntry(
        BusinessEvent.DRAWER_COUNTED,
        str(count_id),
        effective_on,
        None,
        (
            Posting(LedgerAccount.CASH_OVER_SHORT, -difference_cents),
            Posting(LedgerAccount.DESK_CASH, difference_cents),
        ),
    )


def deposit_made(desk_deposit_id: UUID, *, amount_cents: int, effective_on: date) -> JournalEntry:
    """Cash and checks left the desk for the bank."""
    return JournalEntry(
        BusinessEvent.DEPOSIT_MADE,
        str(desk_deposit_id),
        effective_on,
        None,
        (
            Posting(LedgerAccount.BANK, amount_cents),
            Posting(LedgerAccount.DESK_CASH, -amount_cents),
        ),
    )


def check_found(payment_id: UUID, *, amount_cents: int, effective_on: date) -> JournalEntry:
    """A check that its drawer was short of was found, and is at the bank after all."""
    return JournalEntry(
        BusinessEvent.CHECK_FOUND,
        str(payment_id),
        effective_on,
        None,
        (
            Posting(LedgerAccount.BANK, amount_cents),
            Posting(LedgerAccount.CASH_OVER_SHORT, -amount_cents),
        ),
    )


def terminal_settled(
    terminal_batch_id: UUID, *, taken_cents: int, arrived_cents: int, effective_on: date
) -> JournalEntry:
    """The card machine's batch is at the bank; what is missing of it is the fee.

    Raises ValueError when more arrived than was taken.
    """
    fee_cents = taken_cents - arrived_cents
    if fee_cents < 0:
        message = f"{arrived_cents} cents arrived of {taken_cents}"
        raise ValueError(message)
    fee = (Posting(LedgerAccount.PROCESSOR_FEES, fee_cents),) if fee_cents else ()
    return JournalEntry(
        BusinessEvent.TERMINAL_SETTLED,
        str(terminal_batch_id),
        effective_on,
        None,
        (
            Posting(LedgerAccount.BANK, arrived_cents),
            *fee,
            Posting(LedgerAccount.TERMINAL_CLEARING, -taken_cents),
        ),
    )


def _legs(taken_from: Sequence[Allocation], deposit_cents: int) -> list[Posting]:
    legs = [allocation_leg(part, part.amount_cents) for part in taken_from]
    if deposit_cents:
        legs.append(Posting(LedgerAccount.PATIENT_DEPOSITS, deposit_cents))
    return legs


def _undone(
    event: BusinessEvent,
    payment_id: UUID,
    legs: Sequence[Posting],
    *,
    guarantor_id: UUID,
    effective_on: date,
    left_from: LedgerAccount,
) -> JournalEntry:
    cents = sum(leg.amount_cents for leg in legs)
    return JournalEntry(
        event, str(payment_id), effective_on, guarantor_id, (*legs, Posting(left_from, -cents))
    )
