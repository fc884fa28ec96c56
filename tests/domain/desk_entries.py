"""The desk's business events with the legs they post, as docs/ledger.md has them."""

from datetime import date
from uuid import UUID

from portal.domain import desk_postings as desk
from portal.domain.allocation import Allocation
from portal.domain.journal import NOWHERE, JournalEntry, LedgerAccount, Target
from portal.domain.visit_deposits import deposit_released

A = LedgerAccount
ONE, GUARANTOR, LINE = UUID(int=11), UUID(int=3), Target(UUID(int=1), UUID(int=2))
TODAY = date(2026, 3, 9)
TAKEN = (Allocation(NOWHERE, 200), Allocation(LINE, 1500))

DESK_ENTRIES: list[tuple[JournalEntry, list[tuple[LedgerAccount, int]]]] = [
    (
        desk.deposit_taken(
            ONE, 2500, guarantor_id=GUARANTOR, effective_on=TODAY, arrived_in=A.DESK_CASH
        ),
        [(A.DESK_CASH, 2500), (A.PATIENT_DEPOSITS, -2500)],
    ),
    (
        deposit_released(ONE, amount_cents=2500, guarantor_id=GUARANTOR, effective_on=TODAY),
        [(A.PATIENT_DEPOSITS, 2500), (A.UNAPPLIED_CREDIT, -2500)],
    ),
    (
        desk.payment_voided(
            ONE,
            TAKEN,
            deposit_cents=300,
            guarantor_id=GUARANTOR,
            effective_on=TODAY,
            left_from=A.TERMINAL_CLEARING,
        ),
        [
            (A.UNAPPLIED_CREDIT, 200),
            (A.PATIENT_RECEIVABLE, 1500),
            (A.PATIENT_DEPOSITS, 300),
            (A.TERMINAL_CLEARING, -2000),
        ],
    ),
    (
        desk.payment_returned(
            ONE,
            TAKEN,
            deposit_cents=0,
            unexplained_cents=100,
            guarantor_id=GUARANTOR,
            effective_on=TODAY,
        ),
        [
            (A.UNAPPLIED_CREDIT, 200),
            (A.PATIENT_RECEIVABLE, 1500),
            (A.PAYMENT_SUSPENSE, 100),
            (A.BANK, -1800),
        ],
    ),
    (
        desk.drawer_counted(ONE, difference_cents=-75, effective_on=TODAY),
        [(A.CASH_OVER_SHORT, 75), (A.DESK_CASH, -75)],
    ),
    (
        desk.drawer_counted(ONE, difference_cents=75, effective_on=TODAY),
        [(A.CASH_OVER_SHORT, -75), (A.DESK_CASH, 75)],
    ),
    (
        desk.deposit_made(ONE, amount_cents=5000, effective_on=TODAY),
        [(A.BANK, 5000), (A.DESK_CASH, -5000)],
    ),
    (
        desk.payment_returned(
            ONE,
            TAKEN,
            deposit_cents=0,
            unexplained_cents=0,
            guarantor_id=GUARANTOR,
            effective_on=TODAY,
            left_from=A.CASH_OVER_SHORT,
        ),
        [(A.UNAPPLIED_CREDIT, 200), (A.PATIENT_RECEIVABLE, 1500), (A.CASH_OVER_SHORT, -1700)],
    ),
    (
        desk.check_found(ONE, amount_cents=5000, effective_on=TODAY),
        [(A.BANK, 5000), (A.CASH_OVER_SHORT, -5000)],
    ),
    (
        desk.terminal_settled(ONE, taken_cents=5000, arrived_cents=5000, effective_on=TODAY),
        [(A.BANK, 5000), (A.TERMINAL_CLEARING, -5000)],
    ),
    (
        desk.terminal_settled(ONE, taken_cents=5000, arrived_cents=4870, effective_on=TODAY),
        [(A.BANK, 4870), (A.PROCESSOR_FEES, 130), (A.TERMINAL_CLEARING, -5000)],
    ),
]
