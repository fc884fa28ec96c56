"""The desk's pages of drawers. Nobody reads what should be in one before it is counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.roles import REACH, Area
from portal.db import Database, Principal, practice_of, principal_of
from portal.domain.drawer import IN_USE, DrawerResult, DrawerState
from portal.domain.names import in_mixed_case
from portal.domain.payment_channel import MethodKind
from portal.domain.payment_status import PaymentState
from portal.payments.counter.access import (
    CounterNotAllowedError,
    drawer_of,
    oversees,
    require_desk,
    staff_names,
    today_of,
    zone_of,
)
from portal.payments.counter.drawers import (
    HeldCheck,
    held_checks,
    newest_count,
    result_of_count,
)
from portal.payments.counter.models import (
    DeskDeposit,
    DeskPayment,
    Drawer,
    DrawerCountRow,
    DrawerEvent,
)
from portal.payments.counter.void_rows import VoidRow, void_rows
from portal.payments.models import Payment
from portal.practice.models import Guarantor

_MOST_DEPOSITS = 10


@dataclass(frozen=True, slots=True)
class DrawerRow:
    """One drawer in a list. ``is_old``: still in use after its day."""

    drawer_id: UUID
    name: str
    staff_name: str
    opened_at: datetime
    state: DrawerState
    is_mine: bool
    is_old: bool
    bank_cents: int | None


@dataclass(frozen=True, slots=True)
class DepositRow:
    """One deposit of the desk in a list."""

    desk_deposit_id: UUID
    number: str
    made_on: date
    amount_cents: int


@dataclass(frozen=True, slots=True)
class CounterPage:
    """The desk's money now. ``to_bank`` are the closed drawers that no deposit has taken yet."""

    may_take: bool
    mine: DrawerRow | None
    others: tuple[DrawerRow, ...]
    to_bank: tuple[DrawerRow, ...]
    machine_count: int
    machine_cents: int
    deposits: tuple[DepositRow, ...]

    @property
    def to_bank_cents(self) -> int:
        return sum(one.bank_cents or 0 for one in self.to_bank)


@dataclass(frozen=True, slots=True)
class TakenRow:
    """One payment of the desk in a list. ``reference``: the check's number, an approval code."""

    payment_id: UUID
    receipt_number: str
    guarantor_id: UUID
    name: str
    taken_at: datetime
    taken_by: UUID
    drawer_name: str
    method: str
    reference: str
    amount_cents: int
    state: PaymentState


@dataclass(frozen=True, slots=True)
class MoveRow:
    """What happened to a drawer, by whom and why."""

    at: datetime
    state: DrawerState
    staff_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class DrawerPage:
    """One drawer. ``result`` is there once it was counted, ``count_id`` what closing agrees to."""

    drawer: DrawerRow
    float_cents: int
    taken: tuple[TakenRow, ...]
    moves: tuple[MoveRow, ...]
    counts: int
    count_id: UUID | None
    counted_cents: int
    missing_checks: tuple[HeldCheck, ...]
    result: DrawerResult | None
    may_count: bool
    may_carry_on: bool
    may_reopen: bool
    desk_deposit_id: UUID | None
    voids: tuple[VoidRow, ...] = ()


@dataclass(frozen=True, slots=True)
class CountPage:
    """What is typed blind: bills and coins, and which checks are there."""

    drawer: DrawerRow
    float_cents: int
    checks: tuple[HeldCheck, ...]


def counter_page(
    database: Database, principal: Principal, *, now: datetime, request_id: str
) -> CounterPage:
    """Raises DeskElsewhereError."""
    with database.transaction(principal) as session:
        require_desk(session)
        _note(session, "drawers", None, now=now, request_id=request_id)
        in_use = drawer_rows(session, _in_states(*IN_USE), now=now)
        waiting = Drawer.bank_cents != 0
        to_bank = drawer_rows(session, _in_states(DrawerState.CLOSED), waiting, now=now)
        count, cents = machine_waiting(session)
        return CounterPage(
            may_take=principal.role in REACH[Area.DRAWER],
            mine=next((one for one in in_use if one.is_mine), None),
            others=tuple(one for one in in_use if not one.is_mine),
            to_bank=to_bank,
            machine_count=count,
            machine_cents=cents,
            deposits=_deposits(session),
        )


