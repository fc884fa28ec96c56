"""What waits for somebody's eyes: every open task, whom it is about, and ticking one off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import case, extract, select, tuple_, union_all
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.cases.models import Case
from portal.db import Database, Principal, practice_of
from portal.desk.task_facts import NO_FACTS, TaskFacts, task_facts
from portal.domain.names import in_mixed_case
from portal.ledger.models import JournalEntryRow, LedgerPost
from portal.messages.models import Message
from portal.payments.disputes.models import DisputeRow
from portal.payments.methods.models import PaymentConsent
from portal.payments.models import Payment, Refund
from portal.plans.models import PlanConsent
from portal.practice.contact import practice_contact
from portal.practice.decisions import Adjudication
from portal.practice.final_notices import FinalNoticeVisit
from portal.practice.models import Claim, Guarantor, Task
from portal.practice.sent_claims import SentClaimRow
from portal.practice.tasks import open_task_count

_SHOWN = 100
_HAS_A_DATE_TO_KEEP: Final = Task.kind.in_(
    ("dispute", "payer_paid_twice", "payer_credit_open", "refund_due")
)
_OPENED = extract("epoch", Task.created_at)
_ORDER: Final = (  # what has a date to keep first, the oldest at the top; of the rest the newest
    case((_HAS_A_DATE_TO_KEEP, 0), else_=1),
    case((_HAS_A_DATE_TO_KEEP, _OPENED), else_=-_OPENED),
    Task.task_id,
)
_SUBJECTS: Final = (
    (Guarantor, Guarantor.guarantor_id),
    (Claim, Claim.claim_id),
    (Payment, Payment.payment_id),
    (Refund, Refund.refund_id),
    (DisputeRow, DisputeRow.dispute_id),
    (LedgerPost, LedgerPost.post_id),
    (Adjudication, Adjudication.adjudication_id),
    (SentClaimRow, SentClaimRow.sent_claim_id),
    (JournalEntryRow, JournalEntryRow.entry_id),
    (Case, Case.case_id),
    (PlanConsent, PlanConsent.consent_id),
    (PaymentConsent, PaymentConsent.consent_id),
    (Message, Message.message_id),
    (FinalNoticeVisit, FinalNoticeVisit.notice_id),
)


class UnknownTaskError(LookupError):
    """No such task in this practice."""


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One open task; without a person where it is about the practice. ``days`` are full ones.

    ``noted`` is what whoever opened it wrote down, in English: a page says it only where the kind
    and the facts do not say as much.
    """

    task_id: UUID
    kind: str
    facts: TaskFacts
    noted: str
    since: datetime
    days: int
    guarantor_id: UUID | None
    guarantor_name: str


@dataclass(frozen=True, slots=True)
class TasksPage:
    """One page: ``waiting`` are on all of them.

    ``after`` is the task that ends the page before, ``next_after`` the one that ends this page.
    """

    tasks: tuple[TaskRow, ...]
    waiting: int
    after: UUID | None
    next_after: UUID | None


@dataclass(frozen=True, slots=True)
class _Person:
    guarantor_id: UUID
    name: str


def view_tasks(
    database: Database,
    principal: Principal,
    *,
    after: UUID | None,
    now: datetime,
    request_id: str,
) -> TasksPage:
    """A page of the list: the first, or, where there is more, what follows a task.

    It shows names, so that it was read goes into the audit log. Raises UnknownTaskError.
    """
    with database.transaction(principal) as session:
        zone = ZoneInfo(practice_contact(session).time_zone)
        found = _open_tasks(session, after)
        if not found:
            after = None
            found = _open_tasks(session, after)
        shown = found[:_SHOWN]
        subject_ids = [task.subject_id for task in shown]
        people = _people(session, subject_ids)
        facts = task_facts(session, subject_ids)
        record(
            session,
            action="view",
            object_kind="tasks",
            object_id=None,
            guarantor_id=None,
            now=now,
            request_id=request_id,
        )
        rows = tuple(
            _row(
                task,
                people.get(task.subject_id),
                facts.get(task.subject_id, NO_FACTS),
                now=now,
                zone=zone,
            )
            for task in shown
        )
        next_after = shown[-1].task_id if len(found) > _SHOWN else None
        return TasksPage(rows, open_task_count(session), after, next_after)


def _open_tasks(session: Session, after: UUID | None) -> Sequence[Task]:
    """A page and one more. A task that was done meanwhile still has its place."""
    query = (
        select(Task)
        .where(Task.practice_id == practice_of(session), Task.done_at.is_(None))
        .order_by(*_ORDER)
        .limit(_SHOWN + 1)
    )
    if after is not None:
        place = session.execute(
            select(*_ORDER).where(Task.practice_id == practice_of(session), Task.task_id == after)
        ).one_or_none()
        if place is None:
            raise UnknownTaskError(after)
        query = query.where(tuple_(*_ORDER) > tuple_(*place))
    return session.scalars(query).all()


def finish_task(
    database: Database, principal: Principal, task_id: UUID, *, now: datetime, request_id: str
) -> None:
    """Tick one off; one that somebody else has ticked off stays as it is.

    Raises UnknownTaskError.
    """
    with database.transaction(principal) as session:
        task = session.scalar(
            select(Task)
            .where(Task.practice_id == practice_of(session), Task.task_id == task_id)
            .with_for_update()
        )
        if task is None:
            raise UnknownTaskError(task_id)
        if task.done_at is not None:
            return
        task.done_at = now
        person = _people(session, [task.subject_id]).get(task.subject_id)
        record(
            session,
            action="finish",
            object_kind="task",
            object_id=task_id,
            guarantor_id=person.guarantor_id if person else None,
            now=now,
            request_id=request_id,
        )


def _row(
    task: Task, person: _Person | None, facts: TaskFacts, *, now: datetime, zone: ZoneInfo
) -> TaskRow:
    return TaskRow(
        task_id=task.task_id,
        kind=task.kind,
        facts=facts,
        noted=task.message,
        since=task.created_at.astimezone(zone),
        days=max(0, (now - task.created_at).days),
        guarantor_id=person.guarantor_id if person else None,
        guarantor_name=person.name if person else "",
    )


def _people(session: Session, subject_ids: Sequence[UUID]) -> Mapping[UUID, _Person]:
    """Who is behind a subject, whichever kind of thing it is: ids are unique over all tables."""
    practice_id = practice_of(session)
    about = union_all(
        *(
            select(key.label("subject_id"), model.guarantor_id).where(
                model.practice_id == practice_id, key.in_(subject_ids)
            )
            for model, key in _SUBJECTS
        )
    ).subquery()
    rows = session.execute(
        select(
            about.c.subject_id, Guarantor.guarantor_id, Guarantor.first_name, Guarantor.last_name
        )
        .join(Guarantor, Guarantor.guarantor_id == about.c.guarantor_id)
        .where(Guarantor.practice_id == practice_id)
    )
    return {
        row.subject_id: _Person(
            row.guarantor_id, in_mixed_case(f"{row.first_name} {row.last_name}".strip())
        )
        for row in rows
    }
