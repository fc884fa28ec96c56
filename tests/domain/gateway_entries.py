"""What Stripe's payouts and banks' disputes post, as docs/ledger.md has it."""

from datetime import date
from uuid import UUID

from portal.domain.allocation import Allocation
from portal.domain.dispute_postings import DisputeMovement, dispute_lost, dispute_moved
from portal.domain.gateway_movements import (
    MovementKind,
    SettledMovement,
    movement_named,
    movement_placed,
    payout_returned,
    payout_settled,
)
from portal.domain.journal import NOWHERE, JournalEntry, LedgerAccount, Target

A = LedgerAccount
ONE, GUARANTOR, LINE = UUID(int=11), UUID(int=3), Target(UUID(int=1), UUID(int=2))
TODAY = date(2026, 3, 9)
CARRIED = (
    SettledMovement(MovementKind.CHARGE, 10_000, 320, A.CARD_CLEARING),
    SettledMovement(MovementKind.PAYOUT, -9_680, 0),
)
LATE_DISPUTE = SettledMovement(MovementKind.DISPUTE, -5_000, 1_500, A.CARD_CLEARING)
RESERVED = SettledMovement(MovementKind.OTHER, -2_500, 0)

GATEWAY_ENTRIES: list[tuple[JournalEntry, list[tuple[LedgerAccount, int]]]] = [
    (
        payout_settled(ONE, CARRIED, effective_on=TODAY),
        [(A.CARD_CLEARING, -10_000), (A.PROCESSOR_FEES, 320), (A.BANK, 9_680)],
    ),
    (
        movement_placed("txn_3", CARRIED[0], effective_on=TODAY),
        [(A.CARD_CLEARING, -10_000), (A.PAYMENT_SUSPENSE, 10_000)],
    ),
    (  # its fee was the payout's, and is the dispute's from now on
        movement_placed("txn_4", LATE_DISPUTE, effective_on=TODAY),
        [(A.CARD_CLEARING, 6_500), (A.PROCESSOR_FEES, -1_500), (A.PAYMENT_SUSPENSE, -5_000)],
    ),
    (
        movement_named("txn_5", RESERVED, A.PROCESSOR_RESERVE, effective_on=TODAY),
        [(A.PAYMENT_SUSPENSE, -2_500), (A.PROCESSOR_RESERVE, 2_500)],
    ),
    (
        movement_named("txn_6", CARRIED[0], A.OTHER_BUSINESS, effective_on=TODAY),
        [(A.PAYMENT_SUSPENSE, 10_000), (A.OTHER_BUSINESS, -10_000)],
    ),
    (
        movement_named("txn_7", RESERVED, A.PROCESSOR_FEES, effective_on=TODAY),
        [(A.PAYMENT_SUSPENSE, -2_500), (A.PROCESSOR_FEES, 2_500)],
    ),
    (
        payout_returned(ONE, amount_cents=9_680, effective_on=TODAY),
        [(A.CARD_CLEARING, 9_680), (A.BANK, -9_680)],
    ),
    (
        dispute_moved(
            ONE,
            DisputeMovement("txn_1", -5_000, 1_500),
            guarantor_id=GUARANTOR,
            effective_on=TODAY,
            clearing=A.CARD_CLEARING,
        ),
        [(A.DISPUTES_RECEIVABLE, 5_000), (A.PROCESSOR_FEES, 1_500), (A.CARD_CLEARING, -6_500)],
    ),
    (
        dispute_moved(
            ONE,
            DisputeMovement("txn_2", 5_000, 0),
            guarantor_id=GUARANTOR,
            effective_on=TODAY,
            clearing=A.CARD_CLEARING,
        ),
        [(A.DISPUTES_RECEIVABLE, -5_000), (A.CARD_CLEARING, 5_000)],
    ),
    (
        dispute_lost(
            ONE,
            [Allocation(NOWHERE, 200), Allocation(LINE, 4_500)],
            guarantor_id=GUARANTOR,
            effective_on=TODAY,
            unexplained_cents=300,
        ),
        [
            (A.UNAPPLIED_CREDIT, 200),
            (A.PATIENT_RECEIVABLE, 4_500),
            (A.PAYMENT_SUSPENSE, 300),
            (A.DISPUTES_RECEIVABLE, -5_000),
        ],
    ),
]
