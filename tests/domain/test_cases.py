"""How a case stands, by when it is answered, and the number people read out."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.cases import (
    ANSWER_WITHIN,
    HOLDS_VISITS,
    NUMBERS,
    OURS,
    OUTCOMES,
    STANDING,
    TRANSITIONS,
    CaseKind,
    CaseState,
    UnknownMoveError,
    answer_by,
    case_number,
    require_move,
    state_after_reply,
)

STATES = list(CaseState)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("after", STATES)
def test_a_move_that_the_table_does_not_have_is_refused(state: CaseState, after: CaseState) -> None:
    if after in TRANSITIONS[state]:
        require_move(state, after)
    else:
        with pytest.raises(UnknownMoveError):
            require_move(state, after)


def test_every_state_but_a_dropped_draft_leads_somewhere_and_all_are_reached() -> None:
    assert set(TRANSITIONS) == set(CaseState)
    assert [state for state, after in TRANSITIONS.items() if not after] == [CaseState.DROPPED]
    reached = {after for moves in TRANSITIONS.values() for after in moves} | {CaseState.DRAFT}
    assert reached == set(CaseState)


@pytest.mark.parametrize(
    ("present", "after"),
    [
        (CaseState.OPEN, CaseState.OPEN),
        (CaseState.REOPENED, CaseState.REOPENED),
        (CaseState.WAITING, CaseState.OPEN),
        (CaseState.ANSWERED, CaseState.OPEN),
        (CaseState.CLOSED, CaseState.REOPENED),
    ],
)
def test_a_word_of_the_persons_makes_it_our_turn(present: CaseState, after: CaseState) -> None:
    assert state_after_reply(present) is after
    assert after in OURS


@pytest.mark.parametrize("present", [CaseState.DRAFT, CaseState.DROPPED])
def test_nobody_writes_in_a_case_that_was_never_sent(present: CaseState) -> None:
    with pytest.raises(UnknownMoveError):
        state_after_reply(present)


def test_a_mere_question_and_help_with_paying_hold_no_visit() -> None:
    assert {CaseKind.QUESTION, CaseKind.ASSISTANCE} == set(CaseKind) - HOLDS_VISITS


def test_each_kind_has_a_day_and_ways_to_end() -> None:
    assert set(ANSWER_WITHIN) == set(OUTCOMES) == set(CaseKind)
    assert OURS < STANDING


@pytest.mark.parametrize(
    ("kind", "told_on", "by"),
    [
        (CaseKind.QUESTION, date(2026, 3, 6), date(2026, 3, 10)),  # over a weekend
        (CaseKind.NOT_MINE, date(2026, 7, 1), date(2026, 7, 8)),  # over the Fourth, a Saturday
        (CaseKind.ALREADY_PAID, date(2026, 11, 23), date(2026, 12, 1)),  # over Thanksgiving
    ],
)
def test_the_clock_counts_business_days(kind: CaseKind, told_on: date, by: date) -> None:
    assert answer_by(kind, told_on) == by


@given(st.integers(0, NUMBERS - 1), st.integers(0, NUMBERS - 1))
def test_a_number_is_read_out_easily_and_is_one_places_only(one: int, other: int) -> None:
    assert re.fullmatch(r"C-[0-9A-HJKMNP-TV-Z]{4}-\d\d", case_number(one))
    assert (case_number(one) == case_number(other)) == (one == other)
