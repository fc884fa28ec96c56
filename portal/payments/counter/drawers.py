"""A drawer's day: opened with a float, counted blind, closed, and reopened only by a manager.

Its row is locked for each of these, and by every payment into it, after the payment's guarantor.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.roles import Area
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.desk_postings import drawer_counted
from portal.domain.drawer import (
    DrawerCount,
    DrawerResult,
    DrawerState,
    DrawerTakings,
    UnknownDrawerMoveError,
    cash_in,
    compare,
    require_drawer_move,
)
from portal.domain.journal import BusinessEvent
from portal.domain.payment_channel import MethodKind
from portal.domain.payment_status import PaymentState
from portal.ledger.journal import post, reverse
from portal.ledger.models import JournalEntryRow
from portal.payments.counter.access import (
    CounterNotAllowedError,
    drawer_in_use,
    drawer_of,
    oversees,
    require_area,
    require_desk,
    staff_id_of,
    today_of,
)
from portal.payments.counter.cash_voids import let_requests_lapse
from portal.payments.counter.models import DeskPayment, Drawer, DrawerCountRow, DrawerEvent
from portal.payments.models import Payment


class DrawerInUseError(RuntimeError):
    """Its owner works at a drawer already."""


class ReasonMissingError(ValueError):
    """It is off by more than may go without a word."""


class CountChangedError(RuntimeError):
    """It is not the newest count that was agreed to."""


@dataclass(frozen=True, slots=True)
class HeldCheck:
    """A check that should be in a drawer."""

    payment_id: UUID
    check_number: str
    amount_cents: int


def open_drawer(
    database: Database,
    principal: Principal,
    *,
    name: str,
    float_cents: int,
    now: datetime,
    request_id: str,
) -> UUID:
    """Begin a drawer with the change in it; the float is the practice's own and never posted.

    Raises DeskElsewhereError, CounterNotAllowedError, DrawerInUseError.
    """
    require_area(principal, Area.DRAWER)
    with database.transaction(principal) as session:
        require_desk(session)
        session.connection().execute(
            select(func.pg_advisory_xact_lock(func.hashtext(str(staff_id_of(principal)))))
        )
        if drawer_in_use(session) is not None:
            raise DrawerInUseError
        drawer = Drawer(
            practice_id=practice_of(session),
            drawer_id=new_id(),
            staff_id=staff_id_of(principal),
            name=name,
            float_cents=float_cents,
            opened_on=today_of(session, now),
            opened_at=now,
            state=DrawerState.OPEN.value,
            state_at=now,
        )
        session.add(drawer)
        session.flush()
        _record_move(session, drawer, principal, now=now, reason="", request_id=request_id)
        return drawer.drawer_id


def count_drawer(
    database: Database,
    principal: Principal,
    drawer_id: UUID,
    *,
    pieces: Mapping[int, int],
    checks_there: Collection[UUID],
    now: datetime,
    request_id: str,
) -> UUID:
    """Keep what was found; only then is it held against what should be there. The count's id.

    By its owner or a manager. Raises DrawerNotFoundError, CounterNotAllowedError,
    UnknownDrawerMoveError, ValueError for what is no piece.
    """
    with database.transaction(principal) as session:
        drawer = _own_or_overseen(session, principal, drawer_id)
        require_drawer_move(DrawerState(drawer.state), DrawerState.COUNTED)
        takings = takings_of(session, drawer)
        held = held_checks(session, drawer_id)
        missing = [one for one in held if one.payment_id not in checks_there]
        count_id = new_id()
        session.execute(
            insert(DrawerCountRow).values(
                practice_id=practice_of(session),
                count_id=count_id,
                drawer_id=drawer_id,
                counted_at=now,
                counted_by=staff_id_of(principal),
                pieces={str(worth): count for worth, count in pieces.items() if count},
                missing_checks=[str(one.payment_id) for one in missing],
                cash_cents=cash_in(pieces),
                checks_cents=takings.checks_cents - sum(one.amount_cents for one in missing),
                expected_cash_cents=takings.float_cents + takings.cash_cents,
                expected_checks_cents=takings.checks_cents,
            )
        )
        drawer.count_id = count_id
        let_requests_lapse(session, drawer_id, by=principal, now=now)
        _move(session, drawer, DrawerState.COUNTED, principal, now=now, request_id=request_id)
        return count_id


def carry_on(
    database: Database, principal: Principal, drawer_id: UUID, *, now: datetime, request_id: str
) -> None:
    """Back to taking money after a count; the count stays on record. By its owner.

    Raises DrawerNotFoundError, CounterNotAllowedError, UnknownDrawerMoveError.
    """
    with database.transaction(principal) as session:
        drawer = _own_or_overseen(session, principal, drawer_id)
        if drawer.staff_id != principal.actor_id:
            raise CounterNotAllowedError(drawer_id)
        if drawer.state != DrawerState.COUNTED.value:
            raise UnknownDrawerMoveError(drawer_id)
        _move(session, drawer, DrawerState.OPEN, principal, now=now, request_id=request_id)


def close_drawer(
    database: Database,
    principal: Principal,
    drawer_id: UUID,
    *,
    count_id: UUID,
    reason: str,
    now: datetime,
    request_id: str,
) -> None:
    """Agree to the newest count: what differs is posted, and the drawer is done.

    Raises DrawerNotFoundError, CounterNotAllowedError, UnknownDrawerMoveError, CountChangedError,
    ReasonMissingError.
    """
    with database.transaction(principal) as session:
        drawer = _own_or_overseen(session, principal, drawer_id)
        require_drawer_move(DrawerState(drawer.state), DrawerState.CLOSED)
        if drawer.count_id != count_id:
            raise CountChangedError(drawer_id)
        result = result_of(session, drawer)
        if result.needs_reason and not reason:
            raise ReasonMissingError(drawer_id)
        if result.difference_cents:
            entry = drawer_counted(
                count_id,
                difference_cents=result.difference_cents,
                effective_on=today_of(session, now),
            )
            post(session, entry, now=now)
        drawer.bank_cents = result.to_bank_cents
        _move(
            session,
            drawer,
            DrawerState.CLOSED,
            principal,
            now=now,
            reason=reason,
            request_id=request_id,
        )


def reopen_drawer(
    database: Database,
    principal: Principal,
    drawer_id: UUID,
    *,
    reason: str,
    now: datetime,
    request_id: str,
) -> None:
    """Undo the closing, with what it posted; not once its money left for the bank. By a manager.

    Raises DrawerNotFoundError, CounterNotAllowedError, UnknownDrawerMoveError, ReasonMissingError,
    DrawerInUseError.
    """
    require_area(principal, Area.BOOKS)
    with database.transaction(principal) as session:
        require_desk(session)
        drawer = drawer_of(session, drawer_id, locked=True)
        if drawer.state != DrawerState.CLOSED.value:
            raise UnknownDrawerMoveError(drawer_id)
        if not reason:
            raise ReasonMissingError(drawer_id)
        if _owner_is_at_another(session, drawer):
            raise DrawerInUseError
        _take_difference_back(session, drawer, now=now)
        drawer.bank_cents = None
        _move(
            session,
            drawer,
            DrawerState.OPEN,
            principal,
            now=now,
            reason=reason,
            request_id=request_id,
        )


def takings_of(session: Session, drawer: Drawer) -> DrawerTakings:
    """What it should hold: of its payments those that were not voided."""
    practice_id = practice_of(session)
    cents = func.sum(Payment.amount_cents)
    rows = session.execute(
        select(Payment.method_kind, cents.label("cents"))
        .join(
            DeskPayment,
            (DeskPayment.practice_id == practice_id)
            & (DeskPayment.payment_id == Payment.payment_id),
        )
        .where(
            Payment.practice_id == practice_id,
            DeskPayment.drawer_id == drawer.drawer_id,
            Payment.state != PaymentState.VOIDED.value,
        )
        .group_by(Payment.method_kind)
    )
    taken = {row.method_kind: int(row.cents) for row in rows}
    return DrawerTakings(
        drawer.float_cents, taken.get(MethodKind.CASH, 0), taken.get(MethodKind.CHECK, 0)
    )


def held_checks(session: Session, drawer_id: UUID) -> tuple[HeldCheck, ...]:
    """The checks that should be there, in the order they were taken."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(Payment.payment_id, DeskPayment.check_number, Payment.amount_cents)
        .join(
            DeskPayment,
            (DeskPayment.practice_id == practice_id)
            & (DeskPayment.payment_id == Payment.payment_id),
        )
        .where(
            Payment.practice_id == practice_id,
            DeskPayment.drawer_id == drawer_id,
            Payment.method_kind == MethodKind.CHECK.value,
            Payment.state != PaymentState.VOIDED.value,
        )
        .order_by(Payment.payment_id)
    )
    return tuple(HeldCheck(*row) for row in rows)


