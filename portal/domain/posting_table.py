"""Which accounts each business event may debit and credit: docs/ledger.md as data.

Defaults for a practice's accountant to confirm.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.domain.journal import BusinessEvent, LedgerAccount


@dataclass(frozen=True, slots=True)
class PostingSides:
    """The accounts of an event. ``either_way``: a negative amount turns the sides."""

    debit: frozenset[LedgerAccount]
    credit: frozenset[LedgerAccount]
    either_way: bool = False


ADJUSTMENT_ACCOUNTS = frozenset(
    {
        LedgerAccount.CONTRACTUAL_ADJUSTMENTS,
        LedgerAccount.BUNDLED_ADJUSTMENTS,
        LedgerAccount.CAPITATION_ADJUSTMENTS,
        LedgerAccount.SEQUESTRATION_ADJUSTMENTS,
        LedgerAccount.INCENTIVE_ADJUSTMENTS,
    }
)
LET_OFF_ACCOUNTS = frozenset(
    {
        LedgerAccount.COURTESY_DISCOUNTS,
        LedgerAccount.CHARITY_CARE,
        LedgerAccount.SMALL_BALANCES,
        LedgerAccount.BAD_DEBT,
    }
)
"""What the practice took off a patient's share, so that nobody has to pay it."""
_PAYER = frozenset({LedgerAccount.PAYER_RECEIVABLE})
_PENDING = frozenset({LedgerAccount.PATIENT_PENDING})
_RECEIVABLE = frozenset({LedgerAccount.PATIENT_RECEIVABLE})
_CLEARING = frozenset({LedgerAccount.PAYER_CLEARING})
_ARRIVED = frozenset(
    {
        LedgerAccount.CARD_CLEARING,
        LedgerAccount.BANK_CLEARING,
        LedgerAccount.DESK_CASH,
        LedgerAccount.TERMINAL_CLEARING,
    }
)
"""Where a patient's money is until the bank has it."""
_AT_THE_DESK = frozenset({LedgerAccount.DESK_CASH, LedgerAccount.TERMINAL_CLEARING})
_AT_THE_PROCESSOR = frozenset({LedgerAccount.CARD_CLEARING, LedgerAccount.BANK_CLEARING})
_DISPUTED = frozenset({LedgerAccount.DISPUTES_RECEIVABLE})
_FEES = frozenset({LedgerAccount.PROCESSOR_FEES})
_SUSPENSE = frozenset({LedgerAccount.PAYMENT_SUSPENSE})
_NO_PATIENTS = frozenset({LedgerAccount.PROCESSOR_RESERVE, LedgerAccount.OTHER_BUSINESS})
_UNAPPLIED = frozenset({LedgerAccount.UNAPPLIED_CREDIT})
_DEPOSITS = frozenset({LedgerAccount.PATIENT_DEPOSITS})
_RECEIPTS = frozenset({LedgerAccount.PRACTICE_RECEIPTS})
_OPENING = frozenset({LedgerAccount.OPENING_BALANCES})

