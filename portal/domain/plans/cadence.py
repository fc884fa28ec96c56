"""On which days installments fall due: an anchor that is kept, clamped to months that are shorter.

A day is a day of the practice's calendar; which day it is there now, the caller knows.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import islice
from typing import Final

from portal.domain.business_days import is_business_day

_MONTHS: Final = 12
_HALF_A_MONTH: Final = 15
_FIRST_OF_TWO: Final = 16
"""The latest first day of two: half a month later is the 31st, which is clamped."""


class Frequency(StrEnum):
    """How often something is due."""

    WEEKLY = "weekly"
    EVERY_TWO_WEEKS = "every_two_weeks"
    TWICE_A_MONTH = "twice_a_month"
    MONTHLY = "monthly"


_STEPS: Final = {
    Frequency.WEEKLY: timedelta(weeks=1),
    Frequency.EVERY_TWO_WEEKS: timedelta(weeks=2),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """The rhythm of a plan, agreed once and kept when single dates are moved.

    ``days`` are the days of the month, one or two, as agreed: 31 stays 31 after a February. Empty
    for weeks, which are counted from ``starts_on``.
    """

    frequency: Frequency
    starts_on: date
    days: tuple[int, ...] = ()
    moves_off_holidays: bool = False


def cadence_from(
    frequency: Frequency, *, first_on: date, moves_off_holidays: bool = False
) -> Cadence:
    """The rhythm that begins on a day; twice a month, the other day is 15 days away."""
    days: tuple[int, ...] = ()
    if frequency is Frequency.MONTHLY:
        days = (first_on.day,)
    elif frequency is Frequency.TWICE_A_MONTH:
        day = first_on.day
        first = day if day <= _FIRST_OF_TWO else day - _HALF_A_MONTH
        days = (first, first + _HALF_A_MONTH)
    return Cadence(
        frequency=frequency, starts_on=first_on, days=days, moves_off_holidays=moves_off_holidays
    )


def days_from(cadence: Cadence, *, count: int) -> tuple[date, ...]:
    """The first due days, beginning with the day the cadence starts on."""
    return days_after(cadence, cadence.starts_on - timedelta(days=1), count=count)


def days_after(cadence: Cadence, after: date, *, count: int) -> tuple[date, ...]:
    """The next due days, all later than ``after`` and none before the cadence starts."""
    return tuple(islice((day for day in _all_days(cadence, after) if day > after), count))


def add_months(day: date, months: int) -> date:
    """So many months later, clamped: January 31 and one month is the last of February."""
    return _in_month(day.year * _MONTHS + day.month - 1 + months, day.day)


def _all_days(cadence: Cadence, after: date) -> Iterator[date]:
    """Due days without end, from one that is not later than ``after`` where there is one."""
    plain = _by_weeks(cadence, after) if not cadence.days else _by_months(cadence, after)
    return map(_business_day_from, plain) if cadence.moves_off_holidays else plain


def _by_weeks(cadence: Cadence, after: date) -> Iterator[date]:
    step = _STEPS[cadence.frequency]
    # One step back, for the day before may have been moved past ``after``.
    day = cadence.starts_on + max((after - cadence.starts_on) // step - 1, 0) * step
    while True:
        yield day
        day += step


def _by_months(cadence: Cadence, after: date) -> Iterator[date]:
    begin = max(after, cadence.starts_on)
    month = begin.year * _MONTHS + begin.month - 2  # one back, for the same reason
    while True:
        for wanted in cadence.days:
            day = _in_month(month, wanted)
            if day >= cadence.starts_on:
                yield day
        month += 1


def _in_month(month: int, wanted: int) -> date:
    """``month`` counts from the year 0; a day it has not is its last."""
    year, index = divmod(month, _MONTHS)
    last = monthrange(year, index + 1)[1]
    return date(year, index + 1, min(wanted, last))


def _business_day_from(day: date) -> date:
    while not is_business_day(day):
        day += timedelta(days=1)
    return day
