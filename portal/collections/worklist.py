"""The work list: people with a reason to be called, a page of them, and how many there are of each.

As many statements for a hundred thousand plans as for one; amounts only of those on the page.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, Subquery, exists, func, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.collections.choice import AT_RISK_OF_FAILING, PaysBy, SortedBy, WorkChoice
from portal.collections.reasons import AT_RISK, WorkReason, reasons
from portal.collections.views import ViewRow, views_of
from portal.connectors.practice_systems.spreadsheets import written
from portal.db import Database, Principal, practice_of
from portal.domain.journal import LedgerAccount
from portal.domain.money import format_plain
from portal.domain.names import in_mixed_case
from portal.domain.plans.states import LIVE
from portal.ledger.models import PostingRow
from portal.ledger.plan_standing import PlanStanding, plan_standings
from portal.plans.models import Plan
from portal.plans.offering.footing import practice_today
from portal.practice.contact import practice_contact
from portal.practice.models import Guarantor

ON_A_PAGE: Final = 50
IN_A_FILE: Final = 5_000
_LIVE: Final = [state.value for state in LIVE]
_COLUMNS: Final = (
    "account_number", "name", "reasons", "since", "phone", "plans",
    "past_due", "left_on_plans", "owes_beside_plans", "next_due_on", "next_due",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WorkCause:
    """One reason, and its day."""

    reason: WorkReason
    day: date


@dataclass(frozen=True, slots=True)
class WorkPlan:
    """A live plan of somebody on the list, its money from the ledger."""

    plan_id: UUID
    number: str
    state: str
    has_autopay: bool
    left_cents: int
    past_due_cents: int
    next_due_on: date | None
    next_due_cents: int


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One person, and everything that puts them on the list, the gravest first."""

    guarantor_id: UUID
    name: str
    account_number: str
    phone: str
    causes: tuple[WorkCause, ...]
    plans: tuple[WorkPlan, ...]
    beside_plans_cents: int  # owed, and no plan's

    @property
    def past_due_cents(self) -> int:
        return sum(plan.past_due_cents for plan in self.plans)

    @property
    def left_cents(self) -> int:
        return sum(plan.left_cents for plan in self.plans)


