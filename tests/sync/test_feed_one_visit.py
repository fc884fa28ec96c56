"""One visit is asked for once, also where the practice's system names no claim."""

from dataclasses import replace

from portal.domain.quarantine import QuarantineReason
from tests.builders import make_guarantor
from tests.remittances.desk import ImportDesk
from tests.remittances.test_quarantine_work import again, open_reasons
from tests.sync.feeding import Feeder, Row
from tests.sync.test_feed_changes import COPAY, OPENED, SELF_PAY, issue, reasons

DAY = "2026-01-05"  # of COPAY
UNNAMED = replace(SELF_PAY, claim_number="", service_on=DAY, cents=10_000)


def test_a_balance_of_a_day_that_has_a_claim_has_to_name_its_own(
    desk: ImportDesk, feeder: Feeder
) -> None:
    desk.receive(COPAY)
    opened = replace(OPENED, claim_number="", service_on=DAY, cents=2_000)
    (reason,) = reasons(feeder, opened)
    assert reason.startswith("The account has a claim of that day: A1.")
    assert issue(desk).amount_due_cents == 2_000
    feeder.send(replace(opened, claim_number="B7"))  # another visit, then
    assert desk.claim("B7").billable_cents == 2_000


def test_a_decision_on_a_day_that_was_charged_without_a_number_waits_for_staff(
    desk: ImportDesk, feeder: Feeder
) -> None:
    feeder.send(UNNAMED)
    desk.receive(COPAY)
    assert open_reasons(desk) == [QuarantineReason.CHARGED_TO_PATIENT.value]
    assert issue(desk).amount_due_cents == 10_000
    feeder.send(UNNAMED.void())
    again(desk)
    assert desk.claim("A1").billable_cents == 2_000


def test_another_day_or_a_charge_with_a_number_stops_no_decision(
    desk: ImportDesk, feeder: Feeder
) -> None:
    feeder.send(replace(UNNAMED, service_on="2026-01-06"))
    feeder.send(replace(SELF_PAY, service_on=DAY))
    desk.receive(COPAY)
    assert desk.claim("A1").billable_cents == 2_000


def test_a_wrong_charge_is_voided_and_told_anew_under_the_same_number(
    desk: ImportDesk, feeder: Feeder
) -> None:
    for row in (SELF_PAY, OPENED):
        right = replace(row, id=f"{row.id}-2", cents=4_500)
        feeder.send(row, row.void())
        assert reasons(feeder, right) == []
        claim = desk.claim(row.claim_number)
        assert (claim.charge_cents, claim.billable_cents) == (4_500, 4_500)
        feeder.send(right.void())
        assert desk.claim(row.claim_number).charge_cents == 0


def test_a_charge_on_the_wrong_account_is_told_anew_on_the_right_one(
    desk: ImportDesk, feeder: Feeder
) -> None:
    make_guarantor(desk.database, desk.practice.practice_id, account_number="K-2")
    feeder.send(SELF_PAY, SELF_PAY.void())
    right = replace(SELF_PAY, id="CH-2", account_number="K-2")
    assert reasons(feeder, right) == []
    paid = Row(id="R-9", claim_number="SELF-1", cents=9_500)
    assert reasons(feeder, paid) == []
    assert issue(desk).amount_due_cents == 0


def test_what_a_payer_decided_is_not_charged_by_the_feed(desk: ImportDesk, feeder: Feeder) -> None:
    desk.receive(COPAY)
    (reason,) = reasons(feeder, replace(SELF_PAY, claim_number="A1"))
    assert reason.startswith("Claim A1 is on the books already")


def test_balances_of_unknown_days_are_not_of_one_day(desk: ImportDesk, feeder: Feeder) -> None:
    opened = replace(OPENED, claim_number="")
    assert reasons(feeder, opened, replace(opened, id="OB-2", cents=1_000)) == []
    assert issue(desk).amount_due_cents == 13_050