POSTING_TABLE: Mapping[BusinessEvent, PostingSides] = {
    BusinessEvent.CHARGE_RECORDED: PostingSides(_PAYER, frozenset({LedgerAccount.GROSS_CHARGES})),
    BusinessEvent.CHARGE_VOIDED: PostingSides(frozenset({LedgerAccount.GROSS_CHARGES}), _PAYER),
    BusinessEvent.CHARGE_REPLACED: PostingSides(
        _PAYER, frozenset({LedgerAccount.GROSS_CHARGES}), either_way=True
    ),
    BusinessEvent.REMITTANCE_POSTED: PostingSides(
        _CLEARING | frozenset({LedgerAccount.REMITTANCE_SUSPENSE}), _PAYER, either_way=True
    ),
    BusinessEvent.REMITTANCE_SUSPENDED: PostingSides(
        _CLEARING, frozenset({LedgerAccount.REMITTANCE_SUSPENSE}), either_way=True
    ),
    BusinessEvent.DUPLICATE_PAID: PostingSides(
        _CLEARING, frozenset({LedgerAccount.PAYER_CREDITS}), either_way=True
    ),
    BusinessEvent.TAKEBACK_DIFFERS: PostingSides(
        _CLEARING, frozenset({LedgerAccount.PAYER_CREDITS}), either_way=True
    ),
    BusinessEvent.REMITTANCE_REJECTED: PostingSides(
        frozenset({LedgerAccount.REMITTANCE_SUSPENSE}),
        frozenset({LedgerAccount.PAYER_CREDITS}),
        either_way=True,
    ),
    BusinessEvent.PROVIDER_ADJUSTED: PostingSides(
        frozenset(
            {
                LedgerAccount.PAYER_CREDITS,
                LedgerAccount.INTEREST_INCOME,
                LedgerAccount.PROVIDER_ADJUSTMENTS,
            }
        ),
        _CLEARING,
        either_way=True,
    ),
    BusinessEvent.CLAIM_ADJUDICATED: PostingSides(
        ADJUSTMENT_ACCOUNTS | _PENDING, _PAYER, either_way=True
    ),
    BusinessEvent.ADJUDICATION_VOIDED: PostingSides(
        _PAYER, ADJUSTMENT_ACCOUNTS | _PENDING | _RECEIVABLE, either_way=True
    ),
    BusinessEvent.SHARE_SUPERSEDED: PostingSides(_PAYER, _PENDING | _RECEIVABLE),
    BusinessEvent.SHARE_RESTORED: PostingSides(_PENDING, _PAYER),
    BusinessEvent.SHARE_RELEASED: PostingSides(_RECEIVABLE, _PENDING),
    BusinessEvent.SHARE_HELD: PostingSides(_PENDING, _RECEIVABLE),
    BusinessEvent.GUARANTOR_ASSIGNED: PostingSides(_PENDING, _PAYER, either_way=True),
    BusinessEvent.CREDIT_RELEASED: PostingSides(_RECEIVABLE, _UNAPPLIED),
    BusinessEvent.CREDIT_APPLIED: PostingSides(_UNAPPLIED, _RECEIVABLE),
    BusinessEvent.DENIAL_WRITTEN_OFF: PostingSides(
        frozenset({LedgerAccount.DENIAL_WRITE_OFFS}), _PAYER, either_way=True
    ),
    BusinessEvent.QMB_WRITTEN_OFF: PostingSides(
        frozenset({LedgerAccount.DENIAL_WRITE_OFFS}), _PAYER, either_way=True
    ),
    BusinessEvent.DEPOSIT_MATCHED: PostingSides(
        frozenset({LedgerAccount.BANK}),
        _CLEARING | frozenset({LedgerAccount.REMITTANCE_SUSPENSE}),
        either_way=True,
    ),
    BusinessEvent.PAYMENT_SETTLED: PostingSides(_ARRIVED, _RECEIVABLE | _UNAPPLIED),
    BusinessEvent.PAYMENT_SUSPENDED: PostingSides(
        _ARRIVED, frozenset({LedgerAccount.PAYMENT_SUSPENSE})
    ),
    BusinessEvent.REFUND_PAID: PostingSides(
        _RECEIVABLE | _UNAPPLIED | frozenset({LedgerAccount.PAYMENT_SUSPENSE}),
        _ARRIVED | frozenset({LedgerAccount.BANK}),
    ),
    BusinessEvent.REFUND_RETURNED: PostingSides(
        _ARRIVED | frozenset({LedgerAccount.BANK}),
        _UNAPPLIED | frozenset({LedgerAccount.PAYMENT_SUSPENSE}),
    ),
    BusinessEvent.PAYMENT_REALLOCATED: PostingSides(
        _RECEIVABLE | _UNAPPLIED, _RECEIVABLE | _UNAPPLIED
    ),
    BusinessEvent.SUSPENSE_CLEARED: PostingSides(
        _UNAPPLIED, frozenset({LedgerAccount.PAYMENT_SUSPENSE})
    ),
    BusinessEvent.MOVEMENT_PLACED: PostingSides(
        _SUSPENSE | _FEES, _AT_THE_PROCESSOR | _FEES | _NO_PATIENTS, either_way=True
    ),
    BusinessEvent.DISPUTE_OPENED: PostingSides(_DISPUTED | _FEES, _AT_THE_PROCESSOR),
    BusinessEvent.DISPUTE_WON: PostingSides(_AT_THE_PROCESSOR | _FEES, _DISPUTED | _FEES),
    BusinessEvent.DISPUTE_LOST: PostingSides(
        _RECEIVABLE | _UNAPPLIED | frozenset({LedgerAccount.PAYMENT_SUSPENSE}), _DISPUTED
    ),
    BusinessEvent.PAYOUT_SETTLED: PostingSides(
        frozenset({LedgerAccount.BANK}) | _FEES,
        _AT_THE_PROCESSOR | frozenset({LedgerAccount.PAYMENT_SUSPENSE}),
        either_way=True,
    ),
    BusinessEvent.PAYOUT_RETURNED: PostingSides(
        frozenset({LedgerAccount.CARD_CLEARING}), frozenset({LedgerAccount.BANK})
    ),
    BusinessEvent.RECEIPT_RECORDED: PostingSides(_RECEIPTS, _RECEIVABLE | _DEPOSITS | _UNAPPLIED),
    BusinessEvent.RECEIPT_RETURNED: PostingSides(_RECEIVABLE | _DEPOSITS | _UNAPPLIED, _RECEIPTS),
    BusinessEvent.DEPOSIT_APPLIED: PostingSides(_DEPOSITS, _RECEIVABLE),
    BusinessEvent.DEPOSIT_TAKEN: PostingSides(_AT_THE_DESK, _DEPOSITS),
    BusinessEvent.DEPOSIT_RELEASED: PostingSides(_DEPOSITS, _UNAPPLIED),
    BusinessEvent.PAYMENT_VOIDED: PostingSides(_RECEIVABLE | _DEPOSITS | _UNAPPLIED, _AT_THE_DESK),
    BusinessEvent.PAYMENT_RETURNED: PostingSides(
        _RECEIVABLE | _DEPOSITS | _UNAPPLIED | frozenset({LedgerAccount.PAYMENT_SUSPENSE}),
        frozenset({LedgerAccount.BANK, LedgerAccount.CASH_OVER_SHORT}),
    ),
    BusinessEvent.DRAWER_COUNTED: PostingSides(
        frozenset({LedgerAccount.CASH_OVER_SHORT}),
        frozenset({LedgerAccount.DESK_CASH}),
        either_way=True,
    ),
    BusinessEvent.DEPOSIT_MADE: PostingSides(
        frozenset({LedgerAccount.BANK}), frozenset({LedgerAccount.DESK_CASH})
    ),
    BusinessEvent.CHECK_FOUND: PostingSides(
        frozenset({LedgerAccount.BANK}), frozenset({LedgerAccount.CASH_OVER_SHORT})
    ),
    BusinessEvent.TERMINAL_SETTLED: PostingSides(
        frozenset({LedgerAccount.BANK, LedgerAccount.PROCESSOR_FEES}),
        frozenset({LedgerAccount.TERMINAL_CLEARING}),
    ),
    BusinessEvent.BALANCE_OPENED: PostingSides(
        _RECEIVABLE | _OPENING, _OPENING | _UNAPPLIED, either_way=True
    ),
    BusinessEvent.SELF_PAY_CHARGED: PostingSides(
        _RECEIVABLE, frozenset({LedgerAccount.GROSS_CHARGES}), either_way=True
    ),
    BusinessEvent.SHARE_LET_OFF: PostingSides(LET_OFF_ACCOUNTS, _RECEIVABLE),
    BusinessEvent.LET_OFF_RETURNED: PostingSides(_RECEIVABLE, LET_OFF_ACCOUNTS, either_way=True),
    BusinessEvent.PLACED: PostingSides(frozenset({LedgerAccount.AGENCY_RECEIVABLE}), _RECEIVABLE),
    BusinessEvent.RECALLED: PostingSides(_RECEIVABLE, frozenset({LedgerAccount.AGENCY_RECEIVABLE})),
    BusinessEvent.PLAN_SETTLED: PostingSides(
        frozenset({LedgerAccount.CHARITY_CARE, LedgerAccount.BAD_DEBT}), _RECEIVABLE
    ),
    BusinessEvent.ASSISTANCE_GRANTED: PostingSides(
        frozenset({LedgerAccount.CHARITY_CARE}), _RECEIVABLE
    ),
}
"""Which accounts each event may debit and credit."""
