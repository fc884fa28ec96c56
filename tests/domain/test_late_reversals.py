"""A correction that comes before the reversal it belongs to: in the end the order has not mattered.

X12 835 1.10.2.8 puts the reversal first, but each may stand in a file of its own.
"""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from portal.domain.adjudication import Disposition
from portal.domain.claim_position import Outcome
from portal.domain.claim_reading import fingerprint
from portal.domain.hold_kinds import HoldKind
from portal.domain.journal import LedgerAccount
from portal.domain.remittance import ClaimPayment
from tests.domain.claims import Life, claim, line, reversal_of
from tests.domain.test_adjudication_laws import decided_lines

A = LedgerAccount
ORIGINAL = claim(line(15000, 5000, CO45=7500, PR1=2500), icn="ICN1")
CORRECTED = claim(line(15000, 6000, CO45=7500, PR1=1500), icn="ICN2")
DENIED = claim(line(15000, 0, CO16=15000), status="4", icn="ICN1")


def told(*story: ClaimPayment, pay: int = 0) -> Life:
    """Each in a file and a payment of its own; the patient pays after the first."""
    life = Life()
    for file, decided in enumerate(story, start=1):
        life.hear(decided, trace=f"T{file}", file=file)
        if pay and file == 1:
            life.pay(pay)
    return life


@pytest.mark.parametrize("group", [None, "CR"])
@pytest.mark.parametrize("pay", [0, 1000, 2500])
def test_a_correction_before_its_reversal_comes_to_the_same(group: str | None, pay: int) -> None:
    reversal = reversal_of(ORIGINAL, group=group)
    late = told(ORIGINAL, CORRECTED, reversal, pay=pay)
    in_order = told(ORIGINAL, reversal, CORRECTED, pay=pay)
    assert late.sums() == in_order.sums()
    assert late.position.balances == in_order.position.balances
    assert late.position.holds == in_order.position.holds == set()
    assert late.position.waiting_credit == {}


def test_until_the_reversal_comes_the_claim_is_held_and_the_money_in_suspense() -> None:
    life = told(ORIGINAL, CORRECTED)
    assert life.position.holds == {HoldKind.DECIDED_AGAIN}
    assert life.sums()[A.REMITTANCE_SUSPENSE] == -6000
    assert life.position.billable_cents == 0


def test_what_holds_the_correction_holds_it_after_the_reversal_too() -> None:
    life = told(ORIGINAL, replace(CORRECTED, remarks=("MA18",)), reversal_of(ORIGINAL))
    assert life.position.holds == {HoldKind.CROSSOVER}
    assert life.position.patient_pending_cents == 1500


def test_a_correction_taken_up_may_be_taken_back_in_its_turn() -> None:
    life = told(ORIGINAL, CORRECTED, reversal_of(ORIGINAL), reversal_of(CORRECTED))
    assert life.position.holds == {HoldKind.AWAITING_CORRECTION}
    assert life.sums() == {A.GROSS_CHARGES: -15000, A.PAYER_RECEIVABLE: 15000}
    life.hear(replace(ORIGINAL, payer_control_number="ICN3"), trace="T9", file=9)
    assert life.position.billable_cents == 2500


def test_of_two_equal_amounts_the_reversal_is_of_the_one_that_stands() -> None:
    """The payer uses its number (CLP07) again, and paid the same with another share."""
    first = claim(line(15000, 5000, CO45=7500, PR1=2500))
    second = claim(line(15000, 5000, CO45=8000, PR1=2000))
    life = told(first, second, reversal_of(first))
    assert life.position.holds == set()
    assert life.position.billable_cents == 2000


def test_two_that_wait_are_not_chosen_between() -> None:
    third = claim(line(15000, 7000, CO45=7500, PR1=500), icn="ICN3")
    life = told(ORIGINAL, CORRECTED, third, reversal_of(ORIGINAL))
    assert life.position.holds == {HoldKind.DECIDED_AGAIN, HoldKind.AWAITING_CORRECTION}
    life.hear(reversal_of(CORRECTED), trace="T9", file=9)
    assert life.position.holds == set()
    assert life.position.billable_cents == 500
    assert A.REMITTANCE_SUSPENSE not in life.sums()


def test_the_reversal_of_an_unpaid_decision_that_was_replaced_confirms_it() -> None:
    life = told(DENIED, CORRECTED)
    assert life.position.holds == {HoldKind.DECIDED_AGAIN}
    decision = life.hear(reversal_of(DENIED), trace="T3", file=3)
    assert decision.adjudication.outcome is Outcome.REVERSAL
    assert decision.disposition is Disposition.POSTED
    assert life.sums() == told(DENIED, reversal_of(DENIED), CORRECTED).sums()
    assert life.position.billable_cents == 1500


def test_an_unpaid_replacement_under_the_same_number_is_what_is_taken_back() -> None:
    """Which of the two is meant cannot be told: the claim waits, and nobody is billed."""
    deductible = claim(line(15000, 0, CO45=7500, PR1=7500), icn="ICN1")
    life = told(DENIED, deductible, reversal_of(DENIED))
    assert life.position.holds == {HoldKind.AWAITING_CORRECTION}
    assert life.position.share_cents == 0


@st.composite
def originals_and_corrections(draw: st.DrawFn) -> tuple[ClaimPayment, ClaimPayment]:
    lines = draw(decided_lines(rank=1, with_share=True))
    again = draw(decided_lines(rank=1, with_share=True))
    return claim(*lines, icn="ICN1"), claim(*again, icn="ICN2")


@given(originals_and_corrections(), st.sampled_from([None, "CR"]), st.integers(0, 9000))
def test_original_correction_reversal_in_either_order_come_to_the_same(
    pair: tuple[ClaimPayment, ClaimPayment], group: str | None, cents: int
) -> None:
    original, correction = pair
    lines = [one.number for one in original.lines]
    assume(lines == [one.number for one in correction.lines])
    assume(fingerprint(original) != fingerprint(correction))  # else it is paid twice
    reversal = reversal_of(original, group=group)
    in_order = told(original, reversal, correction, pay=cents)
    late = told(original, correction, reversal, pay=cents)
    assert late.position.holds == in_order.position.holds
    assert late.position.share_cents == in_order.position.share_cents
    # While a hold stands, what was paid on an unpaid original may be on the share or wait for it.
    assert late.position.put_to_it_cents == in_order.position.put_to_it_cents
    if not late.position.holds:
        assert late.sums() == in_order.sums()
        assert late.position.balances == in_order.position.balances
