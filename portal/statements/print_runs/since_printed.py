"""Letters of a run that ask for more than is owed by now: paid, held or decided since.

They wait for the mailing house, so whoever hands a run over is told which those are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, or_, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.print_run import LetterState
from portal.ledger.models import Commitment, JournalEntryRow, PlanLine, PostingRow
from portal.practice.models import Guarantor, Hold
from portal.statements.models import Statement, StatementVoid
from portal.statements.papers.own_visits import own_due
from portal.statements.print_runs.models import PrintRunLetter
from portal.statements.queries import statement_due


@dataclass(frozen=True, slots=True)
class ChangedLetter:
    """What it asks for, and what is owed now; nothing of who is on hold."""

    sequence: int
    account_number: str
    statement_number: str
    asked_cents: int
    due_now_cents: int


def changed_since_printed(session: Session, run_id: UUID) -> tuple[ChangedLetter, ...]:
    """In their order. Only of whom something happened since is the amount read again."""
    return tuple(_changed(session, run_id))


def _changed(session: Session, run_id: UUID) -> Iterator[ChangedLetter]:
    for row in _touched(session, run_id):
        letter = row.PrintRunLetter
        asked_cents, now_cents = letter.asked_cents or 0, _due_now(session, letter)
        if now_cents < asked_cents:
            yield ChangedLetter(
                letter.sequence, row.account_number, row.number, asked_cents, now_cents
            )


def _due_now(session: Session, letter: PrintRunLetter) -> int:
    due = statement_due(session, letter.statement_id)
    if due is None or due.voided:
        return 0
    if letter.for_patient_id is not None:
        due = own_due(session, letter.statement_id, letter.for_patient_id)
    return max(0, due.due_now_cents)


def _touched(session: Session, run_id: UUID) -> Sequence[Row[PrintRunLetter, str, str]]:
    """Printed letters of people of whom money or a hold was written down afterwards."""
    practice_id = practice_of(session)
    letters = (
        select(PrintRunLetter, Guarantor.account_number, Statement.number)
        .join(
            Guarantor,
            (Guarantor.practice_id == practice_id)
            & (Guarantor.guarantor_id == PrintRunLetter.guarantor_id),
        )
        .join(
            Statement,
            (Statement.practice_id == practice_id)
            & (Statement.statement_id == PrintRunLetter.statement_id),
        )
        .where(
            PrintRunLetter.practice_id == practice_id,
            PrintRunLetter.run_id == run_id,
            PrintRunLetter.state == LetterState.PRINTED.value,
            or_(*_happened(practice_id)),
        )
        .order_by(PrintRunLetter.sequence)
    )
    return session.execute(letters).all()


def _happened(practice_id: UUID) -> Iterator[ColumnElement[bool]]:
    """Each kind of thing after which a statement may ask for less."""
    person, printed_at = PrintRunLetter.guarantor_id, PrintRunLetter.state_at
    yield (
        select(PostingRow.entry_id)
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == PostingRow.entry_id),
        )
        .where(
            PostingRow.practice_id == practice_id,
            PostingRow.guarantor_id == person,
            JournalEntryRow.recorded_at >= printed_at,
        )
        .exists()
    )
    standing: tuple[tuple[Any, ColumnElement[bool]], ...] = (
        (Commitment, Commitment.made_at >= printed_at),
        (StatementVoid, StatementVoid.voided_at >= printed_at),
        (PlanLine, PlanLine.ended_at.is_(None)),  # it does not say since when
        (Hold, Hold.released_at.is_(None)),
    )
    for table, counts in standing:
        here = select(table.practice_id).where(table.practice_id == practice_id)
        yield here.where(table.guarantor_id == person, counts).exists()
