"""What a person may spread over time today: open lines nothing else asks for, and the rules."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.journal import Target
from portal.domain.plans.offers import Ground, has_room
from portal.domain.plans.policy import NewBalances, PlanPolicy
from portal.domain.plans.states import LIVE
from portal.ledger.plan_cover import LineToCover, covered_targets, shares_beside_plans
from portal.plans.models import Plan
from portal.plans.policies import pack_of, policy_for
from portal.plans.ports import ComingToLines
from portal.practice.claims import has_account_hold
from portal.practice.contact import practice_contact, practice_day


class NoPlanBecause(StrEnum):
    """Why no plan can be set up now, whatever is chosen."""

    ON_HOLD = "on_hold"
    NOTHING_OPEN = "nothing_open"
    TOO_MANY_PLANS = "too_many_plans"


@dataclass(frozen=True, slots=True)
class LivePlan:
    """One that runs beside what is chosen now."""

    plan_id: UUID
    number: str


@dataclass(frozen=True, slots=True)
class Footing:
    """``lines`` are all that may be spread; ``ground`` rests on those that were chosen."""

    lines: tuple[LineToCover, ...]
    chosen: tuple[LineToCover, ...]
    ground: Ground
    live: tuple[LivePlan, ...]
    refusal: NoPlanBecause | None

    @property
    def policy(self) -> PlanPolicy:
        return self.ground.policy


def footing(
    session: Session,
    guarantor_id: UUID,
    *,
    coming: ComingToLines,
    today: date,
    claim_ids: Collection[UUID] | None = None,
) -> Footing:
    """``claim_ids``: the visits that were chosen; None stands for all of them."""
    lines = lines_to_cover(session, guarantor_id, coming=coming)
    chosen = tuple(line for line in lines if claim_ids is None or line.target.claim_id in claim_ids)
    policy = policy_for(session, guarantor_id, on=today)
    live = _live(session, guarantor_id)
    return Footing(
        lines=lines,
        chosen=chosen,
        ground=Ground(
            balance_cents=sum(line.covered_cents for line in chosen),
            policy=policy,
            pack=pack_of(session, guarantor_id, on=today),
            today=today,
        ),
        live=live,
        refusal=_refusal(session, guarantor_id, lines, policy=policy, live_plans=len(live)),
    )


def lines_to_cover(
    session: Session, guarantor_id: UUID, *, coming: ComingToLines
) -> tuple[LineToCover, ...]:
    """Open, on no plan, and not on their way from a bank; what of a line is, stands apart."""
    on_plans = covered_targets(session, guarantor_id)
    on_its_way = coming(session, guarantor_id)
    lines = []
    for share in shares_beside_plans(session, guarantor_id):
        target = Target(share.claim_id, share.charge_id)
        apart_cents = min(on_its_way.get(target, 0), max(share.open_cents, 0))
        line = LineToCover(target, share.open_cents - apart_cents, apart_cents)
        if target not in on_plans and line.covered_cents > 0:
            lines.append(line)
    return tuple(lines)


def practice_today(session: Session, now: datetime) -> date:
    """The day where the practice is: every rule of a plan counts in such days."""
    return practice_day(practice_contact(session), now=now)


def _live(session: Session, guarantor_id: UUID) -> tuple[LivePlan, ...]:
    rows = session.execute(
        select(Plan.plan_id, Plan.number)
        .where(
            Plan.practice_id == practice_of(session),
            Plan.guarantor_id == guarantor_id,
            Plan.state.in_([state.value for state in LIVE]),
        )
        .order_by(Plan.plan_id)
    )
    return tuple(LivePlan(row.plan_id, row.number) for row in rows)


def _refusal(
    session: Session,
    guarantor_id: UUID,
    lines: Sequence[LineToCover],
    *,
    policy: PlanPolicy,
    live_plans: int,
) -> NoPlanBecause | None:
    if has_account_hold(session, guarantor_id):
        return NoPlanBecause.ON_HOLD
    if not lines:
        return NoPlanBecause.NOTHING_OPEN
    if live_plans and policy.new_balances is NewBalances.HOLD:
        return NoPlanBecause.TOO_MANY_PLANS
    return None if has_room(policy, live_plans=live_plans) else NoPlanBecause.TOO_MANY_PLANS
