"""Installments to be charged to saved methods, as the charging machine asks for them.

Plans know what is due, and on what way to pay; they know nothing of charges.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.payment_channel import MethodKind
from portal.domain.plans.policy import PlanPolicy
from portal.domain.plans.states import PlanState
from portal.ledger.models import PlanInstallment
from portal.ledger.queries import OpenShare, on_its_way_to_plans_cents
from portal.plans.keeping.asking import asked_of
from portal.plans.keeping.selection import is_open, read_each
from portal.plans.models import Plan
from portal.plans.policies import longest_notice_days, policies_of
from portal.plans.ports import MethodKinds
from portal.plans.store import LoadedPlan, load_all

_CHARGING: Final = frozenset({PlanState.ACTIVE.value, PlanState.PAST_DUE.value})


@dataclass(frozen=True, slots=True)
class DueInstallment:
    """One installment of a plan with autopay, and what it asks for now."""

    installment_id: UUID
    plan_id: UUID
    guarantor_id: UUID
    due_on: date
    due_cents: int
    method_id: UUID
    notice_days: int
    lines: tuple[OpenShare, ...]


def installments_to_come(
    session: Session, /, *, today: date, method_kinds: MethodKinds
) -> Sequence[DueInstallment]:
    """Those whose notice is due by today, and that are not paid; those long past too.

    So many plans at a time, each time in the same number of statements; one that cannot be read
    keeps no other waiting.
    """
    notice_days = longest_notice_days(session)
    plan_ids = session.scalars(
        select(Plan.plan_id)
        .where(*_charge_by_themselves(session))
        .where(_has_open_by(session, today + timedelta(days=notice_days)))
        .order_by(Plan.plan_id)
    ).all()
    return [
        one
        for one in read_each(session, plan_ids, lambda some: _of_plans(session, some, method_kinds))
        if one.due_on - timedelta(days=one.notice_days) <= today
    ]


def installment_due(
    session: Session, installment_id: UUID, /, *, method_kinds: MethodKinds
) -> DueInstallment | None:
    """As it stands now; None when nothing of it is to be charged."""
    plan_id = session.scalar(
        select(PlanInstallment.plan_id).where(
            PlanInstallment.practice_id == practice_of(session),
            PlanInstallment.installment_id == installment_id,
        )
    )
    if plan_id is None:
        return None
    of_plan = _of_plans(session, [plan_id], method_kinds)
    return next((one for one in of_plan if one.installment_id == installment_id), None)


def _of_plans(
    session: Session, plan_ids: Sequence[UUID], method_kinds: MethodKinds
) -> Iterator[DueInstallment]:
    plans = session.scalars(
        select(Plan)
        .where(*_charge_by_themselves(session), Plan.plan_id.in_(plan_ids))
        .order_by(Plan.plan_id)
    ).all()
    policies = policies_of(session, plans)
    coming = on_its_way_to_plans_cents(session, plan_ids)
    kinds = method_kinds(session, {plan.method_id for plan in plans if plan.method_id})
    for loaded in load_all(session, plans):
        plan = loaded.plan
        if plan.method_id is not None:
            yield from _to_charge(
                loaded,
                method_id=plan.method_id,
                coming_cents=coming.get(plan.plan_id, 0),
                notice_days=_notice_days(policies[plan.plan_id], kinds.get(plan.method_id)),
            )


def _to_charge(
    loaded: LoadedPlan, *, method_id: UUID, coming_cents: int, notice_days: int
) -> Iterator[DueInstallment]:
    lines = tuple(
        OpenShare(line.target.claim_id, line.target.charge_id, line.left_cents)
        for line in loaded.cover.lines
        if line.left_cents and line.target.claim_id is not None
    )
    for number, cents in asked_of(loaded, coming_cents=coming_cents).items():
        row = loaded.rows[number]
        yield DueInstallment(
            installment_id=row.installment_id,
            plan_id=row.plan_id,
            guarantor_id=row.guarantor_id,
            due_on=row.due_on,
            due_cents=cents,
            method_id=method_id,
            notice_days=notice_days,
            lines=lines,
        )


def _charge_by_themselves(session: Session) -> tuple[ColumnElement[bool], ...]:
    """Agreed to, with a way to pay, and nothing rests."""
    return (
        Plan.practice_id == practice_of(session),
        Plan.state.in_(_CHARGING),
        Plan.paused_reason == "",  # from the moment staff say so; its state follows by the job
        Plan.method_id.is_not(None),
        Plan.consent_id.is_not(None),
    )


def _has_open_by(session: Session, day: date) -> ColumnElement[bool]:
    return exists(
        select(PlanInstallment.installment_id).where(
            PlanInstallment.practice_id == practice_of(session),
            PlanInstallment.plan_id == Plan.plan_id,
            PlanInstallment.due_on <= day,
            is_open(),
        )
    )


def _notice_days(policy: PlanPolicy, kind: str | None) -> int:
    """One that nobody knows counts as a bank account."""
    if kind is None or kind == MethodKind.BANK_DEBIT.value:
        return policy.debit_prenotice_days
    return policy.prenotice_days
