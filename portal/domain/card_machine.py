"""The practice's own card machine: how much of a batch its maker may keep without a manager.

A default of 2026, for the practice to set to its contract: card fees are 1.5 to 4 percent.
"""

from typing import Final

KEEPS_UP_TO_BASIS_POINTS: Final = 500
"""Hundredths of a percent of what was taken, where a practice has set nothing else."""

KEEPS_UP_TO_CENTS: Final = 100
"""So much of any batch: on a small one the part of the fee that is fixed weighs more."""

_WHOLE: Final = 10_000


def may_keep_cents(taken_cents: int, *, basis_points: int) -> int:
    """The largest fee of a batch that needs no reason; more needs one, and a manager."""
    return max(min(KEEPS_UP_TO_CENTS, taken_cents), taken_cents * basis_points // _WHOLE)
