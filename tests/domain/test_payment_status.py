"""Which move follows which: every walk along the table ends, and money is never taken back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.payment_status import (
    AT_THE_PROCESSOR,
    REFUND_TRANSITIONS,
    TRANSITIONS,
    UNDONE,
    UNFINISHED,
    PaymentState,
    RefundState,
    UnknownMoveError,
    is_move,
)


def test_every_state_has_a_row_and_every_state_but_the_first_is_reached() -> None:
    assert set(TRANSITIONS) == set(PaymentState)
    assert set().union(*TRANSITIONS.values()) == set(PaymentState) - {PaymentState.PREPARED}
    assert set(REFUND_TRANSITIONS) == set(RefundState)
    assert set().union(*REFUND_TRANSITIONS.values()) == set(RefundState) - {RefundState.WAITING}


@pytest.mark.parametrize("state", list(PaymentState))
def test_staying_where_one_is_is_no_move(state: PaymentState) -> None:
    assert not is_move(TRANSITIONS, state, wanted=state)


@pytest.mark.parametrize("state", list(PaymentState))
def test_a_move_is_in_the_table_or_raises(state: PaymentState) -> None:
    for wanted in set(PaymentState) - {state}:
        if wanted in TRANSITIONS[state]:
            assert is_move(TRANSITIONS, state, wanted=wanted)
        else:
            with pytest.raises(UnknownMoveError):
                is_move(TRANSITIONS, state, wanted=wanted)


def test_money_that_came_is_the_end_unless_the_desk_undoes_it() -> None:
    assert TRANSITIONS[PaymentState.SUCCEEDED] == UNDONE
    assert {TRANSITIONS[state] for state in UNDONE} == {frozenset()}


@pytest.mark.parametrize("state", sorted(set(PaymentState) - UNDONE))
def test_money_may_still_come_wherever_it_has_not_come_yet(state: PaymentState) -> None:
    money = {PaymentState.SUCCEEDED, PaymentState.SUSPENDED}
    assert state in money or money <= TRANSITIONS[state]


def test_only_what_nobody_was_asked_for_may_stand_beside_another_attempt() -> None:
    assert {PaymentState.PREPARED} == UNFINISHED - AT_THE_PROCESSOR


@given(st.lists(st.sampled_from(list(PaymentState))))
def test_no_walk_visits_a_state_twice(wishes: list[PaymentState]) -> None:
    state, seen = PaymentState.PREPARED, [PaymentState.PREPARED]
    for wish in wishes:
        if wish in TRANSITIONS[state]:
            state = wish
            seen.append(state)
    assert len(seen) == len(set(seen))
