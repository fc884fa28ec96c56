"""A drawer of the desk from its float to the bank: states, the blind count, what may differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class DrawerState(StrEnum):
    """How far the money of one person's drawer has come."""

    OPEN = "open"
    COUNTED = "counted"  # the difference is shown; nothing is taken meanwhile
    CLOSED = "closed"
    DEPOSITED = "deposited"  # at the bank: there is no way back


class VoidAnswer(StrEnum):
    """What became of a clerk's wish to void cash."""

    WAITING = "waiting"
    AGREED = "agreed"
    REFUSED = "refused"
    LAPSED = "lapsed"  # the drawer was counted first


VOID_TRANSITIONS: Mapping[VoidAnswer, frozenset[VoidAnswer]] = {
    VoidAnswer.WAITING: frozenset({VoidAnswer.AGREED, VoidAnswer.REFUSED, VoidAnswer.LAPSED}),
    VoidAnswer.AGREED: frozenset(),
    VoidAnswer.REFUSED: frozenset(),
    VoidAnswer.LAPSED: frozenset(),
}

DRAWER_TRANSITIONS: Mapping[DrawerState, frozenset[DrawerState]] = {
    DrawerState.OPEN: frozenset({DrawerState.COUNTED}),
    DrawerState.COUNTED: frozenset({DrawerState.COUNTED, DrawerState.OPEN, DrawerState.CLOSED}),
    DrawerState.CLOSED: frozenset({DrawerState.OPEN, DrawerState.DEPOSITED}),
    DrawerState.DEPOSITED: frozenset(),
}
IN_USE: Final = frozenset({DrawerState.OPEN, DrawerState.COUNTED})
"""Somebody works at it: one such drawer a person."""

PIECES: Final = (10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 25, 10, 5, 1)
"""US bills and coins, by their worth in cents. The dollar coin counts as a one-dollar bill."""

DIFFERS_WITHOUT_REASON_UP_TO_CENTS: Final = 100
"""A drawer may be off by so much without a word; a practice's own rule may be stricter."""


class UnknownDrawerMoveError(RuntimeError):
    """A drawer cannot go from where it is to where it was sent."""


@dataclass(frozen=True, slots=True)
class DrawerTakings:
    """What a drawer should hold: its float, and what was taken and not voided."""

    float_cents: int
    cash_cents: int
    checks_cents: int


@dataclass(frozen=True, slots=True)
class DrawerCount:
    """What somebody found in it: cash with the float, and the checks that are there."""

    cash_cents: int
    checks_cents: int


@dataclass(frozen=True, slots=True)
class DrawerResult:
    """A count held against the takings. ``difference_cents`` is below zero when it was short."""

    cash_difference_cents: int
    checks_difference_cents: int
    bank_cash_cents: int
    bank_checks_cents: int

    @property
    def difference_cents(self) -> int:
        return self.cash_difference_cents + self.checks_difference_cents

    @property
    def to_bank_cents(self) -> int:
        """Below zero when not even the float is whole: the next deposit makes it up."""
        return self.bank_cash_cents + self.bank_checks_cents

    @property
    def needs_reason(self) -> bool:
        """A missing check always does: it is a certain person's payment."""
        off = abs(self.cash_difference_cents) > DIFFERS_WITHOUT_REASON_UP_TO_CENTS
        return off or self.checks_difference_cents != 0


def require_drawer_move(present: DrawerState, wanted: DrawerState) -> None:
    """Raises UnknownDrawerMoveError for a move that is not in the table."""
    if wanted not in DRAWER_TRANSITIONS[present]:
        raise UnknownDrawerMoveError(f"{present} to {wanted}")


def cash_in(pieces: Mapping[int, int]) -> int:
    """The cents of counted bills and coins. Raises ValueError for what is no piece, or below 0."""
    for worth, count in pieces.items():
        if worth not in PIECES or count < 0:
            message = f"{count} pieces of {worth} cents"
            raise ValueError(message)
    return sum(worth * count for worth, count in pieces.items())


def compare(takings: DrawerTakings, count: DrawerCount) -> DrawerResult:
    """The float stays in the drawer; the rest of what was found goes to the bank."""
    return DrawerResult(
        cash_difference_cents=count.cash_cents - takings.float_cents - takings.cash_cents,
        checks_difference_cents=count.checks_cents - takings.checks_cents,
        bank_cash_cents=count.cash_cents - takings.float_cents,
        bank_checks_cents=count.checks_cents,
    )
