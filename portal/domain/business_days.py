"""The days on which banks move money: neither weekends nor holidays of the Federal Reserve."""

from datetime import date, timedelta
from typing import Final

BANK_DEBIT_DAYS: Final = 4
"""Business days until a bank has said yes or no to an ACH debit, at most (Stripe: up to 4)."""

_SATURDAY: Final = 5
_SUNDAY: Final = 6
_MONDAY: Final = 0
_THURSDAY: Final = 3
_MAY: Final = 5
_WEEK: Final = timedelta(days=7)
_ONE_DAY: Final = timedelta(days=1)
_ON_A_DATE: Final = frozenset({(1, 1), (6, 19), (7, 4), (11, 11), (12, 25)})
_ON_A_WEEKDAY: Final = frozenset(
    {
        (1, _MONDAY, 3),
        (2, _MONDAY, 3),
        (9, _MONDAY, 1),
        (10, _MONDAY, 2),
        (11, _THURSDAY, 4),
    }
)
"""Month, day of the week, and the how manieth of it."""


def business_day_after(day: date, count: int) -> date:
    """The business day so many business days later; ``day`` itself does not count."""
    while count > 0:
        day += _ONE_DAY
        count -= is_business_day(day)
    return day


def is_business_day(day: date) -> bool:
    return day.weekday() < _SATURDAY and not _is_holiday(day)


def _is_holiday(day: date) -> bool:
    """Kept on the Monday when it falls on a Sunday; on a Saturday it is not moved."""
    if (day.month, day.day) in _ON_A_DATE:
        return True
    before = day - _ONE_DAY
    if before.weekday() == _SUNDAY and (before.month, before.day) in _ON_A_DATE:
        return True
    if (day.month, day.weekday(), (day.day - 1) // 7 + 1) in _ON_A_WEEKDAY:
        return True
    is_memorial_day = day.weekday() == _MONDAY and (day + _WEEK).month != _MAY
    return day.month == _MAY and is_memorial_day
