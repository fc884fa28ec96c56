"""How long ago what is open was first asked for, in the steps that statements show."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

STEPS: Final = (30, 60, 90, 120)
"""The last day of each step but the last, which has no end."""


@dataclass(frozen=True, slots=True)
class Aging:
    """Cents by step, the newest first."""

    cents: tuple[int, ...]

    @property
    def total_cents(self) -> int:
        """All that is open."""
        return sum(self.cents)


def aged(
    open_cents: Mapping[UUID, int],
    first_asked: Mapping[UUID, date],
    *,
    today: date,
    coming_cents: int,
) -> Aging:
    """Age counts from the first statement that asked, never from the visit.

    What is on its way pays the oldest first, as a payment does.
    """
    steps = [0] * (len(STEPS) + 1)
    for claim_id, cents in open_cents.items():
        days = (today - first_asked.get(claim_id, today)).days
        steps[sum(days > last for last in STEPS)] += cents
    for step in reversed(range(len(steps))):
        paid_cents = min(coming_cents, steps[step])
        steps[step] -= paid_cents
        coming_cents -= paid_cents
    return Aging(tuple(steps))
