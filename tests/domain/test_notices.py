"""What a payer tells without its money counts until the remittance comes, and never twice."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.adjudication import Decision, DecisionContext, Disposition
from portal.domain.claim_draft import ClaimChanges
from portal.domain.claim_position import Outcome
from portal.domain.earlier_decisions import Sender
from portal.domain.notices import notices_replaced
from portal.domain.remittance import NOTICE_TRACE, ClaimPayment
from tests.domain.claims import TODAY, Life, claim, line, reversal_of

DECIDED = claim(line(10_000, 5_000, CO45=3_000, PR3=2_000))
NOTICE_OF_IT = f"{NOTICE_TRACE}ICN1"


def remit(life: Life, decided: ClaimPayment, *, trace: str = "T2", file: int = 2) -> Decision:
    """A remittance, which takes the place of notices as the importer has it."""
    context = DecisionContext(Sender("P1", UUID(int=file), trace), TODAY, life.new_id)
    for taken in notices_replaced(life.position, decided, context=context):
        one = taken.decision
        changes = ClaimChanges(one.position, one.entries, one.holds_placed, one.holds_released)
        life.change(changes)
    return life.hear(decided, trace=trace, file=file)


def decisions() -> st.SearchStrategy[ClaimPayment]:
    def made(paid: int, share: int) -> ClaimPayment:
        return claim(line(10_000, paid, CO45=10_000 - paid - share, PR1=share))

    return st.tuples(st.integers(0, 5_000), st.integers(0, 5_000)).map(lambda one: made(*one))


@given(told=decisions(), paid=decisions())
def test_after_the_remittance_the_notice_might_never_have_been(
    told: ClaimPayment, paid: ClaimPayment
) -> None:
    life, alone = Life(), Life()
    life.hear(told, trace=NOTICE_OF_IT)
    decision = remit(life, paid)
    alone.hear(paid)
    assert decision.disposition is Disposition.POSTED
    assert life.sums() == alone.sums()
    assert life.position.holds == frozenset()


def test_a_notice_after_its_remittance_posts_nothing() -> None:
    life = Life()
    life.hear(DECIDED)
    sums = life.sums()
    lines = claim(line(10_000, 5_000, CO253=3_000, PR1=2_000), icn="OTHER")
    assert life.hear(lines, trace=NOTICE_OF_IT).adjudication.outcome is Outcome.DUPLICATE
    assert life.sums() == sums


@pytest.mark.parametrize("earlier", [DECIDED, claim(line(10_000, 0, CO50=10_000))])
def test_a_notice_never_takes_the_place_of_a_remittance(earlier: ClaimPayment) -> None:
    life = Life()
    life.hear(earlier)
    other = claim(line(10_000, 4_000, CO45=3_000, PR3=3_000))
    context = DecisionContext(Sender("P1", UUID(int=9), f"{NOTICE_TRACE}X"), TODAY, life.new_id)
    assert notices_replaced(life.position, other, context=context) == ()
    decision = life.hear(other, trace=f"{NOTICE_TRACE}X", file=9)
    assert decision.adjudication.outcome is Outcome.WAITING


def test_a_notice_taken_back_does_not_undo_a_remittance() -> None:
    life = Life()
    life.hear(DECIDED)
    decision = life.hear(reversal_of(DECIDED), trace=NOTICE_OF_IT)
    assert decision.disposition is Disposition.QUARANTINED


@pytest.mark.parametrize(
    "other",
    [
        claim(line(10_000, 1, CO45=3_000)),  # does not balance
        claim(line(2_000, 1_000, PR3=1_000), icn="ICN2"),  # of another part of the claim
        claim(line(10_000, 1_500, OA23=8_000, PR3=500), status="2", icn="ICN2"),  # in another turn
    ],
)
def test_a_notice_stays_where_the_remittance_decides_nothing_on_it(other: ClaimPayment) -> None:
    life = Life()
    life.hear(DECIDED, trace=NOTICE_OF_IT)
    context = DecisionContext(Sender("P1", UUID(int=2), "T2"), TODAY, life.new_id)
    assert notices_replaced(life.position, other, context=context) == ()


def test_a_second_remittance_after_a_notice_is_paid_twice() -> None:
    life = Life()
    life.hear(DECIDED, trace=NOTICE_OF_IT)
    remit(life, DECIDED)
    again = remit(life, DECIDED, trace="T3", file=3)
    assert again.adjudication.outcome is Outcome.PAID_TWICE
