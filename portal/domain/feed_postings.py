"""What the practice's feed means in double entry, and what a receipt can give back.

Money that the practice's own system took is banked by that system: here it stands on
practice_receipts and pays shares, or waits as a deposit for the visit it was taken for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from portal.domain.allocation import Allocation, OpenTarget, allocate
from portal.domain.journal import (
    NOWHERE,
    BusinessEvent,
    JournalEntry,
    LedgerAccount,
    Posting,
    Target,
)


@dataclass(frozen=True, slots=True)
class Split:
    """Where money stands: on lines and as credit (``parts``), and as a deposit for its visit."""

    parts: tuple[Allocation, ...]
    deposit_cents: int = 0

    @property
    def cents(self) -> int:
        return sum(part.amount_cents for part in self.parts) + self.deposit_cents


def split_receipt(
    amount_cents: int, open_targets: Sequence[OpenTarget], *, is_for_a_visit: bool
) -> Split:
    """Never more on a line than is open there.

    What is over waits for the visit it was taken for; without one it is the account's credit.
    """
    if not is_for_a_visit:
        return Split(allocate(amount_cents, open_targets))
    usable = min(amount_cents, sum(one.open_cents for one in open_targets))
    parts = allocate(usable, open_targets) if usable > 0 else ()
    return Split(parts, amount_cents - max(usable, 0))


def taken_back(amount_cents: int, remains: Split) -> Split:
    """What gives a receipt's money back: deposit first, then credit, then lines, the last first.

    Raises ValueError when that much is not left of it.
    """
    if amount_cents > remains.cents:
        raise ValueError(amount_cents)
    deposit_cents = min(amount_cents, remains.deposit_cents)
    left = amount_cents - deposit_cents
    credit = [part for part in remains.parts if part.is_unapplied]
    lines = [part for part in remains.parts if not part.is_unapplied]
    parts = []
    for part in (*credit, *reversed(lines)):
        cents = min(left, part.amount_cents)
        if cents > 0:
            parts.append(Allocation(part.target, cents))
            left -= cents
    return Split(tuple(parts), deposit_cents)


def receipt_recorded(
    row_id: UUID, split: Split, *, guarantor_id: UUID, effective_on: date
) -> JournalEntry:
    """The practice took money: at the desk, by mail, at its lockbox."""
    return JournalEntry(
        BusinessEvent.RECEIPT_RECORDED,
        str(row_id),
        effective_on,
        guarantor_id,
        (Posting(LedgerAccount.PRACTICE_RECEIPTS, split.cents), *_theirs(split, sign=-1)),
    )


def receipt_returned(
    row_id: UUID, split: Split, *, guarantor_id: UUID, effective_on: date
) -> JournalEntry:
    """The practice gave it back, or says that it never took it."""
    return JournalEntry(
        BusinessEvent.RECEIPT_RETURNED,
        str(row_id),
        effective_on,
        guarantor_id,
        (*_theirs(split, sign=1), Posting(LedgerAccount.PRACTICE_RECEIPTS, -split.cents)),
    )


def share_let_off(
    row_id: UUID,
    parts: Sequence[Allocation],
    account: LedgerAccount,
    *,
    guarantor_id: UUID,
    effective_on: date,
) -> JournalEntry:
    """The practice asks for less; ``account`` says why."""
    return JournalEntry(
        BusinessEvent.SHARE_LET_OFF,
        str(row_id),
        effective_on,
        guarantor_id,
        tuple(_let_off_legs(parts, account, sign=1)),
    )


def let_off_returned(
    source_key: str,
    parts: Sequence[tuple[LedgerAccount, Allocation]],
    *,
    guarantor_id: UUID | None,
    effective_on: date,
) -> JournalEntry:
    """The practice takes it back, or a payer's decision left too little for it to be taken off."""
    legs = [leg for account, part in parts for leg in _let_off_legs([part], account, sign=-1)]
    return JournalEntry(
        BusinessEvent.LET_OFF_RETURNED, source_key, effective_on, guarantor_id, tuple(legs)
    )


def balance_opened(
    row_id: UUID, target: Target, *, cents: int, guarantor_id: UUID, effective_on: date
) -> JournalEntry:
    """What a visit still owed when the practice began with us; below zero when that is voided."""
    return _charged(
        BusinessEvent.BALANCE_OPENED,
        row_id,
        target,
        LedgerAccount.OPENING_BALANCES,
        cents=cents,
        guarantor_id=guarantor_id,
        effective_on=effective_on,
    )


def credit_opened(
    row_id: UUID, *, cents: int, guarantor_id: UUID, effective_on: date
) -> JournalEntry:
    """What an account had paid too much when the practice began with us."""
    legs = (
        Posting(LedgerAccount.OPENING_BALANCES, cents),
        Posting(LedgerAccount.UNAPPLIED_CREDIT, -cents),
    )
    return JournalEntry(BusinessEvent.BALANCE_OPENED, str(row_id), effective_on, guarantor_id, legs)


def self_pay_charged(
    row_id: UUID, target: Target, *, cents: int, guarantor_id: UUID, effective_on: date
) -> JournalEntry:
    """A visit without insurance: all of it is the patient's; below zero when it is voided."""
    return _charged(
        BusinessEvent.SELF_PAY_CHARGED,
        row_id,
        target,
        LedgerAccount.GROSS_CHARGES,
        cents=cents,
        guarantor_id=guarantor_id,
        effective_on=effective_on,
    )


def _charged(
    event: BusinessEvent,
    row_id: UUID,
    target: Target,
    against: LedgerAccount,
    *,
    cents: int,
    guarantor_id: UUID,
    effective_on: date,
) -> JournalEntry:
    legs = (
        Posting(LedgerAccount.PATIENT_RECEIVABLE, cents, target),
        Posting(against, -cents, Target(target.claim_id)),
    )
    return JournalEntry(event, str(row_id), effective_on, guarantor_id, legs)


def _theirs(split: Split, *, sign: int) -> list[Posting]:
    legs = []
    for part in split.parts:
        is_credit = part.is_unapplied
        account = LedgerAccount.UNAPPLIED_CREDIT if is_credit else LedgerAccount.PATIENT_RECEIVABLE
        target = NOWHERE if is_credit else part.target
        legs.append(Posting(account, sign * part.amount_cents, target))
    if split.deposit_cents:
        legs.append(Posting(LedgerAccount.PATIENT_DEPOSITS, sign * split.deposit_cents))
    return legs


def _let_off_legs(
    parts: Sequence[Allocation], account: LedgerAccount, *, sign: int
) -> list[Posting]:
    legs = []
    for part in parts:
        legs.append(Posting(account, sign * part.amount_cents, part.target))
        legs.append(
            Posting(LedgerAccount.PATIENT_RECEIVABLE, -sign * part.amount_cents, part.target)
        )
    return legs