def drawer_page(
    database: Database, principal: Principal, drawer_id: UUID, *, now: datetime, request_id: str
) -> DrawerPage:
    """Its owner's or, for managers, anybody's. Raises DrawerNotFoundError, DeskElsewhereError."""
    with database.transaction(principal) as session:
        drawer = _seen(session, principal, drawer_id)
        _note(session, "drawer", drawer_id, now=now, request_id=request_id)
        state = DrawerState(drawer.state)
        count = newest_count(session, drawer) if state is not DrawerState.OPEN else None
        result = result_of_count(count, float_cents=drawer.float_cents) if count else None
        zone = zone_of(session)
        missing = set(count.missing_checks) if count else set()
        is_mine = drawer.staff_id == principal.actor_id
        return DrawerPage(
            drawer=_row(session, drawer, now=now, names=staff_names(session), zone=zone),
            float_cents=drawer.float_cents,
            taken=taken_rows(session, zone, DeskPayment.drawer_id == drawer_id),
            moves=_moves(session, drawer_id, zone=zone),
            counts=_counts(session, drawer_id),
            count_id=count.count_id if count else None,
            counted_cents=count.cash_cents + count.checks_cents if count else 0,
            missing_checks=tuple(
                one for one in held_checks(session, drawer_id) if str(one.payment_id) in missing
            ),
            result=result,
            may_count=state in IN_USE,
            may_carry_on=is_mine and state is DrawerState.COUNTED,
            may_reopen=state is DrawerState.CLOSED and oversees(principal),
            desk_deposit_id=drawer.desk_deposit_id,
            voids=void_rows(session, DeskPayment.drawer_id == drawer_id),
        )


def count_page(
    database: Database, principal: Principal, drawer_id: UUID, *, now: datetime, request_id: str
) -> CountPage | None:
    """None when it is closed. Raises DrawerNotFoundError, DeskElsewhereError."""
    with database.transaction(principal) as session:
        drawer = _seen(session, principal, drawer_id)
        if DrawerState(drawer.state) not in IN_USE:
            return None
        _note(session, "drawer", drawer_id, now=now, request_id=request_id)
        names, zone = staff_names(session), zone_of(session)
        return CountPage(
            drawer=_row(session, drawer, now=now, names=names, zone=zone),
            float_cents=drawer.float_cents,
            checks=held_checks(session, drawer_id),
        )


def drawer_rows(
    session: Session, *which: ColumnElement[bool], now: datetime
) -> tuple[DrawerRow, ...]:
    """Those drawers, the oldest first."""
    names, zone = staff_names(session), zone_of(session)
    rows = session.scalars(
        select(Drawer)
        .where(Drawer.practice_id == practice_of(session), *which)
        .order_by(Drawer.opened_at, Drawer.drawer_id)
    )
    return tuple(_row(session, row, now=now, names=names, zone=zone) for row in rows)


def taken_rows(
    session: Session, zone: ZoneInfo, *which: ColumnElement[bool]
) -> tuple[TakenRow, ...]:
    """Payments of the desk, in the order they were taken."""
    return tuple(_taken(row, zone) for row in _payments(session, *which))


def machine_waiting(session: Session) -> tuple[int, int]:
    """How many payments of the card machine no batch has brought, and how much."""
    practice_id = practice_of(session)
    row = session.execute(
        select(func.count(), func.coalesce(func.sum(Payment.amount_cents), 0))
        .select_from(Payment)
        .join(
            DeskPayment,
            (DeskPayment.practice_id == practice_id)
            & (DeskPayment.payment_id == Payment.payment_id),
        )
        .where(Payment.practice_id == practice_id, *waits_for_batch())
    ).one()
    return int(row[0]), int(row[1])


def waits_for_batch() -> Sequence[ColumnElement[bool]]:
    """Of a payment joined with what the desk knows of it: the machine still has its money."""
    return (
        Payment.method_kind == MethodKind.TERMINAL.value,
        Payment.state == PaymentState.SUCCEEDED.value,
        DeskPayment.terminal_batch_id.is_(None),
    )


def _in_states(*states: DrawerState) -> ColumnElement[bool]:
    return Drawer.state.in_([state.value for state in states])


