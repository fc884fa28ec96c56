"""Which plans need a look: a few statements for a whole practice, whatever its size."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, bindparam, func, or_, select, union
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.plans.states import LIVE, InstallmentState, PlanState
from portal.ledger.models import PlanInstallment, PlanLine, PostingRow
from portal.ledger.plan_cover import on_its_line
from portal.plans.models import Plan
from portal.practice.models import Hold
from portal.web.logs import log

Found = TypeVar("Found")

COMES_BACK_WITHIN: Final = timedelta(days=200)
"""A bank debit comes back in 60 days; a card payment is disputed in 120, and decided after that."""

BATCH: Final = 500
_LIVE: Final = [state.value for state in LIVE]
_CLOSED: Final = (  # as the index plan_installments_due has them
    InstallmentState.PAID.value,
    InstallmentState.SKIPPED.value,
    InstallmentState.WAIVED.value,
    InstallmentState.SUPERSEDED.value,
)


def batches(plan_ids: Sequence[UUID], size: int = BATCH) -> Iterator[Sequence[UUID]]:
    """So many at a time."""
    for start in range(0, len(plan_ids), size):
        yield plan_ids[start : start + size]


def read_each(
    session: Session, plan_ids: Sequence[UUID], read: Callable[[Sequence[UUID]], Iterable[Found]]
) -> Iterator[Found]:
    """What ``read`` finds for many plans at a time; one that cannot be read stops no other."""
    for some in batches(plan_ids):
        yield from _read_apart(session, some, read)


def _read_apart(
    session: Session, plan_ids: Sequence[UUID], read: Callable[[Sequence[UUID]], Iterable[Found]]
) -> list[Found]:
    """All at once, else in halves, down to the plan that is to blame: the log names it."""
    try:
        with session.begin_nested():
            return list(read(plan_ids))
    except Exception:  # noqa: BLE001 - the others must not wait for whoever mends this one
        if len(plan_ids) == 1:
            log.exception("plan not read", subject_id=plan_ids[0])
            return []
    half = len(plan_ids) // 2
    return [
        found
        for some in (plan_ids[:half], plan_ids[half:])
        for found in _read_apart(session, some, read)
    ]


def with_news(session: Session, *, now: datetime) -> Sequence[UUID]:
    """Something was posted to their lines since they were last looked at, or they are new.

    Plans that were completed are among them for as long as a payment may come back.
    """
    practice_id = practice_of(session)
    is_over = (Plan.state == PlanState.COMPLETED.value) & (Plan.ended_at > now - COMES_BACK_WITHIN)
    return session.scalars(
        select(Plan.plan_id)
        .join(PlanLine, (PlanLine.practice_id == practice_id) & (PlanLine.plan_id == Plan.plan_id))
        .outerjoin(PostingRow, on_its_line(practice_id))
        .where(Plan.practice_id == practice_id, or_(Plan.state.in_(_LIVE), is_over))
        .group_by(Plan.plan_id, Plan.seen_postings)
        .having(func.count(PostingRow.entry_id).is_distinct_from(Plan.seen_postings))
        .order_by(Plan.plan_id)
    ).all()


def with_something_due(session: Session, *, today: date) -> Sequence[UUID]:
    """What a day may change: due or overdue, paused, or of somebody nothing may be asked of."""
    practice_id = practice_of(session)
    due = (
        select(Plan.plan_id)
        .join(
            PlanInstallment,
            (PlanInstallment.practice_id == practice_id)
            & (PlanInstallment.plan_id == Plan.plan_id),
        )
        .where(
            Plan.practice_id == practice_id,
            Plan.state.in_(_LIVE),
            PlanInstallment.due_on <= today,
            is_open(),
        )
    )
    paused = select(Plan.plan_id).where(
        Plan.practice_id == practice_id,
        Plan.state.in_(_LIVE),
        or_(Plan.state == PlanState.PAUSED.value, Plan.paused_reason != ""),
    )
    held = (
        select(Plan.plan_id)
        .join(
            Hold,
            (Hold.practice_id == practice_id)
            & (Hold.guarantor_id == Plan.guarantor_id)
            & Hold.claim_id.is_(None)
            & Hold.released_at.is_(None),
        )
        .where(Plan.practice_id == practice_id, Plan.state.in_(_LIVE))
    )
    return session.scalars(select(union(due, paused, held).subquery().c.plan_id)).all()


def live_among(session: Session, plan_ids: Collection[UUID]) -> Sequence[UUID]:
    """Of these plans, those that are not over."""
    if not plan_ids:
        return ()
    return session.scalars(
        select(Plan.plan_id).where(
            Plan.practice_id == practice_of(session),
            Plan.plan_id.in_(plan_ids),
            Plan.state.in_(_LIVE),
        )
    ).all()


def is_open() -> ColumnElement[bool]:
    """Of an installment that may ask for something; in the words of its index."""
    closed: BindParameter[list[str]] = bindparam(
        "closed", _CLOSED, expanding=True, literal_execute=True
    )
    return PlanInstallment.state.not_in(closed)
