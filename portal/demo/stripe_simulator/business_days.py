"""Business days of the Federal Reserve, on which bank debits are collected and payouts arrive.

Days begin at midnight UTC here; the real ones begin in New York.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final

_DAY_SECONDS: Final = 24 * 60 * 60
_SATURDAY: Final = 5
_SUNDAY: Final = 6
_FIXED: Final = ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25))
_MONDAY, _THURSDAY = 0, 3
_NTH: Final = (
    (1, _MONDAY, 3),
    (2, _MONDAY, 3),
    (9, _MONDAY, 1),
    (10, _MONDAY, 2),
    (11, _THURSDAY, 4),
)
"""Month, day of the week, and the how manieth of it in the month."""


def later(instant: int, days: int) -> int:
    """The same time of day, that many business days later, in seconds since 1970."""
    day = datetime.fromtimestamp(instant, UTC).date()
    start = day
    while days > 0:
        day += timedelta(days=1)
        days -= is_business_day(day)
    return instant + (day - start).days * _DAY_SECONDS


def is_business_day(day: date) -> bool:
    return day.weekday() < _SATURDAY and not is_holiday(day)


def is_holiday(day: date) -> bool:
    """One on a Sunday is kept on the Monday after it; one on a Saturday is not moved."""
    if (day.month, day.day) in _FIXED:
        return day.weekday() != _SUNDAY
    before = day - timedelta(days=1)
    if day.weekday() == _MONDAY and (before.month, before.day) in _FIXED:
        return True
    nth = (day.day - 1) // 7 + 1
    if (day.month, day.weekday(), nth) in _NTH:
        return True
    is_last_in_month = (day + timedelta(days=7)).month != day.month
    return day.month == 5 and day.weekday() == _MONDAY and is_last_in_month  # noqa: PLR2004 - May
