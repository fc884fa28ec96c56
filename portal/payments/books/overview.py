"""All money that waits for somebody, room by room: how much, how many, how urgent."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.roles import Area
from portal.db import Database, Principal, practice_of
from portal.domain.charge_schedule import ScheduledState
from portal.domain.dispute_status import WAITS_FOR_US
from portal.domain.drawer import IN_USE
from portal.domain.journal import LedgerAccount
from portal.domain.payment_status import RefundState
from portal.ledger.models import PostingRow
from portal.ledger.queries import account_sums
from portal.payments.books.pages import PAYOUT_TASKS
from portal.payments.counter.models import Drawer
from portal.payments.disputes.models import DisputeRow
from portal.payments.models import Refund
from portal.payments.scheduled.models import ScheduledPayment
from portal.payments.suspense.items import open_items
from portal.practice.contact import practice_contact
from portal.practice.models import Task

_LOOKED_BACK: Final = timedelta(days=30)
_SOON: Final = timedelta(days=3)


class Room(StrEnum):
    """A part of the money pages."""

    DISPUTES = "disputes"
    PAYOUTS = "payouts"
    REFUNDS = "refunds"
    SUSPENSE = "suspense"
    CREDITS = "credits"
    DRAWERS = "drawers"
    CHARGES = "charges"


class Light(StrEnum):
    """How urgent: the same three as everywhere."""

    RED = "stop"
    AMBER = "warn"
    GREEN = "good"


AREA_OF: Final = {
    Room.DISPUTES: Area.BOOKS,
    Room.PAYOUTS: Area.BOOKS,
    Room.REFUNDS: Area.REFUNDS,
    Room.SUSPENSE: Area.BOOKS,
    Room.CREDITS: Area.CREDIT,
    Room.DRAWERS: Area.MONEY,
    Room.CHARGES: Area.MONEY,
}
"""Who may go there."""


@dataclass(frozen=True, slots=True)
class OpenMoney:
    """What is open in one room. ``due_at``: of the most urgent, where there is a day."""

    room: Room
    count: int
    light: Light
    cents: int | None = None
    due_at: datetime | None = None

    @property
    def area(self) -> Area:
        """Who may go there."""
        return AREA_OF[self.room]


@dataclass(frozen=True, slots=True)
class MoneyPage:
    """Everything that is open, the most urgent first, and what stands in clearing."""

    rooms: tuple[OpenMoney, ...]
    clearing_cents: int
    disputed_cents: int

    @property
    def is_clear(self) -> bool:
        """Nothing waits for anybody."""
        return all(one.light is Light.GREEN for one in self.rooms)


def money_page(
    database: Database, principal: Principal, *, now: datetime, request_id: str
) -> MoneyPage:
    """With a row in the audit log."""
    with database.transaction(principal) as session:
        record(
            session,
            action="view",
            object_kind="money",
            object_id=None,
            guarantor_id=None,
            now=now,
            request_id=request_id,
        )
        zone = ZoneInfo(practice_contact(session).time_zone)
        sums = account_sums(session)
        return MoneyPage(
            rooms=(
                _disputes(session, now=now, zone=zone),
                _payouts(session),
                _suspense(session),
                _refunds(session),
                _charges(session, now=now),
                _credits(session),
                _drawers(session, now=now, zone=zone),
            ),
            clearing_cents=sums.get(LedgerAccount.CARD_CLEARING, 0)
            + sums.get(LedgerAccount.BANK_CLEARING, 0),
            disputed_cents=sums.get(LedgerAccount.DISPUTES_RECEIVABLE, 0),
        )


def _disputes(session: Session, *, now: datetime, zone: ZoneInfo) -> OpenMoney:
    waits = [state.value for state in WAITS_FOR_US]
    count, cents, due_at = session.execute(
        select(func.count(), func.sum(DisputeRow.amount_cents), func.min(DisputeRow.due_at)).where(
            DisputeRow.practice_id == practice_of(session), DisputeRow.state.in_(waits)
        )
    ).one()
    is_soon = due_at is not None and due_at < now + _SOON
    light = Light.GREEN if not count else Light.RED if is_soon else Light.AMBER
    due = due_at.astimezone(zone) if due_at else None
    return OpenMoney(Room.DISPUTES, count, light, int(cents or 0), due)


def _payouts(session: Session) -> OpenMoney:
    count = _count(session, Task, Task.kind.in_(PAYOUT_TASKS), Task.done_at.is_(None))
    return OpenMoney(Room.PAYOUTS, count, Light.RED if count else Light.GREEN)


def _suspense(session: Session) -> OpenMoney:
    """Below zero is money that went out and nobody has accounted for; it is not made up for."""
    items = open_items(session)
    is_gone = any(item.amount_cents < 0 for item in items)
    light = Light.GREEN if not items else Light.RED if is_gone else Light.AMBER
    return OpenMoney(Room.SUSPENSE, len(items), light, sum(item.amount_cents for item in items))


def _refunds(session: Session) -> OpenMoney:
    count, cents = session.execute(
        select(func.count(), func.sum(Refund.amount_cents)).where(
            Refund.practice_id == practice_of(session),
            Refund.state == RefundState.WAITING.value,
        )
    ).one()
    return OpenMoney(Room.REFUNDS, count, Light.AMBER if count else Light.GREEN, int(cents or 0))


def _charges(session: Session, *, now: datetime) -> OpenMoney:
    """Charges that were agreed on and did not come, of the last weeks."""
    count = _count(
        session,
        ScheduledPayment,
        ScheduledPayment.state.in_(
            [ScheduledState.FAILED.value, ScheduledState.NEEDS_PATIENT.value]
        ),
        ScheduledPayment.state_at >= now - _LOOKED_BACK,
    )
    return OpenMoney(Room.CHARGES, count, Light.AMBER if count else Light.GREEN)


def _credits(session: Session) -> OpenMoney:
    credit = -func.sum(PostingRow.amount_cents)
    people = (
        select(credit.label("cents"))
        .where(
            PostingRow.practice_id == practice_of(session),
            PostingRow.account == LedgerAccount.UNAPPLIED_CREDIT.value,
        )
        .group_by(PostingRow.guarantor_id)
        .having(credit > 0)
        .subquery()
    )
    count, cents = session.execute(select(func.count(), func.sum(people.c.cents))).one()
    return OpenMoney(Room.CREDITS, count, Light.AMBER if count else Light.GREEN, int(cents or 0))


def _drawers(session: Session, *, now: datetime, zone: ZoneInfo) -> OpenMoney:
    """Open today is as it should be; one of an earlier day was forgotten."""
    in_use = Drawer.state.in_([state.value for state in IN_USE])
    count = _count(session, Drawer, in_use)
    today = now.astimezone(zone).date()
    forgotten = _count(session, Drawer, in_use, Drawer.opened_on < today)
    return OpenMoney(Room.DRAWERS, count, Light.AMBER if forgotten else Light.GREEN)


def _count(session: Session, table: Any, *conditions: Any) -> int:
    query = select(func.count()).select_from(table)
    return session.scalar(query.where(table.practice_id == practice_of(session), *conditions)) or 0
