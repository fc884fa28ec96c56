"""Primary, secondary, tertiary: whose share counts, what a later one adds, and in which order."""

from dataclasses import replace
from uuid import UUID

import pytest

from portal.domain.adjudication import Disposition
from portal.domain.claim_position import ClaimPosition, CoverageOnFile
from portal.domain.claim_review import release_hold
from portal.domain.earlier_decisions import rank_of
from portal.domain.hold_kinds import HoldKind
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.domain.remittance import ClaimPayment
from tests.domain.claims import CLAIM, GUARANTOR, TODAY, Life, adjustments, claim, line

A = LedgerAccount
PRIMARY = claim(line(10000, 5000, CO45=3000, PR2=2000))
SECONDARY = claim(line(10000, 1500, OA23=8000, PR2=500), status="2", icn="S1")


def both(first: str) -> Life:
    life = Life()
    order = [("P1", PRIMARY), ("P2", SECONDARY)]
    for payer, decided in order if first == "primary" else reversed(order):
        life.hear(decided, payer=payer, trace=payer, file=int(payer[1]))
    return life


def test_the_later_payers_share_takes_the_place_of_the_earlier_ones() -> None:
    life = both("primary")
    assert life.position.billable_cents == 500
    assert life.sums() == {
        A.GROSS_CHARGES: -10000,
        A.PAYER_CLEARING: 6500,
        A.CONTRACTUAL_ADJUSTMENTS: 3000,
        A.PATIENT_RECEIVABLE: 500,
    }
    assert BusinessEvent.SHARE_SUPERSEDED in {entry.business_event for entry in life.entries}


def test_the_order_of_arrival_makes_no_difference() -> None:
    assert both("secondary").sums() == both("primary").sums()


def test_a_later_payer_alone_is_held_until_the_first_is_seen() -> None:
    life = Life()
    assert life.hear(SECONDARY, payer="P2").disposition is Disposition.HELD
    assert life.position.holds == {HoldKind.FIRST_PAYER_NOT_SEEN}
    assert life.position.payer_receivable_cents == 8000
    decision = life.hear(PRIMARY, payer="P1", trace="T2", file=2)
    assert decision.holds_released == {HoldKind.FIRST_PAYER_NOT_SEEN}


def test_a_later_contractual_adjustment_counts_only_up_to_what_is_left() -> None:
    life = Life()
    life.hear(PRIMARY, payer="P1")
    own_price = claim(line(10000, 1000, OA23=5000, CO45=4000), status="2", icn="S1")
    life.hear(own_price, payer="P2", trace="S", file=2)
    assert life.position.adjusted_cents == 4000
    assert life.position.payer_receivable_cents == 0
    assert life.position.share_cents == 0


def test_what_the_patient_paid_above_the_new_share_becomes_credit() -> None:
    life = Life()
    life.hear(PRIMARY, payer="P1")
    life.pay(2000)
    decision = life.hear(SECONDARY, payer="P2", trace="S", file=2)
    assert decision.entries[-1].business_event is BusinessEvent.CREDIT_RELEASED
    assert life.sums()[A.UNAPPLIED_CREDIT] == -1500
    assert life.position.patient_paid_cents == 500
    assert life.position.waiting_credit == {}


def test_a_held_later_share_keeps_what_was_paid_on_it() -> None:
    life = Life()
    life.hear(PRIMARY, payer="P1")
    life.pay(300)
    forwarded = replace(SECONDARY, status="20")
    life.hear(forwarded, payer="P2", trace="S", file=2)
    assert life.position.patient_paid_cents == 300
    assert life.position.patient_pending_cents == 200
    assert A.UNAPPLIED_CREDIT not in life.sums()


def test_more_than_the_charge_together_is_quarantined() -> None:
    life = Life()
    life.hear(PRIMARY, payer="P1")
    decision = life.hear(
        claim(line(10000, 8000, CO45=2000), status="2", icn="S1"), payer="P2", trace="S", file=2
    )
    assert decision.disposition is Disposition.QUARANTINED
    assert decision.quarantine is not None
    assert "$60.00 above the charge" in decision.quarantine.message
    assert life.position.billable_cents == 2000
    assert life.sums()[A.REMITTANCE_SUSPENSE] == -8000


def test_a_secondary_denial_is_not_you_owe_nothing() -> None:
    life = Life()
    life.hear(PRIMARY, payer="P1")
    refused = claim(line(10000, 0, OA23=8000, CO16=2000), status="4", icn="S1")
    decision = life.hear(refused, payer="P2", trace="S", file=2)
    assert decision.adjudication.rank == 2
    assert decision.holds_placed == {HoldKind.SECONDARY_DENIED}
    assert life.position.denied
    assert life.position.payer_receivable_cents == 2000


def test_the_right_payer_after_the_wrong_one_is_billed_and_not_disputed() -> None:
    life = Life()
    life.hear(claim(line(10000, 0, CO109=10000), status="4"), payer="P0")
    assert life.position.holds == {HoldKind.WRONG_PAYER}
    decision = life.hear(PRIMARY, payer="P1", trace="T2", file=2)
    assert decision.disposition is Disposition.POSTED
    assert not life.position.denied


def test_two_payers_that_both_paid_first_are_held() -> None:
    life = Life()
    life.hear(claim(line(10000, 2000, CO16=8000)), payer="P0")
    life.hear(claim(line(10000, 3000, OA50=5000, PR1=2000)), payer="P1", trace="T2", file=2)
    assert life.position.holds == {HoldKind.SAME_RANK_TWICE}
    assert life.position.patient_pending_cents == 2000


