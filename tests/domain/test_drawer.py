"""A drawer's rules: what was found, held against what should be there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.drawer import (
    DRAWER_TRANSITIONS,
    PIECES,
    DrawerCount,
    DrawerState,
    DrawerTakings,
    UnknownDrawerMoveError,
    cash_in,
    compare,
    require_drawer_move,
)

CENTS = st.integers(0, 1_000_000)


def test_every_state_says_where_it_leads() -> None:
    assert set(DRAWER_TRANSITIONS) == set(DrawerState)
    with pytest.raises(UnknownDrawerMoveError):
        require_drawer_move(DrawerState.DEPOSITED, DrawerState.OPEN)
    with pytest.raises(UnknownDrawerMoveError):
        require_drawer_move(DrawerState.OPEN, DrawerState.CLOSED)


@pytest.mark.parametrize(
    ("cash", "checks", "difference", "to_bank", "needs_reason"),
    [
        (12_000, 3_000, 0, 5_000, False),
        (11_900, 3_000, -100, 4_900, False),
        (12_101, 3_000, 101, 5_101, True),
        (11_899, 3_000, -101, 4_899, True),
        (12_000, 2_950, -50, 4_950, True),  # a check is missing, however small
        (12_050, 2_950, 0, 5_000, True),  # over and short do not make each other good
        (9_000, 3_000, -3_000, 2_000, True),
        (5_000, 0, -10_000, -5_000, True),  # not even the float
    ],
)
def test_what_a_count_comes_to(
    cash: int, checks: int, difference: int, to_bank: int, *, needs_reason: bool
) -> None:
    result = compare(DrawerTakings(10_000, 2_000, 3_000), DrawerCount(cash, checks))
    assert (result.difference_cents, result.to_bank_cents) == (difference, to_bank)
    assert result.needs_reason is needs_reason


@given(CENTS, CENTS, CENTS, CENTS, CENTS)
def test_what_goes_to_the_bank_is_what_was_taken_and_the_difference(
    start: int, cash: int, checks: int, found: int, found_checks: int
) -> None:
    result = compare(DrawerTakings(start, cash, checks), DrawerCount(found, found_checks))
    assert result.to_bank_cents == cash + checks + result.difference_cents


@given(st.dictionaries(st.sampled_from(PIECES), st.integers(0, 99)))
def test_pieces_are_worth_their_sum(pieces: dict[int, int]) -> None:
    assert cash_in(pieces) == sum(worth * count for worth, count in pieces.items())


@pytest.mark.parametrize("pieces", [{3: 1}, {100: -1}])
def test_what_is_no_piece_is_refused(pieces: dict[int, int]) -> None:
    with pytest.raises(ValueError, match="pieces of"):
        cash_in(pieces)
