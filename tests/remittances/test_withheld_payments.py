"""A payment in another currency or to another practice posts nothing, and is kept whole."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from portal.db import practice_of
from portal.domain.journal import LedgerAccount
from portal.ledger.models import JournalEntryRow
from portal.practice.models import Claim, Practice
from portal.practice.tasks import open_task_count
from portal.remittances.models import QuarantinedClaim, Remittance
from portal.remittances.posting.report import ImportReport
from tests.remittances.desk import ImportDesk, SentClaim
from tests.remittances.x12_text import encoded, interchange, transaction

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


def open_tasks(desk: ImportDesk) -> int:
    with desk.database.transaction(desk.principal()) as session:
        return open_task_count(session)


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
        "practice's settings is wrong: then mend it there and import the file again."
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
    other_bytes = changed(path, "SAMPLE PRACTICE", "THE SAMPLE PRACTICE")
    again = desk.bring(other_bytes)
    assert report.duplicates == again.duplicates == 1
    assert desk.tasks() == ["remittance_withheld"]


def test_once_the_npi_is_mended_the_same_file_posts_what_was_withheld(desk: ImportDesk) -> None:
    become(desk, npi="1993999998")
    path = desk.write(CLAIM, plb=PLB, payment_cents=5_250, trace="T1")
    desk.bring(path)
    unmended = desk.bring(path)
    assert (unmended.duplicates, unmended.claims, open_tasks(desk)) == (1, 1, 1)
    become(desk, npi=OUR_NPI)
    report = desk.bring(path)
    assert (report.claims_posted, report.claims, report.paid_cents) == (1, 1, 5_250)
    assert desk.sums()[LedgerAccount.PAYER_CLEARING] == 5_250
    assert all(one.resolved_at == desk.now for one in quarantined(desk))
    assert open_tasks(desk) == 0
    third = desk.bring(path)
    assert (third.duplicates, third.claims, third.paid_cents) == (1, 1, 0)
    assert desk.sums()[LedgerAccount.PAYER_CLEARING] == 5_250
    assert desk.count(Remittance) == 1


@pytest.mark.parametrize("control", [7, 8], ids=["same control numbers", "other control numbers"])
def test_once_the_npi_is_mended_the_payment_sent_anew_is_posted_once(
    desk: ImportDesk, control: int
) -> None:
    become(desk, npi="1993999998")
    first = desk.write(plb=PLB, payment_cents=250, trace="T1", control=7)
    desk.bring(first)
    become(desk, npi=OUR_NPI)
    sent = desk.write(plb=PLB, payment_cents=250, trace="T1", control=control)
    anew = changed(sent, "SAMPLE PRACTICE", "THE SAMPLE PRACTICE")
    assert desk.bring(anew).paid_cents == 250
    assert open_tasks(desk) == 0
    for path in (first, anew):
        assert desk.bring(path).paid_cents == 0
    assert desk.sums()[LedgerAccount.PAYER_CLEARING] == 250


def test_a_payment_withheld_twice_is_posted_once(desk: ImportDesk) -> None:
    become(desk, npi="1993999998")
    paths = [desk.write(CLAIM, trace="T1", control=control) for control in (7, 8)]
    for path in paths:
        desk.bring(path)
    assert open_tasks(desk) == 2
    become(desk, npi=OUR_NPI)
    assert [desk.bring(path).claims_posted for path in paths] == [1, 0]
    assert open_tasks(desk) == 0
    assert desk.sums()[LedgerAccount.PAYER_CLEARING] == 5_000


def test_a_withheld_payment_that_came_in_two_files_is_posted_from_either(desk: ImportDesk) -> None:
    become(desk, npi="1993999998")
    desk.bring(desk.write(CLAIM, trace="T1", control=7))
    sent = desk.write(CLAIM, trace="T1", control=7)
    second = changed(sent, "SAMPLE PRACTICE", "THE SAMPLE PRACTICE")
    assert desk.bring(second).duplicates == 1
    become(desk, npi=OUR_NPI)
    assert desk.bring(second).claims_posted == 1
    assert desk.bring(second).duplicates == 1


def test_a_payment_withheld_for_its_currency_is_posted_once_it_comes_in_dollars(
    desk: ImportDesk,
) -> None:
    for segment in ("CUR*PR*CAD", "CUR*PR*USD"):
        path = desk.write(CLAIM, trace="T1", control=7)
        report = desk.bring(changed(path, "DTM*405*20260114", segment))
    assert (report.claims_posted, open_tasks(desk)) == (1, 0)


@pytest.mark.parametrize("trace", ["T", ""], ids=["with traces", "without traces"])
def test_of_a_file_only_what_was_withheld_is_taken_in_again(desk: ImportDesk, trace: str) -> None:
    """One payment of the file was to this practice, the other to the number that was forgotten."""
    path = desk.folder / "two.835"
    ours, mistaken = (
        transaction(
            *one.segments(),
            payment="50",
            control=f"000{number}",
            trace=f"{trace}{number}" if trace else "",
        )
        for number, one in enumerate((CLAIM, OTHER), start=1)
    )
    elsewhere = [one.replace("XX*1234567893", "XX*1993999998") for one in mistaken]
    path.write_bytes(encoded(interchange(ours, elsewhere)))
    become(desk, npi=OUR_NPI)
    first = desk.bring(path)
    assert (first.claims_posted, first.claims_quarantined) == (1, 1)
    become(desk, npi="1993999998")
    second = desk.bring(path)
    assert (second.claims_posted, second.duplicates, second.paid_cents) == (1, 1, 5_000)
    assert desk.bring(path).duplicates == 2
    assert desk.sums()[LedgerAccount.PAYER_CLEARING] == 10_000
    assert open_tasks(desk) == 0


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
