"""Tasks: what a person of the practice has to look at, one for each thing and kind of trouble."""

from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from sqlalchemy import and_, case, func, select, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import Session

from portal.db import new_id, practice_of
from portal.practice.models import Task

UNAPPLIED_CREDIT_TASK: Final = "unapplied_credit"
"""About a payment, or a guarantor: money that pays nothing, and staff decide what becomes of it."""


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
    practice_id = practice_of(session)
    session.execute(
        task_opening(practice_id, kind=kind, subject_id=subject_id, message=message, now=now)
    )


def task_opening(
    practice_id: UUID, *, kind: str, subject_id: UUID, message: str, now: datetime
) -> Insert:
    """The statement of ``open_task``, for whoever has no session."""
    row = insert(Task).values(
        practice_id=practice_id,
        task_id=new_id(),
        kind=kind,
        subject_id=subject_id,
        message=message,
        created_at=now,
    )
    is_known = and_(Task.done_at.is_(None), Task.message == message)
    return row.on_conflict_do_update(
        constraint="tasks_subject",
        set_={
            "message": message,
            "created_at": case((is_known, Task.created_at), else_=now),
            "done_at": None,
        },
    )


def end_task(session: Session, *, kind: str, subject_id: UUID, now: datetime) -> None:
    """Nothing is left to look at: whether or not anybody was asked to."""
    session.execute(
        update(Task)
        .where(
            Task.practice_id == practice_of(session),
            Task.kind == kind,
            Task.subject_id == subject_id,
            Task.done_at.is_(None),
        )
        .values(done_at=now)
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
