"""Which statements have to go by mail, and how runs of them stand."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.paper_delivery import LetterReason, letter_goes_by
from portal.domain.print_run import LetterState, RunState
from portal.domain.statement import StatementState
from portal.practice.contact import PracticeContact
from portal.practice.models import Guarantor, Hold
from portal.statements.delivery.queries import Delivery, deliveries
from portal.statements.models import Statement, StatementVoid
from portal.statements.print_runs.models import PrintRun, PrintRunLetter

_GONE: Final = (LetterState.LEFT_OUT.value, LetterState.SPOILED.value)
_SHOWN_RUNS: Final = 50


@dataclass(frozen=True, slots=True)
class DueLetter:
    """A statement that goes by mail. ``goes_by``: the day it has to be at the mailing house."""

    statement_id: UUID
    guarantor_id: UUID
    number: str
    account_number: str
    reason: LetterReason
    goes_by: date
    language: str
    is_large: bool
    has_address: bool


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


def due_letters(session: Session, practice: PracticeContact) -> tuple[DueLetter, ...]:
    """The newest statement of everybody who gets letters, unless it went by mail before.

    Whether it still asks for money is looked at when it is printed.
    """
    newest = _newest_statements(session)
    found = deliveries(session, [row.guarantor_id for row in newest])
    zone = ZoneInfo(practice.time_zone)
    letters = [
        _due(row, found[row.guarantor_id], reason, zone)
        for row in newest
        if (reason := found[row.guarantor_id].reason) is not None
    ]
    return tuple(sorted(letters, key=lambda one: (one.goes_by, one.number)))


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
    """Those that were left out or spoiled."""
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
            PrintRunLetter.state.in_(_GONE),
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


def _newest_statements(session: Session) -> list[Statement]:
    """Of each guarantor the newest that stands, if no letter of it has gone or is under way."""
    practice_id = practice_of(session)
    voided = select(StatementVoid.statement_id).where(StatementVoid.practice_id == practice_id)
    printed = select(PrintRunLetter.statement_id).where(
        PrintRunLetter.practice_id == practice_id,
        PrintRunLetter.state != LetterState.SPOILED.value,
        PrintRunLetter.detail != StatementState.ON_HOLD.value,
    )
    on_hold = select(Hold.guarantor_id).where(
        Hold.practice_id == practice_id,
        Hold.guarantor_id.is_not(None),
        Hold.claim_id.is_(None),
        Hold.released_at.is_(None),
    )
    newest = (
        select(Statement)
        .ext(distinct_on(Statement.guarantor_id))
        .where(Statement.practice_id == practice_id, Statement.statement_id.not_in(voided))
        .order_by(Statement.guarantor_id, Statement.as_of.desc())
    ).subquery()
    return list(
        session.scalars(
            select(Statement)
            .join(newest, newest.c.statement_id == Statement.statement_id)
            .where(
                Statement.practice_id == practice_id,
                newest.c.practice_id == practice_id,
                Statement.statement_id.not_in(printed),
                Statement.guarantor_id.not_in(on_hold),
            )
        )
    )


def _due(
    statement: Statement, delivery: Delivery, reason: LetterReason, zone: ZoneInfo
) -> DueLetter:
    came_back = delivery.came_back_at
    return DueLetter(
        statement_id=statement.statement_id,
        guarantor_id=statement.guarantor_id,
        number=statement.number,
        account_number=statement.document["account_number"],
        reason=reason,
        goes_by=letter_goes_by(
            statement.issued_at.astimezone(zone).date(),
            came_back.astimezone(zone).date() if came_back else None,
            reason,
        ),
        language=delivery.language,
        is_large=delivery.standing.is_large,
        has_address=delivery.has_address,
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