def newest_count(session: Session, drawer: Drawer) -> DrawerCountRow | None:
    """None before the first."""
    return session.scalar(
        select(DrawerCountRow).where(
            DrawerCountRow.practice_id == practice_of(session),
            DrawerCountRow.count_id == drawer.count_id,
        )
    )


def result_of(session: Session, drawer: Drawer) -> DrawerResult:
    """The newest count held against the takings. Raises LookupError before the first."""
    count = newest_count(session, drawer)
    if count is None:
        raise LookupError(drawer.drawer_id)
    return result_of_count(count, float_cents=drawer.float_cents)


def result_of_count(count: DrawerCountRow, *, float_cents: int) -> DrawerResult:
    """As it was when it was counted; nothing is taken between a count and the closing."""
    return compare(
        DrawerTakings(
            float_cents, count.expected_cash_cents - float_cents, count.expected_checks_cents
        ),
        DrawerCount(count.cash_cents, count.checks_cents),
    )


def _own_or_overseen(session: Session, principal: Principal, drawer_id: UUID) -> Drawer:
    require_desk(session)
    drawer = drawer_of(session, drawer_id, locked=True)
    if drawer.staff_id != staff_id_of(principal) and not oversees(principal):
        raise CounterNotAllowedError(drawer_id)
    return drawer


