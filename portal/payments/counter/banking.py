"""From the desk to the bank: deposits of closed drawers, and the card machine's batches."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.roles import Area
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.card_machine import may_keep_cents
from portal.domain.desk_postings import deposit_made, terminal_settled
from portal.domain.drawer import DrawerState, require_drawer_move
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.domain.payment_channel import MethodKind
from portal.domain.payment_status import PaymentState
from portal.ledger.journal import post
from portal.ledger.models import JournalEntryRow, PostingRow
from portal.payments.counter.access import (
    oversees,
    require_area,
    require_desk,
    staff_id_of,
    today_of,
)
from portal.payments.counter.drawers import result_of
from portal.payments.counter.models import (
    DeskDeposit,
    DeskPayment,
    Drawer,
    DrawerEvent,
    TerminalBatch,
    TerminalReversal,
)
from portal.payments.models import Payment
from portal.practice.counters import next_number
from portal.practice.models import Practice

_REFUNDS: Final = (BusinessEvent.REFUND_PAID.value, BusinessEvent.REFUND_RETURNED.value)


class NothingToDepositError(ValueError):
    """No closed drawer with money was chosen, or somebody else was faster."""


class BatchDiffersError(ValueError):
    """More arrived than was taken on the machine; ``taken_cents`` is what was."""

    def __init__(self, taken_cents: int) -> None:
        super().__init__(taken_cents)
        self.taken_cents = taken_cents


class MuchIsMissingError(ValueError):
    """More is missing than may be without a reason, and a manager; ``most_cents`` may."""

    def __init__(self, most_cents: int) -> None:
        super().__init__(most_cents)
        self.most_cents = most_cents


class NotOnTheMachineError(ValueError):
    """One of the payments is not waiting for the machine's batch (any more)."""


@dataclass(frozen=True, slots=True)
class ArrivedBatch:
    """What the bank says of the machine's batch, and which payments were in it.

    ``reason``: why more is missing of it than a fee comes to.
    """

    arrived_on: date
    arrived_cents: int
    reference: str
    payment_ids: frozenset[UUID]
    less_refunds: bool = False  # what was given back on the machine is taken off
    reason: str = ""


def make_deposit(
    database: Database,
    principal: Principal,
    drawer_ids: Collection[UUID],
    *,
    now: datetime,
    request_id: str,
) -> UUID:
    """Take what closed drawers held to the bank, under one number.

    Raises CounterNotAllowedError, DeskElsewhereError, NothingToDepositError.
    """
    require_area(principal, Area.MONEY)
    with database.transaction(principal) as session:
        require_desk(session)
        drawers = _closed(session, drawer_ids)
        results = [result_of(session, drawer) for drawer in drawers]
        cash_cents = sum(one.bank_cash_cents for one in results)
        checks_cents = sum(one.bank_checks_cents for one in results)
        if not drawers or len(drawers) != len(drawer_ids) or cash_cents + checks_cents <= 0:
            raise NothingToDepositError
        desk_deposit_id, today = new_id(), today_of(session, now)
        entry = deposit_made(
            desk_deposit_id, amount_cents=cash_cents + checks_cents, effective_on=today
        )
        entry_id = post(session, entry, now=now)
        number = next_number(session, "desk_deposit")
        session.add(
            DeskDeposit(
                practice_id=practice_of(session),
                desk_deposit_id=desk_deposit_id,
                number=f"D-{today.year}-{number:05d}",
                made_on=today,
                made_at=now,
                made_by=staff_id_of(principal),
                cash_cents=cash_cents,
                checks_cents=checks_cents,
                entry_id=entry_id,
            )
        )
        session.flush()
        for drawer in drawers:
            _send_to_bank(session, drawer, desk_deposit_id, principal, now=now)
        _note(session, "deposit_made", desk_deposit_id, now=now, request_id=request_id)
        return desk_deposit_id


def settle_batch(
    database: Database,
    principal: Principal,
    batch: ArrivedBatch,
    *,
    now: datetime,
    request_id: str,
) -> UUID:
    """The card machine's batch is at the bank; what is missing of it is the machine's fee.

    Raises CounterNotAllowedError, DeskElsewhereError, NotOnTheMachineError, BatchDiffersError,
    and MuchIsMissingError unless a manager says why.
    """
    require_area(principal, Area.MONEY)
    with database.transaction(principal) as session:
        require_desk(session)
        lock_machine(session)
        refunds_cents = refunds_on_machine_cents(session) if batch.less_refunds else 0
        taken_cents = _taken_on_machine(session, batch.payment_ids) - refunds_cents
        if not 0 < batch.arrived_cents <= taken_cents:
            raise BatchDiffersError(taken_cents)
        most_cents = may_be_missing_cents(session, taken_cents)
        is_much = taken_cents - batch.arrived_cents > most_cents
        if is_much and not (batch.reason and oversees(principal)):
            raise MuchIsMissingError(most_cents)
        terminal_batch_id = new_id()
        entry = terminal_settled(
            terminal_batch_id,
            taken_cents=taken_cents,
            arrived_cents=batch.arrived_cents,
            effective_on=today_of(session, now),
        )
        entry_id = post(session, entry, now=now)
        session.add(
            TerminalBatch(
                practice_id=practice_of(session),
                terminal_batch_id=terminal_batch_id,
                arrived_on=batch.arrived_on,
                taken_cents=taken_cents,
                refunds_cents=refunds_cents,
                arrived_cents=batch.arrived_cents,
                reference=batch.reference,
                recorded_at=now,
                recorded_by=staff_id_of(principal),
                entry_id=entry_id,
                reason=batch.reason if is_much else "",
            )
        )
        session.flush()
        session.execute(
            update(DeskPayment)
            .where(
                DeskPayment.practice_id == practice_of(session),
                DeskPayment.payment_id.in_(batch.payment_ids),
            )
            .values(terminal_batch_id=terminal_batch_id)
        )
        _note(session, "terminal_settled", terminal_batch_id, now=now, request_id=request_id)
        return terminal_batch_id


