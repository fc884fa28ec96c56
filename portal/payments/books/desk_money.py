"""What the desk brought to the bank, beside the payouts of the processor: a day's deposits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.payments.counter.models import DeskDeposit, TerminalBatch, TerminalReversal


@dataclass(frozen=True, slots=True)
class DeskMoney:
    """One deposit of cash and checks, or a batch of the card machine: the id that is there says.

    ``name`` is the deposit's number, or what the bank calls the batch.
    """

    desk_deposit_id: UUID | None
    terminal_batch_id: UUID | None
    name: str
    amount_cents: int
    fee_cents: int = 0
    is_taken_back: bool = False


def desk_money_of(session: Session, day: date) -> tuple[DeskMoney, ...]:
    """Deposits made on a day, then batches that arrived on it."""
    return (*_deposits(session, day), *_batches(session, day))


def _deposits(session: Session, day: date) -> Sequence[DeskMoney]:
    rows = session.scalars(
        select(DeskDeposit)
        .where(DeskDeposit.practice_id == practice_of(session), DeskDeposit.made_on == day)
        .order_by(DeskDeposit.number)
    )
    return [
        DeskMoney(row.desk_deposit_id, None, row.number, row.cash_cents + row.checks_cents)
        for row in rows
    ]


def _batches(session: Session, day: date) -> Sequence[DeskMoney]:
    practice_id = practice_of(session)
    rows = session.execute(
        select(TerminalBatch, TerminalReversal.terminal_batch_id.is_not(None).label("is_back"))
        .outerjoin(
            TerminalReversal,
            (TerminalReversal.practice_id == practice_id)
            & (TerminalReversal.terminal_batch_id == TerminalBatch.terminal_batch_id),
        )
        .where(TerminalBatch.practice_id == practice_id, TerminalBatch.arrived_on == day)
        .order_by(TerminalBatch.recorded_at)
    )
    return [
        DeskMoney(
            None,
            row.TerminalBatch.terminal_batch_id,
            row.TerminalBatch.reference,
            row.TerminalBatch.arrived_cents,
            row.TerminalBatch.taken_cents - row.TerminalBatch.arrived_cents,
            is_taken_back=row.is_back,
        )
        for row in rows
    ]
