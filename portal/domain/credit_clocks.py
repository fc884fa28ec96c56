"""How long credit may lie with us, whose it is, and by when it has to go back.

Dated data from federal rules and common practice; states differ. For the practice to confirm with
its counsel, and said so where staff read it. Small credits are never taken as income.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final


class CreditOwner(StrEnum):
    """Whose money it is."""

    PATIENT = "patient"
    GOVERNMENT = "government"  # Medicare, Medicaid
    PAYER = "payer"  # any other plan


@dataclass(frozen=True, slots=True)
class CreditClock:
    """Days from when the credit arose. ``source`` names the rule, for whoever confirms it."""

    owner: CreditOwner
    in_force_from: date
    warn_after: timedelta
    due_after: timedelta
    source: str


CLOCKS: Final[Sequence[CreditClock]] = (
    CreditClock(
        CreditOwner.GOVERNMENT,
        date(2016, 3, 14),
        timedelta(days=45),
        timedelta(days=60),
        "42 CFR 401.305",
    ),
    CreditClock(
        CreditOwner.GOVERNMENT,
        date(2025, 1, 1),  # counted from when it is knowingly kept
        timedelta(days=45),
        timedelta(days=60),
        "42 CFR 401.305, 2025",
    ),
    CreditClock(
        CreditOwner.PAYER,
        date(2016, 3, 14),
        timedelta(days=45),
        timedelta(days=60),
        "contract; 60 days where it says nothing",
    ),
    CreditClock(
        CreditOwner.PATIENT,
        date(2016, 3, 14),
        timedelta(days=20),
        timedelta(days=30),
        "state law; 30 days where it says nothing",
    ),
)

UNCLAIMED_AFTER_YEARS: Final = 3
"""When money of somebody who is not heard of goes to the state: mostly 3 years, from 1 to 5."""

LETTER_FIRST: Final = timedelta(days=120)
LETTER_LAST: Final = timedelta(days=60)
"""How long before that day the owner is written to: from the first to the last."""

_GOVERNMENT_PLANS: Final = frozenset({"MA", "MB", "MC", "16"})


class ClockState(StrEnum):
    """How near the day is."""

    RUNNING = "running"
    NEAR = "near"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Standing:
    """Since when a credit lies with us, and by when it has to go back."""

    since: date
    due_on: date
    state: ClockState
    source: str


def owner_of(filing_indicator: str) -> CreditOwner:
    """By CLP06 of the plan that paid too much."""
    is_government = filing_indicator in _GOVERNMENT_PLANS
    return CreditOwner.GOVERNMENT if is_government else CreditOwner.PAYER


def standing(owner: CreditOwner, *, since: date, today: date) -> Standing:
    """By the newest clock that was in force when the credit arose, or else the first there is."""
    clocks = [clock for clock in CLOCKS if clock.owner is owner]
    clock = max(
        (one for one in clocks if one.in_force_from <= since),
        key=lambda one: one.in_force_from,
        default=clocks[0],
    )
    due_on = since + clock.due_after
    state = ClockState.RUNNING
    if today > due_on:
        state = ClockState.OVERDUE
    elif today >= since + clock.warn_after:
        state = ClockState.NEAR
    return Standing(since, due_on, state, clock.source)


def unclaimed_on(heard_of_on: date) -> date:
    """The day on which the state's claim begins, if the owner is not heard of before."""
    year = heard_of_on.year + UNCLAIMED_AFTER_YEARS
    try:
        return heard_of_on.replace(year=year)
    except ValueError:  # 29 February
        return date(year, 3, 1)


def is_letter_due(heard_of_on: date, *, today: date) -> bool:
    """Whether the owner is to be written to now."""
    claimed_on = unclaimed_on(heard_of_on)
    return claimed_on - LETTER_FIRST <= today <= claimed_on - LETTER_LAST


def standing_since(moves: Iterable[tuple[date, int]], balance_cents: int) -> date | None:
    """Since when what is left has been there, when the oldest credit is used first.

    ``moves``: what came (above zero) and went, by day, oldest first. None: nothing came.
    """
    came = [(day, cents) for day, cents in moves if cents > 0]
    left, since = balance_cents, None
    for day, cents in reversed(came):
        since, left = day, left - cents
        if left <= 0:
            break
    return since