def _seen(session: Session, principal: Principal, drawer_id: UUID) -> Drawer:
    require_desk(session)
    drawer = drawer_of(session, drawer_id)
    if drawer.staff_id != principal.actor_id and not oversees(principal):
        raise CounterNotAllowedError(drawer_id)
    return drawer


def _row(
    session: Session, drawer: Drawer, *, now: datetime, names: dict[UUID, str], zone: ZoneInfo
) -> DrawerRow:
    state = DrawerState(drawer.state)
    return DrawerRow(
        drawer_id=drawer.drawer_id,
        name=drawer.name,
        staff_name=names.get(drawer.staff_id, ""),
        opened_at=drawer.opened_at.astimezone(zone),
        state=state,
        is_mine=drawer.staff_id == principal_of(session).actor_id,
        is_old=state in IN_USE and drawer.opened_on < today_of(session, now),
        bank_cents=drawer.bank_cents,
    )


def _payments(
    session: Session, *which: ColumnElement[bool]
) -> Sequence[Row[Payment, DeskPayment, str, str, str]]:
    practice_id = practice_of(session)
    return session.execute(
        select(
            Payment,
            DeskPayment,
            Drawer.name.label("drawer_name"),
            Guarantor.first_name,
            Guarantor.last_name,
        )
        .join(
            DeskPayment,
            (DeskPayment.practice_id == practice_id)
            & (DeskPayment.payment_id == Payment.payment_id),
        )
        .join(
            Drawer,
            (Drawer.practice_id == practice_id) & (Drawer.drawer_id == DeskPayment.drawer_id),
        )
        .join(
            Guarantor,
            (Guarantor.practice_id == practice_id)
            & (Guarantor.guarantor_id == Payment.guarantor_id),
        )
        .where(Payment.practice_id == practice_id, *which)
        .order_by(Payment.settled_at, Payment.payment_id)
    ).all()


def _taken(row: Row[Payment, DeskPayment, str, str, str], zone: ZoneInfo) -> TakenRow:
    payment: Payment = row.Payment
    desk: DeskPayment = row.DeskPayment
    return TakenRow(
        payment_id=payment.payment_id,
        receipt_number=payment.receipt_number or "",
        guarantor_id=payment.guarantor_id,
        name=in_mixed_case(f"{row.first_name} {row.last_name}".strip()),
        taken_at=payment.created_at.astimezone(zone),
        taken_by=desk.taken_by,
        drawer_name=row.drawer_name,
        method=payment.method_kind or "",
        reference=desk.check_number or desk.approval_code,
        amount_cents=payment.amount_cents,
        state=PaymentState(payment.state),
    )


def _moves(session: Session, drawer_id: UUID, *, zone: ZoneInfo) -> tuple[MoveRow, ...]:
    names = staff_names(session)
    rows = session.scalars(
        select(DrawerEvent)
        .where(DrawerEvent.practice_id == practice_of(session), DrawerEvent.drawer_id == drawer_id)
        .order_by(DrawerEvent.event_id)
    )
    return tuple(
        MoveRow(
            row.occurred_at.astimezone(zone),
            DrawerState(row.state),
            names.get(row.staff_id, ""),
            row.reason,
        )
        for row in rows
    )


def _counts(session: Session, drawer_id: UUID) -> int:
    """How often it was counted: who counts until it fits is seen."""
    query = select(func.count()).where(
        DrawerCountRow.practice_id == practice_of(session), DrawerCountRow.drawer_id == drawer_id
    )
    return session.scalar(query) or 0


def _deposits(session: Session) -> tuple[DepositRow, ...]:
    rows = session.scalars(
        select(DeskDeposit)
        .where(DeskDeposit.practice_id == practice_of(session))
        .order_by(DeskDeposit.made_at.desc(), DeskDeposit.number.desc())
        .limit(_MOST_DEPOSITS)
    )
    return tuple(
        DepositRow(row.desk_deposit_id, row.number, row.made_on, row.cash_cents + row.checks_cents)
        for row in rows
    )


def _note(
    session: Session, kind: str, object_id: UUID | None, *, now: datetime, request_id: str
) -> None:
    record(
        session,
        action="view",
        object_kind=kind,
        object_id=object_id,
        guarantor_id=None,
        now=now,
        request_id=request_id,
    )
