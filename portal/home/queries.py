"""Home: what somebody owes, by when and why, what comes next, and whose it is; every figure now.

The amount is the one that the newest statement's pages ask for, by the same function. How many
statements of SQL it takes does not depend on how many visits there were.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Uuid, bindparam, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, practice_of
from portal.domain.nothing_to_do import is_nothing_to_do
from portal.domain.pending_visit import most_urgent
from portal.domain.statement import PendingReason, PendingVisit, StatementDocument
from portal.domain.statement_document import from_json
from portal.home.activity import Activity, grouped_in, recent_activity
from portal.home.household import HouseholdVisit, household_visits
from portal.home.since import NOTHING_ASKED, SinceIssue, since_issue
from portal.ledger.agency import HeldByAgency
from portal.ledger.plan_standing import PlanStanding
from portal.payments.scheduled.views import ScheduledRow, payments_to_come
from portal.practice.contact import PracticeContact, contact_of, practice_day
from portal.practice.models import Guarantor, Practice
from portal.practice.viewing import viewer_of
from portal.statements.coming import ChargesToCome, charges_to_come
from portal.statements.due import (
    LEAST_PAYABLE_CENTS,
    AccountNow,
    StatementDue,
    account_now,
    agencies_by_visit,
    agencies_of,
    asked_for,
    not_asked_for,
    owed_now,
)
from portal.statements.models import Statement, StatementVoid
from portal.statements.page import expected_on

NEWEST = 8
"""So much of what happened lately is shown; a page of its own has the rest."""


class HomeState(StrEnum):
    """What the first lines of home are about."""

    ON_HOLD = "on_hold"  # nothing of the account may be asked for
    DUE = "due"
    ON_ITS_WAY = "on_its_way"  # banks are at work on all that is due
    ON_PLAN = "on_plan"  # payment plans ask for all there is
    PLACED = "placed"  # an agency asks for all there is
    CREDIT = "credit"
    DECIDING = "deciding"  # nothing to pay; a visit waits for insurance, for us or for them
    TO_COME = "to_come"  # nothing to pay yet: the next statement asks for it
    PAID = "paid"
    NEW = "new"  # nothing happened yet


@dataclass(frozen=True, slots=True)
class Current:
    """The newest statement that stands: what is due is what it asks for."""

    statement_id: UUID
    due_on: date
    document: StatementDocument


@dataclass(frozen=True, slots=True)
class PersonOwed:
    """One person of the household. ``cents``: of what is due, before what is on its way."""

    patient_id: UUID | None
    first_name: str
    visits: int
    cents: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A visit that asks for nothing yet."""

    claim_id: UUID
    visit: PendingVisit


@dataclass(frozen=True, slots=True)
class HomePlan:
    """A payment plan and its money; ``past_due_cents`` of what is left."""

    plan_id: UUID
    number: str
    paid_cents: int
    coming_cents: int
    left_cents: int
    past_due_cents: int
    next_on: date | None
    next_cents: int

    @property
    def total_cents(self) -> int:
        return self.paid_cents + self.coming_cents + self.left_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    """Everything home says.

    ``since``: how what the current statement asked for became what is open. ``beside_cents``: on
    its way too, and for nothing that is due. ``new_cents``: a share that is known, and that no
    statement has asked for yet. ``charged``: what will be charged by itself for what is due now;
    ``coming`` has the charges for payment plans as well.
    """

    practice: PracticeContact
    guarantor_id: UUID
    first_name: str
    state: HomeState
    current: Current | None
    due_now_cents: int
    open_cents: int
    on_the_way_cents: int
    beside_cents: int = 0
    since: SinceIssue = NOTHING_ASKED
    expected_on: date | None
    can_pay: bool
    past_due: bool
    credit_cents: int
    new_cents: int
    charged: ChargesToCome | None = None
    people: tuple[PersonOwed, ...]
    coming: tuple[ScheduledRow, ...]
    plans: tuple[HomePlan, ...]
    agencies: tuple[HeldByAgency, ...]
    pending: tuple[Waiting, ...]
    activity: tuple[Activity, ...]

    @property
    def asked_cents(self) -> int:
        return self.since.asked_cents

    @property
    def urgent(self) -> Waiting | None:
        """The visit that somebody has to do most about."""
        why = most_urgent(one.visit.why for one in self.pending)
        return next((one for one in self.pending if one.visit.why is why), None)

    @property
    def nothing_to_do(self) -> bool:
        """Nothing at all waits for them."""
        return is_nothing_to_do(
            to_pay_cents=self.charged.left_cents if self.charged else self.due_now_cents,
            new_cents=self.new_cents,
            has_plan=bool(self.plans),
            is_placed=bool(self.agencies),
            is_asked_something=any(
                one.visit.why is PendingReason.ANSWER_NEEDED for one in self.pending
            ),
        )

    @property
    def placed_cents(self) -> int:
        return sum(one.cents for one in self.agencies)


def home_page(
    database: Database, principal: Principal, *, now: datetime, request_id: str
) -> HomePage:
    """With a row in the audit log; ``principal`` is an account holder."""
    guarantor_id = principal.guarantor_id
    if guarantor_id is None:
        raise ValueError(principal.kind)
    with database.transaction(principal) as session:
        page = read_home(session, guarantor_id, now=now)
        record(
            session,
            action="view_home",
            object_kind="guarantor",
            object_id=guarantor_id,
            guarantor_id=guarantor_id,
            now=now,
            request_id=request_id,
        )
        return page


