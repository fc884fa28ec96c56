"""A payer takes a decision back (CLP02 22): voided as a whole, never netted, then corrected."""

from dataclasses import replace
from uuid import UUID

import pytest

from portal.domain.adjudication import Disposition
from portal.domain.claim_position import Outcome
from portal.domain.claim_review import NotReleasableError, release_hold
from portal.domain.hold_kinds import HoldKind
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.domain.quarantine import QuarantineReason
from tests.domain.claims import TODAY, Life, claim, line, reversal_of

A = LedgerAccount
ORIGINAL = claim(line(15000, 5000, CO45=7500, PR1=2500))
CORRECTED = claim(line(15000, 6000, CO45=7500, PR1=1500), icn="ICN1C")
CAUSE = UUID(int=77)


@pytest.mark.parametrize("group", [None, "CR"])
def test_a_reversal_takes_the_whole_decision_back_in_both_real_shapes(group: str | None) -> None:
    life = Life()
    life.hear(ORIGINAL)
    decision = life.hear(reversal_of(ORIGINAL, group=group), trace="T2", file=2)
    assert decision.disposition is Disposition.HELD
    assert decision.holds_placed == {HoldKind.AWAITING_CORRECTION}
    assert life.sums() == {A.GROSS_CHARGES: -15000, A.PAYER_RECEIVABLE: 15000}
    assert life.position.share_cents == 0


@pytest.mark.parametrize("file_of_correction", [2, 3])
def test_the_correction_counts_as_if_it_were_the_first(file_of_correction: int) -> None:
    life = Life()
    life.hear(ORIGINAL)
    life.hear(reversal_of(ORIGINAL), trace="T2", file=2)
    decision = life.hear(CORRECTED, trace=f"T{file_of_correction}", file=file_of_correction)
    assert decision.disposition is Disposition.POSTED
    assert decision.holds_released == {HoldKind.AWAITING_CORRECTION}
    alone = Life()
    alone.hear(CORRECTED)
    assert life.sums() == alone.sums()


def test_the_same_decision_again_after_its_reversal_is_no_duplicate() -> None:
    life, alone = Life(), Life()
    alone.hear(ORIGINAL)
    life.hear(ORIGINAL)
    life.hear(reversal_of(ORIGINAL))
    assert life.hear(ORIGINAL).disposition is Disposition.POSTED
    assert life.sums() == alone.sums()


def test_what_was_paid_on_a_share_taken_back_waits_for_the_correction() -> None:
    life = Life()
    life.hear(ORIGINAL)
    life.pay(2500)
    life.hear(reversal_of(ORIGINAL), trace="T2", file=2)
    assert life.sums()[A.UNAPPLIED_CREDIT] == -2500
    assert sum(life.position.waiting_credit.values()) == 2500
    decision = life.hear(CORRECTED, trace="T2", file=2)
    assert decision.entries[-1].business_event is BusinessEvent.CREDIT_APPLIED
    assert life.sums()[A.UNAPPLIED_CREDIT] == -1000
    assert life.position.patient_paid_cents == 1500
    assert life.position.billable_cents == 0
    assert life.position.waiting_credit == {}


def test_what_was_let_off_waits_for_the_correction_beside_what_was_paid() -> None:
    life = Life()
    life.hear(ORIGINAL)
    life.let_off(800)
    life.pay(1200)
    before, balances = life.sums(), life.position.balances
    life.hear(reversal_of(ORIGINAL), trace="T2", file=2)
    assert life.position.holds == {HoldKind.AWAITING_CORRECTION}
    (waiting,) = life.position.waiting_let_off.values()
    assert waiting == ((A.COURTESY_DISCOUNTS, 800),)
    assert A.COURTESY_DISCOUNTS not in life.sums()
    life.hear(ORIGINAL, trace="T2", file=2)
    assert (life.sums(), life.position.balances) == (before, balances)
    assert life.position.waiting_let_off == {}
    assert life.position.billable_cents == 500


