"""Movements that a payout carried before anything explained them: found out, or named by staff.

Each leaves suspense once, with one entry of its own, so that clearing and suspense return to zero.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.gateway_movements import (
    OF_A_PAYMENT,
    MovementKind,
    SettledMovement,
    movement_named,
    movement_placed,
)
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.ledger.journal import post
from portal.ledger.models import JournalEntryRow
from portal.payments.books.models import MovementRow
from portal.payments.books.payouts import UNEXPLAINED_TASK
from portal.payments.books.placing import placed
from portal.payments.settlement import practice_day
from portal.practice.tasks import end_task


def waiting_movements(session: Session, *which: ColumnElement[bool]) -> Sequence[MovementRow]:
    """Those that a payout's entry put into suspense and that are there still, oldest first."""
    practice_id = practice_of(session)
    return session.scalars(
        select(MovementRow)
        .outerjoin(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.business_event == BusinessEvent.MOVEMENT_PLACED.value)
            & (JournalEntryRow.source_key == MovementRow.movement_id),
        )
        .where(
            MovementRow.practice_id == practice_id,
            MovementRow.account == LedgerAccount.PAYMENT_SUSPENSE.value,
            JournalEntryRow.entry_id.is_(None),
            *which,
        )
        .order_by(MovementRow.created_at, MovementRow.movement_id)
    ).all()


def place_explained(session: Session, *, now: datetime) -> int:
    """Clear what a payment of ours explains by now; how many. Safe to repeat."""
    of_a_payment = MovementRow.kind.in_([kind.value for kind in OF_A_PAYMENT])
    waiting = waiting_movements(session, of_a_payment)
    known = [
        (row, movement)
        for row, movement in zip(waiting, placed(session, waiting), strict=True)
        if movement.account is not None
    ]
    for row, movement in known:
        entry = movement_placed(row.movement_id, movement, effective_on=practice_day(session, now))
        post(session, entry, now=now)
    _end_tasks_of_explained(session, {row.payout_id for row, _ in known}, now=now)
    return len(known)


def name_movement(
    session: Session, row: MovementRow, account: LedgerAccount, *, now: datetime
) -> None:
    """A manager knows what a locked movement is that waits: it leaves suspense for there."""
    movement = SettledMovement(MovementKind(row.kind), row.amount_cents, row.fee_cents)
    entry = movement_named(
        row.movement_id, movement, account, effective_on=practice_day(session, now)
    )
    post(session, entry, now=now)
    _end_tasks_of_explained(session, {row.payout_id}, now=now)


def is_placed(session: Session, *which: ColumnElement[bool]) -> bool:
    """Whether any of these movements has left suspense already."""
    practice_id = practice_of(session)
    found = session.scalar(
        select(MovementRow.movement_id)
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.business_event == BusinessEvent.MOVEMENT_PLACED.value)
            & (JournalEntryRow.source_key == MovementRow.movement_id),
        )
        .where(MovementRow.practice_id == practice_id, *which)
        .limit(1)
    )
    return found is not None


def _end_tasks_of_explained(
    session: Session, payout_ids: Collection[UUID | None], *, now: datetime
) -> None:
    """Nothing is to be found out about a payout of which nothing waits."""
    still = {row.payout_id for row in waiting_movements(session)}
    for payout_id in payout_ids:
        if payout_id is not None and payout_id not in still:
            end_task(session, kind=UNEXPLAINED_TASK, subject_id=payout_id, now=now)
