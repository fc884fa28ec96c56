"""Money that the practice took itself: it meets the share it was taken for, in whatever order."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.db import practice_of
from portal.domain.hold_kinds import HoldKind
from portal.domain.journal import LedgerAccount
from portal.domain.statement import SkipReason
from portal.practice.directory import change_practice
from portal.practice.models import Patient
from portal.statements.service import issue_statements
from tests.builders import make_guarantor, make_patient
from tests.remittances.desk import NOW, TODAY, ImportDesk, SentClaim, SentLine
from tests.statements.builders import make_adjudicated_claim
from tests.sync.feeding import Feeder, Row

COPAY = SentClaim()  # 20.00 is the patient's, PR-3
DESK = Row(account_number="J-1", claim_number="A1", cents=2_000)
BY_DAY = Row(account_number="J-1", claim_number="", service_on="2026-01-05", cents=2_000)


def deposits_cents(desk: ImportDesk) -> int:
    return -desk.sums().get(LedgerAccount.PATIENT_DEPOSITS, 0)


def issued(desk: ImportDesk) -> int:
    report = issue_statements(
        desk.database, desk.practice.practice_id, as_of=TODAY, now=NOW, dry_run=False
    )
    return report.issued


@pytest.mark.parametrize("row", [DESK, BY_DAY])
def test_a_copay_from_the_desk_waits_and_meets_its_share_before_any_statement(
    desk: ImportDesk, feeder: Feeder, row: Row
) -> None:
    report = feeder.send(row)
    assert report.as_json()["posted"] == 1
    assert deposits_cents(desk) == 2_000
    desk.receive(COPAY)
    claim = desk.claim()
    assert (claim.patient_paid_cents, claim.billable_cents) == (2_000, 0)
    assert deposits_cents(desk) == 0
    assert feeder.findings() == []
    assert issued(desk) == 0


@pytest.mark.parametrize("row", [DESK, BY_DAY])
def test_the_other_order_comes_to_the_same(desk: ImportDesk, feeder: Feeder, row: Row) -> None:
    desk.receive(COPAY)
    assert desk.claim().billable_cents == 2_000
    feeder.send(row)
    claim = desk.claim()
    assert (claim.patient_paid_cents, claim.billable_cents) == (2_000, 0)
    assert deposits_cents(desk) == 0
    assert issued(desk) == 0


def test_a_receipt_told_twice_is_money_once(desk: ImportDesk, feeder: Feeder) -> None:
    feeder.send(DESK)
    report = feeder.send(DESK, replace(DESK, id="R-2", cents=500))
    assert report.as_json()["cents"] == {
        "imported": 2_500,
        "posted": 500,
        "read_back": 0,
        "seen": 2_000,
        "refused": 0,
    }
    desk.receive(COPAY)
    assert desk.claim().patient_paid_cents == 2_000
    assert deposits_cents(desk) == 500


def test_the_same_id_with_another_amount_is_refused_and_listed(
    desk: ImportDesk, feeder: Feeder
) -> None:
    feeder.send(DESK)
    report = feeder.send(replace(DESK, cents=2_500))
    (refusal,) = report.refusals
    assert refusal.row_id == "R-1"
    assert "came before with other content" in refusal.reason
    assert deposits_cents(desk) == 2_000
    assert "feed_refused" in desk.tasks()


def test_a_reversal_lets_the_money_wait_for_the_correction(
    desk: ImportDesk, feeder: Feeder
) -> None:
    feeder.send(DESK)
    desk.receive(COPAY)
    desk.receive(COPAY.reversal())
    assert desk.claim().billable_cents == 0
    assert desk.sums()[LedgerAccount.UNAPPLIED_CREDIT] == -2_000
    desk.receive(replace(COPAY, icn="ICN9"))
    claim = desk.claim()
    assert (claim.patient_paid_cents, claim.billable_cents) == (2_000, 0)
    assert feeder.findings() == []


def test_a_copay_above_the_share_stays_with_its_visit(desk: ImportDesk, feeder: Feeder) -> None:
    feeder.send(replace(DESK, cents=3_000))
    desk.receive(COPAY, replace(COPAY, number="A2", icn="ICN2"))
    first, second = desk.claim("A1"), desk.claim("A2")
    assert (first.billable_cents, second.billable_cents) == (0, 2_000)
    assert deposits_cents(desk) == 1_000


def test_a_copay_for_a_held_claim_meets_it_when_the_hold_ends(
    desk: ImportDesk, feeder: Feeder
) -> None:
    feeder.send(DESK)
    line = SentLine(adjustments={"CO45": 3_000, "PR3": 2_000}, remarks=("MA18",))
    desk.receive(replace(COPAY, lines=(line,), status="19"))
    held = desk.claim()
    assert held.patient_paid_cents == 0
    assert held.holds
    (kind,) = held.holds
    desk.release("A1", HoldKind(kind))
    claim = desk.claim()
    assert (claim.patient_paid_cents, claim.billable_cents) == (2_000, 0)


def test_a_copay_for_a_claim_that_is_nobodys_yet_meets_it_when_its_patient_is_found(
    desk: ImportDesk, feeder: Feeder
) -> None:
    stranger = replace(COPAY, last_name="MARLOW", member="W?")
    desk.bring(desk.write(stranger), create_patients=False)
    assert desk.claim().holds == ("patient_unknown",)
    feeder.send(DESK)
    assert deposits_cents(desk) == 2_000
    with desk.database.transaction(desk.principal()) as session:
        patient_id = session.scalars(
            select(Patient.patient_id).where(Patient.practice_id == practice_of(session))
        ).one()
    desk.match("A1", patient_id)
    claim = desk.claim()
    assert (claim.patient_paid_cents, claim.billable_cents) == (2_000, 0)


def test_a_claim_of_somebody_else_takes_no_money(desk: ImportDesk, feeder: Feeder) -> None:
    desk.receive(COPAY)
    make_guarantor(desk.database, desk.practice.practice_id, account_number="J-2")
    (refusal,) = feeder.send(replace(DESK, account_number="J-2")).refusals
    assert refusal.reason == "Claim A1 is not of account J-2 here."


def test_money_for_the_account_pays_the_oldest_visit_and_the_rest_is_credit(
    desk: ImportDesk, feeder: Feeder
) -> None:
    desk.receive(COPAY)
    feeder.send(Row(account_number="J-1", claim_number="", cents=2_500))
    assert desk.claim().patient_paid_cents == 2_000
    assert desk.sums()[LedgerAccount.UNAPPLIED_CREDIT] == -500


def test_an_unknown_account_is_refused_until_it_is_known(desk: ImportDesk, feeder: Feeder) -> None:
    stranger = replace(DESK, account_number="J-2", claim_number="A9")
    report = feeder.send(stranger)
    assert report.refusals[0].reason.startswith("There is no account J-2 here.")
    make_guarantor(desk.database, desk.practice.practice_id, account_number="J-2")
    assert feeder.send(stranger).as_json()["posted"] == 1
    assert {row.outcome for row in feeder.records().values()} == {"posted"}


def test_with_the_portal_at_the_desk_receipts_of_the_practice_are_refused(
    desk: ImportDesk, feeder: Feeder
) -> None:
    change_practice(desk.database, "riverbend", {"desk_receipts_in": "portal"})
    report = feeder.send(DESK)
    assert report.as_json()["refused"] == 1
    assert "would count twice" in report.refusals[0].reason
    assert deposits_cents(desk) == 0


def test_a_dry_run_counts_and_changes_nothing(desk: ImportDesk, feeder: Feeder) -> None:
    report = feeder.send(DESK, replace(DESK, id="R-2", account_number="X"), dry_run=True)
    assert (report.as_json()["posted"], report.as_json()["refused"]) == (1, 1)
    assert deposits_cents(desk) == 0
    assert feeder.records() == {}
    assert desk.tasks() == []


def test_a_share_that_nobody_told_of_deposits_meets_them_before_a_statement_asks(
    desk: ImportDesk, feeder: Feeder
) -> None:
    feeder.send(replace(DESK, claim_number="C-1001", cents=3_000))
    june = feeder.records()["R-1"].guarantor_id
    assert june is not None
    patient_id = make_patient(desk.database, desk.practice.practice_id, guarantor_id=june)
    make_adjudicated_claim(
        desk.database, desk.practice.practice_id, guarantor_id=june, patient_id=patient_id
    )  # 40.00 is the patient's
    assert deposits_cents(desk) == 3_000
    yesterday = TODAY - timedelta(days=1)
    earlier = issue_statements(
        desk.database, desk.practice.practice_id, as_of=yesterday, now=NOW, dry_run=False
    )
    assert earlier.skipped == {SkipReason.PAID_TODAY: 1}
    assert deposits_cents(desk) == 0
    later = NOW + timedelta(days=1)
    feeder.now, feeder.examines = later, False  # the claim was made by hand
    feeder.send()
    report = issue_statements(
        desk.database,
        desk.practice.practice_id,
        as_of=TODAY + timedelta(days=1),
        now=later,
        dry_run=False,
    )
    assert report.amount_due_cents == 1_000