def test_what_was_let_off_counts_for_a_correction_that_is_held() -> None:
    life = Life()
    life.hear(ORIGINAL)
    life.let_off(800)
    life.hear(reversal_of(ORIGINAL), trace="T2", file=2)
    life.hear(replace(CORRECTED, remarks=("MA18",)), trace="T2", file=2)
    assert life.position.holds == {HoldKind.CROSSOVER}
    assert (life.position.let_off_cents, life.position.patient_pending_cents) == (800, 700)
    assert life.position.waiting_let_off == {}


def test_what_was_let_off_goes_to_the_line_that_the_correction_leaves_a_share_on() -> None:
    life = Life()
    first = claim(line(10000, 8000, PR1=2000), line(10000, 10000, number=2))
    life.hear(first)
    life.let_off(1500)
    life.hear(reversal_of(first), trace="T2", file=2)
    life.hear(claim(line(10000, 10000), line(10000, 8000, number=2, PR1=2000)), trace="T2", file=2)
    assert life.position.billable_cents == 500
    assert not life.position.holds


def test_what_was_let_off_and_a_correction_has_no_room_for_is_for_staff_to_look_at() -> None:
    life = Life()
    life.hear(ORIGINAL)
    life.let_off(2000)
    life.hear(reversal_of(ORIGINAL), trace="T2", file=2)
    life.hear(CORRECTED, trace="T2", file=2)
    assert life.position.let_off_cents == 1500
    assert life.position.holds == {HoldKind.ADJUSTMENT_PUT_BACK}
    assert life.position.waiting_let_off == {}


@pytest.mark.parametrize("given_cents", [2000, 1600])
def test_help_that_a_decision_leaves_no_room_for_just_returns(given_cents: int) -> None:
    """It is computed anew from what is left, so nobody has to look: 2000, then 1500 of share."""
    life = Life()
    life.hear(ORIGINAL)
    life.help(given_cents)
    life.hear(reversal_of(ORIGINAL), trace="T2", file=2)
    life.hear(CORRECTED, trace="T2", file=2)
    assert life.position.let_off_cents == 1500
    assert not life.position.holds
    assert life.position.billable_cents == 0


def test_beside_help_what_the_practices_system_took_off_is_still_for_staff() -> None:
    life = Life()
    life.hear(ORIGINAL)
    life.help(300)
    life.let_off(1700)
    life.hear(reversal_of(ORIGINAL), trace="T2", file=2)
    life.hear(CORRECTED, trace="T2", file=2)
    assert life.position.holds == {HoldKind.ADJUSTMENT_PUT_BACK}


def test_what_was_let_off_is_for_staff_to_look_at_when_no_correction_is_awaited_any_more() -> None:
    life = Life()
    life.hear(ORIGINAL)
    life.let_off(800)
    life.hear(reversal_of(ORIGINAL), trace="T2", file=2)
    life.change(
        release_hold(life.position, HoldKind.AWAITING_CORRECTION, cause_id=CAUSE, today=TODAY)
    )
    assert life.position.holds == {HoldKind.ADJUSTMENT_PUT_BACK}
    assert life.position.waiting_let_off == {}


def test_credit_of_one_line_pays_another_when_the_correction_moves_the_share() -> None:
    life = Life()
    first = claim(line(10000, 8000, PR1=2000), line(10000, 10000, number=2))
    life.hear(first)
    life.pay(2000)
    life.hear(reversal_of(first), trace="T2", file=2)
    life.hear(claim(line(10000, 10000), line(10000, 8500, number=2, PR1=1500)), trace="T2", file=2)
    assert life.position.billable_cents == 0
    assert life.sums()[A.UNAPPLIED_CREDIT] == -500


def test_a_held_correction_keeps_the_credit_waiting() -> None:
    life = Life()
    life.hear(ORIGINAL)
    life.pay(2500)
    life.hear(reversal_of(ORIGINAL), trace="T2", file=2)
    life.hear(replace(CORRECTED, remarks=("MA18",)), trace="T2", file=2)
    assert life.position.holds == {HoldKind.CROSSOVER}
    assert sum(life.position.waiting_credit.values()) == 2500
    life.change(release_hold(life.position, HoldKind.CROSSOVER, cause_id=CAUSE, today=TODAY))
    assert life.position.patient_paid_cents == 1500


