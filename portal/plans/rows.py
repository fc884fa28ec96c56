"""Every payment of a plan as its person is told of it: one state for each, with what is left."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from portal.domain.plans.progress import InstallmentProgress, progress_of
from portal.domain.plans.schedule import Installment, InstallmentKind
from portal.domain.plans.states import InstallmentState
from portal.plans.keeping.facts import KeptPlan


class RowState(StrEnum):
    """How one payment of a plan stands, as its person is told."""

    PAID = "paid"
    ON_ITS_WAY = "on_its_way"
    SKIPPED = "skipped"
    WAIVED = "waived"
    CHARGING = "charging"
    RETRYING = "retrying"
    FAILED = "failed"
    LATE = "late"
    DUE = "due"
    PART_PAID = "part_paid"
    TO_COME = "to_come"


_BY_CHARGE: Final = {
    InstallmentState.PROCESSING: RowState.CHARGING,
    InstallmentState.RETRY_SCHEDULED: RowState.RETRYING,
    InstallmentState.FAILED: RowState.FAILED,
}


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One payment. ``left_cents``: not paid, and not on its way."""

    installment: Installment
    left_cents: int
    state: RowState
    may_change: bool


def plan_rows(kept: KeptPlan, today: date) -> tuple[PlanRow, ...]:
    """Every payment of the version that holds, in order of its day."""
    paid_cents = kept.loaded.cover.paid_cents
    installments = kept.loaded.version.installments
    arrived = progress_of(installments, paid_cents=paid_cents)
    expected = progress_of(installments, paid_cents=paid_cents + kept.coming_cents)
    states = kept.states(today)
    return tuple(
        PlanRow(
            installment=row.installment,
            left_cents=row.left_cents,
            state=_state(before, row, states[row.installment.number], today=today),
            may_change=_may_change(row, states[row.installment.number], today),
        )
        for before, row in zip(arrived.rows, expected.rows, strict=True)
    )


def beyond_next_cents(kept: KeptPlan, today: date) -> int:
    """Paid on payments that come after the next one: it may shorten the plan, or lower it."""
    to_come = [
        row
        for row in kept.loaded.progress.rows
        if row.installment.due_on > today and row.installment.kind is InstallmentKind.REGULAR
    ]
    return sum(row.paid_cents for row in to_come[1:])


def _state(
    before: InstallmentProgress,
    row: InstallmentProgress,
    state: InstallmentState,
    *,
    today: date,
) -> RowState:
    if row.installment.kind is InstallmentKind.SKIPPED:
        return RowState.SKIPPED
    if not row.left_cents:
        return _closed(before, row, state)
    if state in _BY_CHARGE:
        return _BY_CHARGE[state]
    if state is InstallmentState.MISSED:
        return RowState.LATE
    if row.installment.due_on <= today:
        return RowState.DUE
    return RowState.PART_PAID if row.paid_cents else RowState.TO_COME


def _closed(
    before: InstallmentProgress, row: InstallmentProgress, state: InstallmentState
) -> RowState:
    """Nothing more is asked of it: it was paid or let off, or money is on its way."""
    if before.left_cents:
        is_charged = state is InstallmentState.PROCESSING
        return RowState.CHARGING if is_charged else RowState.ON_ITS_WAY
    return RowState.PAID if row.paid_cents else RowState.WAIVED


def _may_change(row: InstallmentProgress, state: InstallmentState, today: date) -> bool:
    """Its day may be moved, or it may be skipped; whether the rules allow it, they say."""
    return (
        row.is_open
        and row.installment.due_on > today
        and row.installment.kind is InstallmentKind.REGULAR
        and state is not InstallmentState.PROCESSING
    )
