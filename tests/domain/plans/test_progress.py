"""Money fills installments oldest first; paid, left and waived are always the principal."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.plans.progress import PlanProgress, progress_of
from portal.domain.plans.schedule import Installment, InstallmentKind

ROWS = (
    Installment(number=1, due_on=date(2026, 4, 1), cents=50_00),
    Installment(number=2, due_on=date(2026, 5, 1), cents=50_00),
    Installment(number=3, due_on=date(2026, 6, 1), cents=0, kind=InstallmentKind.SKIPPED),
    Installment(number=4, due_on=date(2026, 7, 1), cents=50_00, waived_cents=20_00),
)


def of(paid_cents: int) -> PlanProgress:
    return progress_of(ROWS, paid_cents=paid_cents)


@pytest.mark.parametrize(
    ("paid", "parts", "left", "over"),
    [
        (0, [0, 0, 0, 0], 130_00, 0),
        (49_99, [49_99, 0, 0, 0], 80_01, 0),
        (50_00, [50_00, 0, 0, 0], 80_00, 0),
        (110_00, [50_00, 50_00, 0, 10_00], 20_00, 0),
        (130_00, [50_00, 50_00, 0, 30_00], 0, 0),
        (131_00, [50_00, 50_00, 0, 30_00], 0, 1_00),
    ],
)
def test_the_oldest_installment_is_filled_first(
    paid: int, parts: list[int], left: int, over: int
) -> None:
    progress = of(paid)
    assert [row.paid_cents for row in progress.rows] == parts
    assert (progress.left_cents, progress.over_cents) == (left, over)
    assert progress.is_finished is (left < 50)
    assert progress.principal_cents == 150_00
    assert progress.waived_cents == 20_00


def test_what_is_due_next_and_what_is_overdue_since_when() -> None:
    progress = of(20_00)
    following = progress.next_due(date(2026, 4, 1))
    assert following is not None
    assert (following.installment.number, following.left_cents) == (1, 30_00)
    assert progress.overdue_since(date(2026, 4, 1)) is None
    assert progress.overdue_since(date(2026, 4, 2)) == date(2026, 4, 1)
    assert progress.due_cents(date(2026, 3, 31)) == 0
    assert progress.due_cents(date(2026, 5, 1)) == 80_00
    assert of(130_00).next_due(date(2026, 4, 1)) is None
    assert of(130_00).overdue_since(date(2027, 4, 1)) is None


def test_a_row_is_found_by_its_number() -> None:
    row = of(0).row(4)
    assert row is not None
    assert row.left_cents == 30_00
    assert of(0).row(9) is None


@pytest.mark.parametrize(
    ("today", "cents", "extra"),
    [
        (date(2026, 3, 20), 50_00, 0),  # the next one, paid by hand
        (date(2026, 3, 20), 70_00, 20_00),
        (date(2026, 4, 1), 50_00, 0),  # due today
        (date(2026, 5, 2), 100_00, 0),  # both that are due
        (date(2026, 5, 2), 110_00, 10_00),
        (date(2026, 8, 2), 140_00, 10_00),
    ],
)
def test_money_is_extra_beyond_what_is_due_or_else_the_next_installment(
    today: date, cents: int, extra: int
) -> None:
    assert of(0).extra_cents(cents, today=today) == extra


@given(
    paid=st.integers(0, 500_00),
    parts=st.lists(st.tuples(st.integers(0, 100_00), st.integers(0, 100)), max_size=12),
)
def test_paid_left_and_waived_are_the_principal(paid: int, parts: list[tuple[int, int]]) -> None:
    rows = [
        replace(
            ROWS[0],
            number=number,
            due_on=date(2026, 1 + number, 1),
            cents=cents,
            waived_cents=cents * percent // 100,
        )
        for number, (cents, percent) in enumerate(parts)
    ]
    progress = progress_of(reversed(rows), paid_cents=paid)
    assert (
        progress.paid_cents + progress.left_cents + progress.waived_cents
        == progress.principal_cents
    )
    assert progress.paid_cents + progress.over_cents == paid
    is_open = [row.is_open for row in progress.rows if row.installment.asked_cents]
    assert is_open == sorted(is_open)