def test_a_reversal_whose_amount_is_another_is_quarantined() -> None:
    life = Life()
    life.hear(ORIGINAL)
    wrong = claim(line(15000, 4000, CO45=7500, PR1=3500))
    decision = life.hear(reversal_of(wrong), trace="T2", file=2)
    assert decision.quarantine is not None
    assert decision.quarantine.reason is QuarantineReason.REVERSAL_AMOUNTS_DIFFER
    assert "$40.00" in decision.quarantine.message
    assert life.position.billable_cents == 2500


def test_a_reversal_finds_its_part_by_the_payers_control_number() -> None:
    life = Life()
    parts = [
        claim(line(10000, 8000, PR2=2000), icn="ICN1"),
        claim(line(10000, 8000, number=2, PR2=2000), icn="ICN2"),
    ]
    for part in parts:
        life.hear(part)
    life.hear(reversal_of(parts[0]), trace="T2", file=2)
    voided = life.position.adjudications[0].adjudication_id
    assert life.position.voided == {voided}
    assert life.position.patient_pending_cents == 2000
    assert life.position.holds == {HoldKind.AWAITING_CORRECTION}


def test_a_reversal_may_name_the_original_by_reference() -> None:
    life = Life()
    life.hear(replace(ORIGINAL, payer_control_number="OLD"))
    renamed = replace(
        reversal_of(ORIGINAL), payer_control_number="NEW", references=(("F8", "OLD"),)
    )
    assert life.hear(renamed, trace="T2", file=2).adjudication.outcome is Outcome.REVERSAL


def test_another_payers_reversal_does_not_touch_a_decision() -> None:
    life = Life()
    life.hear(ORIGINAL, payer="P1")
    decision = life.hear(reversal_of(ORIGINAL), payer="P2", trace="T2", file=2)
    assert decision.disposition is Disposition.QUARANTINED
    assert life.position.billable_cents == 2500


def test_a_reversal_sent_again_in_another_file_does_not_void_the_correction() -> None:
    life = Life()
    life.hear(ORIGINAL)
    life.hear(reversal_of(ORIGINAL), trace="T2", file=2)
    life.hear(ORIGINAL, trace="T3", file=3)
    decision = life.hear(reversal_of(ORIGINAL), trace="T2", file=4)
    assert decision.disposition is Disposition.DUPLICATE
    assert life.position.billable_cents == 2500


def test_a_whole_payment_sent_again_changes_nothing() -> None:
    life = Life()
    for file in (1, 2):
        for decided in (ORIGINAL, reversal_of(ORIGINAL), CORRECTED):
            life.hear(decided, file=file)
    alone = Life()
    alone.hear(CORRECTED)
    assert life.sums() == alone.sums()


def test_original_and_reversal_sent_again_still_wait_for_the_correction() -> None:
    life = Life()
    for file in (1, 2):
        for decided in (ORIGINAL, reversal_of(ORIGINAL)):
            life.hear(decided, file=file)
    assert life.position.share_cents == 0
    assert life.position.holds == {HoldKind.AWAITING_CORRECTION}


def test_a_second_payment_is_taken_back_before_the_first() -> None:
    life = Life()
    life.hear(ORIGINAL)
    life.hear(ORIGINAL, trace="T2", file=2)
    decision = life.hear(reversal_of(ORIGINAL), trace="T3", file=3)
    assert decision.disposition is Disposition.POSTED
    assert A.PAYER_CREDITS not in life.sums()
    assert life.position.billable_cents == 2500


def test_the_reversal_of_a_decision_that_waits_ends_its_hold() -> None:
    life = Life()
    life.hear(ORIGINAL)
    life.hear(CORRECTED, trace="T2", file=2)
    assert life.position.holds == {HoldKind.DECIDED_AGAIN}
    decision = life.hear(reversal_of(CORRECTED), trace="T3", file=3)
    assert decision.holds_released == {HoldKind.DECIDED_AGAIN}
    assert A.REMITTANCE_SUSPENSE not in life.sums()
    assert life.position.billable_cents == 2500


