"""What payers' money means in double entry, one function per business event.

As in posting_rules.py: debits are positive, source keys are made of ids only, docs/ledger.md has
the same rows.
"""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from portal.domain.journal import BusinessEvent, JournalEntry, LedgerAccount, Posting
from portal.domain.posting_rules import ClaimOccasion
from portal.domain.remittance import ProviderAdjustment

_PROVIDER_ADJUSTMENT_ACCOUNTS: Mapping[str, LedgerAccount] = {
    "L6": LedgerAccount.INTEREST_INCOME,  # interest on a late payment: negative, it raises BPR02
    "WO": LedgerAccount.PAYER_CREDITS,  # an overpayment taken back
    "FB": LedgerAccount.PAYER_CREDITS,  # a balance carried to the next remittance
    "72": LedgerAccount.PAYER_CREDITS,  # our refund has arrived: negative, beside a positive WO
    "AP": LedgerAccount.PAYER_CREDITS,  # paid in advance: negative, and positive when it is used up
}


def remittance_posted(
    occasion: ClaimOccasion, *, adjudication_id: UUID, paid_cents: int
) -> JournalEntry:
    """CLP04 of a claim in the journal; negative when the payer takes a payment back."""
    return occasion.two_legs(
        BusinessEvent.REMITTANCE_POSTED,
        str(adjudication_id),
        debit=LedgerAccount.PAYER_CLEARING,
        credit=LedgerAccount.PAYER_RECEIVABLE,
        cents=paid_cents,
    )


def remittance_taken_up(
    occasion: ClaimOccasion, *, adjudication_id: UUID, paid_cents: int
) -> JournalEntry:
    """CLP04 of a decision that waited in suspense for the reversal of an earlier one."""
    return occasion.two_legs(
        BusinessEvent.REMITTANCE_POSTED,
        str(adjudication_id),
        debit=LedgerAccount.REMITTANCE_SUSPENSE,
        credit=LedgerAccount.PAYER_RECEIVABLE,
        cents=paid_cents,
    )


def remittance_suspended(
    occasion: ClaimOccasion, *, adjudication_id: UUID, paid_cents: int
) -> JournalEntry:
    """CLP04 of a claim that is not in the journal: the bank has the money all the same."""
    return occasion.two_legs(
        BusinessEvent.REMITTANCE_SUSPENDED,
        str(adjudication_id),
        debit=LedgerAccount.PAYER_CLEARING,
        credit=LedgerAccount.REMITTANCE_SUSPENSE,
        cents=paid_cents,
    )


def remittance_difference_suspended(
    remittance_id: UUID, *, effective_on: date, difference_cents: int
) -> JournalEntry:
    """BPR02 less what the claims and PLB add up to, so that payer_clearing meets the deposit."""
    return JournalEntry(
        BusinessEvent.REMITTANCE_SUSPENDED,
        str(remittance_id),
        effective_on,
        None,
        (
            Posting(LedgerAccount.PAYER_CLEARING, difference_cents),
            Posting(LedgerAccount.REMITTANCE_SUSPENSE, -difference_cents),
        ),
    )


def duplicate_paid(
    occasion: ClaimOccasion, *, adjudication_id: UUID, paid_cents: int
) -> JournalEntry:
    """The same decision paid a second time is owed to the payer; negative when it is taken back."""
    return occasion.two_legs(
        BusinessEvent.DUPLICATE_PAID,
        str(adjudication_id),
        debit=LedgerAccount.PAYER_CLEARING,
        credit=LedgerAccount.PAYER_CREDITS,
        cents=paid_cents,
    )


def takeback_differs(
    occasion: ClaimOccasion, *, adjudication_id: UUID, more_cents: int
) -> JournalEntry:
    """A matched reversal takes back another amount than was paid: owed to the payer, or by it.

    ``more_cents``: what is left with us; below zero when the payer took more than it had paid.
    """
    return occasion.two_legs(
        BusinessEvent.TAKEBACK_DIFFERS,
        str(adjudication_id),
        debit=LedgerAccount.PAYER_CLEARING,
        credit=LedgerAccount.PAYER_CREDITS,
        cents=more_cents,
    )


def remittance_rejected(
    occasion: ClaimOccasion, *, adjudication_id: UUID, paid_cents: int
) -> JournalEntry:
    """A claim that was set aside is never posted: its money is owed back to the payer.

    Below zero, what the payer took back without a right to it is owed by the payer.
    """
    return occasion.two_legs(
        BusinessEvent.REMITTANCE_REJECTED,
        str(adjudication_id),
        debit=LedgerAccount.REMITTANCE_SUSPENSE,
        credit=LedgerAccount.PAYER_CREDITS,
        cents=paid_cents,
    )


def rejection_taken_back(
    remittance_id: UUID, *, adjudication_id: UUID, paid_cents: int, effective_on: date
) -> tuple[JournalEntry, JournalEntry]:
    """Another file of the payment tells a rejected claim correctly, and brings its money there.

    It came once: nothing is owed to the payer, nor to come from ``remittance_id`` any more.
    """
    key = f"{remittance_id}:{adjudication_id}"
    pairs = (
        (
            BusinessEvent.REMITTANCE_REJECTED,
            LedgerAccount.PAYER_CREDITS,
            LedgerAccount.REMITTANCE_SUSPENSE,
        ),
        (
            BusinessEvent.REMITTANCE_SUSPENDED,
            LedgerAccount.REMITTANCE_SUSPENSE,
            LedgerAccount.PAYER_CLEARING,
        ),
    )
    rejected, suspended = (
        JournalEntry(
            event,
            key,
            effective_on,
            None,
            (Posting(debit, paid_cents), Posting(credit, -paid_cents)),
        )
        for event, debit, credit in pairs
    )
    return rejected, suspended


def provider_adjusted(
    remittance_id: UUID, adjustment: ProviderAdjustment, *, position: int, effective_on: date
) -> JournalEntry:
    """One PLB amount; a positive one lowers the payment. ``position``: 1-based, as sent."""
    account = _PROVIDER_ADJUSTMENT_ACCOUNTS.get(
        adjustment.reason, LedgerAccount.PROVIDER_ADJUSTMENTS
    )
    return JournalEntry(
        BusinessEvent.PROVIDER_ADJUSTED,
        f"{remittance_id}:{position}",
        effective_on,
        None,
        (
            Posting(account, adjustment.amount_cents),
            Posting(LedgerAccount.PAYER_CLEARING, -adjustment.amount_cents),
        ),
    )


def deposit_matched(
    remittance_id: UUID, *, part_id: UUID, deposit_cents: int, effective_on: date
) -> JournalEntry:
    """The EFT or check of a remittance is on the bank statement; a part of one deposit."""
    return _deposited(
        f"{remittance_id}:{part_id}", LedgerAccount.PAYER_CLEARING, deposit_cents, effective_on
    )


def deposit_difference_suspended(
    deposit_id: UUID, *, part_id: UUID, difference_cents: int, effective_on: date
) -> JournalEntry:
    """What a deposit has beyond its payments; below zero when the bank got less."""
    return _deposited(
        f"{deposit_id}:{part_id}",
        LedgerAccount.REMITTANCE_SUSPENSE,
        difference_cents,
        effective_on,
    )


def _deposited(
    source_key: str, account: LedgerAccount, cents: int, effective_on: date
) -> JournalEntry:
    return JournalEntry(
        BusinessEvent.DEPOSIT_MATCHED,
        source_key,
        effective_on,
        None,
        (Posting(LedgerAccount.BANK, cents), Posting(account, -cents)),
    )
