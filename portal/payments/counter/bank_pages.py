"""What leaves the desk and what a day came to: deposit slips, and the day's report."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.connectors.practice_systems.spreadsheets import written
from portal.db import Database, Principal, practice_of
from portal.domain.drawer import DrawerState
from portal.domain.money import format_plain
from portal.domain.payment_status import PaymentState
from portal.payments.counter.access import require_desk, staff_names, today_of, zone_of
from portal.payments.counter.drawers import (
    HeldCheck,
    held_checks,
    newest_count,
    result_of_count,
)
from portal.payments.counter.models import (
    DeskDeposit,
    DeskPayment,
    DeskReversal,
    Drawer,
    FoundCheck,
)
from portal.payments.counter.pages import DrawerRow, TakenRow, drawer_rows, taken_rows
from portal.payments.counter.void_rows import VoidRow, void_rows
from portal.payments.models import Payment
from portal.practice.contact import PracticeContact, practice_contact

_CSV_COLUMNS: Final = (
    "receipt",
    "taken_at",
    "staff",
    "drawer",
    "method",
    "reference",
    "amount",
    "state",
    "void_reason",
    "voided_by",
    "voided_at",
)


class DepositNotFoundError(LookupError):
    """No such deposit of the desk in this practice."""


@dataclass(frozen=True, slots=True)
class SlipPage:
    """A deposit slip: cash, each check, and the drawers it came from."""

    practice: PracticeContact
    number: str
    made_at: datetime
    staff_name: str
    cash_cents: int
    checks_cents: int
    checks: tuple[HeldCheck, ...]
    drawers: tuple[DrawerRow, ...]

    @property
    def amount_cents(self) -> int:
        return self.cash_cents + self.checks_cents


@dataclass(frozen=True, slots=True)
class MethodSum:
    """What one person took in one way; voided payments are in neither figure."""

    method: str
    count: int
    amount_cents: int


@dataclass(frozen=True, slots=True)
class StaffDay:
    """What one person took on a day, payment by payment and by method."""

    staff_name: str
    sums: tuple[MethodSum, ...]
    taken: tuple[TakenRow, ...]

    @property
    def amount_cents(self) -> int:
        return sum(one.amount_cents for one in self.sums)


@dataclass(frozen=True, slots=True)
class ClosedDrawer:
    """A drawer of the day with what it was off by; None while it is in use."""

    drawer: DrawerRow
    difference_cents: int | None


@dataclass(frozen=True, slots=True)
class DayPage:
    """Everything the desk took on a day where the practice is."""

    day: date
    before: date
    after: date | None
    staff: tuple[StaffDay, ...]
    drawers: tuple[ClosedDrawer, ...]
    voids: tuple[VoidRow, ...] = ()

    @property
    def voided_cents(self) -> int:
        return sum(one.amount_cents for one in self.voids)

    @property
    def amount_cents(self) -> int:
        return sum(one.amount_cents for one in self.staff)

    @property
    def sums(self) -> tuple[MethodSum, ...]:
        """Over everybody."""
        return _sums([row for one in self.staff for row in one.taken])


def slip_page(
    database: Database,
    principal: Principal,
    desk_deposit_id: UUID,
    *,
    now: datetime,
    request_id: str,
) -> SlipPage:
    """Raises DeskElsewhereError, DepositNotFoundError."""
    with database.transaction(principal) as session:
        require_desk(session)
        deposit = session.scalar(
            select(DeskDeposit).where(
                DeskDeposit.practice_id == practice_of(session),
                DeskDeposit.desk_deposit_id == desk_deposit_id,
            )
        )
        if deposit is None:
            raise DepositNotFoundError(desk_deposit_id)
        _note(session, "desk_deposit", desk_deposit_id, now=now, request_id=request_id)
        of_deposit = Drawer.desk_deposit_id == desk_deposit_id
        drawers = drawer_rows(session, of_deposit, now=now)
        return SlipPage(
            practice=practice_contact(session),
            number=deposit.number,
            made_at=deposit.made_at.astimezone(zone_of(session)),
            staff_name=staff_names(session).get(deposit.made_by, ""),
            cash_cents=deposit.cash_cents,
            checks_cents=deposit.checks_cents,
            checks=(
                *(one for row in drawers for one in _there(session, row.drawer_id)),
                *_found_later(session, desk_deposit_id),
            ),
            drawers=drawers,
        )


def day_page(
    database: Database,
    principal: Principal,
    day: date | None,
    *,
    now: datetime,
    request_id: str,
) -> DayPage:
    """Of today when no day is named. Raises DeskElsewhereError."""
    with database.transaction(principal) as session:
        require_desk(session)
        _note(session, "desk_day", None, now=now, request_id=request_id)
        today = today_of(session, now)
        return _day(session, min(day or today, today), today=today, now=now)


def day_csv(
    database: Database,
    principal: Principal,
    day: date | None,
    *,
    now: datetime,
    request_id: str,
) -> bytes:
    """Each payment of the day, for a spreadsheet; no name is in it."""
    page = day_page(database, principal, day, now=now, request_id=request_id)
    voided = {one.payment_id: one for one in page.voids}
    rows = [
        (
            row.receipt_number,
            row.taken_at.isoformat(timespec="minutes"),
            one.staff_name,
            row.drawer_name,
            row.method,
            row.reference,
            format_plain(row.amount_cents),
            row.state.value,
            *_void_cells(voided.get(row.payment_id)),
        )
        for one in page.staff
        for row in one.taken
    ]
    return written([_CSV_COLUMNS, *rows])


def _void_cells(void: VoidRow | None) -> tuple[str, ...]:
    if void is None:
        return ("", "", "")
    return (void.reason, void.voided_by, void.at.isoformat(timespec="minutes"))


def _found_later(session: Session, desk_deposit_id: UUID) -> Sequence[HeldCheck]:
    """A check that was missing, and went to the bank under this number."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(Payment.payment_id, DeskPayment.check_number, Payment.amount_cents)
        .join(
            DeskPayment,
            (DeskPayment.practice_id == practice_id)
            & (DeskPayment.payment_id == Payment.payment_id),
        )
        .join(
            FoundCheck,
            (FoundCheck.practice_id == practice_id) & (FoundCheck.payment_id == Payment.payment_id),
        )
        .where(Payment.practice_id == practice_id, FoundCheck.desk_deposit_id == desk_deposit_id)
    )
    return [HeldCheck(*row) for row in rows]


