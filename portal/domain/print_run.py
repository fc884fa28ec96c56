"""Runs of letters: what can become of a run and of each of its letters, and how they are packed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MOST_IN_A_BATCH: Final = 500


class RunState(StrEnum):
    """Where a run is."""

    PRINTING = "printing"
    READY = "ready"  # its files are whole
    FAILED = "failed"  # nothing was printed; its letters are due again
    HANDED_OVER = "handed_over"  # to the mailing house
    ENDED = "ended"  # by a manager, before it was handed over; its letters are due again


class LetterState(StrEnum):
    """Where a letter is."""

    QUEUED = "queued"
    PRINTED = "printed"
    LEFT_OUT = "left_out"  # not owed any more, or on hold, by the time it was printed
    TAKEN_OUT = "taken_out"  # by a manager, with a reason; due again while it asks for anything
    NOT_PRINTED = "not_printed"  # it could not be; the statement is due again
    SENT = "sent"  # with its run, to the mailing house
    MAILED = "mailed"  # the mailing house says so
    SPOILED = "spoiled"  # it could not: the statement is due again


RUN_TRANSITIONS: Final[Mapping[RunState, frozenset[RunState]]] = {
    RunState.PRINTING: frozenset({RunState.READY, RunState.FAILED, RunState.ENDED}),
    # Printing again: a letter was taken out, and the files are put together without it.
    RunState.READY: frozenset({RunState.HANDED_OVER, RunState.ENDED, RunState.PRINTING}),
    RunState.FAILED: frozenset(),
    RunState.ENDED: frozenset(),
    RunState.HANDED_OVER: frozenset(),
}

LETTER_TRANSITIONS: Final[Mapping[LetterState, frozenset[LetterState]]] = {
    LetterState.QUEUED: frozenset(
        {LetterState.PRINTED, LetterState.LEFT_OUT, LetterState.NOT_PRINTED}
    ),
    LetterState.PRINTED: frozenset({LetterState.SENT, LetterState.LEFT_OUT, LetterState.TAKEN_OUT}),
    LetterState.TAKEN_OUT: frozenset(),
    LetterState.LEFT_OUT: frozenset(),
    LetterState.NOT_PRINTED: frozenset(),
    LetterState.SENT: frozenset({LetterState.MAILED, LetterState.SPOILED}),
    LetterState.MAILED: frozenset(),
    LetterState.SPOILED: frozenset(),
}

UNDER_WAY: Final = frozenset(
    {LetterState.QUEUED, LetterState.PRINTED, LetterState.SENT, LetterState.MAILED}
)
"""Letters that go out or have gone: one of each statement."""

LAST_WORD: Final = frozenset({LetterState.MAILED, LetterState.SPOILED})
"""What a mailing house says of a letter."""


class NotPrinted(StrEnum):
    """Why a letter was not printed."""

    NO_ADDRESS = "no_address"  # it was whole when the run began
    NO_PAPER = "no_paper"  # too long, or something in it cannot be printed


class UnknownMoveError(ValueError):
    """A run cannot become that from ``present``."""

    def __init__(self, present: RunState, after: RunState) -> None:
        super().__init__(f"{present} to {after}")
        self.present = present


def moved(present: RunState, after: RunState) -> RunState:
    """The next state of a run. Raises UnknownMoveError."""
    if after not in RUN_TRANSITIONS[present]:
        raise UnknownMoveError(present, after)
    return after


def sheets_of(pages: int, *, is_duplex: bool) -> int:
    """How much paper an envelope holds."""
    return (pages + 1) // 2 if is_duplex else pages


@dataclass(frozen=True, slots=True)
class PackedLetter:
    """A letter in its batch; ``first_page`` counts from 1 in the batch's file."""

    sequence: int
    pages: int
    sheets: int
    batch: int
    first_page: int


def packed(pages_of: Sequence[tuple[int, int]], *, is_duplex: bool) -> tuple[PackedLetter, ...]:
    """Letters (sequence, pages) by batches: letters of as many sheets together, in their order.

    A machine that folds and inserts is set for a number of sheets, so a batch has one. With both
    sides printed each letter is padded to an even number of pages, or the next would begin on its
    back.
    """
    by_sheets: dict[int, list[tuple[int, int]]] = {}
    for sequence, pages in sorted(pages_of):
        sheets = sheets_of(pages, is_duplex=is_duplex)
        by_sheets.setdefault(sheets, []).append((sequence, pages))
    found: list[PackedLetter] = []
    batch = 0
    for sheets, letters in sorted(by_sheets.items()):
        for place, (sequence, pages) in enumerate(letters):
            if place % MOST_IN_A_BATCH == 0:
                batch, first_page = batch + 1, 1
            found.append(PackedLetter(sequence, pages, sheets, batch, first_page))
            first_page += sheets * 2 if is_duplex else pages
    return tuple(found)


def batch_name(batch: int) -> str:
    """As its file is called."""
    return f"batch-{batch:04d}.pdf"
