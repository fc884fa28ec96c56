"""Late cases become tasks: ours past their day, and those that stand still for too long.

Nothing is held for ever by a case that everybody thinks is done.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from portal.cases.models import Case
from portal.cases.service import close_now
from portal.cases.store import OVERDUE_TASK, today_of
from portal.db import Database, Principal, practice_of
from portal.domain.cases import (
    ANSWERED_AT_MOST,
    OURS,
    WAITS_AT_MOST,
    CaseKind,
    CaseOutcome,
    CaseState,
)
from portal.practice.tasks import open_task

_OURS = tuple(sorted(state.value for state in OURS))


def watch_clocks(database: Database, practice_id: UUID, *, now: datetime) -> int:
    """Close questions that were answered, and open a task for each late case. How many are late."""
    with database.transaction(Principal.job(practice_id, role="watch_case_clocks")) as session:
        _close_answered_questions(session, now=now)
        late = session.scalars(
            select(Case.case_id).where(
                Case.practice_id == practice_id,
                or_(
                    and_(Case.state.in_(_OURS), Case.due_on < today_of(session, now)),
                    and_(
                        Case.state == CaseState.WAITING.value,
                        Case.state_at < now - WAITS_AT_MOST,
                    ),
                    and_(
                        Case.state == CaseState.ANSWERED.value,
                        Case.state_at < now - ANSWERED_AT_MOST,
                    ),
                ),
            )
        ).all()
        for case_id in late:
            open_task(
                session,
                kind=OVERDUE_TASK,
                subject_id=case_id,
                message="The answer to a case is late.",
                now=now,
            )
        return len(late)


def _close_answered_questions(session: Session, *, now: datetime) -> None:
    """How a question ends is known; of all else staff say what became of it."""
    answered = session.scalars(
        select(Case)
        .where(
            Case.practice_id == practice_of(session),
            Case.kind == CaseKind.QUESTION.value,
            Case.state == CaseState.ANSWERED.value,
            Case.state_at < now - ANSWERED_AT_MOST,
        )
        .with_for_update(skip_locked=True)
    ).all()
    for case in answered:
        close_now(session, case, CaseOutcome.ANSWERED, now=now)
