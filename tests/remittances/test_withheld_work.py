"""A payment that was withheld whole is taken in from what was kept of it, or rejected."""

import pytest

from portal.db import new_id
from portal.domain.journal import LedgerAccount
from portal.ledger.models import JournalEntryRow
from portal.remittances.models import QuarantinedClaim
from portal.remittances.posting.report import ImportReport
from portal.remittances.quarantine.withheld_work import (
    StillWithheldError,
    reject_payment,
    take_in_payment,
)
from portal.remittances.quarantine.work import QuarantineNotFoundError, ResolvedError
from tests.remittances.desk import ACT, ImportDesk
from tests.remittances.test_quarantine_work import WHY, audited, decisions
from tests.remittances.test_withheld_payments import (
    CLAIM,
    OTHER,
    OUR_NPI,
    PLB,
    become,
    open_tasks,
    quarantined,
)


def withheld(desk: ImportDesk, *, trace: str = "T1") -> QuarantinedClaim:
    """Two claims and interest, to an NPI that was not ours then."""
    become(desk, npi="1993999998")
    desk.bring(desk.write(CLAIM, OTHER, plb=PLB, payment_cents=10_250, trace=trace))
    return next(one for one in quarantined(desk) if not one.claim_number)


@pytest.mark.parametrize("trace", ["T1", ""], ids=["with a trace number", "without one"])
def test_a_payment_is_taken_in_once_the_npi_is_mended(desk: ImportDesk, trace: str) -> None:
    whole = withheld(desk, trace=trace)
    with pytest.raises(StillWithheldError):
        take_in(desk, whole)
    assert desk.count(JournalEntryRow) == 0
    become(desk, npi=OUR_NPI)
    report = take_in(desk, whole)
    assert (report.claims, report.claims_quarantined, report.paid_cents) == (2, 0, 10_250)
    assert desk.sums()[LedgerAccount.PAYER_CLEARING] == 10_250
    assert desk.claim("A1").holds == ("patient_unknown",)
    assert open_tasks(desk) == 0
    assert {one.act for one in decisions(desk)} == {"taken_in"}
    assert len(decisions(desk)) == 3
    with pytest.raises(ResolvedError):
        take_in(desk, whole)
    assert "quarantine_taken_in" in audited(desk)


def test_a_rejected_payment_is_never_posted(desk: ImportDesk) -> None:
    whole = withheld(desk)
    reject_payment(desk.database, desk.staff("poster"), whole.quarantine_id, reason=WHY, act=ACT)
    assert desk.findings() == []
    assert (desk.count(JournalEntryRow), open_tasks(desk)) == (0, 0)
    assert {one.act for one in decisions(desk)} == {"rejected"}
    become(desk, npi=OUR_NPI)
    with pytest.raises(ResolvedError):
        take_in(desk, whole)
    again = desk.bring(desk.folder / "1.835")
    assert (again.duplicates, again.paid_cents, desk.count(JournalEntryRow)) == (2, 0, 0)


def test_a_claim_of_a_withheld_payment_is_not_taken_in_alone(desk: ImportDesk) -> None:
    withheld(desk)
    one = next(one for one in quarantined(desk) if one.claim_number)
    with pytest.raises(QuarantineNotFoundError):
        take_in(desk, one)
    with pytest.raises(QuarantineNotFoundError):
        take_in_payment(desk.database, desk.staff("poster"), new_id(), reason=WHY, act=ACT)


def take_in(desk: ImportDesk, whole: QuarantinedClaim) -> ImportReport:
    report = take_in_payment(
        desk.database, desk.staff("poster"), whole.quarantine_id, reason=WHY, act=ACT
    )
    assert desk.findings() == []
    return report
