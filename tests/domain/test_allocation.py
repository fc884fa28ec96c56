"""A payment goes to the oldest service first, to the cent, and what is over stays as credit."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.allocation import Allocation, OpenTarget, allocate
from portal.domain.journal import NOWHERE, Target

OLD, NEW = date(2026, 1, 5), date(2026, 2, 5)


def target(number: int) -> Target:
    return Target(UUID(int=number), UUID(int=100 + number))


def test_the_oldest_service_is_paid_first() -> None:
    allocations = allocate(700, [OpenTarget(target(1), NEW, 500), OpenTarget(target(2), OLD, 400)])
    assert allocations == (Allocation(target(2), 400), Allocation(target(1), 300))


def test_what_is_over_stays_unapplied() -> None:
    allocations = allocate(700, [OpenTarget(target(1), OLD, 500)])
    assert allocations == (Allocation(target(1), 500), Allocation(NOWHERE, 200))
    assert [one.is_unapplied for one in allocations] == [False, True]


def test_an_undated_service_comes_last_and_ties_keep_their_order() -> None:
    open_targets = [
        OpenTarget(target(1), None, 100),
        OpenTarget(target(2), NEW, 100),
        OpenTarget(target(3), NEW, 100),
    ]
    paid = [one.target for one in allocate(300, open_targets)]
    assert paid == [target(2), target(3), target(1)]


def test_nothing_open_leaves_all_of_it_as_credit() -> None:
    assert allocate(300, [OpenTarget(target(1), OLD, 0)]) == (Allocation(NOWHERE, 300),)


@pytest.mark.parametrize("cents", [0, -1])
def test_a_payment_is_above_zero(cents: int) -> None:
    with pytest.raises(ValueError, match="above zero"):
        allocate(cents, [])


@st.composite
def open_targets(draw: st.DrawFn) -> list[OpenTarget]:
    days = st.none() | st.integers(0, 9).map(lambda day: OLD + timedelta(days=day))
    lines = draw(st.lists(st.tuples(days, st.integers(0, 5000)), max_size=8))
    return [OpenTarget(target(index), day, cents) for index, (day, cents) in enumerate(lines)]


@given(payment_cents=st.integers(1, 20000), lines=open_targets())
def test_the_parts_are_the_payment_and_no_line_gets_more_than_is_open(
    payment_cents: int, lines: list[OpenTarget]
) -> None:
    allocations = allocate(payment_cents, lines)
    assert sum(one.amount_cents for one in allocations) == payment_cents
    assert all(one.amount_cents > 0 for one in allocations)
    open_cents = {one.target: one.open_cents for one in lines}
    applied = [one for one in allocations if not one.is_unapplied]
    assert all(one.amount_cents <= open_cents[one.target] for one in applied)
    # Credit is left only when every line is paid, and an older line never waits for a newer one.
    if allocations[-1].is_unapplied:
        assert sum(one.amount_cents for one in applied) == sum(open_cents.values())
    paid = {one.target: one.amount_cents for one in applied}
    by_age = sorted(lines, key=lambda one: one.service_on or date.max)
    in_full = [paid.get(one.target, 0) == one.open_cents for one in by_age if one.open_cents]
    assert in_full == sorted(in_full, reverse=True)


def test_what_was_chosen_is_paid_before_what_is_older() -> None:
    lines = [OpenTarget(target(1), OLD, 500), OpenTarget(target(2), NEW, 400)]
    assert allocate(700, lines, first={target(2)}) == (
        Allocation(target(2), 400),
        Allocation(target(1), 300),
    )


@given(payment_cents=st.integers(1, 20000), lines=open_targets(), data=st.data())
def test_a_choice_is_honored_to_the_cent_and_nothing_else_is_paid_before_it(
    payment_cents: int, lines: list[OpenTarget], data: st.DataObject
) -> None:
    first = data.draw(st.sets(st.sampled_from([one.target for one in lines] or [NOWHERE])))
    allocations = allocate(payment_cents, lines, first=first)
    assert sum(one.amount_cents for one in allocations) == payment_cents
    open_cents = {one.target: one.open_cents for one in lines}
    paid = {one.target: one.amount_cents for one in allocations if not one.is_unapplied}
    assert all(0 < cents <= open_cents[target] for target, cents in paid.items())
    chosen_cents = sum(one.open_cents for one in lines if one.target in first)
    for_chosen = sum(cents for target, cents in paid.items() if target in first)
    assert for_chosen == min(payment_cents, chosen_cents)
    alone = [one for one in lines if one.target in first]
    if for_chosen and alone:  # among themselves as if nothing else were open
        assert {one for one in allocate(for_chosen, alone) if not one.is_unapplied} == {
            one for one in allocations if one.target in first
        }
