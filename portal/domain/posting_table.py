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
_CARD = frozenset({LedgerAccount.CARD_CLEARING})
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
    BusinessEvent.PAYMENT_SETTLED: PostingSides(_CARD, _RECEIVABLE | _UNAPPLIED),
    BusinessEvent.PAYMENT_SUSPENDED: PostingSides(
        _CARD, frozenset({LedgerAccount.PAYMENT_SUSPENSE})
    ),
    BusinessEvent.REFUND_PAID: PostingSides(
        _RECEIVABLE | _UNAPPLIED | frozenset({LedgerAccount.PAYMENT_SUSPENSE}), _CARD
    ),
    BusinessEvent.RECEIPT_RECORDED: PostingSides(_RECEIPTS, _RECEIVABLE | _DEPOSITS | _UNAPPLIED),
    BusinessEvent.RECEIPT_RETURNED: PostingSides(_RECEIVABLE | _DEPOSITS | _UNAPPLIED, _RECEIPTS),
    BusinessEvent.DEPOSIT_APPLIED: PostingSides(_DEPOSITS, _RECEIVABLE),
    BusinessEvent.BALANCE_OPENED: PostingSides(
        _RECEIVABLE | _OPENING, _OPENING | _UNAPPLIED, either_way=True
    ),
    BusinessEvent.SELF_PAY_CHARGED: PostingSides(
        _RECEIVABLE, frozenset({LedgerAccount.GROSS_CHARGES}), either_way=True
    ),
    BusinessEvent.SHARE_LET_OFF: PostingSides(LET_OFF_ACCOUNTS, _RECEIVABLE),
    BusinessEvent.LET_OFF_RETURNED: PostingSides(_RECEIVABLE, LET_OFF_ACCOUNTS, either_way=True),
}
"""Which accounts each event may debit and credit."""