def test_a_tertiary_payer_has_the_last_word() -> None:
    life = both("primary")
    third = claim(line(10000, 400, OA23=9500, PR2=100), status="3", icn="X1")
    life.hear(third, payer="P3", trace="X", file=3)
    assert life.position.billable_cents == 100


def test_a_coverage_that_ranks_later_holds_the_share_until_it_decides() -> None:
    covered = ClaimPosition(
        CLAIM,
        guarantor_id=GUARANTOR,
        coverages=(CoverageOnFile("P1", 1), CoverageOnFile("P2", 2)),
    )
    life = Life(covered)
    life.hear(PRIMARY, payer="P1")
    assert life.position.holds == {HoldKind.LATER_COVERAGE}
    assert life.position.patient_pending_cents == 2000
    life.hear(SECONDARY, payer="P2", trace="S", file=2)
    assert life.position.billable_cents == 500


@pytest.mark.parametrize("status", ["4", "23", "", "5"])
def test_a_status_without_a_rank_takes_it_from_what_is_known_of_the_payer(status: str) -> None:
    unranked = replace(PRIMARY, status=status)
    nothing = ClaimPosition(CLAIM)
    covered = replace(nothing, coverages=(CoverageOnFile("P2", 3),))
    primary_heard = Life()
    primary_heard.hear(PRIMARY, payer="P1")
    both_heard = both("primary").position

    def rank(position: ClaimPosition, payer: str, *, follows: bool = False) -> int:
        return rank_of(position, unranked, payer_key=payer, follows_earlier_payer=follows)

    assert rank(both_heard, "P2") == 2
    assert rank(both_heard, "P9") == 3
    assert rank(primary_heard.position, "P1") == 1
    assert rank(primary_heard.position, "P2") == 2
    assert rank(covered, "P2") == 3
    assert rank(nothing, "P2", follows=True) == 2
    assert rank(nothing, "P2") == 1


@pytest.mark.parametrize(
    ("status", "rank"), [("1", 1), ("19", 1), ("2", 2), ("20", 2), ("3", 3), ("21", 3)]
)
def test_a_status_that_says_its_rank_is_believed(status: str, rank: int) -> None:
    decided = replace(PRIMARY, status=status)
    heard = rank_of(both("primary").position, decided, payer_key="P1", follows_earlier_payer=False)
    assert heard == rank


TWO_LINES = claim(line(10000, 5000, CO45=3000, PR3=2000), line(10000, 7000, CO45=3000, number=2))
OTHER_LINE = claim(
    line(10000, 500, OA23=9500),
    line(10000, 0, OA23=8500, PR3=1500, number=2),
    status="2",
    icn="S1",
)
WHOLE_CLAIM = claim(
    status="2",
    icn="S1",
    charge_cents=20000,
    paid_cents=500,
    adjustments=adjustments({"OA23": 18000, "PR3": 1500}),
)


@pytest.mark.parametrize("second", [OTHER_LINE, WHOLE_CLAIM])
def test_what_was_paid_pays_the_share_that_a_later_payer_puts_elsewhere(
    second: ClaimPayment,
) -> None:
    life = Life()
    life.hear(TWO_LINES, payer="P1", trace="P1")
    life.pay(2000)
    life.hear(second, payer="P2", trace="P2", file=2)
    assert life.position.billable_cents == 0
    assert life.position.patient_paid_cents == 1500
    assert life.sums()[A.UNAPPLIED_CREDIT] == -500
    assert life.position.waiting_credit == {}


def test_of_what_was_paid_a_held_claim_keeps_what_it_can_use() -> None:
    life = Life()
    life.hear(TWO_LINES, payer="P1", trace="P1")
    life.pay(2000)
    life.hear(replace(OTHER_LINE, remarks=("MA59",)), payer="P2", trace="P2", file=2)
    assert life.position.holds == {HoldKind.REFUND_DUE}
    assert sum(life.position.waiting_credit.values()) == 1500
    released = release_hold(life.position, HoldKind.REFUND_DUE, cause_id=UUID(int=77), today=TODAY)
    life.change(released)
    assert life.position.billable_cents == 0
    assert life.position.patient_paid_cents == 1500
    assert life.position.waiting_credit == {}


@pytest.mark.parametrize("second", [OTHER_LINE, WHOLE_CLAIM])
@pytest.mark.parametrize("status", ["2", "20"])
def test_what_the_practice_let_off_counts_for_the_share_wherever_it_is(
    second: ClaimPayment, status: str
) -> None:
    life = Life()
    life.hear(TWO_LINES, payer="P1", trace="P1")
    life.let_off(1200)
    life.hear(replace(second, status=status), payer="P2", trace="P2", file=2)
    assert life.position.let_off_cents == 1200
    assert HoldKind.ADJUSTMENT_PUT_BACK not in life.position.holds
    assert sum(balance.open_cents for balance in life.position.balances.values()) == 300


def test_what_was_let_off_and_no_share_has_room_for_is_for_staff_to_look_at() -> None:
    life = Life()
    life.hear(TWO_LINES, payer="P1", trace="P1")
    life.let_off(2000)
    life.hear(OTHER_LINE, payer="P2", trace="P2", file=2)
    assert life.position.let_off_cents == 1500
    assert life.position.holds == {HoldKind.ADJUSTMENT_PUT_BACK}
