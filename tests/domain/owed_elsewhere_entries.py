"""What plans and agencies post about debt, as docs/ledger.md has it."""

from datetime import date
from uuid import UUID

from portal.domain.agency_postings import placed, recalled
from portal.domain.assistance import Relief
from portal.domain.assistance_postings import assistance_granted
from portal.domain.journal import JournalEntry, LedgerAccount, Target
from portal.domain.plan_postings import plan_settled

A = LedgerAccount
ONE, GUARANTOR, LINE = UUID(int=21), UUID(int=3), Target(UUID(int=1), UUID(int=2))
TODAY = date(2026, 3, 9)

OWED_ELSEWHERE_ENTRIES: list[tuple[JournalEntry, list[tuple[LedgerAccount, int]]]] = [
    (
        placed(ONE, {LINE: 2500}, guarantor_id=GUARANTOR, effective_on=TODAY),
        [(A.AGENCY_RECEIVABLE, 2500), (A.PATIENT_RECEIVABLE, -2500)],
    ),
    (
        recalled(ONE, {LINE: 2500}, guarantor_id=GUARANTOR, effective_on=TODAY),
        [(A.PATIENT_RECEIVABLE, 2500), (A.AGENCY_RECEIVABLE, -2500)],
    ),
    (
        plan_settled(ONE, {LINE: 2500}, A.CHARITY_CARE, guarantor_id=GUARANTOR, effective_on=TODAY),
        [(A.CHARITY_CARE, 2500), (A.PATIENT_RECEIVABLE, -2500)],
    ),
    (
        assistance_granted(
            ONE, [Relief(LINE, 0, 2500)], turn=0, guarantor_id=GUARANTOR, effective_on=TODAY
        ),
        [(A.CHARITY_CARE, 2500), (A.PATIENT_RECEIVABLE, -2500)],
    ),
]
