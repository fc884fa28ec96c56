"""When a bank has said yes or no: business days of the Federal Reserve."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.business_days import business_day_after, is_business_day


@pytest.mark.parametrize(
    ("day", "count", "reached"),
    [
        (date(2026, 3, 2), 4, date(2026, 3, 6)),
        (date(2026, 11, 20), 1, date(2026, 11, 23)),  # a weekend
        (date(2026, 11, 24), 2, date(2026, 11, 27)),  # Thanksgiving
        (date(2026, 12, 24), 1, date(2026, 12, 28)),  # Christmas on a Friday
        (date(2026, 7, 2), 1, date(2026, 7, 3)),  # the Fourth on a Saturday is not moved
        (date(2027, 7, 2), 1, date(2027, 7, 6)),  # on a Sunday it is
        (date(2026, 5, 22), 1, date(2026, 5, 26)),  # Memorial Day
        (date(2026, 1, 16), 1, date(2026, 1, 20)),  # Martin Luther King Day
        (date(2026, 3, 7), 0, date(2026, 3, 7)),
    ],
)
def test_weekends_and_holidays_do_not_count(day: date, count: int, reached: date) -> None:
    assert business_day_after(day, count) == reached


@given(
    day=st.dates(min_value=date(2020, 1, 1), max_value=date(2040, 12, 31)), count=st.integers(1, 10)
)
def test_the_day_reached_is_a_business_day_and_so_many_lie_between(day: date, count: int) -> None:
    reached = business_day_after(day, count)
    assert is_business_day(reached)
    between = [date.fromordinal(one) for one in range(day.toordinal() + 1, reached.toordinal() + 1)]
    assert sum(is_business_day(one) for one in between) == count
