"""A refund check that was mailed and is not cashed: how old it is, and what follows from that.

Defaults of 2026, for the practice to confirm with its counsel: states differ, and a check that
nobody cashes is its owner's money, never the practice's income.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from portal.domain.credit_clocks import LETTER_FIRST, unclaimed_on

ASK_AFTER: Final = timedelta(days=60)
"""Whoever has not cashed it by then is asked whether it came."""

STALE_AFTER: Final = timedelta(days=180)
"""A bank need not pay a check that is older than six months (UCC 4-404)."""


class CheckAge(StrEnum):
    """What somebody should do about a check that is out."""

    FRESH = "fresh"  # nothing yet
    ASK = "ask"
    STALE = "stale"  # the bank may refuse it: stop it, and send it anew
    LETTER = "letter"  # the state's claim is near: its owner is written to


class StopReason(StrEnum):
    """Why a mailed check is taken out of the world. A choice, so that nothing else is kept."""

    CAME_BACK = "came_back"  # by mail, unopened
    LOST = "lost"
    TOO_OLD = "too_old"
    WRONG = "wrong"  # amount, name or address


class StopAnswer(StrEnum):
    """What the second person said, where one was needed."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"


STOP_TRANSITIONS: Final[Mapping[StopAnswer, frozenset[StopAnswer]]] = {
    StopAnswer.WAITING: frozenset({StopAnswer.DONE, StopAnswer.REFUSED}),
    StopAnswer.DONE: frozenset(),
    StopAnswer.REFUSED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Outstanding:
    """Since when a check is out; from ``unclaimed_on`` the state may claim its money."""

    days: int
    age: CheckAge
    unclaimed_on: date


def require_answer(present: StopAnswer, wanted: StopAnswer) -> None:
    """Raises ValueError for a wish that has its answer."""
    if wanted not in STOP_TRANSITIONS[present]:
        message = f"{present} to {wanted}"
        raise ValueError(message)


def outstanding(mailed_on: date, *, today: date) -> Outstanding:
    """The state's clock runs from the day it was mailed, for want of a later word of its owner."""
    claim_on, days = unclaimed_on(mailed_on), today - mailed_on
    age = CheckAge.FRESH
    if today >= claim_on - LETTER_FIRST:
        age = CheckAge.LETTER
    elif days >= STALE_AFTER:
        age = CheckAge.STALE
    elif days >= ASK_AFTER:
        age = CheckAge.ASK
    return Outstanding(days.days, age, claim_on)
