"""A plan between the tables and the rules: read as domain values, written as its next version."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.db import new_id, practice_of
from portal.domain.plans.agreement import schedule_hash
from portal.domain.plans.cadence import Cadence, Frequency
from portal.domain.plans.progress import PlanProgress, progress_of
from portal.domain.plans.schedule import Installment, InstallmentKind
from portal.domain.plans.states import InstallmentState, PlanState
from portal.domain.plans.versions import PlanVersion
from portal.domain.statement_code import RANDOM_BITS, shown_code, statement_code
from portal.ledger.models import PlanInstallment
from portal.ledger.plan_cover import CoveredPlan, covered_plans
from portal.plans.models import Plan
from portal.plans.models import PlanVersion as PlanVersionRow
from portal.plans.moves import actor_of, lock_plan, move_installment_to, plan_of


@dataclass(frozen=True, slots=True)
class LoadedPlan:
    """A plan as its rules see it, with the rows it came from."""

    plan: Plan
    version: PlanVersion
    rows: dict[int, PlanInstallment]  # by number, those fallen away included
    cover: CoveredPlan

    @property
    def progress(self) -> PlanProgress:
        return progress_of(self.version.installments, paid_cents=self.cover.paid_cents)

    @property
    def states(self) -> dict[int, InstallmentState]:
        """Of each installment of this version."""
        return {
            one.number: InstallmentState(self.rows[one.number].state)
            for one in self.version.installments
        }


def load(session: Session, plan_id: UUID) -> LoadedPlan:
    """Raises PlanNotFoundError."""
    return load_all(session, [plan_of(session, plan_id)])[0]


def load_locked(session: Session, plan_id: UUID) -> LoadedPlan:
    """For changing it, with its guarantor locked. Raises PlanNotFoundError."""
    return load_all(session, [lock_plan(session, plan_id)])[0]


def load_all(session: Session, plans: Collection[Plan]) -> list[LoadedPlan]:
    """Any number of plans in as many statements as one needs."""
    practice_id = practice_of(session)
    plan_ids = [plan.plan_id for plan in plans]
    rows: dict[UUID, dict[int, PlanInstallment]] = {plan_id: {} for plan_id in plan_ids}
    for row in session.scalars(
        select(PlanInstallment).where(
            PlanInstallment.practice_id == practice_id, PlanInstallment.plan_id.in_(plan_ids)
        )
    ):
        rows[row.plan_id][row.number] = row
    kept = session.execute(
        select(PlanVersionRow.plan_id, PlanVersionRow.schedule)
        .join(
            Plan,
            (Plan.practice_id == practice_id)
            & (Plan.plan_id == PlanVersionRow.plan_id)
            & (Plan.version == PlanVersionRow.version),
        )
        .where(PlanVersionRow.practice_id == practice_id, PlanVersionRow.plan_id.in_(plan_ids))
    )
    schedules = {row.plan_id: row.schedule for row in kept}
    covers = covered_plans(session, plan_ids)
    return [
        LoadedPlan(
            plan=plan,
            version=version_from_json(schedules[plan.plan_id]),
            rows=rows[plan.plan_id],
            cover=covers.get(plan.plan_id, CoveredPlan(plan.plan_id, ())),
        )
        for plan in plans
    ]


def write_plan(
    session: Session,
    version: PlanVersion,
    *,
    guarantor_id: UUID,
    is_by_staff: bool,
    now: datetime,
) -> Plan:
    """A new plan that nobody has agreed to: nothing of it counts until then."""
    plan_id = new_id()
    plan = Plan(
        practice_id=practice_of(session),
        plan_id=plan_id,
        guarantor_id=guarantor_id,
        number=plan_number(plan_id),
        state=PlanState.DRAFT.value,
        state_at=now,
        created_at=now,
        created_by=actor_of(session),
        is_by_staff=is_by_staff,
        version=0,
        principal_cents=version.principal_cents,
        misses=[],
    )
    session.add(plan)
    session.flush()
    return plan


def plan_number(plan_id: UUID) -> str:
    """What a plan is called on the phone and on papers; made of its id's chance."""
    return shown_code(statement_code(plan_id.int & (1 << RANDOM_BITS) - 1))


