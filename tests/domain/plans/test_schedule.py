"""Exact cents: equal, the spare ones first, together what is owed."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.plans.cadence import Frequency, cadence_from
from portal.domain.plans.schedule import (
    Installment,
    InstallmentKind,
    counted,
    equal_parts,
    in_order,
    schedule,
)

TODAY = date(2026, 3, 9)
MONTHLY = cadence_from(Frequency.MONTHLY, first_on=date(2026, 3, 31))


@pytest.mark.parametrize(
    ("cents", "count", "parts"),
    [
        (100_00, 3, (33_34, 33_33, 33_33)),
        (100_00, 4, (25_00, 25_00, 25_00, 25_00)),
        (200_03, 6, (33_34, 33_34, 33_34, 33_34, 33_34, 33_33)),
        (1, 2, (1, 0)),
    ],
)
def test_spare_cents_stand_on_the_first(cents: int, count: int, parts: tuple[int, ...]) -> None:
    assert equal_parts(cents, count) == parts


def test_a_schedule_with_a_down_payment_divides_the_rest() -> None:
    rows = schedule(250_00, count=3, cadence=MONTHLY, agreed_on=TODAY, down_payment_cents=50_00)
    assert [(one.number, one.due_on, one.cents) for one in rows] == [
        (0, TODAY, 50_00),
        (1, date(2026, 3, 31), 66_67),
        (2, date(2026, 4, 30), 66_67),
        (3, date(2026, 5, 31), 66_66),
    ]
    assert rows[0].kind is InstallmentKind.DOWN_PAYMENT
    assert counted(rows) == 3


def test_nothing_is_due_on_the_day_of_the_agreement() -> None:
    with pytest.raises(ValueError, match="before the day after"):
        schedule(100_00, count=2, cadence=MONTHLY, agreed_on=date(2026, 3, 31))


def test_neither_extra_money_nor_a_skipped_row_is_counted() -> None:
    rows = [
        Installment(number=1, due_on=TODAY, cents=10, kind=InstallmentKind.EXTRA),
        Installment(number=2, due_on=TODAY, cents=0, kind=InstallmentKind.SKIPPED),
        Installment(number=3, due_on=TODAY, cents=10),
    ]
    assert counted(rows) == 1


def test_money_fills_by_day_and_then_by_number() -> None:
    early = Installment(number=7, due_on=TODAY, cents=1)
    late = Installment(number=2, due_on=TODAY + timedelta(days=1), cents=1)
    same = Installment(number=3, due_on=TODAY, cents=1)
    assert in_order([late, early, same]) == (same, early, late)


@given(
    cents=st.integers(1, 20_000_00),
    count=st.integers(1, 24),
    down=st.integers(0, 100),
    frequency=st.sampled_from(Frequency),
    agreed_on=st.dates(date(2024, 1, 1), date(2040, 12, 31)),
    ahead=st.integers(1, 30),
)
def test_every_schedule_adds_up_to_the_cent_and_begins_after_its_agreement(
    *, cents: int, count: int, down: int, frequency: Frequency, agreed_on: date, ahead: int
) -> None:
    cadence = cadence_from(frequency, first_on=agreed_on + timedelta(days=ahead))
    rows = schedule(
        cents,
        count=count,
        cadence=cadence,
        agreed_on=agreed_on,
        down_payment_cents=cents * down // 101,
    )
    regular = [one for one in rows if one.kind is InstallmentKind.REGULAR]
    assert sum(one.cents for one in rows) == cents
    assert len(regular) == count
    assert max(one.cents for one in regular) - min(one.cents for one in regular) <= 1
    assert [one.cents for one in regular] == sorted((o.cents for o in regular), reverse=True)
    assert all(one.due_on > agreed_on for one in regular)
    assert rows == in_order(rows)
