"""Late cases become tasks: ours past their day, and those that wait a month for somebody."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select

from portal.cases.models import Case
from portal.cases.store import OVERDUE_TASK, today_of
from portal.db import Database, Principal
from portal.domain.cases import OURS, WAITS_AT_MOST, CaseState
from portal.practice.tasks import open_task

_OURS = tuple(sorted(state.value for state in OURS))


def watch_clocks(database: Database, practice_id: UUID, *, now: datetime) -> int:
    """How many are late."""
    with database.transaction(Principal.job(practice_id, role="watch_case_clocks")) as session:
        late = session.scalars(
            select(Case.case_id).where(
                Case.practice_id == practice_id,
                or_(
                    and_(Case.state.in_(_OURS), Case.due_on < today_of(session, now)),
                    and_(
                        Case.state == CaseState.WAITING.value,
                        Case.state_at < now - WAITS_AT_MOST,
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