@dataclass(frozen=True, slots=True)
class WorkPage:
    """``counts``: people by reason, and ``at_risk``; ``people`` fit the choice, on all pages."""

    choice: WorkChoice
    items: tuple[WorkItem, ...]
    people: int
    counts: Mapping[str, int]
    views: tuple[ViewRow, ...]

    @property
    def pages(self) -> int:
        return max(1, -(-self.people // ON_A_PAGE))


def work_page(
    database: Database,
    principal: Principal,
    choice: WorkChoice,
    *,
    now: datetime,
    request_id: str,
) -> WorkPage:
    """With a row in the audit log: it shows names."""
    with database.transaction(principal) as session:
        _note(session, now=now, request_id=request_id)
        today, found = _found(session, now)
        order = _chosen(session, found, choice)
        skipped = (choice.page - 1) * ON_A_PAGE
        rows = session.execute(order.offset(skipped).limit(ON_A_PAGE)).all()
        counts = _counts(session, found)
        is_counted = choice.pays_by is PaysBy.ANY
        return WorkPage(
            choice=choice,
            items=tuple(_items(session, found, [row.guarantor_id for row in rows], today=today)),
            people=counts[choice.show] if is_counted else _how_many(session, found, choice),
            counts=counts,
            views=views_of(session),
        )


def work_csv(
    database: Database,
    principal: Principal,
    choice: WorkChoice,
    *,
    now: datetime,
    request_id: str,
) -> bytes:
    """The first thousands of the list as chosen, for a spreadsheet."""
    with database.transaction(principal) as session:
        _note(session, now=now, request_id=request_id)
        today, found = _found(session, now)
        rows = session.execute(_chosen(session, found, choice).limit(IN_A_FILE)).all()
        items = _items(session, found, [row.guarantor_id for row in rows], today=today)
        return written([_COLUMNS, *(_csv_row(item) for item in items)])


def people_chosen(
    session: Session, choice: WorkChoice, *, now: datetime, limit: int
) -> Sequence[UUID]:
    """Who is on the list as chosen, in its order."""
    _, found = _found(session, now)
    rows = session.execute(_chosen(session, found, choice).limit(limit))
    return [row.guarantor_id for row in rows]


def work_items(
    session: Session, guarantor_ids: Collection[UUID], *, now: datetime
) -> list[WorkItem]:
    """These people, on the list or not, in the order of their ids."""
    today, found = _found(session, now)
    return list(_items(session, found, sorted(guarantor_ids), today=today))


def _found(session: Session, now: datetime) -> tuple[date, Subquery]:
    zone = practice_contact(session).time_zone
    today = practice_today(session, now)
    return today, reasons(session, today=today, time_zone=zone)


def _chosen(session: Session, found: Subquery, choice: WorkChoice) -> Select[Any]:
    """The people of a choice, in its order."""
    practice_id = practice_of(session)
    rank, day = func.min(found.c.rank), func.min(found.c.day)
    query = (
        _fitting(session, found, choice)
        .join(Guarantor, Guarantor.guarantor_id == found.c.guarantor_id)
        .where(Guarantor.practice_id == practice_id)
        .group_by(Guarantor.last_name, Guarantor.first_name)
    )
    if choice.sorted_by is SortedBy.OWES_MOST:
        owed = _owed(session).subquery()
        query = query.outerjoin(owed, owed.c.guarantor_id == found.c.guarantor_id)
        query = query.group_by(owed.c.cents).order_by(owed.c.cents.desc().nulls_last())
    elif choice.sorted_by is SortedBy.OLDEST:
        query = query.order_by(day)
    elif choice.sorted_by is SortedBy.NAME:
        query = query.order_by(Guarantor.last_name, Guarantor.first_name)
    else:
        query = query.order_by(rank, day)
    return query.order_by(found.c.guarantor_id)


def _fitting(session: Session, found: Subquery, choice: WorkChoice) -> Select[Any]:
    """The people of a choice; what else puts them on the list still says how urgent they are."""
    shown = found.c.reason.in_([reason.value for reason in choice.shown])
    query = select(found.c.guarantor_id).group_by(found.c.guarantor_id).having(func.bool_or(shown))
    if choice.pays_by is PaysBy.ANY:
        return query
    by_itself = Plan.method_id.is_not(None)
    return query.where(
        exists().where(
            Plan.practice_id == practice_of(session),
            Plan.guarantor_id == found.c.guarantor_id,
            Plan.state.in_(_LIVE),
            by_itself if choice.pays_by is PaysBy.AUTOPAY else ~by_itself,
        )
    )


def _how_many(session: Session, found: Subquery, choice: WorkChoice) -> int:
    people = _fitting(session, found, choice).subquery()
    return session.scalar(select(func.count()).select_from(people)) or 0


def _counts(session: Session, found: Subquery) -> Mapping[str, int]:
    """All in one statement: by reason, at risk, and everybody under an empty name."""
    people = func.count(found.c.guarantor_id.distinct())
    at_risk = [reason.value for reason in AT_RISK]
    row = session.execute(
        select(
            people,
            people.filter(found.c.reason.in_(at_risk)),
            *(people.filter(found.c.reason == reason.value) for reason in WorkReason),
        )
    ).one()
    names = ("", AT_RISK_OF_FAILING, *(reason.value for reason in WorkReason))
    return dict(zip(names, row, strict=True))


def _owed(session: Session) -> Select[UUID | None, int]:
    return (
        select(PostingRow.guarantor_id, func.sum(PostingRow.amount_cents).label("cents"))
        .where(
            PostingRow.practice_id == practice_of(session),
            PostingRow.account == LedgerAccount.PATIENT_RECEIVABLE.value,
            PostingRow.guarantor_id.is_not(None),
        )
        .group_by(PostingRow.guarantor_id)
    )


def _items(
    session: Session, found: Subquery, guarantor_ids: Sequence[UUID], *, today: date
) -> Iterator[WorkItem]:
    """In the order given."""
    causes: dict[UUID, list[WorkCause]] = {guarantor_id: [] for guarantor_id in guarantor_ids}
    rows = session.execute(
        select(found.c.guarantor_id, found.c.reason, func.min(found.c.day).label("day"))
        .where(found.c.guarantor_id.in_(guarantor_ids))
        .group_by(found.c.guarantor_id, found.c.reason, found.c.rank)
        .order_by(found.c.rank)
    )
    for row in rows:
        causes[row.guarantor_id].append(WorkCause(WorkReason(row.reason), row.day))
    owed = {
        row.guarantor_id: int(row.cents)
        for row in session.execute(_owed(session).where(PostingRow.guarantor_id.in_(guarantor_ids)))
    }
    plans = _live_plans(session, guarantor_ids, today=today)
    people = {person.guarantor_id: person for person in _guarantors(session, guarantor_ids)}
    for guarantor_id in (one for one in guarantor_ids if one in people):
        person, theirs = people[guarantor_id], plans.get(guarantor_id, ())
        on_plans = sum(plan.left_cents for plan in theirs)
        yield WorkItem(
            guarantor_id=guarantor_id,
            name=in_mixed_case(f"{person.first_name} {person.last_name}".strip()),
            account_number=person.account_number,
            phone=person.phone or "",
            causes=tuple(causes[guarantor_id]),
            plans=tuple(theirs),
            beside_plans_cents=max(0, owed.get(guarantor_id, 0) - on_plans),
        )


def _guarantors(session: Session, guarantor_ids: Collection[UUID]) -> Sequence[Guarantor]:
    return session.scalars(
        select(Guarantor).where(
            Guarantor.practice_id == practice_of(session),
            Guarantor.guarantor_id.in_(guarantor_ids),
        )
    ).all()


def _live_plans(
    session: Session, guarantor_ids: Collection[UUID], *, today: date
) -> dict[UUID, list[WorkPlan]]:
    plans = session.scalars(
        select(Plan)
        .where(
            Plan.practice_id == practice_of(session),
            Plan.guarantor_id.in_(guarantor_ids),
            Plan.state.in_(_LIVE),
        )
        .order_by(Plan.plan_id)
    ).all()
    standings = plan_standings(session, [plan.plan_id for plan in plans])
    found: dict[UUID, list[WorkPlan]] = {}
    for plan in plans:
        standing = standings.get(plan.plan_id)
        if standing is not None:
            found.setdefault(plan.guarantor_id, []).append(_plan(plan, standing, today))
    return found


def _plan(plan: Plan, standing: PlanStanding, today: date) -> WorkPlan:
    following = next((due for due in standing.dues if due.due_on >= today), None)
    return WorkPlan(
        plan_id=plan.plan_id,
        number=plan.number,
        state=plan.state,
        has_autopay=plan.method_id is not None,
        left_cents=standing.left_cents,
        past_due_cents=standing.past_due_cents(today),
        next_due_on=following.due_on if following else None,
        next_due_cents=following.cents if following else 0,
    )


def _csv_row(item: WorkItem) -> tuple[str, ...]:
    dues = [plan for plan in item.plans if plan.next_due_on]
    following = min(dues, key=lambda plan: plan.next_due_on or date.max, default=None)
    return (
        item.account_number,
        item.name,
        " ".join(cause.reason for cause in item.causes),
        min(cause.day for cause in item.causes).isoformat() if item.causes else "",
        item.phone,
        " ".join(plan.number for plan in item.plans),
        format_plain(item.past_due_cents),
        format_plain(item.left_cents),
        format_plain(item.beside_plans_cents),
        following.next_due_on.isoformat() if following and following.next_due_on else "",
        format_plain(following.next_due_cents) if following else "",
    )


def _note(session: Session, *, now: datetime, request_id: str) -> None:
    record(
        session,
        action="view",
        object_kind="work_list",
        object_id=None,
        guarantor_id=None,
        now=now,
        request_id=request_id,
    )
