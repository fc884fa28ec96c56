"""The figures of the report, each with its definition; sums of postings and rows of events.

What was collected by week adds up to what the ledger says was paid on lines of plans.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Date, cast, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.db import practice_of
from portal.domain.plans.states import LIVE, InstallmentState, PlanState
from portal.ledger.as_of import PATIENTS_MONEY
from portal.ledger.models import JournalEntryRow, PlanInstallment, PlanLine, PostingRow
from portal.ledger.plan_cover import on_its_line
from portal.plans.keeping.selection import is_open
from portal.plans.models import Plan, PlanEvent
from portal.statements.models import Statement

WEEKS: Final = 12
YEAR: Final = timedelta(days=365)
_WEEK: Final = timedelta(days=7)
_LIVE: Final = [state.value for state in LIVE]
_NOT_ASKED: Final = [
    InstallmentState.SUPERSEDED.value,
    InstallmentState.SKIPPED.value,
    InstallmentState.WAIVED.value,
]
_CAUGHT_UP: Final = [PlanState.ACTIVE.value, PlanState.COMPLETED.value]


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def percent(self) -> int | None:
        """Rounded to a whole one; None of nothing."""
        return (200 * self.part + self.whole) // (2 * self.whole) if self.whole else None


@dataclass(frozen=True, slots=True)
class Rates:
    """Over the last 365 days.

    ``adoption``: of the people who got a statement, those who agreed to a plan. ``on_time``: of the
    installments that fell due, those paid and never missed. ``cure``: of the plans that became past
    due, those that caught up since. ``default``: of the plans agreed to, those that defaulted.
    """

    adoption: Share
    on_time: Share
    cure: Share
    default: Share


@dataclass(frozen=True, slots=True)
class Week:
    """Due by schedules, and paid on lines of plans; from Monday to Sunday."""

    monday: date
    due_cents: int
    collected_cents: int


@dataclass(frozen=True, slots=True)
class WeekToCome:
    """Open installments of live plans. ``expected_cents``: as many as are paid on time by rate."""

    monday: date
    scheduled_cents: int
    expected_cents: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The whole report; ``weeks`` oldest first, this week the last of them."""

    today: date
    rates: Rates
    live_plans: int
    weeks: tuple[Week, ...]
    to_come: tuple[WeekToCome, ...]


def read_figures(session: Session, *, now: datetime, zone: ZoneInfo) -> Figures:
    """As many statements whatever there is."""
    today = now.astimezone(zone).date()
    rates = read_rates(session, today=today, now=now)
    monday = today - timedelta(days=today.weekday())
    first = monday - (WEEKS - 1) * _WEEK
    due = _due_by_week(session, first)
    collected = collected_by_week(session, since=first)
    return Figures(
        today=today,
        rates=rates,
        live_plans=_live_plans(session),
        weeks=tuple(
            Week(one, due.get(one, 0), collected.get(one, 0))
            for one in (first + number * _WEEK for number in range(WEEKS))
        ),
        to_come=tuple(_to_come(session, monday, today, rates.on_time)),
    )


def read_rates(session: Session, *, today: date, now: datetime) -> Rates:
    since = today - YEAR
    return Rates(
        adoption=_adoption(session, since),
        on_time=_on_time(session, since, today),
        cure=_cure(session, now - YEAR),
        default=_default(session, since),
    )


def collected_by_week(session: Session, *, since: date | None = None) -> Mapping[date, int]:
    """What patients paid on lines of plans from the plan's beginning to its end; by Monday."""
    practice_id = practice_of(session)
    query = (
        select(
            _monday(JournalEntryRow.effective_on).label("monday"),
            (-func.sum(PostingRow.amount_cents)).label("cents"),
        )
        .select_from(PlanLine)
        .join(Plan, (Plan.practice_id == practice_id) & (Plan.plan_id == PlanLine.plan_id))
        .join(PostingRow, on_its_line(practice_id))
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == PostingRow.entry_id),
        )
        .where(
            PlanLine.practice_id == practice_id,
            JournalEntryRow.business_event.in_([event.value for event in PATIENTS_MONEY]),
            JournalEntryRow.recorded_at >= Plan.activated_at,
            or_(PlanLine.ended_at.is_(None), JournalEntryRow.recorded_at <= PlanLine.ended_at),
        )
        .group_by("monday")
    )
    if since is not None:
        query = query.where(JournalEntryRow.effective_on >= since)
    return {row.monday: int(row.cents) for row in session.execute(query)}


