"""How payment plans stand: what is paid, on its way, due and left. Read by statements and payments.

Every amount is a sum of postings or of money on its way, filled into the installments in order.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import String, Uuid, column, select, table
from sqlalchemy.orm import Session

from portal.db import SCHEMA, practice_of
from portal.domain.plans.progress import PlanProgress, progress_of
from portal.domain.plans.schedule import Installment, InstallmentKind
from portal.domain.plans.states import InstallmentState
from portal.ledger.models import PlanInstallment, PlanLine
from portal.ledger.plan_cover import CoveredPlan, covered_plans, installments
from portal.ledger.queries import on_its_way_to_plans_cents

_PLANS = table(  # of a feature above: only the name that people know a plan by
    "plans",
    column("practice_id", Uuid),
    column("plan_id", Uuid),
    column("number", String),
    schema=SCHEMA,
)


@dataclass(frozen=True, slots=True)
class PlanDue:
    """What one installment asks for, or a payment pays of it, and what then stays of it."""

    due_on: date
    cents: int
    stays_cents: int = 0


@dataclass(frozen=True, slots=True)
class PlanStanding:
    """A plan and its money. ``coming_cents`` is on its way from banks and counts as paid here.

    ``is_standing``: it covers its lines now; of one that is over nothing is asked.
    """

    plan_id: UUID
    guarantor_id: UUID
    number: str
    is_standing: bool
    covered: CoveredPlan
    coming_cents: int
    schedule: tuple[Installment, ...]

    @property
    def principal_cents(self) -> int:
        return sum(one.asked_cents for one in self.schedule)

    @property
    def paid_cents(self) -> int:
        """What has arrived."""
        return self.covered.paid_cents

    @property
    def left_cents(self) -> int:
        """What may still be paid towards it: never more than its lines or its schedule ask for."""
        if not self.is_standing:
            return 0
        on_lines_cents = self.covered.left_cents - self.coming_cents
        return max(0, min(on_lines_cents, self.progress.left_cents))

    @property
    def dues(self) -> tuple[PlanDue, ...]:
        """What is still to come, in order of its days: together what is left."""
        return self.pays(self.left_cents)

    @property
    def next_due(self) -> PlanDue | None:
        """What is asked for first; None when nothing is left."""
        return next(iter(self.dues), None)

    @property
    def progress(self) -> PlanProgress:
        """What has arrived, and what is on its way, filled into the installments."""
        return progress_of(self.schedule, paid_cents=self.paid_cents + self.coming_cents)

    def past_due_cents(self, today: date) -> int:
        """Of what is left, all whose day has passed."""
        return sum(one.cents for one in self.dues if one.due_on < today)

    def pays(self, cents: int) -> tuple[PlanDue, ...]:
        """Which installments a further payment of so much would pay, the oldest first."""
        return tuple(
            PlanDue(row.installment.due_on, part, row.left_cents - part)
            for row, part in self.progress.paid_by(cents)
        )


def standing_plans(session: Session, guarantor_id: UUID) -> tuple[PlanStanding, ...]:
    """The plans that cover lines of a guarantor now, in the order in which they were made."""
    plan_ids = session.scalars(
        select(PlanLine.plan_id)
        .where(
            PlanLine.practice_id == practice_of(session),
            PlanLine.guarantor_id == guarantor_id,
            PlanLine.ended_at.is_(None),
        )
        .distinct()
    ).all()
    found = plan_standings(session, plan_ids) if plan_ids else {}
    return tuple(found[plan_id] for plan_id in sorted(found))


def plan_standings(session: Session, plan_ids: Collection[UUID]) -> Mapping[UUID, PlanStanding]:
    """Of those this principal may see; plans that are over are among them."""
    numbers = plan_numbers(session, plan_ids)
    covered = covered_plans(session, tuple(numbers))
    coming = on_its_way_to_plans_cents(session, tuple(numbers))
    rows: dict[UUID, list[PlanInstallment]] = {plan_id: [] for plan_id in numbers}
    for row in installments(session, tuple(numbers)):
        rows[row.plan_id].append(row)
    return {
        plan_id: PlanStanding(
            plan_id=plan_id,
            guarantor_id=cover.lines[0].guarantor_id,
            number=numbers[plan_id],
            is_standing=any(line.is_standing for line in cover.lines),
            covered=cover,
            coming_cents=coming.get(plan_id, 0),
            schedule=_schedule(rows[plan_id]),
        )
        for plan_id, cover in covered.items()
    }


def plan_numbers(session: Session, plan_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """What people call each of these plans."""
    if not plan_ids:
        return {}
    rows = session.execute(
        select(_PLANS.c.plan_id, _PLANS.c.number).where(
            _PLANS.c.practice_id == practice_of(session), _PLANS.c.plan_id.in_(plan_ids)
        )
    )
    return {row.plan_id: row.number for row in rows}


def _schedule(rows: Sequence[PlanInstallment]) -> tuple[Installment, ...]:
    return tuple(
        Installment(
            number=row.number,
            due_on=row.due_on,
            cents=row.amount_cents,
            kind=InstallmentKind(row.kind),
            waived_cents=row.waived_cents,
            moved_from=row.moved_from,
        )
        for row in rows
        if row.state != InstallmentState.SUPERSEDED.value
    )
