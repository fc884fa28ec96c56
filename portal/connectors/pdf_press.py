"""Printing many papers: one compiler in each process that was spawned, in the given order.

Spawned and never forked: typst's threads do not survive a fork, and the child would wait for ever.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from multiprocessing import get_context
from typing import Final, Protocol

from portal.connectors.pdf import Paper, print_paper
from portal.connectors.pdf_blocks import PLAIN_LETTERHEAD, Letterhead

_FEW: Final = 40
"""To start another process takes as long as printing so many."""


class Press(Protocol):
    """Whatever prints."""

    def __call__(self, papers: Sequence[Paper], *, made_at: datetime) -> Iterator[bytes]:
        """Each paper's file, in order. The same papers and time are the same bytes."""
        ...


@dataclass(frozen=True, slots=True)
class _HerePress:
    letterhead: Letterhead

    def __call__(self, papers: Sequence[Paper], *, made_at: datetime) -> Iterator[bytes]:
        return (print_paper(paper, made_at=made_at, letterhead=self.letterhead) for paper in papers)


@dataclass(frozen=True, slots=True)
class _PoolPress:
    pool: ProcessPoolExecutor
    letterhead: Letterhead

    def __call__(self, papers: Sequence[Paper], *, made_at: datetime) -> Iterator[bytes]:
        printing = partial(print_paper, made_at=made_at, letterhead=self.letterhead)
        return self.pool.map(printing, papers, chunksize=4)


@contextmanager
def press_for(
    count: int, *, processes: int, letterhead: Letterhead = PLAIN_LETTERHEAD
) -> Iterator[Press]:
    """A press for so many papers: in this process for a few of them, in others for many."""
    if count <= _FEW or processes <= 1:
        yield _HerePress(letterhead)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield _PoolPress(pool, letterhead)
