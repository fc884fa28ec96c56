"""Tasks: what a person of the practice has to look at, one for each thing and kind of trouble."""

from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import and_, case, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db import new_id, practice_of
from portal.practice.models import Task


def subject_of(practice_id: UUID, name: str) -> UUID:
    """The subject of tasks about something that has no row of its own, the same whenever asked.

    ``name`` tells it from anything else of the practice: "stripe:pi_1", "reply:reply.csv".
    """
    return uuid5(practice_id, name)


def open_task(
    session: Session, *, kind: str, subject_id: UUID, message: str, now: datetime
) -> None:
    """Ask for somebody's eyes; a task already there takes the new words, one that was done reopens.

    What must not be forgotten for something newer needs a subject of its own. Where nothing is
    new, an open task keeps its age. ``message`` names no person. For staff and jobs only.
    """
    row = insert(Task).values(
        practice_id=practice_of(session),
        task_id=new_id(),
        kind=kind,
        subject_id=subject_id,
        message=message,
        created_at=now,
    )
    is_known = and_(Task.done_at.is_(None), Task.message == message)
    session.execute(
        row.on_conflict_do_update(
            constraint="tasks_subject",
            set_={
                "message": message,
                "created_at": case((is_known, Task.created_at), else_=now),
                "done_at": None,
            },
        )
    )


def open_task_count(session: Session) -> int:
    """How many wait for somebody."""
    return (
        session.scalar(
            select(func.count()).where(
                Task.practice_id == practice_of(session), Task.done_at.is_(None)
            )
        )
        or 0
    )
