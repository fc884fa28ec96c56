"""Due days: the anchor is kept, short months clamp it, holidays move it when asked."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.business_days import is_business_day
from portal.domain.plans.cadence import (
    Cadence,
    Frequency,
    add_months,
    cadence_from,
    days_after,
    days_from,
)

NEW_YORK = ZoneInfo("America/New_York")


def days(frequency: Frequency, first_on: str, count: int, *, off_holidays: bool = False) -> str:
    cadence = cadence_from(
        frequency, first_on=date.fromisoformat(first_on), moves_off_holidays=off_holidays
    )
    due = days_from(cadence, count=count)
    return " ".join(f"{day:%b} {day.day}" for day in due)


def test_a_month_without_the_agreed_day_has_its_last_and_the_next_has_the_day_again() -> None:
    assert days(Frequency.MONTHLY, "2026-01-31", 5) == "Jan 31 Feb 28 Mar 31 Apr 30 May 31"
    assert days(Frequency.MONTHLY, "2027-12-30", 4) == "Dec 30 Jan 30 Feb 29 Mar 30"


def test_twice_a_month_the_two_days_are_half_a_month_apart() -> None:
    assert days(Frequency.TWICE_A_MONTH, "2026-01-15", 4) == "Jan 15 Jan 30 Feb 15 Feb 28"
    assert days(Frequency.TWICE_A_MONTH, "2026-01-20", 4) == "Jan 20 Feb 5 Feb 20 Mar 5"
    assert days(Frequency.TWICE_A_MONTH, "2028-01-31", 4) == "Jan 31 Feb 16 Feb 29 Mar 16"


def test_weeks_are_counted_from_the_first_day_across_a_leap_day_and_a_change_of_the_clock() -> None:
    assert days(Frequency.WEEKLY, "2028-02-22", 3) == "Feb 22 Feb 29 Mar 7"
    assert days(Frequency.EVERY_TWO_WEEKS, "2026-02-26", 3) == "Feb 26 Mar 12 Mar 26"


def test_a_day_without_banks_is_moved_to_the_next_business_day_when_asked() -> None:
    # July 4, 2026 is a Saturday; Labor Day is Monday, September 7.
    assert days(Frequency.MONTHLY, "2026-07-04", 3, off_holidays=True) == "Jul 6 Aug 4 Sep 4"
    assert days(Frequency.WEEKLY, "2026-08-31", 3, off_holidays=True) == "Aug 31 Sep 8 Sep 14"
    assert days(Frequency.MONTHLY, "2026-07-04", 2) == "Jul 4 Aug 4"


def test_what_follows_a_day_keeps_the_anchor_although_that_day_was_moved() -> None:
    cadence = cadence_from(Frequency.MONTHLY, first_on=date(2026, 1, 31))
    assert days_after(cadence, date(2026, 2, 25), count=2) == (date(2026, 2, 28), date(2026, 3, 31))
    assert days_after(cadence, date(2026, 2, 28), count=1) == (date(2026, 3, 31),)
    weekly = cadence_from(Frequency.WEEKLY, first_on=date(2026, 3, 4))
    assert days_after(weekly, date(2026, 3, 14), count=1) == (date(2026, 3, 18),)


def test_nothing_is_due_before_the_rhythm_starts() -> None:
    for frequency in Frequency:
        cadence = cadence_from(frequency, first_on=date(2026, 5, 20))
        assert days_after(cadence, date(2026, 1, 1), count=1) == (date(2026, 5, 20),)


def test_days_that_were_agreed_as_the_first_and_the_fifteenth_stay_so() -> None:
    cadence = Cadence(frequency=Frequency.TWICE_A_MONTH, starts_on=date(2026, 3, 10), days=(1, 15))
    assert days_from(cadence, count=3) == (
        date(2026, 3, 15),
        date(2026, 4, 1),
        date(2026, 4, 15),
    )


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 3, 9), -12, date(2025, 3, 9)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
    ],
)
def test_so_many_months_later_is_the_same_day_or_the_last(
    day: date, months: int, later: date
) -> None:
    assert add_months(day, months) == later


@given(
    frequency=st.sampled_from(Frequency),
    instant=st.datetimes(datetime(2024, 1, 1), datetime(2040, 12, 31)),  # noqa: DTZ001 — Hypothesis takes naive bounds
    ahead=st.integers(1, 60),
    off_holidays=st.booleans(),
)
def test_days_of_2024_to_2040_rise_keep_the_anchor_and_are_the_same_wherever_one_begins(
    frequency: Frequency,
    instant: datetime,
    ahead: int,
    off_holidays: bool,  # noqa: FBT001 — hypothesis hands it in by name
) -> None:
    """Both changes of the clock lie in every year: a day has 23, 24 or 25 hours and is a day."""
    today = instant.replace(tzinfo=UTC).astimezone(NEW_YORK).date()
    first_on = today + timedelta(days=ahead)
    cadence = cadence_from(frequency, first_on=first_on, moves_off_holidays=off_holidays)
    due = days_from(cadence, count=24)
    assert due[0] >= first_on > today
    assert list(due) == sorted(set(due))
    assert days_after(cadence, due[9], count=14) == due[10:]
    assert days_after(cadence, due[9] - timedelta(days=1), count=1) == due[9:10]
    if off_holidays:
        assert all(is_business_day(day) for day in due)
    elif frequency is Frequency.MONTHLY:
        assert due == tuple(add_months(first_on, months) for months in range(24))
    elif not cadence.days:
        assert {later - day for day, later in pairwise(due)} == {due[1] - due[0]}
