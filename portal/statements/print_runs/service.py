"""Runs of letters as a manager starts, watches, hands over and reconciles them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from portal import queue
from portal.audit.record import record
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.print_run import LetterState, RunState, moved
from portal.practice.contact import PracticeContact, practice_contact
from portal.practice.counters import next_number
from portal.practice.tasks import open_task
from portal.statements.papers.reading import envelope_of
from portal.statements.print_runs.acknowledgment import Answer, Reconciled, reconcile
from portal.statements.print_runs.models import PrintRun, PrintRunLetter
from portal.statements.print_runs.queries import (
    DueLetter,
    LetterRow,
    RunRow,
    due_letters,
    letters_to_look_at,
    run_row,
    run_rows,
)

JOB: Final = "print_letters"
MOST_LETTERS: Final = 5_000
"""In one run; what is left waits for the next."""

_COUNTER: Final = "print_run"


class UnknownRunError(LookupError):
    """No such run in this practice."""


class NothingToPrintError(RuntimeError):
    """No letter is due that has an address."""


@dataclass(frozen=True, slots=True)
class LettersPage:
    """What is due, and the runs there were."""

    practice: PracticeContact
    due: tuple[DueLetter, ...]
    runs: tuple[RunRow, ...]

    @property
    def zone(self) -> ZoneInfo:
        """Where days are counted."""
        return ZoneInfo(self.practice.time_zone)

    @property
    def sendable(self) -> tuple[DueLetter, ...]:
        """Those with an address."""
        return tuple(one for one in self.due if one.has_address)

    @property
    def without_address(self) -> tuple[DueLetter, ...]:
        """Those that somebody has to ask for one first."""
        return tuple(one for one in self.due if not one.has_address)


@dataclass(frozen=True, slots=True)
class RunPage:
    """One run. ``reconciled`` is what a file that was just read said."""

    practice: PracticeContact
    run: RunRow
    look_at: tuple[LetterRow, ...]
    reconciled: Reconciled | None = None

    @property
    def zone(self) -> ZoneInfo:
        """Where days are counted."""
        return ZoneInfo(self.practice.time_zone)


@dataclass(frozen=True, slots=True)
class Act:
    """Who does it, and when."""

    principal: Principal
    now: datetime
    request_id: str


def view_letters(database: Database, act: Act) -> LettersPage:
    """Everything about letters, with a row in the audit log."""
    with database.transaction(act.principal) as session:
        practice = practice_contact(session)
        _record(session, act, "view", None)
        return LettersPage(practice, due_letters(session, practice), run_rows(session))


def start_run(database: Database, act: Act) -> UUID:
    """Number the letters that are due, and have a job print them. Raises NothingToPrintError."""
    with database.transaction(act.principal) as session:
        practice_id = practice_of(session)
        number = next_number(session, _COUNTER)  # first: another run waits until this one stands
        due = due_letters(session, practice_contact(session))
        letters = [one for one in due if one.has_address][:MOST_LETTERS]
        _ask_for_addresses(session, [one for one in due if not one.has_address], now=act.now)
        if not letters:
            raise NothingToPrintError
        run_id = new_id()
        session.execute(
            insert(PrintRun).values(
                practice_id=practice_id,
                run_id=run_id,
                number=number,
                started_at=act.now,
                started_by=act.principal.actor_id or run_id,
                is_duplex=envelope_of(session).is_duplex,
                state=RunState.PRINTING.value,
                state_at=act.now,
            )
        )
        session.execute(insert(PrintRunLetter), [*_rows(practice_id, run_id, letters, now=act.now)])
        queue.enqueue(session.connection(), JOB, practice_id=str(practice_id), run_id=str(run_id))
        _record(session, act, "start", run_id)
        return run_id


def view_run(
    database: Database, act: Act, run_id: UUID, *, reconciled: Reconciled | None = None
) -> RunPage:
    """One run, with a row in the audit log. Raises UnknownRunError."""
    with database.transaction(act.principal) as session:
        run = run_row(session, run_id)
        if run is None:
            raise UnknownRunError(run_id)
        _record(session, act, "view", run_id)
        return RunPage(
            practice_contact(session), run, letters_to_look_at(session, run_id), reconciled
        )


def hand_over(database: Database, act: Act, run_id: UUID) -> None:
    """The files went to the mailing house: each letter counts as sent. Once is enough.

    Raises UnknownRunError, or UnknownMoveError before the files are whole.
    """
    with database.transaction(act.principal) as session:
        run = _locked(session, run_id)
        if run.state == RunState.HANDED_OVER.value:
            return
        run.state = moved(RunState(run.state), RunState.HANDED_OVER).value
        run.state_at = act.now
        session.execute(
            update(PrintRunLetter)
            .where(
                PrintRunLetter.practice_id == practice_of(session),
                PrintRunLetter.run_id == run_id,
                PrintRunLetter.state == LetterState.PRINTED.value,
            )
            .values(state=LetterState.SENT.value, state_at=act.now)
        )
        _record(session, act, "hand_over", run_id)


def take_answers(
    database: Database, act: Act, run_id: UUID, answers: Sequence[Answer]
) -> Reconciled:
    """What the mailing house says of each letter, by its sequence. Again changes nothing.

    Raises UnknownRunError.
    """
    with database.transaction(act.principal) as session:
        _locked(session, run_id)
        reconciled = reconcile(session, run_id, answers, now=act.now)
        _record(session, act, "reconcile", run_id)
        return reconciled


def _locked(session: Session, run_id: UUID) -> PrintRun:
    run = session.scalar(
        select(PrintRun)
        .where(PrintRun.practice_id == practice_of(session), PrintRun.run_id == run_id)
        .with_for_update()
    )
    if run is None:
        raise UnknownRunError(run_id)
    return run


def _rows(
    practice_id: UUID, run_id: UUID, letters: Sequence[DueLetter], *, now: datetime
) -> list[dict[str, object]]:
    return [
        {
            "practice_id": practice_id,
            "run_id": run_id,
            "sequence": sequence,
            "guarantor_id": one.guarantor_id,
            "statement_id": one.statement_id,
            "why": one.reason.value,
            "language": one.language,
            "is_large": one.is_large,
            "state": LetterState.QUEUED.value,
            "state_at": now,
        }
        for sequence, one in enumerate(letters, start=1)
    ]


def _ask_for_addresses(session: Session, letters: Sequence[DueLetter], *, now: datetime) -> None:
    for one in letters:
        open_task(
            session,
            kind="letter_without_address",
            subject_id=one.guarantor_id,
            message="A statement should go by mail, and the address is not whole.",
            now=now,
        )


def _record(session: Session, act: Act, action: str, run_id: UUID | None) -> None:
    record(
        session,
        action=action,
        object_kind="print_run",
        object_id=run_id,
        guarantor_id=None,
        now=act.now,
        request_id=act.request_id,
    )
