"""What the practice's feed posts, one entry of each kind with its legs."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from portal.domain import feed_postings as rules
from portal.domain.allocation import Allocation
from portal.domain.journal import NOWHERE, JournalEntry, LedgerAccount, Target
from portal.domain.visit_deposits import Meeting, deposit_applied

A = LedgerAccount
CLAIM, CHARGE, GUARANTOR, ROW = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=21)
TODAY = date(2026, 3, 9)
LINE = Target(CLAIM, CHARGE)
SPLIT = rules.Split((Allocation(LINE, 1500), Allocation(NOWHERE, 200)), 300)

FEED_ENTRIES: Sequence[tuple[JournalEntry, Sequence[tuple[LedgerAccount, int]]]] = [
    (
        rules.receipt_recorded(ROW, SPLIT, guarantor_id=GUARANTOR, effective_on=TODAY),
        [
            (A.PRACTICE_RECEIPTS, 2000),
            (A.PATIENT_RECEIVABLE, -1500),
            (A.UNAPPLIED_CREDIT, -200),
            (A.PATIENT_DEPOSITS, -300),
        ],
    ),
    (
        rules.receipt_returned(ROW, SPLIT, guarantor_id=GUARANTOR, effective_on=TODAY),
        [
            (A.PATIENT_RECEIVABLE, 1500),
            (A.UNAPPLIED_CREDIT, 200),
            (A.PATIENT_DEPOSITS, 300),
            (A.PRACTICE_RECEIPTS, -2000),
        ],
    ),
    (
        deposit_applied(
            ROW, [Meeting(ROW, LINE, 1500)], guarantor_id=GUARANTOR, effective_on=TODAY
        ),
        [(A.PATIENT_DEPOSITS, 1500), (A.PATIENT_RECEIVABLE, -1500)],
    ),
    (
        rules.balance_opened(
            ROW, Target(CLAIM), cents=12_050, guarantor_id=GUARANTOR, effective_on=TODAY
        ),
        [(A.PATIENT_RECEIVABLE, 12_050), (A.OPENING_BALANCES, -12_050)],
    ),
    (
        rules.credit_opened(ROW, cents=700, guarantor_id=GUARANTOR, effective_on=TODAY),
        [(A.OPENING_BALANCES, 700), (A.UNAPPLIED_CREDIT, -700)],
    ),
    (
        rules.self_pay_charged(
            ROW, Target(CLAIM), cents=-9500, guarantor_id=GUARANTOR, effective_on=TODAY
        ),
        [(A.PATIENT_RECEIVABLE, -9500), (A.GROSS_CHARGES, 9500)],
    ),
    (
        rules.share_let_off(
            ROW,
            [Allocation(LINE, 800)],
            A.COURTESY_DISCOUNTS,
            guarantor_id=GUARANTOR,
            effective_on=TODAY,
        ),
        [(A.COURTESY_DISCOUNTS, 800), (A.PATIENT_RECEIVABLE, -800)],
    ),
    (
        rules.let_off_returned(
            str(ROW),
            [(A.BAD_DEBT, Allocation(LINE, 800))],
            guarantor_id=GUARANTOR,
            effective_on=TODAY,
        ),
        [(A.BAD_DEBT, -800), (A.PATIENT_RECEIVABLE, 800)],
    ),
]
