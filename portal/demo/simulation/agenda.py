"""What happens when, in made-up time: stories that go on, and webhooks on their way."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Final, TypeAlias

Story: TypeAlias = Iterator[timedelta]
"""Does something, then yields how long it is until it goes on."""

TICK: Final = timedelta(minutes=1)
"""What falls within one happens at the same time: stories first, as they were put down."""


@dataclass(frozen=True, slots=True, order=True)
class _Item:
    tick: int
    number: int
    subject: "Story | Delivery" = field(compare=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook to be handed over: the simulator's number of it, and the how manieth try."""

    number: int
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Due:
    """Everything of one tick."""

    at: datetime
    stories: tuple[Story, ...]
    deliveries: tuple[Delivery, ...]


class Agenda:
    """Begins at an instant; hands out what is due, tick by tick."""

    def __init__(self, begins_at: datetime) -> None:
        self._begins_at = begins_at
        self._items: list[_Item] = []
        self._numbers = count()

    def put_down(self, subject: Story | Delivery, *, at: datetime) -> None:
        tick = (at - self._begins_at) // TICK
        heapq.heappush(self._items, _Item(tick, next(self._numbers), subject))

    def take_due(self) -> Due | None:
        """The next tick that holds anything; None when nothing is left."""
        if not self._items:
            return None
        tick = self._items[0].tick
        stories: list[Story] = []
        deliveries: list[Delivery] = []
        while self._items and self._items[0].tick == tick:
            subject = heapq.heappop(self._items).subject
            if isinstance(subject, Delivery):
                deliveries.append(subject)
            else:
                stories.append(subject)
        return Due(self._begins_at + tick * TICK, tuple(stories), tuple(deliveries))
