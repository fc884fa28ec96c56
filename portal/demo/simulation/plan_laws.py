"""What must hold for plans on every day, whatever has happened: looked at from the rows, not asked.

A law about one plan speaks of rows of whoever pays it, and of nothing that passes by itself: where
none of their rows is new it holds as it did. So it is looked at where something befell somebody
(`plan_events_since.py`), and, should an event be missing there, of everybody now and then. What
passes with the day is asked of what is due.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.collections.agency.candidates import candidates
from portal.db import practice_of
from portal.demo.simulation.plan_credit_law import late_for_what_we_hold
from portal.demo.simulation.plan_events_since import whom_something_befell
from portal.domain.account_holds import AccountHoldKind
from portal.domain.charge_schedule import TO_COME, UNDER_WAY, ScheduledReason, ScheduledState
from portal.domain.journal import BusinessEvent, Target
from portal.domain.payment_status import PaymentState
from portal.domain.plans.agency import AgencyReason
from portal.domain.plans.states import LIVE, PlanState
from portal.ledger.models import Allocation, JournalEntryRow, PlacedLine, PlanInstallment, PlanLine
from portal.payments.methods.on_file import kinds_of_methods
from portal.payments.models import Payment
from portal.payments.scheduled.models import ScheduledPayment, ScheduledTry
from portal.payments.service import LEAST_CENTS
from portal.plans.keeping.installments import installment_due
from portal.plans.keeping.selection import is_open, with_news
from portal.plans.models import Plan, PlanEvent
from portal.plans.store import LoadedPlan, load_all
from portal.practice.models import Hold

_LONGEST_ON_ITS_WAY: Final = timedelta(days=21)
_SKIPPED_AFTER: Final = 14
"""Days with a worker: an account's notice is given ten days before, and a late one moves the day.

