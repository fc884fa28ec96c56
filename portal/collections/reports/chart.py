"""Two bars for each week, in the units of an SVG's view box; the table beside it says the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

WIDTH: Final = 960
HEIGHT: Final = 240
_FLOOR: Final = HEIGHT - 24  # below it the days
_CEILING: Final = 12
_LEAST: Final = 2  # something is never drawn as nothing


@dataclass(frozen=True, slots=True)
class Pair:
    """One week: where its two bars stand, how high each is."""

    monday: date
    x: int
    width: int
    first_height: int
    second_height: int
    labelled: bool

    @property
    def first_y(self) -> int:
        return _FLOOR - self.first_height

    @property
    def second_y(self) -> int:
        return _FLOOR - self.second_height

    @property
    def second_x(self) -> int:
        return self.x + self.width


@dataclass(frozen=True, slots=True)
class Chart:
    """``highest_cents`` is what a bar of the whole height stands for."""

    pairs: tuple[Pair, ...]
    highest_cents: int
    width: int = WIDTH
    height: int = HEIGHT
    floor: int = _FLOOR
    ceiling: int = _CEILING


def chart(weeks: Sequence[tuple[date, int, int]]) -> Chart:
    """``weeks``: Monday and two amounts; one below zero has no bar."""
    highest = max((cents for _, *both in weeks for cents in both), default=0)
    step = WIDTH // max(1, len(weeks))
    width = step * 2 // 5
    return Chart(
        tuple(
            Pair(
                monday=monday,
                x=number * step + (step - 2 * width) // 2,
                width=width,
                first_height=_height(first, highest),
                second_height=_height(second, highest),
                labelled=number % 3 == 0,
            )
            for number, (monday, first, second) in enumerate(weeks)
        ),
        highest,
    )


def _height(cents: int, highest: int) -> int:
    if cents <= 0:
        return 0
    return max(_LEAST, cents * (_FLOOR - _CEILING) // highest)
