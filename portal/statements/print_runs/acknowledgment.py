"""What a mailing house says of each letter of a run: a CSV of sequence, status and, maybe, why."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.print_run import LAST_WORD, LetterState
from portal.statements.print_runs.models import PrintRunLetter

MOST_BYTES: Final = 2 * 1024 * 1024
_COLUMNS: Final = ("sequence", "status")
_MOST_DETAIL: Final = 200
_MOST_DIGITS: Final = 9


class AnswersUnreadableError(ValueError):
    """Not such a file; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One row."""

    sequence: int
    state: LetterState
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a file said, beside what was sent. ``unknown`` are sequences that were not sent."""

    mailed: int
    spoiled: int
    unknown: tuple[int, ...]
    missing: int  # sent, and nothing said of them yet


def read_answers(content: bytes) -> tuple[Answer, ...]:
    """Whole or not at all. Raises AnswersUnreadableError."""
    try:
        text = content.decode("utf-8-sig")
        if "\0" in text:  # no database keeps it in a text
            raise AnswersUnreadableError("This is not a text file.")
        rows = csv.DictReader(io.StringIO(text))
        if not set(_COLUMNS) <= set(rows.fieldnames or ()):
            raise AnswersUnreadableError("The first row must name sequence and status.")
        return tuple(_answer(row, number) for number, row in enumerate(rows, start=2))
    except (UnicodeDecodeError, csv.Error) as error:
        raise AnswersUnreadableError("This is not a CSV file in UTF-8.") from error


def _answer(row: dict[str, str | None], number: int) -> Answer:
    sequence, status = (row["sequence"] or "").strip(), (row["status"] or "").strip().lower()
    if not (sequence.isascii() and sequence.isdigit() and len(sequence) <= _MOST_DIGITS):
        shown = sequence[:_MOST_DIGITS]
        raise AnswersUnreadableError(f"Row {number}: {shown!r} is no sequence.")
    if status not in LAST_WORD:
        raise AnswersUnreadableError(f"Row {number}: the status must be mailed or spoiled.")
    detail = (row.get("detail") or "").strip()[:_MOST_DETAIL]
    return Answer(int(sequence), LetterState(status), detail)


def reconcile(
    session: Session, run_id: UUID, answers: Sequence[Answer], *, now: datetime
) -> Reconciled:
    """Record them; a spoiled letter's statement is due again."""
    here = (PrintRunLetter.practice_id == practice_of(session), PrintRunLetter.run_id == run_id)
    answerable = {LetterState.SENT.value, *(state.value for state in LAST_WORD)}
    sent = set(
        session.scalars(
            select(PrintRunLetter.sequence).where(*here, PrintRunLetter.state.in_(answerable))
        )
    )
    for one in answers:
        session.execute(
            update(PrintRunLetter)
            .where(
                *here,
                PrintRunLetter.sequence == one.sequence,
                PrintRunLetter.state == LetterState.SENT.value,
            )
            .values(state=one.state.value, state_at=now, detail=one.detail)
        )
    rows = session.execute(
        select(PrintRunLetter.state, func.count().label("letters"))
        .where(*here, PrintRunLetter.state.in_(answerable))
        .group_by(PrintRunLetter.state)
    )
    counts = {row.state: int(row.letters) for row in rows}
    return Reconciled(
        mailed=counts.get(LetterState.MAILED.value, 0),
        spoiled=counts.get(LetterState.SPOILED.value, 0),
        unknown=tuple(sorted({one.sequence for one in answers} - sent)),
        missing=counts.get(LetterState.SENT.value, 0),
    )
