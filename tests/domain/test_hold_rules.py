"""What keeps a claim off statements, and what lets it go: never the money, only the billing."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from portal.domain.adjudication import Disposition
from portal.domain.claim_position import ClaimPosition, CoverageOnFile
from portal.domain.claim_review import assign_guarantor, reassess, release_hold
from portal.domain.hold_kinds import HOLDS, HoldKind
from portal.domain.hold_rules import concerns_in
from portal.domain.journal import LedgerAccount
from portal.domain.remittance import ClaimPayment, Organization
from tests.domain.claims import CLAIM, GUARANTOR, TODAY, Life, claim, line

A = LedgerAccount
ORDINARY = claim(line(10000, 5000, CO45=3000, PR1=2000))
CAUSE = UUID(int=77)


def with_line_remark(remark: str) -> ClaimPayment:
    return replace(ORDINARY, lines=(replace(ORDINARY.lines[0], remarks=(remark,)),))


def with_reason(**amounts: int) -> ClaimPayment:
    return claim(line(10000, 10000 - sum(amounts.values()), **amounts))


@pytest.mark.parametrize(
    ("decided", "kind"),
    [
        (replace(ORDINARY, status="19"), HoldKind.CROSSOVER),
        (replace(ORDINARY, status="23"), HoldKind.CROSSOVER),
        (replace(ORDINARY, crossover_payer=Organization("SECOND PLAN")), HoldKind.CROSSOVER),
        (replace(ORDINARY, remarks=("MA18",)), HoldKind.CROSSOVER),
        (replace(ORDINARY, remarks=("MA01", "MA07")), HoldKind.CROSSOVER),
        (with_line_remark("N89"), HoldKind.CROSSOVER),
        (replace(ORDINARY, status="13"), HoldKind.STATUS_UNKNOWN),
        (replace(ORDINARY, status=""), HoldKind.STATUS_UNKNOWN),
        (replace(ORDINARY, stated_responsibility_cents=1999), HoldKind.RESPONSIBILITY_DIFFERS),
        (replace(ORDINARY, stated_responsibility_cents=None), HoldKind.RESPONSIBILITY_DIFFERS),
        (with_reason(CO22=3000, PR1=2000), HoldKind.OTHER_INSURANCE),
        (with_reason(CO109=3000, PR1=2000), HoldKind.WRONG_PAYER),
        (with_reason(OAB11=3000, PR1=2000), HoldKind.WRONG_PAYER),
        (with_reason(OA133=3000, PR1=2000), HoldKind.UNDER_REVIEW),
        (with_reason(PR227=2000), HoldKind.PATIENT_INFORMATION),
        (with_line_remark("N179"), HoldKind.PATIENT_INFORMATION),
        (with_reason(PR19=2000), HoldKind.OTHER_LIABILITY),
        (with_reason(PR21=2000), HoldKind.OTHER_LIABILITY),
        (with_reason(PR31=2000), HoldKind.PATIENT_NOT_RECOGNIZED),
        (with_reason(CO140=2000), HoldKind.PATIENT_NOT_RECOGNIZED),
        (with_reason(PR100=2000), HoldKind.PAID_TO_PATIENT),
        (with_reason(PRB9=2000), HoldKind.WRONG_PAYER),
        (with_reason(PR187=2000), HoldKind.SPENDING_ACCOUNT),
        (with_reason(PR239=2000), HoldKind.SEND_AGAIN),
        (replace(ORDINARY, remarks=("MA130",)), HoldKind.SEND_AGAIN),
        (with_reason(OAA0=500, PR1=2000), HoldKind.REFUND_DUE),
        (with_reason(PR2=-500, PR1=2000), HoldKind.NEGATIVE_RESPONSIBILITY),
        (with_reason(PR45=2000), HoldKind.BALANCE_BILL),
        (replace(ORDINARY, remarks=("MA59",)), HoldKind.REFUND_DUE),
        (replace(ORDINARY, remarks=("MA72",)), HoldKind.REFUND_DUE),
        (replace(ORDINARY, remarks=("M27",)), HoldKind.SAID_NOT_OWED),
        (with_line_remark("N842"), HoldKind.SAID_NOT_OWED),
        (replace(ORDINARY, filing_indicator="WC"), HoldKind.SPECIAL_PAYER),
        (replace(ORDINARY, filing_indicator="VA"), HoldKind.SPECIAL_PAYER),
        (replace(ORDINARY, filing_indicator="MC"), HoldKind.MEDICAID),
        (claim(line(10000, -100, CO16=10100)), HoldKind.NEGATIVE_PAYMENT),
    ],
)
def test_what_a_decision_says_may_hold_its_claim(decided: ClaimPayment, kind: HoldKind) -> None:
    life = Life()
    decision = life.hear(decided)
    assert decision.disposition is Disposition.HELD
    assert decision.holds_placed == {kind}
    assert life.position.billable_cents == 0
    assert life.position.patient_receivable_cents == 0


@pytest.mark.parametrize("remark", ["N781", "N782", "N783", "N192"])
def test_cost_sharing_of_a_protected_medicare_patient_stays_with_the_payers(remark: str) -> None:
    life = Life()
    life.hear(replace(ORDINARY, remarks=(remark,)))
    assert life.position.holds == {HoldKind.QUALIFIED_MEDICARE_BENEFICIARY}
    assert life.position.share_cents == 0
    assert life.position.payer_receivable_cents == 2000


@pytest.mark.parametrize("reason", ["OA209", "CO303"])
def test_reasons_that_protect_the_patient_protect_the_whole_claim(reason: str) -> None:
    life = Life()
    life.hear(with_reason(**{reason: 1000, "PR2": 2000}))
    assert life.position.share_cents == 0
    assert HoldKind.QUALIFIED_MEDICARE_BENEFICIARY in life.position.holds


@pytest.mark.parametrize(
    ("amounts", "remark", "held"),
    [
        ({"PR1": 500, "PR2": 500, "PR3": 500}, "N830", False),
        ({"PR1": 2000}, "N859", False),
        ({"PR96": 2000}, "N859", True),
        ({"PR96": 2000}, "N879", True),
        ({"PR204": 2000}, "N877", True),
        ({"PR1": 2000}, "N876", True),
        ({"PR1": 2000}, "N878", True),
        ({"PR96": 2000}, "N858", False),
    ],
)
def test_under_the_no_surprises_act_only_cost_sharing_is_billed(
    amounts: dict[str, int], remark: str, *, held: bool
) -> None:
    life = Life()
    life.hear(replace(with_reason(**amounts), remarks=(remark,)))
    assert (life.position.holds == {HoldKind.NO_SURPRISES}) is held
    assert (life.position.billable_cents == 0) is held


@pytest.mark.parametrize("reason", ["PR3", "PR66", "PR142"])
def test_medicaid_may_leave_a_copay_to_the_patient(reason: str) -> None:
    life = Life()
    life.hear(replace(with_reason(**{reason: 400}), filing_indicator="MC"))
    assert life.position.billable_cents == 400


def test_medicaid_at_any_rank_limits_the_primarys_share() -> None:
    covered = ClaimPosition(
        CLAIM,
        guarantor_id=GUARANTOR,
        coverages=(CoverageOnFile("P1", 1), CoverageOnFile("MEDICAID", 2, "MC")),
    )
    life = Life(covered)
    life.hear(ORDINARY, payer="P1")
    assert life.position.holds == {HoldKind.LATER_COVERAGE, HoldKind.MEDICAID}


def test_an_accident_coverage_on_file_holds_the_share() -> None:
    covered = ClaimPosition(
        CLAIM, guarantor_id=GUARANTOR, coverages=(CoverageOnFile("P1", 1, "AM"),)
    )
    life = Life(covered)
    life.hear(ORDINARY, payer="P1")
    assert life.position.holds == {HoldKind.SPECIAL_PAYER}


def test_the_next_payers_decision_ends_the_wait_for_it() -> None:
    life = Life()
    life.hear(replace(ORDINARY, status="19"), payer="P1")
    second = claim(line(10000, 1500, OA23=8000, PR2=500), status="2", icn="S1")
    decision = life.hear(second, payer="P2", trace="S", file=2)
    assert decision.holds_released == {HoldKind.CROSSOVER}
    assert life.position.billable_cents == 500


def test_a_doubt_about_a_share_ends_with_the_share() -> None:
    life = Life()
    life.hear(replace(ORDINARY, stated_responsibility_cents=1), payer="P1")
    second = claim(line(10000, 1500, OA23=8000, PR2=500), status="2", icn="S1")
    life.hear(second, payer="P2", trace="S", file=2)
    assert life.position.holds == set()


def test_a_person_releases_a_hold_and_it_stays_released() -> None:
    life = Life()
    life.hear(replace(ORDINARY, remarks=("MA18",)))
    released = life.change(
        release_hold(life.position, HoldKind.CROSSOVER, cause_id=CAUSE, today=TODAY)
    )
    assert released.holds_released == {HoldKind.CROSSOVER}
    assert life.position.billable_cents == 2000
    again = life.change(reassess(life.position, cause_id=UUID(int=78), today=TODAY))
    assert again.holds_placed == set()
    assert again.entries == ()


def test_a_hold_placed_by_a_person_holds_back_what_is_open() -> None:
    life = Life()
    life.hear(ORDINARY)
    life.pay(500)
    held = replace(life.position, holds=frozenset({HoldKind.STAFF}))
    life.change(reassess(held, cause_id=CAUSE, today=TODAY))
    assert life.position.patient_pending_cents == 1500
    assert life.position.patient_paid_cents == 500
    life.change(release_hold(life.position, HoldKind.STAFF, cause_id=UUID(int=78), today=TODAY))
    assert life.position.billable_cents == 1500


def test_a_coverage_found_later_holds_a_share_that_was_released() -> None:
    life = Life()
    life.hear(ORDINARY, payer="P1")
    found = replace(life.position, coverages=(CoverageOnFile("P2", 2),))
    changes = life.change(reassess(found, cause_id=CAUSE, today=TODAY))
    assert changes.holds_placed == {HoldKind.LATER_COVERAGE}
    assert life.position.patient_pending_cents == 2000


def test_a_claim_of_nobody_waits_and_is_billed_once_its_patient_is_found() -> None:
    life = Life(ClaimPosition(CLAIM))
    life.hear(ORDINARY)
    assert life.position.holds == {HoldKind.PATIENT_UNKNOWN}
    assert all(entry.guarantor_id is None for entry in life.entries)
    changes = life.change(assign_guarantor(life.position, GUARANTOR, cause_id=CAUSE, today=TODAY))
    assert changes.holds_released == {HoldKind.PATIENT_UNKNOWN}
    assert life.position.billable_cents == 2000
    theirs = [
        posting.amount_cents
        for entry in life.entries
        if entry.guarantor_id == GUARANTOR
        for posting in entry.postings
        if posting.account in {A.PATIENT_PENDING, A.PATIENT_RECEIVABLE}
    ]
    assert sum(theirs) == 2000
    with pytest.raises(ValueError, match="has a guarantor"):
        assign_guarantor(life.position, GUARANTOR, cause_id=CAUSE, today=TODAY)


def test_every_kind_of_hold_is_explained() -> None:
    assert set(HOLDS) == set(HoldKind)
    for explanation in HOLDS.values():
        assert explanation.means.endswith(".")
        assert explanation.ends_with.endswith(".")


def test_a_denial_of_one_line_does_not_hold_the_share_of_another() -> None:
    life = Life()
    amounts: dict[str, Any] = {"number": 2, "CO50": 5000}
    life.hear(claim(line(10000, 5000, CO45=3000, PR1=2000), line(5000, 0, **amounts)))
    assert life.position.holds == set()
    assert life.position.denied
    assert life.position.billable_cents == 2000


@pytest.mark.parametrize("reason", ["COB9", "CO239", "OA187"])
def test_what_leaves_nothing_to_the_patient_is_a_denial_to_work_on_and_no_hold(reason: str) -> None:
    life = Life()
    life.hear(replace(with_reason(**{reason: 2000}), remarks=("MA130",)))
    assert life.position.holds == set()
    assert life.position.denied


def test_a_negative_amount_that_another_outweighs_leaves_the_share_on_its_line() -> None:
    life = Life()
    life.hear(with_reason(PR2=-500, PR1=2000))
    (pending,) = life.position.balances.values()
    assert pending.pending_cents == 1500
    assert None not in life.position.balances


@pytest.mark.parametrize(
    ("decided", "waits"),
    [
        (claim(line(10000, 7000, CO45=3000)), False),
        (claim(line(10000, 7000, CO45=2999, PR3=1)), True),
        (claim(line(10000, 0, CO50=10000)), True),
        (replace(claim(line(10000, 7000, PR2=3000)), remarks=("N781",)), True),
    ],
)
def test_a_later_plan_is_waited_for_while_something_is_left_for_it(
    decided: ClaimPayment, *, waits: bool
) -> None:
    covered = ClaimPosition(
        CLAIM,
        guarantor_id=GUARANTOR,
        coverages=(CoverageOnFile("P1", 1), CoverageOnFile("P2", 2)),
    )
    life = Life(covered)
    life.hear(decided, payer="P1")
    assert (HoldKind.LATER_COVERAGE in life.position.holds) is waits


def test_a_remark_that_nothing_is_owed_holds_nothing_where_nothing_is_left_to_the_patient() -> None:
    decided = replace(claim(line(10000, 0, CO50=10000)), remarks=("M27",))
    assert HoldKind.SAID_NOT_OWED not in set(
        concerns_in(decided, reasons=["50"], share_reasons=frozenset())
    )
