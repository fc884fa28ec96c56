"""Double entry: accounts, postings, entries that balance or do not exist."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID


class LedgerAccount(StrEnum):
    """The chart of accounts (docs/ledger.md). A debit is positive, a credit negative."""

    # What is owed, and by whom.
    PAYER_RECEIVABLE = "payer_receivable"
    PATIENT_PENDING = "patient_pending"
    PATIENT_RECEIVABLE = "patient_receivable"
    AGENCY_RECEIVABLE = "agency_receivable"
    # Revenue and what is taken off it.
    GROSS_CHARGES = "gross_charges"
    CONTRACTUAL_ADJUSTMENTS = "contractual_adjustments"
    BUNDLED_ADJUSTMENTS = "bundled_adjustments"
    CAPITATION_ADJUSTMENTS = "capitation_adjustments"
    SEQUESTRATION_ADJUSTMENTS = "sequestration_adjustments"
    INCENTIVE_ADJUSTMENTS = "incentive_adjustments"
    DENIAL_WRITE_OFFS = "denial_write_offs"
    SMALL_BALANCES = "small_balances"
    COURTESY_DISCOUNTS = "courtesy_discounts"
    CHARITY_CARE = "charity_care"
    BAD_DEBT = "bad_debt"
    INTEREST_INCOME = "interest_income"
    # Payers' money on its way.
    PAYER_CLEARING = "payer_clearing"
    PAYER_CREDITS = "payer_credits"
    REMITTANCE_SUSPENSE = "remittance_suspense"
    PROVIDER_ADJUSTMENTS = "provider_adjustments"
    # Patients' money.
    CARD_CLEARING = "card_clearing"
    BANK_CLEARING = "bank_clearing"
    DESK_CASH = "desk_cash"
    TERMINAL_CLEARING = "terminal_clearing"
    DISPUTES_RECEIVABLE = "disputes_receivable"
    UNAPPLIED_CREDIT = "unapplied_credit"
    PAYMENT_SUSPENSE = "payment_suspense"
    PATIENT_DEPOSITS = "patient_deposits"
    PRACTICE_RECEIPTS = "practice_receipts"
    OPENING_BALANCES = "opening_balances"
    BANK = "bank"
    PROCESSOR_FEES = "processor_fees"
    PROCESSOR_RESERVE = "processor_reserve"
    OTHER_BUSINESS = "other_business"
    CASH_OVER_SHORT = "cash_over_short"


class BusinessEvent(StrEnum):
    """What happened. One row each in docs/ledger.md, where a test compares it with the rules."""

    CHARGE_RECORDED = "charge_recorded"
    CHARGE_VOIDED = "charge_voided"
    CHARGE_REPLACED = "charge_replaced"
    REMITTANCE_POSTED = "remittance_posted"
    REMITTANCE_SUSPENDED = "remittance_suspended"
    PROVIDER_ADJUSTED = "provider_adjusted"
    DUPLICATE_PAID = "duplicate_paid"
    TAKEBACK_DIFFERS = "takeback_differs"
    REMITTANCE_REJECTED = "remittance_rejected"
    CLAIM_ADJUDICATED = "claim_adjudicated"
    SHARE_RELEASED = "share_released"
    SHARE_HELD = "share_held"
    SHARE_SUPERSEDED = "share_superseded"
    SHARE_RESTORED = "share_restored"
    GUARANTOR_ASSIGNED = "guarantor_assigned"
    ADJUDICATION_VOIDED = "adjudication_voided"
    CREDIT_RELEASED = "credit_released"
    DENIAL_WRITTEN_OFF = "denial_written_off"
    QMB_WRITTEN_OFF = "qmb_written_off"
    DEPOSIT_MATCHED = "deposit_matched"
    PAYMENT_SETTLED = "payment_settled"
    PAYMENT_SUSPENDED = "payment_suspended"
    CREDIT_APPLIED = "credit_applied"
    REFUND_PAID = "refund_paid"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    PAYOUT_SETTLED = "payout_settled"
    PAYOUT_RETURNED = "payout_returned"
    REFUND_RETURNED = "refund_returned"
    PAYMENT_REALLOCATED = "payment_reallocated"
    SUSPENSE_CLEARED = "suspense_cleared"
    MOVEMENT_PLACED = "movement_placed"
    RECEIPT_RECORDED = "receipt_recorded"
    RECEIPT_RETURNED = "receipt_returned"
    DEPOSIT_APPLIED = "deposit_applied"
    DEPOSIT_TAKEN = "deposit_taken"
    DEPOSIT_RELEASED = "deposit_released"
    PAYMENT_VOIDED = "payment_voided"
    PAYMENT_RETURNED = "payment_returned"
    DRAWER_COUNTED = "drawer_counted"
    DEPOSIT_MADE = "deposit_made"
    CHECK_FOUND = "check_found"
    TERMINAL_SETTLED = "terminal_settled"
    BALANCE_OPENED = "balance_opened"
    SELF_PAY_CHARGED = "self_pay_charged"
    SHARE_LET_OFF = "share_let_off"
    LET_OFF_RETURNED = "let_off_returned"
    PLACED = "placed"
    RECALLED = "recalled"
    PLAN_SETTLED = "plan_settled"
    ASSISTANCE_GRANTED = "assistance_granted"


@dataclass(frozen=True, slots=True)
class Target:
    """What a posting is about: a service line, a claim, or (both empty) the guarantor's account."""

    claim_id: UUID | None = None
    charge_id: UUID | None = None


NOWHERE = Target()


@dataclass(frozen=True, slots=True)
class Posting:
    """One leg: debit positive, credit negative, never zero."""

    account: LedgerAccount
    amount_cents: int
    target: Target = NOWHERE


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One business event in double entry. ``source_key`` makes a repeat harmless.

    Raises ValueError when the legs do not add up to zero, are fewer than two, or hold a zero.
    """

    business_event: BusinessEvent
    source_key: str
    effective_on: date
    guarantor_id: UUID | None
    postings: tuple[Posting, ...]
    reverses_id: UUID | None = None

    def __post_init__(self) -> None:
        if len(self.postings) < 2:  # noqa: PLR2004 — double entry
            message = f"{self.business_event}: an entry has at least two postings"
            raise ValueError(message)
        cents = [posting.amount_cents for posting in self.postings]
        if 0 in cents:
            message = f"{self.business_event}: a posting of zero says nothing"
            raise ValueError(message)
        if sum(cents) != 0:
            message = f"{self.business_event}: debits and credits differ"
            raise ValueError(message)


def mirrored(postings: Sequence[Posting]) -> tuple[Posting, ...]:
    """The same legs with their signs turned: what undoes an entry."""
    return tuple(
        Posting(posting.account, -posting.amount_cents, posting.target) for posting in postings
    )
