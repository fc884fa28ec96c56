"""A payment in another currency or to another practice posts nothing, and is kept whole."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from portal.db import practice_of
from portal.domain.journal import LedgerAccount
from portal.ledger.models import JournalEntryRow
from portal.practice.models import Claim, Practice
from portal.remittances.models import QuarantinedClaim
from portal.remittances.report import ImportReport
from tests.remittances.desk import ImportDesk, SentClaim

CLAIM = SentClaim()  # 50.00 paid
OTHER = replace(CLAIM, number="B2")
PLB = "PLB*1234567893*20261231*L6:REF*-2.5"
OUR_NPI, OUR_TAX_ID = "1234567893", "123456789"  # as the files of these tests have them


def changed(path: Path, old: str, new: str) -> Path:
    """The same file, but for one thing."""
    content = path.read_bytes()
    assert old.encode() in content
    path.write_bytes(content.replace(old.encode(), new.encode()))
    return path


def become(desk: ImportDesk, *, npi: str, tax_id: str = "") -> None:
    """Say who the practice is."""
    with desk.database.transaction(desk.principal()) as session:
        session.execute(
            update(Practice)
            .where(Practice.practice_id == practice_of(session))
            .values(payee_identifier=npi, tax_identifier=tax_id)
        )


def quarantined(desk: ImportDesk) -> list[QuarantinedClaim]:
    with desk.database.transaction(desk.principal()) as session:
        return list(
            session.scalars(
                select(QuarantinedClaim)
                .where(QuarantinedClaim.practice_id == desk.practice.practice_id)
                .order_by(QuarantinedClaim.quarantine_id)
            )
        )


def assert_nothing_is_posted(desk: ImportDesk, report: ImportReport) -> None:
    assert (report.claims_posted, report.claims_held, report.journal_entries) == (0, 0, 0)
    assert report.paid_cents == 0
    assert desk.count(JournalEntryRow) == desk.count(Claim) == 0
    assert desk.tasks() == ["remittance_withheld"]


def test_a_payment_in_another_currency_is_set_aside_whole(desk: ImportDesk) -> None:
    path = desk.write(CLAIM, OTHER, plb=PLB, payment_cents=10_250, trace="T1")
    report = desk.bring(changed(path, "DTM*405*20260114", "CUR*PR*CAD"))
    assert report.claims_quarantined == 2
    assert_nothing_is_posted(desk, report)
    first, second, whole = quarantined(desk)
    assert (first.claim_number, second.claim_number, whole.claim_number) == ("A1", "B2", "")
    assert {one.code for one in (first, second, whole)} == {"other_currency"}
    assert whole.message == (
        "Payment T1 is in CAD, not in US dollars: nothing of it was posted. Ask the payer for a "
        "remittance in US dollars, or post it by hand."
    )
    assert first.content["lines"][0]["adjustments"][0]["amount_cents"] == 3_000
    assert whole.content["provider_adjustments"][0]["amount_cents"] == -250
    assert whole.content["header"]["currency"] == "CAD"


def test_dollars_by_name_are_dollars(desk: ImportDesk) -> None:
    path = desk.write(CLAIM)
    assert desk.bring(changed(path, "DTM*405*20260114", "CUR*PR*usd")).claims_posted == 1


def test_a_payment_to_another_npi_is_set_aside_whole(desk: ImportDesk) -> None:
    become(desk, npi="1993999998", tax_id=OUR_TAX_ID)
    report = desk.bring(desk.write(CLAIM, trace="T1"))
    assert report.claims_quarantined == 1
    assert_nothing_is_posted(desk, report)
    assert quarantined(desk)[-1].message == (
        "Payment T1 is to NPI 1234567893 (SAMPLE PRACTICE), not to this practice, whose NPI is "
        "1993999998: nothing of it was posted. It belongs to another practice, or the NPI in the "
        "practice's settings is wrong."
    )


def test_without_an_npi_in_the_file_the_tax_number_tells(desk: ImportDesk) -> None:
    become(desk, npi="1993999998", tax_id="98-7654321")
    report = desk.bring(changed(desk.write(CLAIM), "*XX*1234567893", ""))
    assert_nothing_is_posted(desk, report)
    assert "is to tax number 123456789 (SAMPLE PRACTICE)" in quarantined(desk)[-1].message


@pytest.mark.parametrize(
    ("npi", "tax_id", "in_file"),
    [
        (OUR_NPI, "98-7654321", "*XX*1234567893"),
        ("1993999998", "12-3456789", "*FI*123456789"),
        ("1993999998", "12-3456789", ""),
        ("1993999998", "", ""),
        ("", "98-7654321", "*XX*1234567893"),
    ],
    ids=["same NPI", "same tax number", "same REF*TJ", "nothing to compare", "no NPI of ours"],
)
def test_a_payment_that_may_be_ours_is_posted(
    desk: ImportDesk, npi: str, tax_id: str, in_file: str
) -> None:
    become(desk, npi=npi, tax_id=tax_id)
    report = desk.bring(changed(desk.write(CLAIM), "*XX*1234567893", in_file))
    assert report.claims_posted == 1


def test_a_withheld_payment_without_claims_is_kept_too(desk: ImportDesk) -> None:
    become(desk, npi="1993999998")
    assert_nothing_is_posted(desk, desk.bring(desk.write(plb=PLB, payment_cents=250)))
    assert [one.paid_cents for one in quarantined(desk)] == [250]


def test_one_payment_that_is_withheld_does_not_keep_the_next_file(desk: ImportDesk) -> None:
    desk.bring(changed(desk.write(CLAIM), "DTM*405*20260114", "CUR*PR*CAD"))
    assert desk.receive(CLAIM).claims_posted == 1
    assert desk.sums()[LedgerAccount.PAYER_CLEARING] == 5_000


def test_the_same_withheld_payment_again_is_a_duplicate(desk: ImportDesk) -> None:
    for _ in range(2):
        path = desk.write(CLAIM, trace="T1", control=7)
        report = desk.bring(changed(path, "DTM*405*20260114", "CUR*PR*CAD"))
    again = desk.bring(changed(desk.write(CLAIM, trace="T1", control=7), "DTM*405", "DTM*050"))
    assert report.duplicates == again.duplicates == 1
    assert desk.tasks() == ["remittance_withheld"]


def test_what_the_payer_takes_back_by_debit_lowers_payer_clearing(desk: ImportDesk) -> None:
    desk.receive(CLAIM)
    path = desk.write(CLAIM.reversal(), payment_cents=5_000)
    report = desk.bring(changed(path, "BPR*I*50*C*", "BPR*I*50*D*"))
    assert (report.paid_cents, report.findings) == (-5_000, 0)
    assert LedgerAccount.PAYER_CLEARING not in desk.sums()
    assert LedgerAccount.REMITTANCE_SUSPENSE not in desk.sums()
    assert desk.tasks() == []


def test_a_debit_that_its_claims_do_not_explain_is_told(desk: ImportDesk) -> None:
    report = desk.bring(changed(desk.write(CLAIM), "BPR*I*50*C*", "BPR*I*50*D*"))
    assert report.findings == 1
    assert desk.sums()[LedgerAccount.PAYER_CLEARING] == -5_000
    assert desk.tasks() == ["remittance_unexplained"]
