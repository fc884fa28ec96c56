"""What the practice's system says besides receipts: refunds, adjustments, balances, and voids."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from portal.domain.hold_kinds import HoldKind
from portal.domain.journal import LedgerAccount
from portal.domain.statement import SkipReason
from portal.practice.directory import change_practice
from portal.statements.service import IssueReport, issue_statements
from tests.builders import make_guarantor
from tests.remittances.desk import NOW, TODAY, ImportDesk, SentClaim, SentLine
from tests.sync.feeding import Feeder, Row

COPAY = SentClaim()  # 20.00 is the patient's, PR-3
DESK = Row(account_number="J-1", cents=2_000)
REFUND = Row(kind="refund", id="F-1", claim_number="", cents=500, refers_to="R-1")
COURTESY = Row(kind="adjustment", id="A-1", cents=800, adjustment_class="courtesy", code="PPD")
OPENED = Row(
    kind="opening_balance", id="OB-1", account_number="J-1", claim_number="OLD-1", cents=12_050
)
SELF_PAY = replace(OPENED, kind="self_pay_charge", id="CH-1", claim_number="SELF-1", cents=9_500)


def issue(desk: ImportDesk) -> IssueReport:
    return issue_statements(
        desk.database, desk.practice.practice_id, as_of=TODAY, now=NOW, dry_run=False
    )


def reasons(feeder: Feeder, *rows: Row) -> list[str]:
    return [refusal.reason for refusal in feeder.send(*rows).refusals]


def test_a_refund_takes_from_what_waits_first_and_then_opens_the_share_again(
    desk: ImportDesk, feeder: Feeder
) -> None:
    feeder.send(replace(DESK, cents=2_300))
    desk.receive(COPAY)
    feeder.send(replace(REFUND, cents=300))
    assert desk.claim().patient_paid_cents == 2_000
    feeder.send(replace(REFUND, id="F-2", cents=500))
    claim = desk.claim()
    assert (claim.patient_paid_cents, claim.billable_cents) == (1_500, 500)


def test_no_more_is_given_back_than_came(desk: ImportDesk, feeder: Feeder) -> None:
    feeder.send(DESK)
    feeder.send(replace(REFUND, cents=1_500))
    (reason,) = reasons(feeder, replace(REFUND, id="F-2", cents=600))
    assert reason == "It gives back $6.00, and $5.00 are left of receipt R-1."
    desk.receive(COPAY)
    assert desk.claim().billable_cents == 1_500


def test_a_receipt_that_never_was_opens_its_share_again(desk: ImportDesk, feeder: Feeder) -> None:
    desk.receive(COPAY)
    feeder.send(DESK)
    feeder.send(DESK.void())
    claim = desk.claim()
    assert (claim.patient_paid_cents, claim.billable_cents) == (0, 2_000)
    assert reasons(feeder, DESK.void(id="V-2")) == ["Nothing is left of row R-1."]


def test_a_void_of_money_that_a_reversal_freed_leaves_nothing_for_the_correction(
    desk: ImportDesk, feeder: Feeder
) -> None:
    feeder.send(DESK)
    desk.receive(COPAY)
    desk.receive(COPAY.reversal())
    feeder.send(DESK.void())
    desk.receive(replace(COPAY, icn="ICN9"))
    assert desk.claim().billable_cents == 2_000


def test_a_refund_that_never_was_pays_the_share_again(desk: ImportDesk, feeder: Feeder) -> None:
    feeder.send(DESK)
    desk.receive(COPAY)
    feeder.send(REFUND)
    assert desk.claim().billable_cents == 500
    feeder.send(REFUND.void())
    assert desk.claim().billable_cents == 0


@pytest.mark.parametrize("claim_number", ["A1", ""])
def test_a_refund_that_never_was_pays_a_share_that_was_there_first(
    desk: ImportDesk, feeder: Feeder, claim_number: str
) -> None:
    desk.receive(COPAY)
    feeder.send(replace(DESK, claim_number=claim_number))
    refund = replace(REFUND, cents=2_000)
    feeder.send(refund)
    assert desk.claim().billable_cents == 2_000
    feeder.send(refund.void())
    assert desk.claim().billable_cents == 0
    assert LedgerAccount.UNAPPLIED_CREDIT not in desk.sums()


def test_a_refund_that_never_was_waits_for_the_visit_again(
    desk: ImportDesk, feeder: Feeder
) -> None:
    desk.receive(COPAY)
    feeder.send(DESK, replace(REFUND, cents=2_000))
    desk.receive(COPAY.reversal())
    feeder.send(replace(REFUND, cents=2_000).void())
    assert desk.sums()[LedgerAccount.PATIENT_DEPOSITS] == -2_000
    desk.receive(replace(COPAY, icn="ICN9"))
    assert desk.claim().billable_cents == 0


@pytest.mark.parametrize(
    "named",
    [
        {"account_number": "K-2"},
        {"claim_number": "NOPE"},
        {"account_number": "J-1", "claim_number": "A2"},
        {"service_on": "2026-01-06"},
    ],
)
def test_what_refers_to_another_accounts_or_visits_row_is_refused(
    desk: ImportDesk, feeder: Feeder, named: dict[str, Any]
) -> None:
    make_guarantor(desk.database, desk.practice.practice_id, account_number="K-2")
    desk.receive(COPAY, replace(COPAY, number="A2"))
    feeder.send(replace(DESK, service_on="2026-01-05"))
    for row in (REFUND, DESK.void()):
        (reason,) = reasons(feeder, replace(row, **named))
        assert reason.startswith("Row R-1 is of ")
    same: dict[str, Any] = {
        "account_number": "J-1",
        "claim_number": "A1",
        "service_on": "2026-01-05",
    }
    assert reasons(feeder, replace(REFUND, id="F-2", **same)) == []


def test_what_refers_to_money_of_an_account_may_name_a_claim_of_it(
    desk: ImportDesk, feeder: Feeder
) -> None:
    desk.receive(COPAY)
    feeder.send(replace(DESK, claim_number=""))
    assert reasons(feeder, replace(REFUND, claim_number="A1")) == []


def test_an_adjustment_lowers_what_may_be_asked_and_is_part_of_the_claim(
    desk: ImportDesk, feeder: Feeder
) -> None:
    desk.receive(COPAY)
    feeder.send(COURTESY)
    claim = desk.claim()
    assert (claim.billable_cents, claim.adjusted_cents) == (1_200, 3_800)
    parts = (
        claim.paid_cents,
        claim.adjusted_cents,
        claim.payer_receivable_cents,
        claim.patient_pending_cents,
        claim.patient_receivable_cents,
        claim.patient_paid_cents,
    )
    assert claim.charge_cents == sum(parts)
    assert issue(desk).amount_due_cents == 1_200
    feeder.send(COURTESY.void())
    assert desk.claim().billable_cents == 2_000


def test_no_more_is_taken_off_than_may_be_billed(desk: ImportDesk, feeder: Feeder) -> None:
    desk.receive(COPAY)
    (reason,) = reasons(feeder, replace(COURTESY, cents=2_001))
    assert reason.startswith("It takes off $20.01, and $20.00 may be billed.")
    assert desk.claim().billable_cents == 2_000


def test_what_was_let_off_is_put_back_before_money_becomes_credit_and_waits_beside_it(
    desk: ImportDesk, feeder: Feeder
) -> None:
    desk.receive(COPAY)
    feeder.send(COURTESY, replace(DESK, cents=1_000))
    before = desk.sums()
    desk.receive(COPAY.reversal())
    assert desk.sums()[LedgerAccount.UNAPPLIED_CREDIT] == -1_000
    assert LedgerAccount.COURTESY_DISCOUNTS not in desk.sums()
    desk.receive(replace(COPAY, icn="ICN9"))
    claim = desk.claim()
    assert (claim.holds, claim.billable_cents) == ((), 200)
    assert desk.sums() == before
    feeder.send(COURTESY.void())
    assert desk.claim().billable_cents == 1_000


def test_what_was_let_off_cannot_be_taken_back_while_it_waits_for_a_correction(
    desk: ImportDesk, feeder: Feeder
) -> None:
    desk.receive(COPAY)
    feeder.send(COURTESY)
    desk.receive(COPAY.reversal())
    (reason,) = reasons(feeder, COURTESY.void())
    assert reason.startswith("A payer has taken its decision back")
    desk.receive(replace(COPAY, icn="ICN9"))
    assert desk.claim().billable_cents == 1_200
    assert reasons(feeder, COURTESY.void()) == []
    assert desk.claim().billable_cents == 2_000


def test_what_was_let_off_is_for_staff_when_a_correction_leaves_too_little(
    desk: ImportDesk, feeder: Feeder
) -> None:
    desk.receive(COPAY)
    feeder.send(COURTESY)
    desk.receive(COPAY.reversal())
    less = SentLine(adjustments={"CO45": 4_500, "PR3": 500})
    desk.receive(replace(COPAY, icn="ICN9", lines=[less]))
    assert desk.claim().holds == (HoldKind.ADJUSTMENT_PUT_BACK,)
    desk.release("A1", HoldKind.ADJUSTMENT_PUT_BACK)
    assert desk.claim().billable_cents == 0


@pytest.mark.parametrize("row", [OPENED, SELF_PAY])
def test_a_visit_that_is_the_patients_from_the_start_is_asked_for(
    desk: ImportDesk, feeder: Feeder, row: Row
) -> None:
    feeder.send(row)
    claim = desk.claim(row.claim_number)
    assert (claim.charge_cents, claim.billable_cents) == (row.cents, row.cents)
    assert issue(desk).amount_due_cents == row.cents
    feeder.send(replace(DESK, claim_number=row.claim_number, cents=1_000))
    assert desk.claim(row.claim_number).billable_cents == row.cents - 1_000
    assert "only" in reasons(feeder, row.void())[0]
    feeder.send(DESK.void(), row.void(id="V-9"))
    assert desk.claim(row.claim_number).charge_cents == 0


def test_money_for_a_visit_meets_a_charge_that_comes_later(
    desk: ImportDesk, feeder: Feeder
) -> None:
    feeder.send(replace(DESK, claim_number="SELF-1", cents=3_000))
    report = feeder.send(SELF_PAY)
    assert report.met_cents == 3_000
    assert desk.claim("SELF-1").billable_cents == 6_500


def test_a_payer_may_not_decide_what_the_practice_made_the_patients_own(
    desk: ImportDesk, feeder: Feeder
) -> None:
    feeder.send(replace(OPENED, claim_number="A1", service_on="2026-01-05"))
    report = desk.receive(COPAY)
    assert report.claims_quarantined == 1
    assert desk.claim("A1").billable_cents == 12_050


def test_a_credit_from_before_is_the_accounts_until_it_is_voided(
    desk: ImportDesk, feeder: Feeder
) -> None:
    credit = Row(kind="opening_credit", id="OC-1", account_number="J-1", claim_number="", cents=700)
    feeder.send(credit)
    assert desk.sums()[LedgerAccount.UNAPPLIED_CREDIT] == -700
    feeder.send(credit.void())
    assert desk.sums() == {}


def test_an_old_feed_stops_statements_and_a_newer_one_lets_them_go(
    desk: ImportDesk, feeder: Feeder
) -> None:
    desk.receive(COPAY)
    feeder.now = NOW - timedelta(hours=25)
    feeder.send()
    assert issue(desk).skipped == {SkipReason.STALE_FEED: 1}
    feeder.now = NOW - timedelta(hours=23)
    feeder.send()
    assert issue(desk).issued == 1


def test_a_feed_that_is_expected_and_never_came_stops_statements(desk: ImportDesk) -> None:
    desk.receive(COPAY)
    change_practice(desk.database, "riverbend", {"feed_expected": "yes"})
    assert issue(desk).skipped == {SkipReason.STALE_FEED: 1}
    change_practice(desk.database, "riverbend", {"feed_expected": "no"})
    assert issue(desk).issued == 1