def _there(session: Session, drawer_id: UUID) -> Sequence[HeldCheck]:
    """The checks that were there when it was counted."""
    drawer = session.scalars(
        select(Drawer).where(
            Drawer.practice_id == practice_of(session), Drawer.drawer_id == drawer_id
        )
    ).one()
    count = newest_count(session, drawer)
    missing = set(count.missing_checks) if count else set()
    held = held_checks(session, drawer_id)
    return [one for one in held if str(one.payment_id) not in missing]


def _day(session: Session, day: date, *, today: date, now: datetime) -> DayPage:
    zone = zone_of(session)
    begins = datetime.combine(day, time(), zone)
    ends = datetime.combine(day + timedelta(days=1), time(), zone)
    of_day = (Payment.created_at >= begins, Payment.created_at < ends)
    names = staff_names(session)
    by_staff: dict[UUID, list[TakenRow]] = defaultdict(list)
    for row in taken_rows(session, zone, *of_day):
        by_staff[row.taken_by].append(row)
    return DayPage(
        day=day,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1) if day < today else None,
        staff=tuple(
            StaffDay(names.get(staff_id, ""), _sums(rows), tuple(rows))
            for staff_id, rows in by_staff.items()
        ),
        drawers=tuple(
            ClosedDrawer(row, _difference(session, row))
            for row in drawer_rows(session, Drawer.opened_on == day, now=now)
        ),
        voids=void_rows(
            session, DeskReversal.reversed_at >= begins, DeskReversal.reversed_at < ends
        ),
    )


def _sums(rows: Sequence[TakenRow]) -> tuple[MethodSum, ...]:
    taken: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        if row.state is not PaymentState.VOIDED:
            taken[row.method].append(row.amount_cents)
    return tuple(MethodSum(method, len(cents), sum(cents)) for method, cents in taken.items())


def _difference(session: Session, row: DrawerRow) -> int | None:
    if row.state not in (DrawerState.CLOSED, DrawerState.DEPOSITED):
        return None
    drawer = session.scalars(
        select(Drawer).where(
            Drawer.practice_id == practice_of(session), Drawer.drawer_id == row.drawer_id
        )
    ).one()
    count = newest_count(session, drawer)
    if count is None:
        return None
    return result_of_count(count, float_cents=drawer.float_cents).difference_cents


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
