"""A copay taken at the desk that a decision freed meets its visit again when a share is back."""

from dataclasses import replace
from datetime import timedelta

from portal.domain.journal import LedgerAccount
from portal.statements.service import issue_statements
from tests.remittances.desk import NOW, ImportDesk, SentClaim, SentLine
from tests.sync.feeding import Feeder
from tests.sync.test_feed_changes import DESK, REFUND

PRIMARY = SentClaim()  # 20.00 the patient's
PAID_BY_SECOND = SentClaim(status="2", icn="S1", lines=[SentLine(adjustments={"OA23": 8_000})])
COPAY_AFTER_ALL = SentClaim(
    status="2", icn="S2", lines=[SentLine(adjustments={"OA23": 8_000, "PR3": 2_000})]
)


def freed_and_asked_again(desk: ImportDesk, feeder: Feeder) -> None:
    feeder.send(DESK)
    desk.receive(PRIMARY)
    desk.receive(PAID_BY_SECOND, payer="SEC")
    assert desk.sums()[LedgerAccount.UNAPPLIED_CREDIT] == -2_000
    desk.receive(PAID_BY_SECOND.reversal(), payer="SEC")


def test_a_freed_copay_pays_the_share_of_its_visit_when_that_is_asked_for_again(
    desk: ImportDesk, feeder: Feeder
) -> None:
    freed_and_asked_again(desk, feeder)
    desk.receive(COPAY_AFTER_ALL, payer="SEC")
    assert desk.claim().billable_cents == 0
    assert desk.claim().patient_paid_cents == 2_000
    assert LedgerAccount.UNAPPLIED_CREDIT not in desk.sums()
    assert desk.findings() == []
    tomorrow = NOW + timedelta(days=1)
    report = issue_statements(
        desk.database,
        desk.practice.practice_id,
        as_of=tomorrow.date(),
        now=tomorrow,
        dry_run=False,
    )
    assert report.issued == 0


def test_of_a_freed_copay_what_was_given_back_pays_nothing(
    desk: ImportDesk, feeder: Feeder
) -> None:
    freed_and_asked_again(desk, feeder)
    feeder.send(replace(REFUND, cents=1_500))
    desk.receive(COPAY_AFTER_ALL, payer="SEC")
    assert desk.claim().billable_cents == 1_500
    assert desk.claim().patient_paid_cents == 500
    assert desk.findings() == []
