"""Runs of letters as a manager starts, watches, hands over and reconciles them."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, insert, or_, select, update
from sqlalchemy.orm import Session

from portal import queue
from portal.audit.record import record
from portal.auth.links_apart import ask_for_address_apart
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.print_run import LetterState, RunState, moved
from portal.practice.contact import PracticeContact, practice_contact
from portal.practice.counters import next_number
from portal.practice.models import Guarantor
from portal.practice.tasks import open_task
from portal.statements.delivery.service import NO_ADDRESS, NO_ADDRESS_TASK
from portal.statements.papers.reading import envelope_of
from portal.statements.print_runs.acknowledgment import Answer, Reconciled, reconcile
from portal.statements.print_runs.due import DueLetter, due_letters
from portal.statements.print_runs.files import letters_folder, remove_files
from portal.statements.print_runs.gone_astray import AstrayLetter, astray_letters
from portal.statements.print_runs.models import PrintRun, PrintRunLetter
from portal.statements.print_runs.queries import (
    LetterRow,
    RunRow,
    letters_to_look_at,
    run_row,
    run_rows,
)
from portal.statements.print_runs.since_printed import ChangedLetter, changed_since_printed

JOB: Final = "print_letters"
MOST_LETTERS: Final = 5_000
"""In one run; what is left waits for the next."""

_COUNTER: Final = "print_run"
_MOST_DIGITS: Final = 9


class UnknownRunError(LookupError):
    """No such run in this practice."""


class NotOneLetterError(LookupError):
    """No letter of the run is meant by what was typed, or several: ``sequences``."""

    def __init__(self, sequences: Sequence[int]) -> None:
        super().__init__(len(sequences))
        self.sequences = tuple(sequences)


class OnlyLetterError(RuntimeError):
    """Nothing would be left of the run: it is to be given up instead."""


class AstrayLettersError(RuntimeError):
    """Letters of the run are not to go: their patient is reached elsewhere by now."""


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
    """One run. ``reconciled`` is what a file that was just read said.

    Of a run that is ready: ``changed`` letters ask for more than is owed by now, ``astray`` ones
    are not to go at all.
    """

    practice: PracticeContact
    run: RunRow
    look_at: tuple[LetterRow, ...]
    changed: tuple[ChangedLetter, ...] = ()
    astray: tuple[AstrayLetter, ...] = ()
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
    """Number the letters that are due, and have a job print them. Raises NothingToPrintError.

    Staff are asked for the addresses that are missing, whether or not anything is printed.
    """
    with database.transaction(act.principal) as session:
        number = next_number(session, _COUNTER)  # first: another run waits until this one stands
        due = due_letters(session, practice_contact(session))
        _ask_for_addresses(session, [one for one in due if not one.has_address], now=act.now)
        letters = [one for one in due if one.has_address][:MOST_LETTERS]
        run_id = _new_run(session, act, number, letters) if letters else None
    if run_id is None:
        raise NothingToPrintError
    return run_id


def _new_run(session: Session, act: Act, number: int, letters: Sequence[DueLetter]) -> UUID:
    practice_id, run_id = practice_of(session), new_id()
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
        is_ready = run.state is RunState.READY
        return RunPage(
            practice=practice_contact(session),
            run=run,
            look_at=letters_to_look_at(session, run_id),
            changed=changed_since_printed(session, run_id) if is_ready else (),
            astray=astray_letters(session, run_id) if is_ready else (),
            reconciled=reconciled,
        )


def take_out(database: Database, act: Act, run_id: UUID, letter: str, *, reason: str) -> None:
    """One letter does not go, and is due again while it asks for anything; files are made anew.

    ``letter``: its number in the run, or the account's. Raises UnknownRunError, NotOneLetterError,
    OnlyLetterError, or UnknownMoveError unless the run is ready.
    """
    with database.transaction(act.principal) as session:
        run = _locked(session, run_id)
        run.state = moved(RunState(run.state), RunState.PRINTING).value
        run.state_at = act.now
        found = _letters_meant(session, run_id, letter)
        if len(found) != 1:
            raise NotOneLetterError([one.sequence for one in found])
        (row,) = found
        row.state, row.state_at, row.detail = LetterState.TAKEN_OUT.value, act.now, reason
        session.flush()
        if not _count_printed(session, run_id):
            raise OnlyLetterError
        practice_id = str(act.principal.practice_id)
        queue.enqueue(session.connection(), JOB, practice_id=practice_id, run_id=str(run_id))
        _record(session, act, "take_out", run_id, guarantor_id=row.guarantor_id)


def hand_over(database: Database, act: Act, run_id: UUID, *, home: Path) -> None:
    """The files went to the mailing house: each letter counts as sent. Once is enough.

    Its single letters are thrown away: they are in the batches, and none can be taken out now.

    Raises UnknownRunError, AstrayLettersError, or UnknownMoveError before the files are whole.
    """
    with database.transaction(act.principal) as session:
        run = _locked(session, run_id)
        if run.state != RunState.HANDED_OVER.value:
            run.state = moved(RunState(run.state), RunState.HANDED_OVER).value
            run.state_at = act.now
            if astray_letters(session, run_id):
                raise AstrayLettersError
            session.execute(
                update(PrintRunLetter)
                .where(*_printed(session, run_id))
                .values(state=LetterState.SENT.value, state_at=act.now)
            )
            _record(session, act, "hand_over", run_id)
        folder = letters_folder(home, act.principal.practice_id, run.number)
    shutil.rmtree(folder, ignore_errors=True)


def end_run(database: Database, act: Act, run_id: UUID, *, home: Path) -> None:
    """Give a run up: its files go, and what it was to print is due again. Once is enough.

    Raises UnknownRunError, or UnknownMoveError of one that is over already.
    """
    with database.transaction(act.principal) as session:
        run = _locked(session, run_id)
        if run.state != RunState.ENDED.value:
            run.state = moved(RunState(run.state), RunState.ENDED).value
            run.state_at = act.now
            _leave_out_the_rest(session, run_id, now=act.now)
            _record(session, act, "end", run_id)
        number = run.number
    remove_files(home, act.principal.practice_id, number)


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


def _leave_out_the_rest(session: Session, run_id: UUID, *, now: datetime) -> None:
    session.execute(
        update(PrintRunLetter)
        .where(
            PrintRunLetter.practice_id == practice_of(session),
            PrintRunLetter.run_id == run_id,
            PrintRunLetter.state.in_((LetterState.QUEUED.value, LetterState.PRINTED.value)),
        )
        .values(state=LetterState.LEFT_OUT.value, state_at=now, detail=RunState.ENDED.value)
    )


def _letters_meant(session: Session, run_id: UUID, typed: str) -> Sequence[PrintRunLetter]:
    """By its number in the run, or by the account: that may have several."""
    of_account = select(Guarantor.guarantor_id).where(
        Guarantor.practice_id == practice_of(session),
        func.lower(Guarantor.account_number) == typed.lower(),
    )
    is_meant: ColumnElement[bool] = PrintRunLetter.guarantor_id.in_(of_account)
    if typed.isascii() and typed.isdigit() and len(typed) <= _MOST_DIGITS:
        is_meant = or_(is_meant, PrintRunLetter.sequence == int(typed))
    letters = select(PrintRunLetter).where(*_printed(session, run_id), is_meant)
    return session.scalars(letters.order_by(PrintRunLetter.sequence)).all()


def _count_printed(session: Session, run_id: UUID) -> int:
    return session.scalar(select(func.count()).where(*_printed(session, run_id))) or 0


def _printed(session: Session, run_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (
        PrintRunLetter.practice_id == practice_of(session),
        PrintRunLetter.run_id == run_id,
        PrintRunLetter.state == LetterState.PRINTED.value,
    )


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
            "for_patient_id": one.for_patient_id,
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
        if one.for_patient_id is not None:
            ask_for_address_apart(session, one.for_patient_id, now=now)
            continue
        open_task(
            session,
            kind=NO_ADDRESS_TASK,
            subject_id=one.guarantor_id,
            message=NO_ADDRESS,
            now=now,
        )


def _record(
    session: Session,
    act: Act,
    action: str,
    run_id: UUID | None,
    *,
    guarantor_id: UUID | None = None,
) -> None:
    record(
        session,
        action=action,
        object_kind="print_run",
        object_id=run_id,
        guarantor_id=guarantor_id,
        now=act.now,
        request_id=act.request_id,
    )
