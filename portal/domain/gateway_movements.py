"""What moves the practice's money at the card processor, and what a payout does to the books.

A payout carries movements; their nets and its own add up to zero. Debits are positive, as
everywhere. Nothing is guessed: what no payment of ours explains goes to suspense, and staff look.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from portal.domain.journal import BusinessEvent, JournalEntry, LedgerAccount, Posting
from portal.domain.payment_postings import clearing_account


class MovementKind(StrEnum):
    """What a movement is about; stable names, they are stored."""

    CHARGE = "charge"
    CHARGE_FAILED = "charge_failed"  # a bank debit that came back before it was settled
    REFUND = "refund"
    REFUND_FAILED = "refund_failed"
    DISPUTE = "dispute"
    DISPUTE_REVERSED = "dispute_reversed"
    FEE = "fee"  # of its own, of no payment
    PAYOUT = "payout"
    PAYOUT_RETURNED = "payout_returned"
    OTHER = "other"  # a word of the processor's that we do not know


OF_A_PAYMENT: Final = frozenset(
    {
        MovementKind.CHARGE,
        MovementKind.CHARGE_FAILED,
        MovementKind.REFUND,
        MovementKind.REFUND_FAILED,
        MovementKind.DISPUTE,
        MovementKind.DISPUTE_REVERSED,
    }
)
_OF_A_DISPUTE: Final = frozenset({MovementKind.DISPUTE, MovementKind.DISPUTE_REVERSED})


@dataclass(frozen=True, slots=True)
class SettledMovement:
    """One movement of a payout. ``account``: where the books have it; None when they do not."""

    kind: MovementKind
    amount_cents: int
    fee_cents: int
    account: LedgerAccount | None = None

    @property
    def net_cents(self) -> int:
        """What the balance at the processor changed by."""
        return self.amount_cents - self.fee_cents


def cleared_cents(kind: MovementKind, *, amount_cents: int, fee_cents: int) -> int:
    """What a movement of a payment is in its clearing account.

    A dispute's fee is in the books from the day it was opened, any other from the payout on.
    """
    return amount_cents - fee_cents if kind in _OF_A_DISPUTE else amount_cents


def account_of_movement(kind: MovementKind, *, method_kind: str | None) -> LedgerAccount | None:
    """Where a movement of a known payment is cleared; None for what belongs to no payment."""
    return clearing_account(method_kind) if kind in OF_A_PAYMENT else None


def is_explained(movement: SettledMovement) -> bool:
    """False: it is put into suspense, and staff have to find out."""
    if movement.kind in OF_A_PAYMENT:
        return movement.account is not None
    return movement.kind is not MovementKind.OTHER


def booked_in(movement: SettledMovement) -> LedgerAccount:
    """Which account of its payout's entry stands for it, beside the fee that was taken off it."""
    match movement.kind:
        case MovementKind.PAYOUT:
            return LedgerAccount.BANK
        case MovementKind.PAYOUT_RETURNED:
            return LedgerAccount.CARD_CLEARING
        case MovementKind.FEE:
            return LedgerAccount.PROCESSOR_FEES
    return movement.account or LedgerAccount.PAYMENT_SUSPENSE


def suspended_cents(movement: SettledMovement) -> int:
    """What a payout's entry put into suspense for a movement that nothing explained."""
    return -_legs(replace(movement, account=None))[LedgerAccount.PAYMENT_SUSPENSE]


def movement_placed(
    movement_id: str, movement: SettledMovement, *, effective_on: date
) -> JournalEntry:
    """Its payment is known by now: out of suspense, to where its payout would have cleared it."""
    legs = dict(_legs(movement))
    for account, cents in _legs(replace(movement, account=None)).items():
        legs[account] = legs.get(account, 0) - cents
    return _placed(movement_id, legs, effective_on=effective_on)


def movement_named(
    movement_id: str, movement: SettledMovement, account: LedgerAccount, *, effective_on: date
) -> JournalEntry:
    """A manager says what it is: a fee, held back for a while, or no patient's."""
    cents = suspended_cents(movement)
    legs = {LedgerAccount.PAYMENT_SUSPENSE: cents, account: -cents}
    return _placed(movement_id, legs, effective_on=effective_on)


def payout_settled(
    payout_id: UUID, movements: Iterable[SettledMovement], *, effective_on: date
) -> JournalEntry:
    """The bank has it: what the payout carried leaves clearing, and the processor's fees are known.

    ``movements``: its own among them. Raises ValueError when they do not add up to zero.
    """
    sums: dict[LedgerAccount, int] = {}
    for movement in movements:
        for account, cents in _legs(movement).items():
            sums[account] = sums.get(account, 0) + cents
    postings = tuple(Posting(account, cents) for account, cents in sums.items() if cents)
    return JournalEntry(BusinessEvent.PAYOUT_SETTLED, str(payout_id), effective_on, None, postings)


def manual_payout_settled(
    payout_id: UUID, *, amount_cents: int, effective_on: date
) -> JournalEntry:
    """A payout of which the processor does not say what it carries: what it kept stays unknown."""
    return JournalEntry(
        BusinessEvent.PAYOUT_SETTLED,
        str(payout_id),
        effective_on,
        None,
        (
            Posting(LedgerAccount.BANK, amount_cents),
            Posting(LedgerAccount.CARD_CLEARING, -amount_cents),
        ),
    )


def payout_returned(payout_id: UUID, *, amount_cents: int, effective_on: date) -> JournalEntry:
    """The bank sent a payout back: the money is at the processor again, for the next payout."""
    return JournalEntry(
        BusinessEvent.PAYOUT_RETURNED,
        str(payout_id),
        effective_on,
        None,
        (
            Posting(LedgerAccount.CARD_CLEARING, amount_cents),
            Posting(LedgerAccount.BANK, -amount_cents),
        ),
    )


def _placed(
    movement_id: str, legs: Mapping[LedgerAccount, int], *, effective_on: date
) -> JournalEntry:
    postings = tuple(Posting(account, cents) for account, cents in legs.items() if cents)
    return JournalEntry(BusinessEvent.MOVEMENT_PLACED, movement_id, effective_on, None, postings)


def _legs(movement: SettledMovement) -> Mapping[LedgerAccount, int]:
    net = movement.net_cents
    match movement.kind:
        case MovementKind.PAYOUT:
            return {LedgerAccount.BANK: -net}
        case MovementKind.PAYOUT_RETURNED:
            return {LedgerAccount.CARD_CLEARING: -net}
        case MovementKind.FEE:
            return {LedgerAccount.PROCESSOR_FEES: -net}
        case MovementKind.OTHER:
            return {LedgerAccount.PAYMENT_SUSPENSE: -net}
    if movement.account is None:
        cents, account = movement.amount_cents, LedgerAccount.PAYMENT_SUSPENSE
    else:
        account = movement.account
        cents = cleared_cents(
            movement.kind, amount_cents=movement.amount_cents, fee_cents=movement.fee_cents
        )
    return {account: -cents, LedgerAccount.PROCESSOR_FEES: cents - net}
