"""What staff give up of what payers refused, and put back: the patient owes no more or less."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given

from portal.domain.adjudication import Disposition
from portal.domain.claim_position import ClaimPosition, CoverageOnFile
from portal.domain.claim_review import (
    NothingRefusedError,
    hold_by_staff,
    put_write_off_back,
    refused_cents,
    release_hold,
    write_off_refused,
)
from portal.domain.hold_kinds import HoldKind
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.domain.remittance import ClaimPayment
from tests.domain.claims import CLAIM, GUARANTOR, TODAY, Life, claim, line, reversal_of
from tests.domain.test_adjudication_laws import Step, live_through, stories

A = LedgerAccount
PARTLY_REFUSED = claim(line(10000, 5000, CO45=2000, CO50=1000, PR1=2000))
CAUSE, NEXT = UUID(int=77), UUID(int=78)


def told(decided: ClaimPayment) -> Life:
    life = Life()
    life.hear(decided)
    return life


def test_what_was_refused_is_written_off_and_the_share_stays() -> None:
    life = told(PARTLY_REFUSED)
    changes = life.change(write_off_refused(life.position, cause_id=CAUSE, today=TODAY))
    assert [one.business_event for one in changes.entries] == [BusinessEvent.DENIAL_WRITTEN_OFF]
    assert life.sums()[A.DENIAL_WRITE_OFFS] == 1000
    assert life.position.billable_cents == 2000
    assert not life.position.denied


def test_what_was_written_off_may_be_put_back_for_a_payer_that_pays_after_all() -> None:
    life = told(PARTLY_REFUSED)
    before = life.sums()
    life.change(write_off_refused(life.position, cause_id=CAUSE, today=TODAY))
    life.change(put_write_off_back(life.position, cause_id=NEXT, today=TODAY))
    assert life.sums() == before
    assert life.position.denied
    second = claim(line(10000, 3000, OA23=7000), status="2", icn="S1")
    assert life.hear(second, payer="P2", trace="S", file=2).disposition is Disposition.POSTED


def test_cost_sharing_of_a_protected_patient_has_an_event_of_its_own() -> None:
    life = told(replace(claim(line(10000, 8000, PR2=2000)), remarks=("N781",)))
    changes = life.change(write_off_refused(life.position, cause_id=CAUSE, today=TODAY))
    assert [one.business_event for one in changes.entries] == [BusinessEvent.QMB_WRITTEN_OFF]
    assert life.position.payer_receivable_cents == 0
    assert life.position.share_cents == 0
    assert life.position.holds == {HoldKind.QUALIFIED_MEDICARE_BENEFICIARY}


@pytest.mark.parametrize(
    "decided",
    [
        claim(line(10000, 8000, CO45=2000)),
        replace(PARTLY_REFUSED, status="19"),
        replace(PARTLY_REFUSED, remarks=("MA18",)),
        claim(line(10000, 5000, OA133=3000, PR1=2000)),
    ],
)
def test_what_is_settled_or_still_to_be_decided_is_not_written_off(decided: ClaimPayment) -> None:
    life = told(decided)
    assert refused_cents(life.position) == 0
    with pytest.raises(NothingRefusedError):
        write_off_refused(life.position, cause_id=CAUSE, today=TODAY)
    with pytest.raises(NothingRefusedError):
        put_write_off_back(life.position, cause_id=CAUSE, today=TODAY)


def test_a_share_that_comes_back_puts_back_what_staff_gave_up_in_its_place() -> None:
    life = told(claim(line(10000, 5000, CO45=3000, PR3=2000)))
    refusal = claim(line(10000, 0, OA23=8000, CO16=2000), status="2", icn="S1")
    life.hear(refusal, payer="P2", trace="S", file=2)
    life.change(write_off_refused(life.position, cause_id=CAUSE, today=TODAY))
    life.hear(reversal_of(refusal), payer="P2", trace="S2", file=3)
    assert life.position.staff_written_off_cents == 2000
    given_up = release_hold(life.position, HoldKind.AWAITING_CORRECTION, cause_id=NEXT, today=TODAY)
    life.change(given_up)
    assert life.position.staff_written_off_cents == 0
    assert life.position.payer_receivable_cents == 0
    assert life.position.billable_cents == 2000


def test_no_more_is_written_off_than_payers_refused() -> None:
    """The payer decides anew line by line, and the part for the second line is still to come."""
    first = line(10000, 7000, CO16=1000, PR3=2000)
    second = line(10000, 6000, CO45=3000, PR3=1000, number=2)
    life = told(claim(first, second))
    life.hear(reversal_of(claim(first, second)), trace="T2", file=2)
    life.hear(claim(first, icn="ICN2"), trace="T2", file=2)
    assert life.position.payer_receivable_cents == 11000
    life.change(write_off_refused(life.position, cause_id=CAUSE, today=TODAY))
    assert life.position.staff_written_off_cents == 1000
    life.hear(claim(second, icn="ICN3"), trace="T3", file=3)
    assert life.position.payer_receivable_cents == 0
    assert life.position.billable_cents == 3000


def test_what_is_written_off_already_is_not_refused_once_more() -> None:
    life = Life.with_charge(20000)
    life.hear(claim(line(10000, 7000, CO16=1000, PR3=2000)))
    life.change(write_off_refused(life.position, cause_id=CAUSE, today=TODAY))
    assert refused_cents(life.position) == 0
    assert not life.position.denied


def test_a_later_plan_or_a_correction_may_still_pay_it() -> None:
    covered = ClaimPosition(
        CLAIM, guarantor_id=GUARANTOR, coverages=(CoverageOnFile("P1", 1), CoverageOnFile("P2", 2))
    )
    life = Life(covered)
    life.hear(PARTLY_REFUSED, payer="P1")
    assert refused_cents(life.position) == 0
    other = told(PARTLY_REFUSED)
    other.hear(reversal_of(PARTLY_REFUSED), trace="T2", file=2)
    assert refused_cents(other.position) == 0


def test_staff_hold_a_claim_and_let_it_go() -> None:
    life = told(PARTLY_REFUSED)
    placed = life.change(hold_by_staff(life.position, cause_id=CAUSE, today=TODAY))
    assert placed.holds_placed == {HoldKind.STAFF}
    assert (life.position.billable_cents, life.position.patient_pending_cents) == (0, 2000)
    life.hear(reversal_of(PARTLY_REFUSED), trace="T2", file=2)
    life.hear(replace(PARTLY_REFUSED, payer_control_number="ICN2"), trace="T2", file=2)
    assert life.position.holds == {HoldKind.STAFF}  # whatever payers say
    life.change(release_hold(life.position, HoldKind.STAFF, cause_id=NEXT, today=TODAY))
    assert life.position.billable_cents == 2000


@given(stories())
def test_after_any_story_writing_off_moves_nothing_on_the_patients_side(steps: list[Step]) -> None:
    life, _ = live_through(steps)
    before = life.position
    cents = refused_cents(before)
    assert 0 <= cents <= max(0, before.payer_receivable_cents)
    if cents:
        life.change(write_off_refused(before, cause_id=CAUSE, today=TODAY))
        assert life.position.balances == before.balances
        assert life.position.holds == before.holds
        assert life.position.payer_receivable_cents == before.payer_receivable_cents - cents
        assert refused_cents(life.position) == 0
