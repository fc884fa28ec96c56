"""What a person may want of a plan that runs, and what the rules make of each wish."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.plans.change import Changed, ChangeKind, Position
from portal.domain.plans.changes import move_date, pay_ahead, skip
from portal.domain.plans.policy import NewBalances, Overpayment
from portal.domain.plans.refusal import Refusal, RefusalCode
from portal.domain.plans.staff_changes import NewTerms, new_terms, re_age
from portal.domain.plans.states import PlanState
from portal.domain.plans.sum_changes import Addition, add_balance
from portal.ledger.plan_cover import LineToCover
from portal.plans.keeping.facts import KeptPlan
from portal.plans.models import Plan, PlanVersion
from portal.plans.offering.footing import lines_to_cover
from portal.plans.policies import pack_of
from portal.plans.ports import ComingToLines
from portal.plans.rows import beyond_next_cents
from portal.practice.models import Practice


@dataclass(frozen=True, slots=True)
class MoveDate:
    """One payment to another day."""

    number: int
    to: date


@dataclass(frozen=True, slots=True)
class SkipOnce:
    """One payment to the end."""

    number: int


@dataclass(frozen=True, slots=True)
class UseAhead:
    """What was paid beyond the next payment: a sooner end, or smaller payments."""

    how: Overpayment


@dataclass(frozen=True, slots=True)
class AddVisits:
    """Visits that are open and on no plan."""

    claim_ids: frozenset[UUID]
    how: Addition


@dataclass(frozen=True, slots=True)
class Renegotiate:
    """What is left in other parts: staff ask for it, the person agrees to it."""

    terms: NewTerms


@dataclass(frozen=True, slots=True)
class BeginAnew:
    """What is late, and all that follows, from the next day of the rhythm on. Staff's too."""


_KEPT_APART: Final = frozenset({NewBalances.SEPARATE, NewBalances.HOLD})

Wish = MoveDate | SkipOnce | UseAhead | AddVisits | Renegotiate | BeginAnew


@dataclass(frozen=True, slots=True)
class Outcome:
    """What comes of a wish. ``lines`` are those the plan takes in by it."""

    result: Changed | Refusal
    lines: tuple[LineToCover, ...] = ()


def outcome_of(
    session: Session, kept: KeptPlan, wish: Wish, *, coming: ComingToLines, today: date
) -> Outcome:
    """By the policy of the day on which the plan was agreed to."""
    position = position_of(kept, today)
    if isinstance(wish, MoveDate):
        return Outcome(
            move_date(position, wish.number, to=wish.to, policy=kept.policy, today=today)
        )
    if isinstance(wish, SkipOnce):
        days = _changed_on(session, kept.plan, ChangeKind.SKIPPED)
        return Outcome(
            skip(position, wish.number, policy=kept.policy, today=today, skipped_on=days)
        )
    if isinstance(wish, UseAhead):
        return Outcome(_used_ahead(kept, wish.how, today))
    if isinstance(wish, Renegotiate | BeginAnew):
        return Outcome(_by_staff(session, kept, wish, today))
    return _with_visits(session, kept, wish, coming=coming, today=today)


def position_of(kept: KeptPlan, today: date) -> Position:
    """With what is on its way as if it had arrived: it is neither moved nor asked for again."""
    position = kept.position(today)
    return replace(position, paid_cents=position.paid_cents + kept.coming_cents)


def visits_to_add(
    session: Session, kept: KeptPlan, *, coming: ComingToLines
) -> tuple[LineToCover, ...]:
    """Open visits that may join a plan; none while it rests, or where new bills are kept apart."""
    rests = kept.holds or kept.state is PlanState.PAUSED
    if rests or kept.policy.new_balances in _KEPT_APART:
        return ()
    return lines_to_cover(session, kept.plan.guarantor_id, coming=coming)


def _used_ahead(kept: KeptPlan, how: Overpayment, today: date) -> Changed | Refusal:
    cents = beyond_next_cents(kept, today)
    if not cents:
        return Refusal(RefusalCode.NOTHING_TO_CHANGE)
    position = kept.position(today)
    before = replace(position, paid_cents=position.paid_cents - cents)
    return pay_ahead(before, cents, how=how, policy=kept.policy, today=today)


def _by_staff(
    session: Session, kept: KeptPlan, wish: Renegotiate | BeginAnew, today: date
) -> Changed | Refusal:
    position = position_of(kept, today)
    if isinstance(wish, BeginAnew):
        days = _changed_on(session, kept.plan, ChangeKind.RE_AGED)
        return re_age(position, policy=kept.policy, today=today, reaged_on=days)
    pack = pack_of(session, kept.plan.guarantor_id, on=today)
    return new_terms(position, wish.terms, policy=kept.policy, pack=pack, today=today)


def _with_visits(
    session: Session, kept: KeptPlan, wish: AddVisits, *, coming: ComingToLines, today: date
) -> Outcome:
    guarantor_id = kept.plan.guarantor_id
    lines = tuple(
        line
        for line in visits_to_add(session, kept, coming=coming)
        if line.target.claim_id in wish.claim_ids
    )
    result = add_balance(
        position_of(kept, today),
        sum(line.covered_cents for line in lines),
        how=wish.how,
        policy=kept.policy,
        pack=pack_of(session, guarantor_id, on=today),
        today=today,
    )
    return Outcome(result, lines)


def _changed_on(session: Session, plan: Plan, kind: ChangeKind) -> Sequence[date]:
    practice_id = practice_of(session)
    zone = ZoneInfo(
        session.scalars(select(Practice.time_zone).where(Practice.practice_id == practice_id)).one()
    )
    made_at = session.scalars(
        select(PlanVersion.made_at).where(
            PlanVersion.practice_id == practice_id,
            PlanVersion.plan_id == plan.plan_id,
            PlanVersion.change == kind.value,
        )
    )
    return [at.astimezone(zone).date() for at in made_at]


def as_fields(wish: Wish) -> Mapping[str, str | Sequence[str]]:
    """As the form of a check page carries it, to be read and judged again."""
    if isinstance(wish, MoveDate):
        return {"day": wish.to.isoformat()}
    if isinstance(wish, SkipOnce | BeginAnew):
        return {}
    if isinstance(wish, Renegotiate):
        terms = wish.terms
        return {
            "count": str(terms.count),
            "frequency": terms.frequency.value,
            "first_on": terms.first_due_on.isoformat(),
        }
    if isinstance(wish, UseAhead):
        return {"how": wish.how.value}
    return {"how": wish.how.value, "visit": sorted(map(str, wish.claim_ids))}
