"""Who is at the desk and whether the portal books its money: asked before anything is read."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.auth.models import StaffMember
from portal.auth.roles import REACH, Area
from portal.db import Principal, PrincipalKind, practice_of, principal_of
from portal.domain.drawer import IN_USE, DrawerState
from portal.payments.counter.models import DeskPayment, Drawer
from portal.payments.models import Payment
from portal.practice.feed import DeskReceiptsIn, desk_receipts_in
from portal.practice.models import Practice


class DeskElsewhereError(RuntimeError):
    """Money at the desk is booked in the practice's own system: counting it here is twice."""


class CounterNotAllowedError(PermissionError):
    """Not with this role, or not with somebody else's drawer."""


class DrawerNotFoundError(LookupError):
    """No such drawer in this practice."""


class DeskPaymentNotFoundError(LookupError):
    """No such payment, or not one of the desk."""


class NoDrawerError(RuntimeError):
    """Whoever takes money opens a drawer first."""


class DrawerNotOpenError(RuntimeError):
    """It is counted or closed: what it holds must not change."""


class DrawerOfAnotherDayError(RuntimeError):
    """A drawer is closed on its day, before the next one's first payment."""


def require_desk(session: Session) -> None:
    """Raises DeskElsewhereError unless the portal books what the desk takes."""
    if desk_receipts_in(session) is not DeskReceiptsIn.PORTAL:
        raise DeskElsewhereError


def staff_id_of(principal: Principal) -> UUID:
    """Whose hands the money is in. Raises CounterNotAllowedError for whoever is not of staff."""
    if principal.kind is not PrincipalKind.STAFF or principal.actor_id is None:
        raise CounterNotAllowedError
    return principal.actor_id


def require_area(principal: Principal, area: Area) -> None:
    """Raises CounterNotAllowedError."""
    if principal.kind is not PrincipalKind.STAFF or principal.role not in REACH[area]:
        raise CounterNotAllowedError(area)


def oversees(principal: Principal) -> bool:
    """Managers see to what others took; they take nothing themselves."""
    return principal.role in REACH[Area.BOOKS]


def drawer_in_use(session: Session) -> Drawer | None:
    """The one that whoever asks works at."""
    return session.scalar(
        select(Drawer).where(
            Drawer.practice_id == practice_of(session),
            Drawer.staff_id == principal_of(session).actor_id,
            Drawer.state.in_([state.value for state in IN_USE]),
        )
    )


def drawer_of(session: Session, drawer_id: UUID, *, locked: bool = False) -> Drawer:
    """Any of the practice; ``locked`` for changing it. Raises DrawerNotFoundError."""
    query = select(Drawer).where(
        Drawer.practice_id == practice_of(session), Drawer.drawer_id == drawer_id
    )
    if locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    drawer = session.scalar(query)
    if drawer is None:
        raise DrawerNotFoundError(drawer_id)
    return drawer


def lock_own_drawer(session: Session, *, today: date) -> Drawer:
    """For a payment: it stays open until the payment is in it.

    Raises NoDrawerError, DrawerNotOpenError, DrawerOfAnotherDayError.
    """
    found = drawer_in_use(session)
    if found is None:
        raise NoDrawerError
    drawer = drawer_of(session, found.drawer_id, locked=True)
    require_open(drawer)
    if drawer.opened_on != today:
        raise DrawerOfAnotherDayError
    return drawer


def require_open(drawer: Drawer) -> None:
    """Raises DrawerNotOpenError."""
    if DrawerState(drawer.state) is not DrawerState.OPEN:
        raise DrawerNotOpenError(drawer.drawer_id)


def desk_payment(session: Session, payment_id: UUID) -> tuple[Payment, DeskPayment]:
    """Raises DeskPaymentNotFoundError."""
    practice_id = practice_of(session)
    found = session.execute(
        select(Payment, DeskPayment)
        .join(
            DeskPayment,
            (DeskPayment.practice_id == practice_id)
            & (DeskPayment.payment_id == Payment.payment_id),
        )
        .where(Payment.practice_id == practice_id, Payment.payment_id == payment_id)
    ).one_or_none()
    if found is None:
        raise DeskPaymentNotFoundError(payment_id)
    return found.Payment, found.DeskPayment


def staff_names(session: Session) -> dict[UUID, str]:
    """Everybody who works or worked here."""
    rows = session.execute(
        select(StaffMember.staff_id, StaffMember.name).where(
            StaffMember.practice_id == practice_of(session)
        )
    )
    return {row.staff_id: row.name for row in rows}


def zone_of(session: Session) -> ZoneInfo:
    """Where the practice's days begin and end."""
    name = session.scalar(
        select(func.max(Practice.time_zone)).where(Practice.practice_id == practice_of(session))
    )
    return ZoneInfo(name or "UTC")


def today_of(session: Session, now: datetime) -> date:
    """The practice's day."""
    return now.astimezone(zone_of(session)).date()
