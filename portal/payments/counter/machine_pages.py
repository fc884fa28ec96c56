"""The card machine's pages: what no batch has brought, and the batches that arrived."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, practice_of
from portal.payments.counter.access import (
    oversees,
    require_desk,
    staff_names,
    today_of,
    zone_of,
)
from portal.payments.counter.banking import may_be_missing_cents, refunds_on_machine_cents
from portal.payments.counter.models import DeskPayment, TerminalBatch, TerminalReversal
from portal.payments.counter.pages import TakenRow, taken_rows, waits_for_batch
from portal.payments.counter.taking_back import BatchNotFoundError
from portal.payments.models import Payment

_BATCHES_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One batch that arrived; ``fee_cents`` is what was missing of it."""

    terminal_batch_id: UUID
    arrived_on: date
    reference: str
    taken_cents: int
    refunds_cents: int
    arrived_cents: int
    reason: str
    staff_name: str
    recorded_at: datetime
    is_taken_back: bool

    @property
    def fee_cents(self) -> int:
        return self.taken_cents - self.arrived_cents


@dataclass(frozen=True, slots=True)
class TakenBack:
    """That a manager took a batch back, and why."""

    reason: str
    at: datetime
    staff_name: str


@dataclass(frozen=True, slots=True)
class BatchPage:
    """Payments of the card machine that no batch has brought; ``today`` is the last day to name.

    ``most_missing_cents``: of all of them; more needs a reason, from whoever ``may_explain``.
    """

    waiting: tuple[TakenRow, ...]
    refunds_cents: int  # given back on it, which a batch takes off
    today: date
    most_missing_cents: int = 0
    may_explain: bool = False
    batches: tuple[BatchRow, ...] = ()

    @property
    def waiting_cents(self) -> int:
        return sum(one.amount_cents for one in self.waiting)


@dataclass(frozen=True, slots=True)
class MachineBatchPage:
    """One batch with the payments that are, or were, in it."""

    batch: BatchRow
    taken: tuple[TakenRow, ...]
    taken_back: TakenBack | None
    may_take_back: bool


def batch_page(
    database: Database, principal: Principal, *, now: datetime, request_id: str
) -> BatchPage:
    """Raises DeskElsewhereError."""
    with database.transaction(principal) as session:
        require_desk(session)
        _note(session, None, now=now, request_id=request_id)
        waiting = taken_rows(session, zone_of(session), *waits_for_batch())
        cents = sum(one.amount_cents for one in waiting)
        return BatchPage(
            waiting=waiting,
            refunds_cents=refunds_on_machine_cents(session),
            today=today_of(session, now),
            most_missing_cents=may_be_missing_cents(session, cents),
            may_explain=oversees(principal),
            batches=_rows(session),
        )


def machine_batch_page(
    database: Database,
    principal: Principal,
    terminal_batch_id: UUID,
    *,
    now: datetime,
    request_id: str,
) -> MachineBatchPage:
    """Raises DeskElsewhereError, BatchNotFoundError."""
    with database.transaction(principal) as session:
        require_desk(session)
        found = _read(session, TerminalBatch.terminal_batch_id == terminal_batch_id)
        if not found:
            raise BatchNotFoundError(terminal_batch_id)
        _note(session, terminal_batch_id, now=now, request_id=request_id)
        names, zone = staff_names(session), zone_of(session)
        reversal: TerminalReversal | None = found[0].TerminalReversal
        which = DeskPayment.terminal_batch_id == terminal_batch_id
        taken_back = None
        if reversal is not None:
            which = Payment.payment_id.in_([UUID(one) for one in reversal.payment_ids])
            taken_back = TakenBack(
                reversal.reason,
                reversal.reversed_at.astimezone(zone),
                names.get(reversal.reversed_by, ""),
            )
        return MachineBatchPage(
            batch=_rows(session, TerminalBatch.terminal_batch_id == terminal_batch_id)[0],
            taken=taken_rows(session, zone, which),
            taken_back=taken_back,
            may_take_back=reversal is None and oversees(principal),
        )


def _rows(session: Session, *which: ColumnElement[bool]) -> tuple[BatchRow, ...]:
    names, zone = staff_names(session), zone_of(session)
    return tuple(
        BatchRow(
            terminal_batch_id=row.TerminalBatch.terminal_batch_id,
            arrived_on=row.TerminalBatch.arrived_on,
            reference=row.TerminalBatch.reference,
            taken_cents=row.TerminalBatch.taken_cents,
            refunds_cents=row.TerminalBatch.refunds_cents,
            arrived_cents=row.TerminalBatch.arrived_cents,
            reason=row.TerminalBatch.reason,
            staff_name=names.get(row.TerminalBatch.recorded_by, ""),
            recorded_at=row.TerminalBatch.recorded_at.astimezone(zone),
            is_taken_back=row.TerminalReversal is not None,
        )
        for row in _read(session, *which)
    )


def _read(
    session: Session, *which: ColumnElement[bool]
) -> list[Row[TerminalBatch, TerminalReversal | None]]:
    """The newest first."""
    practice_id = practice_of(session)
    rows: list[Row[TerminalBatch, TerminalReversal | None]] = list(
        session.execute(
            select(TerminalBatch, TerminalReversal)
            .outerjoin(
                TerminalReversal,
                (TerminalReversal.practice_id == practice_id)
                & (TerminalReversal.terminal_batch_id == TerminalBatch.terminal_batch_id),
            )
            .where(TerminalBatch.practice_id == practice_id, *which)
            .order_by(TerminalBatch.recorded_at.desc(), TerminalBatch.terminal_batch_id)
            .limit(_BATCHES_SHOWN)
        )
    )
    return rows


def _note(session: Session, object_id: UUID | None, *, now: datetime, request_id: str) -> None:
    record(
        session,
        action="view",
        object_kind="terminal",
        object_id=object_id,
        guarantor_id=None,
        now=now,
        request_id=request_id,
    )
