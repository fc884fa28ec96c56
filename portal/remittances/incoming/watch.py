"""Importing what is dropped into a folder: a file is moved only after its import is committed.

Whatever ends the process in between, the next look imports the same bytes again, which posts
nothing, and then moves the file.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, BinaryIO

from portal.db import LoaderMissingError
from portal.remittances.findings import UnreadableRemittanceError
from portal.remittances.incoming.incoming_file import OpenFile
from portal.remittances.incoming.trouble import Trouble, trouble_of
from portal.remittances.incoming.watch_folder import (
    LOOKS_WHEN_WHOLE,
    Sight,
    WatchedFolder,
    is_ready,
    seen_file,
)
from portal.remittances.posting.report import ImportReport
from portal.remittances.sent.report import SentReport

_FAILED = (
    "The portal failed at this file; its log says why. Nothing of the file was posted. "
    "Put it back into the folder once that is mended."
)
_NOT_YET = "The database cannot take in the file yet: it is tried again."

_log = logging.getLogger(__name__)


class Outcome(StrEnum):
    """What became of a file at one look."""

    IMPORTED = "imported"
    REFUSED = "refused"
    WAITING = "waiting"  # the file stays where it is: it cannot be opened, or the database is away


@dataclass(frozen=True, slots=True)
class Seen:
    """One file, and what to tell about it."""

    file: str
    outcome: Outcome
    message: str = ""
    report: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As ``era watch --json`` prints it."""
        told = {"error": self.message} if self.message else {}
        return {**self.report, "file": self.file, "outcome": self.outcome.value, **told}


class DatabaseAwayError(RuntimeError):
    """The database does not answer: every file stays where it is."""


class Watch:
    """Takes the files of one folder as they become ready."""

    def __init__(
        self, folder: WatchedFolder, bring: Callable[[OpenFile], ImportReport | SentReport]
    ) -> None:
        self._folder = folder
        self._bring = bring
        self._told: set[Sight] = set()  # of files that stay where they are
        self._tried_again: set[Sight] = set()  # was told, too

    def take(self, sight: Sight, looks: int) -> Seen | None:
        """Import a file that is ready; None while there is nothing new to tell about it.

        Raises DatabaseAwayError and LoaderMissingError.
        """
        if looks < LOOKS_WHEN_WHOLE or sight in self._told:
            return None
        try:
            with seen_file(sight) as stream:
                if stream is None or not is_ready(stream, looks):
                    return None
                return self._bring_in(sight, stream)
        except OSError as error:
            return self._waiting(sight, f"The file cannot be opened: {error.strerror}.")

    def _bring_in(self, sight: Sight, stream: BinaryIO) -> Seen | None:
        try:
            report = self._bring(OpenFile(sight.shown_name, stream))
        except UnreadableRemittanceError as error:
            return self._refuse(sight, str(error))
        except LoaderMissingError:  # no file can be imported
            raise
        except Exception as error:  # noqa: BLE001 — one file must not stand in the way of the others
            return self._failed(sight, error)
        seen = Seen(sight.shown_name, Outcome.IMPORTED, report=report.as_json())
        return self._moved(sight, seen, lambda: self._folder.put_away(sight))

    def _failed(self, sight: Sight, error: Exception) -> Seen | None:
        match trouble_of(error):
            case Trouble.AWAY:
                raise DatabaseAwayError from error
            case Trouble.PASSING:
                _log.warning("a dropped file could not be imported yet", exc_info=error)
                return self._not_yet(sight)
            case Trouble.LASTING:
                _log.error("a dropped file could not be imported", exc_info=error)
                return self._refuse(sight, _FAILED)

    def _not_yet(self, sight: Sight) -> Seen | None:
        if sight in self._tried_again:
            return None
        self._tried_again.add(sight)
        return Seen(sight.shown_name, Outcome.WAITING, _NOT_YET)

    def _refuse(self, sight: Sight, sentence: str) -> Seen | None:
        seen = Seen(sight.shown_name, Outcome.REFUSED, sentence)
        return self._moved(sight, seen, lambda: self._folder.refuse(sight, sentence))

    def _moved(self, sight: Sight, seen: Seen, move: Callable[[], None]) -> Seen | None:
        """A file that grew meanwhile was not whole: it is looked at again."""
        if not self._folder.is_unchanged(sight):
            return None
        try:
            move()
        except OSError as error:
            self._told.add(sight)
            reason = f"The file cannot be moved: {error.strerror}."
            message = f"{seen.message} {reason}".strip()
            return Seen(seen.file, seen.outcome, message, seen.report)
        return seen

    def _waiting(self, sight: Sight, message: str) -> Seen | None:
        if sight in self._told:
            return None
        self._told.add(sight)
        return Seen(sight.shown_name, Outcome.WAITING, message)
