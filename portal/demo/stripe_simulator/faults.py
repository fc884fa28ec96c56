"""Trouble on request: the next calls to the API fail in the ways a network and a Stripe can."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
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


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: list[PlannedFault] = []

    def plan(self, faults: Sequence[PlannedFault]) -> None:
        with self._lock:
            self._planned.extend(faults)

    def clear(self) -> None:
        with self._lock:
            self._planned.clear()

    def planned(self) -> list[PlannedFault]:
        with self._lock:
            return list(self._planned)

    def take(self, operation: str) -> PlannedFault | None:
        """The first that is meant for this operation; each happens once."""
        with self._lock:
            for planned in self._planned:
                if planned.operation in {None, operation}:
                    self._planned.remove(planned)
                    return planned
        return None