def read_home(session: Session, guarantor_id: UUID, *, now: datetime) -> HomePage:
    """As `home_page`, without the audit row."""
    row = _head(session, guarantor_id)
    practice = contact_of(row.Practice)
    today = practice_day(practice, now=now)
    account, asked = account_now(session, guarantor_id), asked_for(session, guarantor_id)
    due = owed_now(account, asked)
    viewer = viewer_of(session, today=today)
    visits = household_visits(session, guarantor_id, viewer=viewer)
    grouped = frozenset(visit.claim_id for visit in visits if visit.is_grouped)
    coming_since = account.coming_since
    agencies = agencies_of(session, account, [visit.claim_id for visit in visits])
    coming = payments_to_come(session, guarantor_id)
    pending = tuple(Waiting(one.claim_id, one.pending) for one in visits if one.pending)
    new_cents = not_asked_for(account, due)
    activity = grouped_in(recent_activity(session, guarantor_id, limit=NEWEST), grouped)
    return HomePage(
        practice=practice,
        guarantor_id=guarantor_id,
        first_name=row.first_name,
        state=_state(due, account, agencies, pending, new_cents=new_cents, is_new=not activity),
        current=_current(row) if row.statement_id else None,
        due_now_cents=due.due_now_cents,
        open_cents=due.open_cents,
        on_the_way_cents=due.on_the_way_cents,
        beside_cents=account.coming_cents - due.on_the_way_cents,
        expected_on=expected_on(coming_since, practice) if coming_since else None,
        can_pay=due.due_now_cents >= LEAST_PAYABLE_CENTS,
        past_due=due.due_now_cents > 0 and today > due.due_on,
        credit_cents=account.credit_cents,
        new_cents=new_cents,
        since=since_issue(account, asked, due, visits, agencies_by_visit(session, account)),
        people=tuple(_people(visits, due.visit_cents)),
        charged=charges_to_come(account, asked, [one for one in coming if one.is_of_statement]),
        coming=tuple(one for one in coming if one.plan_id or one.is_of_statement),
        plans=tuple(_plan(plan, today=today) for plan in account.plans),
        agencies=agencies,
        pending=pending,
        activity=activity,
    )


def _head(session: Session, guarantor_id: UUID) -> Row[*tuple[Any, ...]]:
    """Who it is, of which practice, with the newest statement that stands."""
    whose = {"practice": practice_of(session), "guarantor": guarantor_id}
    return session.execute(_whole_head(), whose).one()


@cache
def _whole_head() -> Select[*tuple[Any, ...]]:
    """Put together once: home asks for it each time."""
    practice_id = bindparam("practice", type_=Uuid)
    guarantor_id = bindparam("guarantor", type_=Uuid)
    newest = (
        select(Statement.statement_id)
        .outerjoin(
            StatementVoid,
            (StatementVoid.practice_id == practice_id)
            & (StatementVoid.statement_id == Statement.statement_id),
        )
        .where(
            Statement.practice_id == practice_id,
            Statement.guarantor_id == guarantor_id,
            StatementVoid.statement_id.is_(None),
        )
        .order_by(Statement.as_of.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            Guarantor.first_name,
            Practice,
            Statement.statement_id,
            Statement.due_on,
            Statement.document,
            Statement.document_version,
        )
        .select_from(Guarantor)
        .join(Practice, Practice.practice_id == Guarantor.practice_id)
        .outerjoin(
            Statement, (Statement.practice_id == practice_id) & (Statement.statement_id == newest)
        )
        .where(
            Guarantor.practice_id == practice_id,
            Practice.practice_id == practice_id,
            Guarantor.guarantor_id == guarantor_id,
        )
    )


def _current(row: Row[*tuple[Any, ...]]) -> Current:
    document = from_json(row.document, version=row.document_version)
    return Current(row.statement_id, row.due_on, document)


def _state(
    due: StatementDue,
    account: AccountNow,
    agencies: Sequence[HeldByAgency],
    pending: Sequence[Waiting],
    *,
    new_cents: int,
    is_new: bool,
) -> HomeState:
    """What matters most comes first."""
    asks = (
        (HomeState.ON_HOLD, account.is_on_hold),
        (HomeState.DUE, due.due_now_cents > 0),
        (HomeState.ON_ITS_WAY, due.on_the_way_cents > 0),
        (HomeState.ON_PLAN, bool(account.plans)),
        (HomeState.PLACED, bool(agencies)),
        (HomeState.CREDIT, account.credit_cents > 0),
        (HomeState.DECIDING, bool(pending)),
        (HomeState.TO_COME, new_cents > 0),
        (HomeState.NEW, is_new),
    )
    return next((state for state, applies in asks if applies), HomeState.PAID)


def _people(
    visits: Iterable[HouseholdVisit], visit_cents: Mapping[UUID, int]
) -> Iterable[PersonOwed]:
    """Everybody who was ever treated, who owes most first."""
    owed: dict[tuple[UUID | None, str], list[int]] = {}
    for visit in visits:
        cents = visit_cents.get(visit.claim_id, 0)
        owed.setdefault((visit.patient_id, visit.patient_first_name), []).append(cents)
    people = (
        PersonOwed(patient_id, first_name, sum(one > 0 for one in cents), sum(cents))
        for (patient_id, first_name), cents in owed.items()
    )
    return sorted(people, key=lambda person: (-person.cents, person.first_name))


def _plan(plan: PlanStanding, *, today: date) -> HomePlan:
    return HomePlan(
        plan_id=plan.plan_id,
        number=plan.number,
        paid_cents=plan.paid_cents,
        coming_cents=plan.coming_cents,
        left_cents=plan.left_cents,
        past_due_cents=plan.past_due_cents(today),
        next_on=plan.next_due.due_on if plan.next_due else None,
        next_cents=plan.next_due.cents if plan.next_due else 0,
    )