def _due_by_week(session: Session, since: date) -> Mapping[date, int]:
    """By the schedules of every plan that was agreed to, for as long as it ran."""
    practice_id = practice_of(session)
    asked = PlanInstallment.amount_cents - PlanInstallment.waived_cents
    rows = session.execute(
        select(_monday(PlanInstallment.due_on).label("monday"), func.sum(asked).label("cents"))
        .join(Plan, (Plan.practice_id == practice_id) & (Plan.plan_id == PlanInstallment.plan_id))
        .where(
            PlanInstallment.practice_id == practice_id,
            PlanInstallment.due_on >= since,
            PlanInstallment.state.not_in(_NOT_ASKED),
            Plan.consented_on.is_not(None),
            or_(Plan.ended_at.is_(None), PlanInstallment.due_on <= cast(Plan.ended_at, Date)),
        )
        .group_by("monday")
    )
    return {row.monday: int(row.cents) for row in rows}


def _to_come(session: Session, monday: date, today: date, on_time: Share) -> Iterator[WeekToCome]:
    """From today on. What was paid ahead in part is still in it, until the installment is paid."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(
            _monday(PlanInstallment.due_on).label("monday"),
            func.sum(PlanInstallment.amount_cents - PlanInstallment.waived_cents).label("cents"),
        )
        .join(Plan, (Plan.practice_id == practice_id) & (Plan.plan_id == PlanInstallment.plan_id))
        .where(
            PlanInstallment.practice_id == practice_id,
            PlanInstallment.due_on >= today,
            PlanInstallment.due_on < monday + WEEKS * _WEEK,
            is_open(),
            Plan.state.in_(_LIVE),
        )
        .group_by("monday")
    )
    scheduled = {row.monday: int(row.cents) for row in rows}
    for number in range(WEEKS):
        cents = scheduled.get(monday + number * _WEEK, 0)
        expected = cents * on_time.part // on_time.whole if on_time.whole else cents
        yield WeekToCome(monday + number * _WEEK, cents, expected)


def _monday(day: Any) -> Any:
    return cast(func.date_trunc("week", day), Date)


def _live_plans(session: Session) -> int:
    query = select(func.count()).where(
        Plan.practice_id == practice_of(session), Plan.state.in_(_LIVE)
    )
    return session.scalar(query) or 0


def _adoption(session: Session, since: date) -> Share:
    practice_id = practice_of(session)
    billed = select(Statement.guarantor_id).where(
        Statement.practice_id == practice_id, Statement.as_of >= since
    )
    people = session.scalar(
        select(func.count(Statement.guarantor_id.distinct())).where(
            Statement.practice_id == practice_id, Statement.as_of >= since
        )
    )
    agreed = session.scalar(
        select(func.count(Plan.guarantor_id.distinct())).where(
            Plan.practice_id == practice_id,
            Plan.consented_on >= since,
            Plan.guarantor_id.in_(billed),
        )
    )
    return Share(agreed or 0, people or 0)


def _on_time(session: Session, since: date, today: date) -> Share:
    """One that was missed and paid later is not on time; one that is due today is not judged."""
    practice_id = practice_of(session)
    missed = exists().where(
        PlanEvent.practice_id == practice_id,
        PlanEvent.plan_id == PlanInstallment.plan_id,
        PlanEvent.installment_number == PlanInstallment.number,
        PlanEvent.state == InstallmentState.MISSED.value,
    )
    is_paid = PlanInstallment.state == InstallmentState.PAID.value
    row = session.execute(
        select(func.count().filter(is_paid & ~missed), func.count())
        .select_from(PlanInstallment)
        .join(Plan, (Plan.practice_id == practice_id) & (Plan.plan_id == PlanInstallment.plan_id))
        .where(
            PlanInstallment.practice_id == practice_id,
            PlanInstallment.due_on.between(since, today - timedelta(days=1)),
            PlanInstallment.state.not_in(_NOT_ASKED),
            Plan.consented_on.is_not(None),
            or_(Plan.ended_at.is_(None), PlanInstallment.due_on <= cast(Plan.ended_at, Date)),
        )
    ).one()
    return Share(*row)


def _cure(session: Session, since: datetime) -> Share:
    practice_id = practice_of(session)
    later = aliased(PlanEvent)
    cured = exists().where(
        later.practice_id == practice_id,
        later.plan_id == PlanEvent.plan_id,
        later.installment_number.is_(None),
        later.state.in_(_CAUGHT_UP),
        later.event_id > PlanEvent.event_id,
    )
    plans = func.count(PlanEvent.plan_id.distinct())
    row = session.execute(
        select(plans.filter(cured), plans).where(
            PlanEvent.practice_id == practice_id,
            PlanEvent.installment_number.is_(None),
            PlanEvent.state == PlanState.PAST_DUE.value,
            PlanEvent.occurred_at >= since,
        )
    ).one()
    return Share(*row)


def _default(session: Session, since: date) -> Share:
    row = session.execute(
        select(func.count().filter(Plan.state == PlanState.DEFAULTED.value), func.count()).where(
            Plan.practice_id == practice_of(session), Plan.consented_on >= since
        )
    ).one()
    return Share(*row)
