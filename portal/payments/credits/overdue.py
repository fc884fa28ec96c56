"""Credit that waited 30 days for a payer's correction in vain: it is free, and staff are told.

That it is free follows from the day of its release; nothing is marked.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.db import Database, Principal, practice_of
from portal.domain.money import format_usd
from portal.domain.refunding import CREDIT_WAITS_FOR, waits_until
from portal.ledger.queries import credit_released_on
from portal.payments.settlement import practice_day
from portal.practice.models import Claim, Task
from portal.practice.tasks import open_task

_TASK = "correction_overdue"


@dataclass(frozen=True, slots=True)
class _Overdue:
    claim_id: UUID
    claim_number: str
    cents: int
    free_from: date


def tell_of_overdue_credit(database: Database, practice_id: UUID, *, now: datetime) -> int:
    """Open a task for each claim whose credit became free, once; end those that are settled.

    How many were opened. Safe to repeat.
    """
    with database.transaction(Principal.job(practice_id, role="overdue credit")) as session:
        overdue = _overdue(session, today=practice_day(session, now))
        _end_tasks(session, {one.claim_id for one in overdue}, now=now)
        told = _told_at(session, {one.claim_id for one in overdue})
        news = [
            one
            for one in overdue
            if one.claim_id not in told or practice_day(session, told[one.claim_id]) < one.free_from
        ]
        for one in news:
            open_task(session, kind=_TASK, subject_id=one.claim_id, message=_message(one), now=now)
        return len(news)


def _overdue(session: Session, *, today: date) -> Sequence[_Overdue]:
    rows = session.execute(
        select(Claim.claim_id, Claim.claim_number, Claim.waiting_credit)
        .where(
            Claim.practice_id == practice_of(session),
            func.jsonb_typeof(Claim.waiting_credit) == "object",
        )
        .order_by(Claim.claim_id)
    ).all()
    released_on = credit_released_on(session, [row.claim_id for row in rows])
    return [
        _Overdue(row.claim_id, row.claim_number, sum(row.waiting_credit.values()), free_from)
        for row in rows
        if row.claim_id in released_on
        and (free_from := waits_until(released_on[row.claim_id])) <= today
    ]


def _end_tasks(session: Session, overdue: Collection[UUID], *, now: datetime) -> None:
    """The correction came after all, or the credit was given back."""
    session.execute(
        update(Task)
        .where(
            Task.practice_id == practice_of(session),
            Task.kind == _TASK,
            Task.done_at.is_(None),
            Task.subject_id.not_in(overdue),
        )
        .values(done_at=now)
    )


def _told_at(session: Session, overdue: Collection[UUID]) -> dict[UUID, datetime]:
    rows = session.execute(
        select(Task.subject_id, Task.created_at).where(
            Task.practice_id == practice_of(session),
            Task.kind == _TASK,
            Task.subject_id.in_(overdue),
        )
    )
    return {row.subject_id: row.created_at for row in rows}


def _message(one: _Overdue) -> str:
    return (
        f"{format_usd(one.cents)} were paid on claim {one.claim_number}, whose payer took its "
        f"decision back and sent no other for {CREDIT_WAITS_FOR.days} days. The credit is free "
        "now: refund it or use it for another bill, and ask the payer."
    )
