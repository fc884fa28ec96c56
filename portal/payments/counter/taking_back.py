"""A card machine's batch that a manager takes back: as if the bank had not told of it yet."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.roles import Area
from portal.db import Database, Principal, practice_of
from portal.domain.journal import BusinessEvent
from portal.ledger.journal import reverse
from portal.payments.counter.access import require_area, require_desk, staff_id_of, today_of
from portal.payments.counter.banking import lock_machine
from portal.payments.counter.models import DeskPayment, TerminalBatch, TerminalReversal


class BatchNotFoundError(LookupError):
    """No such batch of the card machine in this practice."""


def take_batch_back(
    database: Database,
    principal: Principal,
    terminal_batch_id: UUID,
    *,
    reason: str,
    now: datetime,
    request_id: str,
) -> None:
    """Reverse what it posted; its payments and refunds wait for another batch. Twice is once.

    By a manager. Raises CounterNotAllowedError, DeskElsewhereError, BatchNotFoundError, and
    ValueError without a reason.
    """
    require_area(principal, Area.BOOKS)
    if not reason:
        raise ValueError("A batch is taken back for a reason.")
    with database.transaction(principal) as session:
        require_desk(session)
        lock_machine(session)
        batch = batch_of(session, terminal_batch_id)
        if reversal_of(session, terminal_batch_id) is not None:
            return
        entry_id = reverse(
            session,
            batch.entry_id,
            business_event=BusinessEvent.TERMINAL_SETTLED,
            effective_on=today_of(session, now),
            now=now,
        )
        session.execute(
            insert(TerminalReversal).values(
                practice_id=practice_of(session),
                terminal_batch_id=terminal_batch_id,
                reason=reason,
                reversed_at=now,
                reversed_by=staff_id_of(principal),
                entry_id=entry_id,
                payment_ids=_freed_payments(session, terminal_batch_id),
            )
        )
        record(
            session,
            action="terminal_taken_back",
            object_kind="desk_money",
            object_id=terminal_batch_id,
            guarantor_id=None,
            now=now,
            request_id=request_id,
        )


def batch_of(session: Session, terminal_batch_id: UUID) -> TerminalBatch:
    """Raises BatchNotFoundError."""
    batch = session.scalar(
        select(TerminalBatch).where(
            TerminalBatch.practice_id == practice_of(session),
            TerminalBatch.terminal_batch_id == terminal_batch_id,
        )
    )
    if batch is None:
        raise BatchNotFoundError(terminal_batch_id)
    return batch


def reversal_of(session: Session, terminal_batch_id: UUID) -> TerminalReversal | None:
    """None of a batch that stands."""
    return session.scalar(
        select(TerminalReversal).where(
            TerminalReversal.practice_id == practice_of(session),
            TerminalReversal.terminal_batch_id == terminal_batch_id,
        )
    )


def _freed_payments(session: Session, terminal_batch_id: UUID) -> list[str]:
    freed = session.scalars(
        update(DeskPayment)
        .where(
            DeskPayment.practice_id == practice_of(session),
            DeskPayment.terminal_batch_id == terminal_batch_id,
        )
        .values(terminal_batch_id=None)
        .returning(DeskPayment.payment_id)
    )
    return sorted(str(payment_id) for payment_id in freed)
