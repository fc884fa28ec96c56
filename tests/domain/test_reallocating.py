"""Putting a payment to other lines: the sum stays, nothing falls below zero or goes too high."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.allocation import Allocation
from portal.domain.journal import NOWHERE, Target
from portal.domain.reallocating import Movable, MovableLine, NotMovableError, moves

A, B = Target(UUID(int=1), UUID(int=11)), Target(UUID(int=2))


def movable(*, credit: int = 0, free: int = 0, asked: int = 10_000, promised: int = 0) -> Movable:
    """60.00 on A of which nothing is open, nothing on B of which 40.00 is open."""
    lines = [MovableLine(A, 6_000, 0, promised), MovableLine(B, 0, 4_000)]
    return Movable(lines, credit, free, asked)


@pytest.mark.parametrize(
    ("wanted", "changes"),
    [
        ({}, ()),
        ({A: 2_000, B: 4_000}, (Allocation(A, -4_000), Allocation(B, 4_000))),
        (
            {A: 0, B: 1_000},
            (Allocation(A, -6_000), Allocation(B, 1_000), Allocation(NOWHERE, 5_000)),
        ),
    ],
)
def test_what_a_line_loses_goes_to_others_and_the_rest_is_credit(
    wanted: dict[Target, int], changes: tuple[Allocation, ...]
) -> None:
    assert moves(movable(), wanted) == changes


def test_free_credit_pays_a_line() -> None:
    changes = moves(movable(credit=3_000, free=2_000), {B: 2_000})
    assert changes == (Allocation(B, 2_000), Allocation(NOWHERE, -2_000))


@pytest.mark.parametrize(
    ("line", "wanted", "least", "most"),
    [
        (B, {B: 4_001}, 0, 4_000),
        (A, {A: 6_001}, 500, 6_000),
        (A, {A: 499}, 500, 6_000),
        (None, {B: 1}, 0, 6_000),
    ],
)
def test_what_cannot_be_is_refused_with_what_could(
    line: Target | None, wanted: dict[Target, int], least: int, most: int
) -> None:
    with pytest.raises(NotMovableError) as refused:
        moves(movable(credit=3_000, promised=500), wanted)
    assert (refused.value.target, refused.value.least_cents, refused.value.most_cents) == (
        line,
        least,
        most,
    )


def test_what_is_on_its_way_at_a_bank_is_not_paid_by_credit_as_well() -> None:
    with pytest.raises(NotMovableError):
        moves(movable(credit=4_000, free=4_000, asked=1_000), {B: 1_001})
    assert moves(movable(credit=4_000, free=4_000, asked=1_000), {B: 1_000})


CENTS = st.integers(0, 10_000)


@given(
    lines=st.lists(st.tuples(CENTS, CENTS, CENTS), min_size=1, max_size=4),
    credit=CENTS,
    locked=CENTS,
    asked=CENTS,
    wanted=st.lists(st.none() | CENTS, min_size=4, max_size=4),
)
def test_no_move_loses_a_cent_or_overdraws(
    lines: list[tuple[int, int, int]],
    credit: int,
    locked: int,
    asked: int,
    wanted: list[int | None],
) -> None:
    rows = [
        MovableLine(Target(UUID(int=number)), now, more, min(now, promised))
        for number, (now, more, promised) in enumerate(lines, start=1)
    ]
    free = max(0, credit - locked)
    asks = {
        row.target: cents for row, cents in zip(rows, wanted, strict=False) if cents is not None
    }
    try:
        changes = moves(Movable(rows, credit, free, asked), asks)
    except NotMovableError:
        return
    assert sum(change.amount_cents for change in changes) == 0
    after = {change.target: change.amount_cents for change in changes}
    for row in rows:
        assert row.promised_cents <= row.now_cents + after.get(row.target, 0) <= row.most_cents
    assert after.get(NOWHERE, 0) >= -free
