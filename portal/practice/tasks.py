"""Tasks: what a person of the practice has to look at, one for each thing and kind of trouble."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db import new_id, practice_of
from portal.practice.models import Task


def open_task(
    session: Session, *, kind: str, subject_id: UUID, message: str, now: datetime
) -> None:
    """Ask for somebody's eyes; a task already there takes the new words, one that was done reopens.

    ``message`` names no person. For staff and jobs only.
    """
    row = insert(Task).values(
        practice_id=practice_of(session),
        task_id=new_id(),
        kind=kind,
        subject_id=subject_id,
        message=message,
        created_at=now,
    )
    session.execute(
        row.on_conflict_do_update(
            constraint="tasks_subject",
            set_={"message": message, "created_at": now, "done_at": None},
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
