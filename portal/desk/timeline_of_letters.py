"""What became of the letters of a person's statements: printed, and then what happened to them."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.desk.timeline_events import EVENTS_MAX, TimelineEvent
from portal.domain.print_run import LetterState
from portal.statements.models import Statement
from portal.statements.print_runs.models import PrintRunLetter

_SHOWN: Final = tuple(
    state.value
    for state in (
        LetterState.PRINTED,
        LetterState.SENT,
        LetterState.MAILED,
        LetterState.SPOILED,
        LetterState.NOT_PRINTED,
    )
)


def events_of_letters(
    session: Session, guarantor_id: UUID, *, zone: ZoneInfo
) -> Iterator[TimelineEvent]:
    """One for each letter, of where it is now; of one that was left out there is nothing to say."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(
            PrintRunLetter.state,
            PrintRunLetter.state_at,
            PrintRunLetter.for_patient_id,
            Statement.number,
        )
        .join(
            Statement,
            (Statement.practice_id == practice_id)
            & (Statement.statement_id == PrintRunLetter.statement_id),
        )
        .where(
            PrintRunLetter.practice_id == practice_id,
            PrintRunLetter.guarantor_id == guarantor_id,
            PrintRunLetter.state.in_(_SHOWN),
        )
        .order_by(PrintRunLetter.state_at.desc())
        .limit(EVENTS_MAX)
    )
    for row in rows:
        yield TimelineEvent(
            row.state_at.astimezone(zone),
            f"letter_{row.state}",
            reference=row.number,
            words="apart" if row.for_patient_id else "",
        )
