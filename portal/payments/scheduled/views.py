"""Charges as pages show them, one by one, without what stands around them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Row, Select, Uuid, bindparam, column, select, table
from sqlalchemy.orm import Session

from portal.db import SCHEMA, practice_of
from portal.domain.charge_schedule import PAY_LATER_MAX, TO_COME, UNDER_WAY, ScheduledState
from portal.payments.methods.models import SavedMethod
from portal.payments.scheduled.models import ScheduledPayment

NOT_AT_A_BANK = TO_COME | {ScheduledState.CHARGING}
"""Whatever is waiting for a bank is taken off what is due already."""

_PRACTICE = bindparam("practice", type_=Uuid)
_SHOWN = (
    ScheduledPayment.scheduled_id,
    ScheduledPayment.statement_id,
    ScheduledPayment.installment_id,
    ScheduledPayment.plan_id,
    ScheduledPayment.origin,
    ScheduledPayment.state,
    ScheduledPayment.reason,
    ScheduledPayment.agreed_cents,
    ScheduledPayment.next_try_on,
    ScheduledPayment.first_on,
    SavedMethod.method_id,
    SavedMethod.kind,
    SavedMethod.brand,
    SavedMethod.last4,
)
_STATEMENTS = table(  # of a feature beside this one: only whose
    "statements",
    column("practice_id", Uuid),
    column("statement_id", Uuid),
    column("guarantor_id", Uuid),
    schema=SCHEMA,
)


@dataclass(frozen=True, slots=True)
class ScheduledRow:
    """One charge, of a statement or of a plan's installment. ``on``: its day, or the next try's."""

    scheduled_id: UUID
    statement_id: UUID | None
    installment_id: UUID | None
    plan_id: UUID | None
    method_id: UUID
    origin: str
    state: ScheduledState
    reason: str
    amount_cents: int
    on: date
    last_on: date  # until when it may be moved
    method_kind: str
    method_brand: str
    method_last4: str

    @property
    def is_of_statement(self) -> bool:
        """Whether it is still to be taken for what statements ask for."""
        return self.plan_id is None and self.state in NOT_AT_A_BANK

    @property
    def can_be_stopped(self) -> bool:
        return self.state in TO_COME

    @property
    def can_be_moved(self) -> bool:
        return self.state is ScheduledState.PLANNED and self.plan_id is None


def payments_to_come(session: Session, guarantor_id: UUID) -> tuple[ScheduledRow, ...]:
    """Those planned or under way, by day."""
    whose = {"practice": practice_of(session), "guarantor": guarantor_id}
    rows = session.execute(_of_account(), whose)
    return tuple(_row(row) for row in rows)


def scheduled_of_statement(session: Session, statement_id: UUID) -> tuple[ScheduledRow, ...]:
    """What is to be charged for any statement of its account, by day.

    Not for payment plans, and not what a bank is at work on: that is on its way.
    """
    whose = {"practice": practice_of(session), "statement": statement_id}
    rows = session.execute(_of_statements_account(), whose)
    return tuple(one for one in map(_row, rows) if one.is_of_statement)


def standing_charge(session: Session, statement_id: UUID) -> ScheduledRow | None:
    """The one made for this statement that is to come or under way."""
    row = session.execute(
        _charges(practice_of(session), TO_COME | UNDER_WAY).where(
            ScheduledPayment.statement_id == statement_id
        )
    ).first()
    return _row(row) if row else None


def charges_of_plan(session: Session, plan_id: UUID) -> tuple[ScheduledRow, ...]:
    """Every charge there was of a plan's installments, the newest last."""
    rows = session.execute(
        _charges(practice_of(session), frozenset(ScheduledState))
        .where(ScheduledPayment.plan_id == plan_id)
        .order_by(ScheduledPayment.scheduled_id)
    )
    return tuple(_row(row) for row in rows)


def charge_states(session: Session, plan_ids: Collection[UUID], /) -> Mapping[UUID, ScheduledState]:
    """How the newest charge of each installment of these plans stands, by installment."""
    rows = session.execute(
        select(ScheduledPayment.installment_id, ScheduledPayment.state)
        .where(
            ScheduledPayment.practice_id == practice_of(session),
            ScheduledPayment.plan_id.in_(plan_ids),
        )
        .order_by(ScheduledPayment.scheduled_id)
    )
    return {row.installment_id: ScheduledState(row.state) for row in rows}


def scheduled_row(session: Session, scheduled_id: UUID) -> ScheduledRow | None:
    """Any one; None when there is none for this principal."""
    row = session.execute(
        _charges(practice_of(session), frozenset(ScheduledState)).where(
            ScheduledPayment.scheduled_id == scheduled_id
        )
    ).first()
    return _row(row) if row else None


@cache
def _of_account() -> Select[*tuple[Any, ...]]:
    """Put together once: home asks for it each time."""
    return _to_come().where(ScheduledPayment.guarantor_id == bindparam("guarantor", type_=Uuid))


@cache
def _of_statements_account() -> Select[*tuple[Any, ...]]:
    """Put together once: the page of a statement asks for it each time."""
    whose = (
        select(_STATEMENTS.c.guarantor_id)
        .where(
            _STATEMENTS.c.practice_id == _PRACTICE,
            _STATEMENTS.c.statement_id == bindparam("statement", type_=Uuid),
        )
        .scalar_subquery()
    )
    return _to_come().where(ScheduledPayment.guarantor_id == whose)


def _to_come() -> Select[*tuple[Any, ...]]:
    return _charges(_PRACTICE, TO_COME | UNDER_WAY).order_by(
        ScheduledPayment.next_try_on, ScheduledPayment.scheduled_id
    )


def _charges(
    practice_id: UUID | BindParameter[UUID], states: Collection[ScheduledState]
) -> Select[*tuple[Any, ...]]:
    return (
        select(*_SHOWN)
        .join(
            SavedMethod,
            (SavedMethod.practice_id == practice_id)
            & (SavedMethod.method_id == ScheduledPayment.method_id),
        )
        .where(
            ScheduledPayment.practice_id == practice_id,
            ScheduledPayment.state.in_([state.value for state in states]),
        )
    )


def _row(row: Row[*tuple[Any, ...]]) -> ScheduledRow:
    return ScheduledRow(
        scheduled_id=row.scheduled_id,
        statement_id=row.statement_id,
        installment_id=row.installment_id,
        plan_id=row.plan_id,
        method_id=row.method_id,
        origin=row.origin,
        state=ScheduledState(row.state),
        reason=row.reason,
        amount_cents=row.agreed_cents,
        on=row.next_try_on,
        last_on=row.first_on + PAY_LATER_MAX,
        method_kind=row.kind,
        method_brand=row.brand or "",
        method_last4=row.last4 or "",
    )