def test_a_secondary_taken_back_never_falls_back_to_the_primarys_share() -> None:
    life = Life()
    life.hear(ORIGINAL, payer="P1")
    second = claim(line(15000, 2000, OA23=12500, PR2=500), status="2", icn="S1")
    life.hear(second, payer="P2", trace="S", file=2)
    assert life.position.billable_cents == 500
    life.hear(reversal_of(second), payer="P2", trace="S2", file=3)
    assert life.position.share_cents == 0
    assert life.position.payer_receivable_cents == 2500
    life.hear(second, payer="P2", trace="S3", file=4)
    assert life.position.billable_cents == 500


def test_staff_who_give_up_a_correction_bill_the_highest_decision_that_stands() -> None:
    life = Life()
    life.hear(ORIGINAL, payer="P1")
    second = claim(line(15000, 2000, OA23=12500, PR2=500), status="2", icn="S1")
    life.hear(second, payer="P2", trace="S", file=2)
    life.hear(reversal_of(second), payer="P2", trace="S2", file=3)
    life.change(
        release_hold(life.position, HoldKind.AWAITING_CORRECTION, cause_id=CAUSE, today=TODAY)
    )
    assert life.entries[-2].business_event is BusinessEvent.SHARE_RESTORED
    assert life.position.billable_cents == 2500


def test_the_primary_taken_back_holds_the_secondarys_share_until_it_is_corrected() -> None:
    life = Life()
    life.hear(ORIGINAL, payer="P1")
    life.hear(
        claim(line(15000, 2000, OA23=12500, PR2=500), status="2", icn="S1"),
        payer="P2",
        trace="S",
        file=2,
    )
    life.hear(reversal_of(ORIGINAL), payer="P1", trace="T2", file=3)
    assert HoldKind.AWAITING_CORRECTION in life.position.holds
    assert life.position.patient_pending_cents == 500
    life.hear(ORIGINAL, payer="P1", trace="T2", file=3)
    assert life.position.holds == set()
    assert life.position.billable_cents == 500


def test_a_primary_that_changes_its_word_leaves_the_secondarys_share_in_doubt() -> None:
    life = Life()
    life.hear(ORIGINAL, payer="P1")
    second = claim(line(15000, 2000, OA23=12500, PR2=500), status="2", icn="S1")
    life.hear(second, payer="P2", trace="S", file=2)
    life.hear(reversal_of(ORIGINAL), payer="P1", trace="T2", file=3)
    life.hear(CORRECTED, payer="P1", trace="T2", file=3)
    assert life.position.holds == {HoldKind.EARLIER_PLAN_CHANGED}
    life.hear(reversal_of(second), payer="P2", trace="S2", file=4)
    life.hear(
        claim(line(15000, 1200, OA23=13500, PR2=300), status="2", icn="S2"),
        payer="P2",
        trace="S2",
        file=4,
    )
    assert life.position.holds == set()
    assert life.position.billable_cents == 300


def test_two_parts_taken_back_wait_each_for_its_own_correction() -> None:
    life = Life()
    one = claim(line(10000, 8000, PR2=2000), icn="ICN1")
    two = claim(line(5000, 4000, number=2, PR2=1000), icn="ICN2")
    for decided in (one, two, reversal_of(one), reversal_of(two), one):
        life.hear(decided)
    assert life.position.holds == {HoldKind.AWAITING_CORRECTION}
    life.hear(two)
    assert life.position.billable_cents == 3000


def test_a_hold_that_nobody_may_release_stays() -> None:
    life = Life()
    life.hear(replace(ORIGINAL, remarks=("N781",)))
    with pytest.raises(NotReleasableError):
        release_hold(
            life.position,
            HoldKind.QUALIFIED_MEDICARE_BENEFICIARY,
            cause_id=CAUSE,
            today=TODAY,
        )
