"""A payer decided twice and took nothing back: staff say which stands, no cent is lost."""

from dataclasses import replace

import pytest

from portal.domain.hold_kinds import HoldKind
from portal.domain.journal import LedgerAccount
from portal.remittances.claims.work import NotReleasableError, let_last_stand
from tests.remittances.desk import ACT, ImportDesk, SentClaim, SentLine

FIRST = SentClaim()  # 50.00 paid, 20.00 the patient's
SECOND = replace(FIRST, icn="ICN2", lines=[SentLine(adjustments={"CO45": 3_000, "PR3": 1_000})])


def last(desk: ImportDesk) -> None:
    let_last_stand(
        desk.database, desk.staff("poster"), desk.claim_id(), reason="They said so.", act=ACT
    )
    assert desk.findings() == []


def test_the_first_stands_and_what_the_second_paid_is_owed_back(desk: ImportDesk) -> None:
    desk.receive(FIRST)
    desk.receive(SECOND)
    desk.release("A1", HoldKind.DECIDED_AGAIN)
    claim, sums = desk.claim(), desk.sums()
    assert (claim.paid_cents, claim.billable_cents, claim.holds) == (5_000, 2_000, ())
    assert LedgerAccount.REMITTANCE_SUSPENSE not in sums
    assert sums[LedgerAccount.PAYER_CREDITS] == -6_000
    assert sums[LedgerAccount.PAYER_CLEARING] == 11_000
    assert desk.tasks() == ["payer_credit_open"]


def test_the_last_stands_and_what_the_first_paid_is_owed_back(desk: ImportDesk) -> None:
    desk.receive(FIRST)
    desk.pay("A1", 2_000)
    desk.receive(SECOND)
    last(desk)
    claim, sums = desk.claim(), desk.sums()
    assert (claim.paid_cents, claim.patient_paid_cents, claim.holds) == (6_000, 1_000, ())
    assert LedgerAccount.REMITTANCE_SUSPENSE not in sums
    assert sums[LedgerAccount.PAYER_CREDITS] == -5_000
    assert sums[LedgerAccount.UNAPPLIED_CREDIT] == -1_000
    assert desk.tasks() == ["payer_credit_open", "unapplied_credit"]


def test_only_what_waits_can_stand_instead(desk: ImportDesk) -> None:
    desk.receive(FIRST)
    with pytest.raises(NotReleasableError):
        last(desk)


def test_what_one_payment_told_twice_is_not_owed_back(desk: ImportDesk) -> None:
    other = replace(SECOND, icn="ICN1")
    desk.bring(desk.write(FIRST, trace="T1", control=7))
    desk.bring(desk.write(other, trace="T1", control=8, payment_cents=5_000))
    with pytest.raises(NotReleasableError):
        last(desk)
    desk.release("A1", HoldKind.DECIDED_AGAIN)
    assert LedgerAccount.PAYER_CREDITS not in desk.sums()
    assert desk.claim().billable_cents == 2_000
