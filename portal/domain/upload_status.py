"""The states of a file that somebody uploads, and which move follows which."""

from collections.abc import Mapping
from enum import StrEnum


class UploadState(StrEnum):
    """How far a file has come."""

    CHECKED = "checked"  # looked into; somebody has to say that it is to be imported
    WAITING = "waiting"  # for its turn
    IMPORTED = "imported"
    REFUSED = "refused"
    FAILED = "failed"  # by a fault of ours: its bytes are kept, so that it can be tried again
    DROPPED = "dropped"  # somebody thought better of it, or nobody said anything for a day


class UnknownMoveError(RuntimeError):
    """An upload cannot go from where it is to where it was sent."""


TRANSITIONS: Mapping[UploadState, frozenset[UploadState]] = {
    UploadState.CHECKED: frozenset({UploadState.WAITING, UploadState.DROPPED}),
    UploadState.WAITING: frozenset(
        {
            UploadState.WAITING,  # again, when no worker comes to it any more
            UploadState.IMPORTED,
            UploadState.REFUSED,
            UploadState.FAILED,
            UploadState.DROPPED,
        }
    ),
    UploadState.FAILED: frozenset({UploadState.WAITING, UploadState.DROPPED}),
    UploadState.IMPORTED: frozenset(),
    UploadState.REFUSED: frozenset(),
    UploadState.DROPPED: frozenset(),
}


def move_to(present: UploadState, step: UploadState) -> UploadState:
    """The state after a step. Raises UnknownMoveError."""
    if step not in TRANSITIONS[present]:
        message = f"{present} to {step}"
        raise UnknownMoveError(message)
    return step
