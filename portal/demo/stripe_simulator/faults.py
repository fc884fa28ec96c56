"""Trouble on request: calls to the API fail in the ways a network and a Stripe can.

Planned faults befall the next calls; chaos befalls any, as often as told, by a seed.
"""

import random
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """REFUSED_*: nothing was done. The others: something was, or will be."""

    REFUSED_429 = "429"
    REFUSED_500 = "500"
    REFUSED_503 = "503"
    DONE_BUT_500 = "500_after_success"
    ANSWER_LOST = "answer_lost"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class PlannedFault:
    """`operation` narrows it to one, such as ``POST /v1/refunds``; None means the next call.

    A LATE one begins after `seconds`, and its idempotency key is in use meanwhile.
    """

    fault: Fault
    operation: str | None = None
    seconds: float = 0


@dataclass(frozen=True, slots=True)
class Chaos:
    """Of a thousand calls, so many have each fault; a LATE one begins after `late_seconds`.

    The same seed and the same calls in the same order have the same faults.
    """

    seed: int = 0
    per_mille: Mapping[Fault, int] = field(default_factory=dict)
    late_seconds: float = 0


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: list[PlannedFault] = []
        self._chaos = Chaos()
        self._random = random.Random(0)  # noqa: S311 - chance, not secrecy

    @property
    def chaos(self) -> Chaos:
        return self._chaos

    def plan(self, faults: Sequence[PlannedFault]) -> None:
        with self._lock:
            self._planned.extend(faults)

    def let_loose(self, chaos: Chaos) -> None:
        """From the next call on. Raises ValueError for more than a thousand of a thousand."""
        rates = chaos.per_mille.values()
        if any(rate < 0 for rate in rates) or sum(rates) > 1000:  # noqa: PLR2004 - per mille
            raise ValueError("per_mille")
        with self._lock:
            self._chaos = chaos
            self._random.seed(chaos.seed)

    def clear(self) -> None:
        self.let_loose(Chaos())
        with self._lock:
            self._planned.clear()

    def planned(self) -> list[PlannedFault]:
        with self._lock:
            return list(self._planned)

    def take(self, operation: str) -> PlannedFault | None:
        """The first that is meant for this operation, each once; else what chance wants."""
        with self._lock:
            for planned in self._planned:
                if planned.operation in {None, operation}:
                    self._planned.remove(planned)
                    return planned
            return self._by_chance()

    def _by_chance(self) -> PlannedFault | None:
        if not self._chaos.per_mille:
            return None
        drawn = self._random.randrange(1000)
        for fault, rate in self._chaos.per_mille.items():
            if drawn < rate:
                return PlannedFault(fault, seconds=self._chaos.late_seconds)
            drawn -= rate
        return None
