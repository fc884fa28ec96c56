"""Putting a payment to other lines: what it should pay from now on, against what it pays now.

Nothing below zero, no line more than is open on it, the sum as before: the rest is credit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.domain.allocation import Allocation
from portal.domain.journal import NOWHERE, Target


@dataclass(frozen=True, slots=True)
class MovableLine:
    """A line this payment pays (``now_cents``), or could pay (``open_cents`` more).

    ``promised_cents`` of what it pays goes back to the payer soon, and stays till then.
    """

    target: Target
    now_cents: int
    open_cents: int
    promised_cents: int = 0

    @property
    def most_cents(self) -> int:
        return self.now_cents + self.open_cents


@dataclass(frozen=True, slots=True)
class Movable:
    """One payment: its lines and its credit. ``free_cents`` of the credit may be used.

    ``asked_cents``: what of all that is open may be paid now; the rest is on its way at a bank.
    """

    lines: Sequence[MovableLine]
    credit_cents: int
    free_cents: int
    asked_cents: int


class NotMovableError(ValueError):
    """The wish cannot be granted; ``target`` is the line, if it is about one of them.

    ``least_cents`` and ``most_cents`` are what there (or in all) would do.
    """

    def __init__(self, target: Target | None, *, least_cents: int, most_cents: int) -> None:
        super().__init__(target, least_cents, most_cents)
        self.target = target
        self.least_cents = least_cents
        self.most_cents = most_cents


def moves(movable: Movable, wanted: Mapping[Target, int]) -> tuple[Allocation, ...]:
    """What changes, line by line, credit last; the sum is zero. Lines not named stay.

    Raises NotMovableError.
    """
    changes = []
    for line in movable.lines:
        cents = wanted.get(line.target, line.now_cents)
        if not line.promised_cents <= cents <= line.most_cents:
            raise NotMovableError(
                line.target, least_cents=line.promised_cents, most_cents=line.most_cents
            )
        if cents != line.now_cents:
            changes.append(Allocation(line.target, cents - line.now_cents))
    more = sum(change.amount_cents for change in changes)
    on_lines = sum(line.now_cents for line in movable.lines)
    most_more = max(0, min(movable.free_cents, movable.asked_cents))
    if more > most_more:
        raise NotMovableError(None, least_cents=0, most_cents=on_lines + most_more)
    if more:
        changes.append(Allocation(NOWHERE, -more))
    return tuple(changes)
