"""How runs of letters stand, and which letters somebody has to look at."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.print_run import LetterState, RunState
from portal.practice.models import Guarantor
from portal.statements.models import Statement
from portal.statements.print_runs.models import PrintRun, PrintRunLetter

_LOOK_AT: Final = (
    LetterState.LEFT_OUT.value,
    LetterState.TAKEN_OUT.value,
    LetterState.NOT_PRINTED.value,
    LetterState.SPOILED.value,
)
_SHOWN_RUNS: Final = 50


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run, and its letters by state."""

    run_id: UUID
    number: int
    state: RunState
    started_at: datetime
    is_duplex: bool
    letters: Mapping[LetterState, int]
    sheets: int
    detail: str

    @property
    def total(self) -> int:
        """All its letters."""
        return sum(self.letters.values())

    @property
    def done(self) -> int:
        """Letters that do not wait to be printed."""
        return self.total - self.letters.get(LetterState.QUEUED, 0)


@dataclass(frozen=True, slots=True)
class LetterRow:
    """One letter that needs somebody's eyes."""

    sequence: int
    account_number: str
    statement_number: str
    state: LetterState
    detail: str


def run_rows(session: Session) -> tuple[RunRow, ...]:
    """The newest runs, newest first."""
    runs = session.scalars(
        select(PrintRun)
        .where(PrintRun.practice_id == practice_of(session))
        .order_by(PrintRun.number.desc())
        .limit(_SHOWN_RUNS)
    ).all()
    return _rows(session, runs)


def run_row(session: Session, run_id: UUID) -> RunRow | None:
    """One run."""
    runs = session.scalars(
        select(PrintRun).where(
            PrintRun.practice_id == practice_of(session), PrintRun.run_id == run_id
        )
    ).all()
    return next(iter(_rows(session, runs)), None)


def letters_to_look_at(session: Session, run_id: UUID) -> tuple[LetterRow, ...]:
    """Those that were left out, taken out, not printed or spoiled."""
    practice_id = practice_of(session)
    rows = session.execute(
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
            PrintRunLetter.state.in_(_LOOK_AT),
        )
        .order_by(PrintRunLetter.sequence)
    )
    return tuple(
        LetterRow(
            row.PrintRunLetter.sequence,
            row.account_number,
            row.number,
            LetterState(row.PrintRunLetter.state),
            row.PrintRunLetter.detail,
        )
        for row in rows
    )


def _rows(session: Session, runs: Sequence[PrintRun]) -> tuple[RunRow, ...]:
    counts: dict[UUID, Counter[LetterState]] = {run.run_id: Counter() for run in runs}
    sheets: Counter[UUID] = Counter()
    for row in session.execute(
        select(
            PrintRunLetter.run_id,
            PrintRunLetter.state,
            func.count().label("letters"),
            func.coalesce(func.sum(PrintRunLetter.sheets), 0).label("sheets"),
        )
        .where(
            PrintRunLetter.practice_id == practice_of(session),
            PrintRunLetter.run_id.in_(counts),
        )
        .group_by(PrintRunLetter.run_id, PrintRunLetter.state)
    ):
        counts[row.run_id][LetterState(row.state)] = int(row.letters)
        sheets[row.run_id] += int(row.sheets)
    return tuple(
        RunRow(
            run.run_id,
            run.number,
            RunState(run.state),
            run.started_at,
            run.is_duplex,
            counts[run.run_id],
            sheets[run.run_id],
            run.detail,
        )
        for run in runs
    )
