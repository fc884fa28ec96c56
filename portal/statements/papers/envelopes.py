"""What envelopes a practice uses: whether a letter can be folded into them, and keeping that."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy.dialects.postgresql import insert

from portal.audit.record import record
from portal.connectors.pdf import printable
from portal.connectors.pdf_blocks import Zone
from portal.db import Database, Principal, practice_of
from portal.practice.contact import PracticeContact, practice_contact
from portal.statements.papers.models import PaperSettings
from portal.statements.papers.reading import Envelope, envelope_of

LEAST_EDGE: Final = 250
"""Printers leave a quarter of an inch of the sheet white."""

LEAST_WIDTH: Final = 2_000
LEAST_HEIGHT: Final = 600
FOLDED_HEIGHT: Final = 3_667
"""A sheet of eleven inches is folded in three: no more of it lies behind the windows."""

MOST_RIGHT: Final = 5_000
"""Beside the windows stands what is asked for."""

MOST_LINES: Final = 4
MOST_LETTERS: Final = 40


class EnvelopeProblem(StrEnum):
    """What is wrong with an envelope's windows, or with where checks go."""

    AT_THE_EDGE = "at_the_edge"
    TOO_SMALL = "too_small"
    BELOW_THE_FOLD = "below_the_fold"
    TOO_FAR_RIGHT = "too_far_right"
    NOT_APART = "not_apart"
    TOO_MANY_LINES = "too_many_lines"
    TOO_LONG = "too_long"
    NOT_PRINTABLE = "not_printable"


@dataclass(frozen=True, slots=True)
class EnvelopeFinding:
    """``about``: sender, recipient or remit_to."""

    about: str
    problem: EnvelopeProblem


class EnvelopeRefusedError(ValueError):
    """It has findings."""


@dataclass(frozen=True, slots=True)
class EnvelopePage:
    """What counts now."""

    practice: PracticeContact
    envelope: Envelope


def envelope_findings(envelope: Envelope) -> tuple[EnvelopeFinding, ...]:
    """Everything wrong with it, window by window."""
    windows = envelope.windows
    problems = [
        *(EnvelopeFinding("sender", one) for one in _of_window(windows.sender)),
        *(EnvelopeFinding("recipient", one) for one in _of_window(windows.recipient)),
    ]
    if not problems and windows.sender.y + windows.sender.height > windows.recipient.y:
        problems.append(EnvelopeFinding("recipient", EnvelopeProblem.NOT_APART))
    problems += [EnvelopeFinding("remit_to", one) for one in _of_lines(envelope.remit_lines)]
    return tuple(problems)


def view_envelope(database: Database, principal: Principal) -> EnvelopePage:
    """Of nobody, so no audit row."""
    with database.transaction(principal) as session:
        return EnvelopePage(practice_contact(session), envelope_of(session))


def keep_envelope(
    database: Database, principal: Principal, envelope: Envelope, *, now: datetime, request_id: str
) -> None:
    """Every letter that is printed from now on is folded so. Raises EnvelopeRefusedError."""
    if envelope_findings(envelope):
        raise EnvelopeRefusedError
    values = {
        "sender_window": _numbers(envelope.windows.sender),
        "recipient_window": _numbers(envelope.windows.recipient),
        "is_duplex": envelope.is_duplex,
        "remit_to": list(envelope.remit_lines),
    }
    with database.transaction(principal) as session:
        row = insert(PaperSettings).values(practice_id=practice_of(session), **values)
        session.execute(
            row.on_conflict_do_update(index_elements=[PaperSettings.practice_id], set_=values)
        )
        record(
            session,
            action="change",
            object_kind="paper_settings",
            object_id=None,
            guarantor_id=None,
            now=now,
            request_id=request_id,
        )


def _of_window(zone: Zone) -> Iterator[EnvelopeProblem]:
    if min(zone.x, zone.y) < LEAST_EDGE:
        yield EnvelopeProblem.AT_THE_EDGE
    if zone.width < LEAST_WIDTH or zone.height < LEAST_HEIGHT:
        yield EnvelopeProblem.TOO_SMALL
    if zone.y + zone.height > FOLDED_HEIGHT:
        yield EnvelopeProblem.BELOW_THE_FOLD
    if zone.x + zone.width > MOST_RIGHT:
        yield EnvelopeProblem.TOO_FAR_RIGHT


def _of_lines(lines: tuple[str, ...]) -> Iterator[EnvelopeProblem]:
    if len(lines) > MOST_LINES:
        yield EnvelopeProblem.TOO_MANY_LINES
    if any(len(line) > MOST_LETTERS for line in lines):
        yield EnvelopeProblem.TOO_LONG
    if any(printable(line) != line for line in lines):
        yield EnvelopeProblem.NOT_PRINTABLE


def _numbers(zone: Zone) -> list[int]:
    return [zone.x, zone.y, zone.width, zone.height]
