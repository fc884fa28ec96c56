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
_PAYER = frozenset({LedgerAccount.PAYER_RECEIVABLE})
_PENDING = frozenset({LedgerAccount.PATIENT_PENDING})
_RECEIVABLE = frozenset({LedgerAccount.PATIENT_RECEIVABLE})
_CLEARING = frozenset({LedgerAccount.PAYER_CLEARING})
_CARD = frozenset({LedgerAccount.CARD_CLEARING})
_UNAPPLIED = frozenset({LedgerAccount.UNAPPLIED_CREDIT})

POSTING_TABLE: Mapping[BusinessEvent, PostingSides] = {
    BusinessEvent.CHARGE_RECORDED: PostingSides(_PAYER, frozenset({LedgerAccount.GROSS_CHARGES})),
    BusinessEvent.CHARGE_VOIDED: PostingSides(frozenset({LedgerAccount.GROSS_CHARGES}), _PAYER),
    BusinessEvent.CHARGE_REPLACED: PostingSides(
        _PAYER, frozenset({LedgerAccount.GROSS_CHARGES}), either_way=True
    ),
    BusinessEvent.REMITTANCE_POSTED: PostingSides(_CLEARING, _PAYER, either_way=True),
    BusinessEvent.REMITTANCE_SUSPENDED: PostingSides(
        _CLEARING, frozenset({LedgerAccount.REMITTANCE_SUSPENSE}), either_way=True
    ),
    BusinessEvent.DUPLICATE_PAID: PostingSides(
        _CLEARING, frozenset({LedgerAccount.PAYER_CREDITS}), either_way=True
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
        frozenset({LedgerAccount.DENIAL_WRITE_OFFS}), _PAYER
    ),
    BusinessEvent.DEPOSIT_MATCHED: PostingSides(frozenset({LedgerAccount.BANK}), _CLEARING),
    BusinessEvent.PAYMENT_SETTLED: PostingSides(_CARD, _RECEIVABLE | _UNAPPLIED),
    BusinessEvent.PAYMENT_SUSPENDED: PostingSides(
        _CARD, frozenset({LedgerAccount.PAYMENT_SUSPENSE})
    ),
    BusinessEvent.REFUND_PAID: PostingSides(
        _RECEIVABLE | _UNAPPLIED | frozenset({LedgerAccount.PAYMENT_SUSPENSE}), _CARD
    ),
}
"""Which accounts each event may debit and credit."""
