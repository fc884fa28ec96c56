"""Every change of a plan's state: under its payer's lock, along the table, with an event row."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.db import PrincipalKind, new_id, practice_of, principal_of
from portal.domain.plans.states import (
    InstallmentState,
    PlanState,
    is_installment_move,
    is_plan_move,
)
from portal.ledger.models import PlanInstallment
from portal.plans.models import Plan, PlanEvent
from portal.practice.models import Guarantor


class PlanNotFoundError(LookupError):
    """No such plan, or not this person's."""


def plan_of(session: Session, plan_id: UUID) -> Plan:
    """As it is now, unlocked. Raises PlanNotFoundError."""
    found = session.scalar(
        select(Plan).where(Plan.practice_id == practice_of(session), Plan.plan_id == plan_id)
    )
    if found is None:
        raise PlanNotFoundError(plan_id)
    return found


def lock_plan(session: Session, plan_id: UUID) -> Plan:
    """The plan with its guarantor locked: no payment of theirs settles meanwhile.

    Raises PlanNotFoundError.
    """
    lock_payer(session, plan_of(session, plan_id).guarantor_id)
    return session.scalars(
        select(Plan)
        .where(Plan.practice_id == practice_of(session), Plan.plan_id == plan_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def lock_payer(session: Session, guarantor_id: UUID) -> None:
    """Taken before a plan's own lock, as payments take it before theirs."""
    found = session.scalar(
        select(Guarantor.guarantor_id)
        .where(
            Guarantor.practice_id == practice_of(session), Guarantor.guarantor_id == guarantor_id
        )
        .with_for_update(key_share=True)
    )
    if found is None:
        raise PlanNotFoundError(guarantor_id)


def move_plan_to(
    session: Session, plan: Plan, state: PlanState, *, now: datetime, detail: str = ""
) -> bool:
    """Move a locked plan and write the event; false when it is there already.

    Raises UnknownPlanMoveError.
    """
    if not is_plan_move(PlanState(plan.state), wanted=state):
        return False
    plan.state, plan.state_at = state.value, now
    note_plan(session, plan, now=now, detail=detail)
    return True


def move_installment_to(
    session: Session,
    installment: PlanInstallment,
    state: InstallmentState,
    *,
    now: datetime,
    detail: str = "",
) -> bool:
    """Move an installment of a locked plan and write the event; false when it is there already.

    Raises UnknownInstallmentMoveError.
    """
    if not is_installment_move(InstallmentState(installment.state), wanted=state):
        return False
    installment.state, installment.state_at = state.value, now
    _append(
        session,
        plan_id=installment.plan_id,
        guarantor_id=installment.guarantor_id,
        number=installment.number,
        state=state.value,
        now=now,
        detail=detail,
    )
    return True


def note_plan(session: Session, plan: Plan, *, now: datetime, detail: str = "") -> None:
    """Append what happened to a plan, in its present state."""
    _append(
        session,
        plan_id=plan.plan_id,
        guarantor_id=plan.guarantor_id,
        number=None,
        state=plan.state,
        now=now,
        detail=detail,
    )


def actor_of(session: Session) -> str:
    """Who acts, as versions and events keep it: `patient`, `staff <id>`, `job <name>`."""
    principal = principal_of(session)
    if principal.kind is PrincipalKind.STAFF:
        return f"staff {principal.actor_id}"
    if principal.kind is PrincipalKind.JOB:
        return f"job {principal.role}"
    return "patient"


def _append(
    session: Session,
    *,
    plan_id: UUID,
    guarantor_id: UUID,
    number: int | None,
    state: str,
    now: datetime,
    detail: str,
) -> None:
    session.flush()
    session.execute(
        insert(PlanEvent).values(
            practice_id=practice_of(session),
            event_id=new_id(),
            plan_id=plan_id,
            guarantor_id=guarantor_id,
            installment_number=number,
            state=state,
            occurred_at=now,
            actor=actor_of(session),
            detail=detail,
        )
    )
