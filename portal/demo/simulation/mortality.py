"""A worker dies at the border to Stripe: before a call reaches it, or before its answer is read."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import requests
from requests.adapters import BaseAdapter

_DIES_SHARE: Final = 0.01


class WorkerDied(BaseException):
    """Not an Exception: no job's own net catches it, as none catches a killed process."""


class Mortality:
    """Only who is at work dies: not whoever looks at a page, nor a webhook's thread."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._is_at_work = False
        self.is_over = False
        self.deaths = 0

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Until the block ends, or the worker does."""
        self._is_at_work = True
        try:
            yield
        finally:
            self._is_at_work = False

    def strikes(self) -> bool:
        """Whether it ends here; two times it may during one call."""
        if self.is_over or not self._is_at_work or self._chance.random() >= _DIES_SHARE / 2:
            return False
        self.deaths += 1
        return True


class MortalAdapter(BaseAdapter):
    """Sends what another adapter sends, for whoever lives long enough."""

    def __init__(self, adapter: BaseAdapter, mortality: Mortality) -> None:
        super().__init__()
        self._adapter = adapter
        self._mortality = mortality

    def send(
        self, request: requests.PreparedRequest, *args: Any, **options: Any
    ) -> requests.Response:
        """Raises WorkerDied."""
        if self._mortality.strikes():
            raise WorkerDied
        response = self._adapter.send(request, *args, **options)
        if self._mortality.strikes():
            raise WorkerDied
        return response

    def close(self) -> None:
        self._adapter.close()