def lock_machine(session: Session) -> None:
    """One batch at a time is settled, or taken back."""
    one_at_a_time = func.hashtext(f"terminal {practice_of(session)}")
    session.execute(select(func.pg_advisory_xact_lock(one_at_a_time)))


def may_be_missing_cents(session: Session, taken_cents: int) -> int:
    """Of a batch, by the practice's limit."""
    basis_points = session.scalars(
        select(Practice.machine_keeps_basis_points).where(
            Practice.practice_id == practice_of(session)
        )
    ).one()
    return may_keep_cents(taken_cents, basis_points=basis_points)


def refunds_on_machine_cents(session: Session) -> int:
    """What was given back on the card machine and no batch has taken off yet."""
    practice_id = practice_of(session)
    given_back = session.scalar(
        select(func.coalesce(func.sum(-PostingRow.amount_cents), 0))
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == PostingRow.entry_id),
        )
        .where(
            PostingRow.practice_id == practice_id,
            PostingRow.account == LedgerAccount.TERMINAL_CLEARING.value,
            JournalEntryRow.business_event.in_(_REFUNDS),
        )
    )
    taken_off = session.scalar(
        select(func.coalesce(func.sum(TerminalBatch.refunds_cents), 0))
        .outerjoin(
            TerminalReversal,
            (TerminalReversal.practice_id == practice_id)
            & (TerminalReversal.terminal_batch_id == TerminalBatch.terminal_batch_id),
        )
        .where(
            TerminalBatch.practice_id == practice_id,
            TerminalReversal.terminal_batch_id.is_(None),
        )
    )
    return int(given_back or 0) - int(taken_off or 0)


def _closed(session: Session, drawer_ids: Collection[UUID]) -> list[Drawer]:
    return list(
        session.scalars(
            select(Drawer)
            .where(
                Drawer.practice_id == practice_of(session),
                Drawer.drawer_id.in_(drawer_ids),
                Drawer.state == DrawerState.CLOSED.value,
            )
            .order_by(Drawer.drawer_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def _send_to_bank(
    session: Session,
    drawer: Drawer,
    desk_deposit_id: UUID,
    principal: Principal,
    *,
    now: datetime,
) -> None:
    require_drawer_move(DrawerState(drawer.state), DrawerState.DEPOSITED)
    drawer.state = DrawerState.DEPOSITED.value
    drawer.state_at = now
    drawer.desk_deposit_id = desk_deposit_id
    session.flush()
    session.execute(
        insert(DrawerEvent).values(
            practice_id=practice_of(session),
            event_id=new_id(),
            drawer_id=drawer.drawer_id,
            state=drawer.state,
            occurred_at=now,
            staff_id=staff_id_of(principal),
        )
    )


def _taken_on_machine(session: Session, payment_ids: Collection[UUID]) -> int:
    """Under lock, so that nobody voids one meanwhile. Raises NotOnTheMachineError."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(Payment.payment_id, Payment.amount_cents)
        .join(
            DeskPayment,
            (DeskPayment.practice_id == practice_id)
            & (DeskPayment.payment_id == Payment.payment_id),
        )
        .where(
            Payment.practice_id == practice_id,
            Payment.payment_id.in_(payment_ids),
            Payment.method_kind == MethodKind.TERMINAL.value,
            Payment.state == PaymentState.SUCCEEDED.value,
            DeskPayment.terminal_batch_id.is_(None),
        )
        .order_by(Payment.payment_id)
        .with_for_update()
    ).all()
    if not rows or len(rows) != len(payment_ids):
        raise NotOnTheMachineError
    return sum(row.amount_cents for row in rows)


def _note(
    session: Session, action: str, object_id: UUID, *, now: datetime, request_id: str
) -> None:
    record(
        session,
        action=action,
        object_kind="desk_money",
        object_id=object_id,
        guarantor_id=None,
        now=now,
        request_id=request_id,
    )