A mail server that is away, an answer that was lost and a worker that died cost the others.
"""
_PROTECTED: Final = (AccountHoldKind.DISPUTED.value, AccountHoldKind.ASSISTANCE_PENDING.value)
_OF_THE_NOTICE: Final = frozenset({AgencyReason.NOT_NOTICED, AgencyReason.NOTICE_RUNS})
_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
_TO_BE_PLANNED_AGAIN: Final = frozenset(
    {ScheduledReason.PLAN_CHANGED, ScheduledReason.ON_HOLD, ScheduledReason.DISPUTED}
)


@dataclass(slots=True)
class PlanLaws:
    """Remembers what was seen; ``broken`` says what did not hold, and ``skipped`` what waited."""

    broken: list[str] = field(default_factory=list)
    skipped: set[UUID] = field(default_factory=set)
    charged_twice: set[UUID] = field(default_factory=set)
    _waited: Counter[UUID] = field(default_factory=Counter)
    _looked_at: datetime = _LONG_AGO

    def look(self, session: Session, *, today: date, now: datetime, everybody: bool) -> None:
        """At the end of a day on which the jobs ran; of ``everybody``, whatever befell them."""
        people = None if everybody else whom_something_befell(session, since=self._looked_at)
        unseen = set(with_news(session, now=now))
        plans = _agreed_plans(session, people)
        for loaded in load_all(session, plans):
            named = f"{now:%Y-%m-%d} plan {loaded.plan.plan_id}"
            is_read = loaded.plan.plan_id not in unseen
            self.broken += (f"{named}: {what}" for what in _broken(loaded, is_read=is_read))
        self.broken += _defaulted_while_protected(session, since=self._looked_at)
        self.broken += _at_an_agency(session)
        self.broken += late_for_what_we_hold(session, unread=unseen)
        self.charged_twice |= set(_charged_twice(session, people))
        self._count_waiting(session, today)
        if everybody:
            self.broken += _could_go_to_an_agency(session, today)
        self._looked_at = now

    def _count_waiting(self, session: Session, today: date) -> None:
        """Due, asked for, to be charged: and nobody did, nor asks whoever pays.

        The product is asked only about those that no charge serves.
        """
        waiting = {
            installment_id
            for installment_id in _not_served(session, today)
            if _is_asked(session, installment_id, today)
        }
        for installment_id in [one for one in self._waited if one not in waiting]:
            del self._waited[installment_id]
        self._waited.update(waiting)
        self.skipped |= {one for one, days in self._waited.items() if days > _SKIPPED_AFTER}


def _agreed_plans(session: Session, people: Collection[UUID] | None) -> Sequence[Plan]:
    """Of these people; None: of all."""
    plans = select(Plan).where(
        Plan.practice_id == practice_of(session), Plan.consented_on.is_not(None)
    )
    if people is not None:
        plans = plans.where(Plan.guarantor_id.in_(people))
    return session.scalars(plans).all()


def _broken(loaded: LoadedPlan, *, is_read: bool) -> Iterator[str]:
    """Of one plan. ``is_read``: nothing was posted to its lines that it has not taken in."""
    version, progress, plan = loaded.version, loaded.progress, loaded.plan
    if sum(one.cents for one in version.installments) != plan.principal_cents:
        yield "its installments are not its principal"
    accounted = progress.paid_cents + progress.left_cents + progress.waived_cents
    if accounted != plan.principal_cents:
        yield f"paid, left and waived are {accounted}, not {plan.principal_cents}"
    if plan.consented_on is None or any(
        one.due_on < plan.consented_on for one in version.installments
    ):
        yield "something was due before it was agreed to"
    if any(line.open_cents < 0 for line in loaded.cover.lines) and is_read:
        yield "a line of it holds a credit that nobody is told of"
    if PlanState(plan.state) in LIVE and is_read and plan.seen_postings is not None:
        yield from _against_its_lines(loaded)


def _against_its_lines(loaded: LoadedPlan) -> Iterator[str]:
    """The schedule and the postings say the same."""
    asked = sum(max(0, line.open_cents + line.since_paid_cents) for line in loaded.cover.lines)
    principal = loaded.version.principal_cents - loaded.version.waived_cents
    if principal > asked:
        yield f"it is {principal} over lines that asked for {asked}"
    if loaded.progress.left_cents != loaded.cover.left_cents:
        left = loaded.cover.left_cents
        yield f"its schedule asks for {loaded.progress.left_cents}, its lines for {left}"


def _defaulted_while_protected(session: Session, *, since: datetime) -> Iterator[str]:
    practice_id = practice_of(session)
    rows = session.scalars(
        select(PlanEvent.plan_id)
        .join(
            Hold,
            (Hold.practice_id == practice_id) & (Hold.guarantor_id == PlanEvent.guarantor_id),
        )
        .where(
            PlanEvent.practice_id == practice_id,
            PlanEvent.installment_number.is_(None),
            PlanEvent.state == PlanState.DEFAULTED.value,
            PlanEvent.occurred_at > since,
            Hold.kind.in_(_PROTECTED),
            Hold.placed_at <= PlanEvent.occurred_at,
            or_(Hold.released_at.is_(None), Hold.released_at > PlanEvent.occurred_at),
        )
    )
    for plan_id in rows:
        yield f"plan {plan_id} was ended while nothing might be asked"


def _at_an_agency(session: Session) -> Iterator[str]:
    practice_id = practice_of(session)
    rows = session.scalars(
        select(PlanLine.plan_id)
        .join(
            PlacedLine,
            (PlacedLine.practice_id == practice_id)
            & (PlacedLine.guarantor_id == PlanLine.guarantor_id)
            & (PlacedLine.claim_id == PlanLine.claim_id)
            & PlacedLine.charge_id.is_not_distinct_from(PlanLine.charge_id),
        )
        .where(
            PlanLine.practice_id == practice_id,
            PlanLine.ended_at.is_(None),
            PlacedLine.recalled_at.is_(None),
        )
    )
    for plan_id in rows:
        yield f"a line of plan {plan_id} is at an agency"


def _could_go_to_an_agency(session: Session, today: date) -> Iterator[str]:
    standing = select(PlanLine.claim_id, PlanLine.charge_id).where(
        PlanLine.practice_id == practice_of(session), PlanLine.ended_at.is_(None)
    )
    on_plans = {Target(row.claim_id, row.charge_id) for row in session.execute(standing)}
    for one in candidates(session, today=today):
        reasons = {refusal.reason for refusal in one.refusals}
        if reasons <= _OF_THE_NOTICE and on_plans & one.targets.keys():
            yield f"visit {one.claim_number} is on a plan, and offered to an agency"


def _charged_twice(session: Session, people: Collection[UUID] | None) -> Sequence[UUID]:
    """Installments with another charge that came, though their plans had what was due.

    One may be charged again where an older one, opened anew by money that went back, took of it.
    """
    practice_id = practice_of(session)
    query = (
        select(
            ScheduledPayment.installment_id,
            ScheduledPayment.plan_id,
            func.max(ScheduledTry.tried_on).label("last_on"),
            func.count(ScheduledTry.tried_on.distinct()).label("days"),
            func.count().label("times"),
        )
        .join(
            ScheduledTry,
            (ScheduledTry.practice_id == practice_id)
            & (ScheduledTry.scheduled_id == ScheduledPayment.scheduled_id),
        )
        .join(
            Payment,
            (Payment.practice_id == practice_id) & (Payment.payment_id == ScheduledTry.payment_id),
        )
        .where(
            ScheduledPayment.practice_id == practice_id,
            ScheduledPayment.installment_id.is_not(None),
            Payment.state.in_([PaymentState.SUCCEEDED.value, PaymentState.SUSPENDED.value]),
        )
        .group_by(ScheduledPayment.installment_id, ScheduledPayment.plan_id)
        .having(func.count() > 1)
    )
    if people is not None:
        query = query.where(ScheduledPayment.guarantor_id.in_(people))
    return [
        row.installment_id
        for row in session.execute(query).all()
        if row.times > row.days
        or _charged_cents(session, row.plan_id, row.last_on)
        > _due_cents(session, row.plan_id, row.last_on)
    ]


def _charged_cents(session: Session, plan_id: UUID, day: date) -> int:
    """What a plan's charges up to a day pay on lines: less what went back, or became a credit.

    A credit is the plan's no more, whatever it pays later.
    """
    practice_id = practice_of(session)
    query = (
        select(func.sum(Allocation.amount_cents))
        .join(
            Payment,
            (Payment.practice_id == practice_id) & (Payment.payment_id == Allocation.payment_id),
        )
        .join(
            ScheduledTry,
            (ScheduledTry.practice_id == practice_id)
            & (ScheduledTry.payment_id == Payment.payment_id),
        )
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == Allocation.entry_id),
        )
        .where(
            Allocation.practice_id == practice_id,
            Allocation.claim_id.is_not(None),
            JournalEntryRow.business_event != BusinessEvent.CREDIT_APPLIED.value,
            Payment.plan_id == plan_id,
            ScheduledTry.tried_on <= day,
        )
    )
    return int(session.scalar(query) or 0)


def _due_cents(session: Session, plan_id: UUID, day: date) -> int:
    """What had fallen due by then."""
    query = select(func.sum(PlanInstallment.amount_cents)).where(
        PlanInstallment.practice_id == practice_of(session),
        PlanInstallment.plan_id == plan_id,
        PlanInstallment.due_on <= day,
    )
    return int(session.scalar(query) or 0)


def _not_served(session: Session, today: date) -> Iterator[UUID]:
    """Installments that are due and have no charge, of live plans that charge by themselves.

    Of plans with an open one: which of theirs money has paid is for the product to say.
    """
    practice_id = practice_of(session)
    held = select(Hold.guarantor_id).where(
        Hold.practice_id == practice_id,
        Hold.guarantor_id.is_not(None),
        Hold.claim_id.is_(None),
        Hold.released_at.is_(None),
    )
    late = select(PlanInstallment.plan_id).where(
        PlanInstallment.practice_id == practice_id, PlanInstallment.due_on <= today, is_open()
    )
    rows = session.execute(
        select(PlanInstallment.installment_id, ScheduledPayment)
        .join(Plan, (Plan.practice_id == practice_id) & (Plan.plan_id == PlanInstallment.plan_id))
        .outerjoin(
            ScheduledPayment,
            (ScheduledPayment.practice_id == practice_id)
            & (ScheduledPayment.installment_id == PlanInstallment.installment_id),
        )
        .where(
            PlanInstallment.practice_id == practice_id,
            PlanInstallment.due_on <= today,
            PlanInstallment.plan_id.in_(late),
            Plan.state.in_([state.value for state in LIVE]),
            Plan.method_id.is_not(None),
            Plan.guarantor_id.not_in(held),
        )
        .order_by(ScheduledPayment.scheduled_id)
    )
    charges: dict[UUID, list[ScheduledPayment | None]] = {}
    for row in rows:
        charges.setdefault(row.installment_id, []).append(row.ScheduledPayment)
    for installment_id, (*before, newest) in charges.items():
        is_left = newest is None or _is_left(newest, today)
        if is_left and not _is_asked_of_payer(session, before):
            yield installment_id


def _is_asked(session: Session, installment_id: UUID, today: date) -> bool:
    """By the product, and enough of it to be charged."""
    due = installment_due(session, installment_id, method_kinds=kinds_of_methods)
    return due is not None and due.due_on <= today and due.due_cents >= LEAST_CENTS


def _is_asked_of_payer(session: Session, before: Sequence[ScheduledPayment | None]) -> bool:
    """A charge of it came, and not all of that money pays lines still: it went back, or is credit.

    It is not taken again by itself (`charge_schedule.may_follow`): whoever pays is told it is late.
    """
    practice_id = practice_of(session)
    for charge in before:
        if charge is None or charge.state != ScheduledState.PAID.value:
            continue
        on_lines = select(func.sum(Allocation.amount_cents)).where(
            Allocation.practice_id == practice_id,
            Allocation.payment_id == Payment.payment_id,
            Allocation.claim_id.is_not(None),
        )
        elsewhere = session.scalar(
            select(func.count())
            .select_from(ScheduledTry)
            .join(
                Payment,
                (Payment.practice_id == practice_id)
                & (Payment.payment_id == ScheduledTry.payment_id),
            )
            .where(
                ScheduledTry.practice_id == practice_id,
                ScheduledTry.scheduled_id == charge.scheduled_id,
                Payment.settled_at.is_not(None),
                func.coalesce(on_lines.scalar_subquery(), 0) < Payment.amount_cents,
            )
        )
        if elsewhere:
            return True
    return False


def _is_left(charge: ScheduledPayment, today: date) -> bool:
    """Whether nobody does anything about it: neither the jobs, nor whoever was asked."""
    state = ScheduledState(charge.state)
    if state in TO_COME:
        return charge.next_try_on < today
    if state in UNDER_WAY:
        return charge.state_at.date() < today - _LONGEST_ON_ITS_WAY
    if state is ScheduledState.STOPPED:
        return ScheduledReason(charge.reason) in _TO_BE_PLANNED_AGAIN
    return state is ScheduledState.NOT_NEEDED


def count_installments(session: Session) -> int:
    """Of all plans that were agreed to, those included that fell away."""
    practice_id = practice_of(session)
    query = (
        select(func.count())
        .select_from(PlanInstallment)
        .join(Plan, (Plan.practice_id == practice_id) & (Plan.plan_id == PlanInstallment.plan_id))
        .where(PlanInstallment.practice_id == practice_id, Plan.consented_on.is_not(None))
    )
    return session.scalar(query) or 0