def write_version(
    session: Session,
    plan: Plan,
    version: PlanVersion,
    *,
    change: str,
    now: datetime,
    covers: Iterable[dict[str, Any]],
    consent_id: UUID | None = None,
    detail: str = "",
) -> None:
    """Make a version the one that holds. Installments keep their numbers and states.

    Those that fell away are superseded; what was is kept in the version before.
    """
    plan.version, plan.principal_cents = version.number, version.principal_cents
    plan.consent_id = consent_id or plan.consent_id
    plan.seen_postings = None  # to be looked at
    session.flush()
    session.execute(
        insert(PlanVersionRow).values(
            practice_id=practice_of(session),
            plan_id=plan.plan_id,
            version=version.number,
            guarantor_id=plan.guarantor_id,
            made_at=now,
            made_by=actor_of(session),
            change=change,
            detail=detail,
            principal_cents=version.principal_cents,
            schedule=version_as_json(version),
            covers=list(covers),
            schedule_hash=hash_of(version),
            consent_id=consent_id,
        )
    )
    _write_installments(session, plan, version, now=now)


def hash_of(version: PlanVersion) -> str:
    """What a consent keeps of a version's days and amounts."""
    return schedule_hash(version.installments, cadence=version.cadence)


def version_as_json(version: PlanVersion) -> dict[str, Any]:
    """The whole version, as `plan_versions.schedule` keeps it."""
    return {
        "number": version.number,
        "agreed_on": version.agreed_on.isoformat(),
        "agreed_count": version.agreed_count,
        "last_number": version.last_number,
        "frequency": version.cadence.frequency.value,
        "starts_on": version.cadence.starts_on.isoformat(),
        "days": list(version.cadence.days),
        "moves_off_holidays": version.cadence.moves_off_holidays,
        "installments": [
            {
                "number": one.number,
                "due_on": one.due_on.isoformat(),
                "cents": one.cents,
                "kind": one.kind.value,
                "waived_cents": one.waived_cents,
                "moved_from": one.moved_from.isoformat() if one.moved_from else None,
            }
            for one in version.installments
        ],
    }


def version_from_json(kept: dict[str, Any]) -> PlanVersion:
    """What `version_as_json` wrote."""
    return PlanVersion(
        number=kept["number"],
        agreed_on=date.fromisoformat(kept["agreed_on"]),
        agreed_count=kept["agreed_count"],
        last_number=kept["last_number"],
        cadence=Cadence(
            frequency=Frequency(kept["frequency"]),
            starts_on=date.fromisoformat(kept["starts_on"]),
            days=tuple(kept["days"]),
            moves_off_holidays=kept["moves_off_holidays"],
        ),
        installments=tuple(
            Installment(
                number=one["number"],
                due_on=date.fromisoformat(one["due_on"]),
                cents=one["cents"],
                kind=InstallmentKind(one["kind"]),
                waived_cents=one["waived_cents"],
                moved_from=date.fromisoformat(one["moved_from"]) if one["moved_from"] else None,
            )
            for one in kept["installments"]
        ),
    )


def _write_installments(
    session: Session, plan: Plan, version: PlanVersion, *, now: datetime
) -> None:
    rows = {
        row.number: row
        for row in session.scalars(
            select(PlanInstallment).where(
                PlanInstallment.practice_id == practice_of(session),
                PlanInstallment.plan_id == plan.plan_id,
            )
        )
    }
    for one in version.installments:
        row = rows.pop(one.number, None)
        if row is None:
            row = _new_row(session, plan, one, now=now)
        row.kind, row.due_on, row.moved_from = one.kind.value, one.due_on, one.moved_from
        row.amount_cents, row.waived_cents = one.cents, one.waived_cents
    for gone in rows.values():
        move_installment_to(session, gone, InstallmentState.SUPERSEDED, now=now)
    session.flush()


def _new_row(
    session: Session, plan: Plan, installment: Installment, *, now: datetime
) -> PlanInstallment:
    row = PlanInstallment(
        practice_id=practice_of(session),
        installment_id=new_id(),
        plan_id=plan.plan_id,
        guarantor_id=plan.guarantor_id,
        number=installment.number,
        kind=installment.kind.value,
        due_on=installment.due_on,
        amount_cents=installment.cents,
        waived_cents=installment.waived_cents,
        state=InstallmentState.SCHEDULED.value,
        state_at=now,
    )
    session.add(row)
    return row
