"""Everything that bears on how plans stand, read for any number of them in the same statements."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.account_holds import AccountHoldKind
from portal.domain.charge_schedule import UNDER_WAY, ScheduledState
from portal.domain.plans.change import Changed, Position
from portal.domain.plans.policy import PlanPolicy
from portal.domain.plans.standing import PlanFacts, PlanHold, Standing, evaluate
from portal.domain.plans.states import InstallmentState, PlanState
from portal.domain.plans.sum_changes import correct_principal
from portal.ledger.queries import on_its_way_to_plans_cents
from portal.plans.keeping.asking import with_coming
from portal.plans.keeping.news import Moved, moved
from portal.plans.keeping.notices import not_told_of_end
from portal.plans.models import Plan
from portal.plans.policies import policies_of
from portal.plans.ports import ChargesOfPlans
from portal.plans.standing import miss_from_json
from portal.plans.store import LoadedPlan, load_all
from portal.practice.models import Hold

_OF_ACCOUNTS: Final = {
    AccountHoldKind.DISPUTED.value: PlanHold.DISPUTED,
    AccountHoldKind.ASSISTANCE_PENDING.value: PlanHold.ASSISTANCE_PENDING,
}
_OF_CHARGES: Final = {
    **dict.fromkeys(UNDER_WAY, InstallmentState.PROCESSING),
    ScheduledState.RETRYING: InstallmentState.RETRY_SCHEDULED,
    ScheduledState.FAILED: InstallmentState.FAILED,
    ScheduledState.NEEDS_PATIENT: InstallmentState.FAILED,
}
_BY_CHARGES: Final = frozenset({InstallmentState.PROCESSING, InstallmentState.RETRY_SCHEDULED})


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPlan:
    """A plan with its money, its charges, what stands against it, and the rules it keeps.

    ``charges``: the newest of each installment. ``is_awaiting``: a visit of it is held, most often
    for a corrected decision of the insurance; what it asks for now may not be the last word.
    ``is_untold``: it may end soon, and nobody has been told.
    """

    loaded: LoadedPlan
    policy: PlanPolicy
    coming_cents: int
    charges: Mapping[UUID, ScheduledState]
    holds: frozenset[PlanHold]
    is_awaiting: bool
    is_untold: bool

    @property
    def plan(self) -> Plan:
        return self.loaded.plan

    @property
    def state(self) -> PlanState:
        return PlanState(self.plan.state)

    def position(self, today: date) -> Position:
        """For rules that change it: what is being charged stays as it is."""
        return Position(
            version=self.loaded.version,
            paid_cents=self.loaded.cover.paid_cents,
            charging=frozenset(
                number
                for number, state in self.states(today).items()
                if state is InstallmentState.PROCESSING
            ),
        )

    def states(self, today: date) -> dict[int, InstallmentState]:
        """As on record, and as charges and banks say since."""
        rows = self.loaded.rows
        states = {
            number: _with_charge(state, self.charges.get(rows[number].installment_id))
            for number, state in self.loaded.states.items()
        }
        left = with_coming(self.loaded, coming_cents=self.coming_cents)
        on_their_way = {
            row.installment.number
            for before, row in zip(self.loaded.progress.rows, left.rows, strict=True)
            if before.is_open and not row.is_open and row.installment.due_on <= today
        }
        return states | dict.fromkeys(on_their_way, InstallmentState.PROCESSING)

    @property
    def announced(self) -> frozenset[int]:
        """Numbers of installments whose charge is planned: it is made when its notice has run."""
        return frozenset(
            number
            for number, row in self.loaded.rows.items()
            if self.charges.get(row.installment_id) is ScheduledState.PLANNED
        )

    @property
    def moved(self) -> Moved:
        """Since it was last looked at."""
        return moved(self.loaded)

    @property
    def shortfall_cents(self) -> int:
        """What the schedule asks for above what its lines do: others took it off them."""
        return max(0, self.loaded.progress.left_cents - self.loaded.cover.left_cents)

    def corrected(self, today: date) -> Changed | None:
        """The next version, without what is owed no more; None where there is nothing to change."""
        cents = self.loaded.version.principal_cents - self.shortfall_cents
        result = correct_principal(
            self.position(today), cents, released_cents=self.moved.released_cents
        )
        return result if isinstance(result, Changed) else None

    def standing(self, today: date) -> Standing:
        """By the rules of its day. What awaits a decision is missed by nobody.

        It is judged without what its lines do not ask for now; where they ask for nothing it rests.
        """
        version, holds = self.loaded.version, self.holds
        corrected = self.corrected(today) if self.is_awaiting else None
        is_over = self.state is PlanState.COMPLETED
        if corrected is not None and (is_over or self.loaded.cover.left_cents):
            version = corrected.version
        elif corrected is not None:
            holds |= {PlanHold.ACCOUNT}
        is_resumed = self.state is PlanState.PAUSED and not holds
        facts = PlanFacts(
            version=version,
            paid_cents=self.loaded.cover.paid_cents,
            state=self.state,
            states=self.states(today),
            misses=tuple(miss_from_json(one) for one in self.plan.misses),
            cure_until=self.plan.cure_until,
            cure_days=self.plan.cure_days,
            holds=holds,
            grace_from=today if is_resumed else self.plan.grace_from,
            announced=self.announced,
            is_untold=self.is_untold,
        )
        found = evaluate(facts, policy=self.policy, today=today)
        judged = {one.number: found.states[one.number] for one in version.installments}
        return replace(found, states={**facts.states, **judged})


def facts_of(
    session: Session, plan_ids: Collection[UUID], *, charges: ChargesOfPlans, today: date
) -> list[KeptPlan]:
    """Of those that were agreed to."""
    plans = session.scalars(
        select(Plan)
        .where(
            Plan.practice_id == practice_of(session),
            Plan.plan_id.in_(plan_ids),
            Plan.consented_on.is_not(None),
        )
        .order_by(Plan.plan_id)
    ).all()
    return facts_of_plans(session, plans, charges=charges, today=today)


def facts_of_plans(
    session: Session, plans: Sequence[Plan], *, charges: ChargesOfPlans, today: date
) -> list[KeptPlan]:
    """The same of rows that were read, or locked, before."""
    plan_ids = [plan.plan_id for plan in plans]
    policies = policies_of(session, plans)
    coming = on_its_way_to_plans_cents(session, plan_ids)
    charged = charges(session, plan_ids)
    holds = _account_holds(session, {plan.guarantor_id for plan in plans})
    loaded, untold = load_all(session, plans), not_told_of_end(session, plans)
    held = _held_claims(
        session, {line.target.claim_id for one in loaded for line in one.cover.lines}
    )
    return [
        KeptPlan(
            loaded=one,
            policy=policies[one.plan.plan_id],
            coming_cents=coming.get(one.plan.plan_id, 0),
            charges=charged,
            holds=_holds(one.plan, holds.get(one.plan.guarantor_id, frozenset()), today),
            is_awaiting=any(line.target.claim_id in held for line in one.cover.lines),
            is_untold=one.plan.plan_id in untold,
        )
        for one in loaded
    ]


def _with_charge(state: InstallmentState, charge: ScheduledState | None) -> InstallmentState:
    """A charge that is over, stopped or to come leaves an installment as it is without one."""
    if charge in _OF_CHARGES:
        return _OF_CHARGES[charge]
    return InstallmentState.DUE if state in _BY_CHARGES else state


def _holds(plan: Plan, of_account: Collection[PlanHold], today: date) -> frozenset[PlanHold]:
    """Those of the person, and the one that staff put on this plan until a day."""
    is_over = plan.paused_until is not None and plan.paused_until < today
    own = {PlanHold(plan.paused_reason)} if plan.paused_reason and not is_over else set()
    return frozenset(own.union(of_account))


def _account_holds(
    session: Session, guarantor_ids: Collection[UUID]
) -> dict[UUID, frozenset[PlanHold]]:
    rows = session.execute(
        select(Hold.guarantor_id, Hold.kind).where(
            Hold.practice_id == practice_of(session),
            Hold.guarantor_id.in_(guarantor_ids),
            Hold.claim_id.is_(None),
            Hold.released_at.is_(None),
        )
    )
    found: dict[UUID, frozenset[PlanHold]] = {}
    for row in rows:
        hold = _OF_ACCOUNTS.get(row.kind, PlanHold.ACCOUNT)
        found[row.guarantor_id] = found.get(row.guarantor_id, frozenset()) | {hold}
    return found


def _held_claims(session: Session, claim_ids: Collection[UUID | None]) -> frozenset[UUID | None]:
    rows = session.scalars(
        select(Hold.claim_id).where(
            Hold.practice_id == practice_of(session),
            Hold.claim_id.in_(claim_ids),
            Hold.released_at.is_(None),
        )
    )
    return frozenset(rows)