def _owner_is_at_another(session: Session, drawer: Drawer) -> bool:
    found = session.scalar(
        select(Drawer.drawer_id).where(
            Drawer.practice_id == practice_of(session),
            Drawer.staff_id == drawer.staff_id,
            Drawer.state.in_((DrawerState.OPEN.value, DrawerState.COUNTED.value)),
        )
    )
    return found is not None


def _take_difference_back(session: Session, drawer: Drawer, *, now: datetime) -> None:
    entry_id = session.scalar(
        select(JournalEntryRow.entry_id).where(
            JournalEntryRow.practice_id == practice_of(session),
            JournalEntryRow.business_event == BusinessEvent.DRAWER_COUNTED.value,
            JournalEntryRow.source_key == str(drawer.count_id),
        )
    )
    if entry_id is not None:
        today = today_of(session, now)
        event = BusinessEvent.DRAWER_COUNTED
        reverse(session, entry_id, business_event=event, effective_on=today, now=now)


def _move(
    session: Session,
    drawer: Drawer,
    state: DrawerState,
    principal: Principal,
    *,
    now: datetime,
    request_id: str,
    reason: str = "",
) -> None:
    require_drawer_move(DrawerState(drawer.state), state)
    drawer.state = state.value
    drawer.state_at = now
    session.flush()
    _record_move(session, drawer, principal, now=now, reason=reason, request_id=request_id)


def _record_move(
    session: Session,
    drawer: Drawer,
    principal: Principal,
    *,
    now: datetime,
    reason: str,
    request_id: str,
) -> None:
    session.execute(
        insert(DrawerEvent).values(
            practice_id=practice_of(session),
            event_id=new_id(),
            drawer_id=drawer.drawer_id,
            state=drawer.state,
            occurred_at=now,
            staff_id=staff_id_of(principal),
            reason=reason,
        )
    )
    record(
        session,
        action=f"drawer_{drawer.state}",
        object_kind="drawer",
        object_id=drawer.drawer_id,
        guarantor_id=None,
        now=now,
        request_id=request_id,
    )
