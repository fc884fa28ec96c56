"""Pages of the books: a day and a payout held against each other, the list of payouts, CSV."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.connectors.practice_systems.spreadsheets import written
from portal.connectors.settlement_records import PayoutStatus
from portal.db import Database, Principal, practice_of
from portal.domain.reconciliation import Difference, Standing
from portal.payments.books.desk_money import DeskMoney, desk_money_of
from portal.payments.books.models import MovementRow, PayoutRow
from portal.payments.books.payouts import (
    DIFFERS_TASK,
    MANUAL_TASK,
    RETURNED_TASK,
    UNEXPLAINED_TASK,
)
from portal.payments.books.reconciling import (
    KINDS,
    Day,
    ReconciledRow,
    day_of_books,
    other_movements,
    rows_of_payout,
)
from portal.payments.books.standing import balance_read, standing
from portal.practice.contact import practice_contact
from portal.practice.models import Task

PAYOUT_TASKS: Final = (DIFFERS_TASK, MANUAL_TASK, RETURNED_TASK, UNEXPLAINED_TASK)
_MOST_PAYOUTS: Final = 90
_CSV_COLUMNS: Final = (
    "day",
    "kind",
    "receipt_or_stripe_id",
    "stripe_cents",
    "fee_cents",
    "payment_cents",
    "journal_cents",
    "practice_system",
    "payouts",
    "posted_on",
    "differences",
)


class PayoutNotFoundError(LookupError):
    """No such payout in this practice."""


@dataclass(frozen=True, slots=True)
class PayoutItem:
    """One payout in a list. ``trouble``: kinds of tasks about it that are open."""

    payout_id: UUID
    stripe_payout_id: str
    amount_cents: int
    status: PayoutStatus
    arrives_on: date
    is_booked: bool
    trouble: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BooksPage:
    """A day, what stands, the payouts that arrive on it, and what the desk brought to the bank."""

    day: Day
    previous: date
    following: date | None
    payouts: tuple[PayoutItem, ...]
    standing: Standing
    balance_cents: int | None
    balance_read_at: datetime | None
    desk_money: tuple[DeskMoney, ...] = ()

    @property
    def is_still_the_balance(self) -> bool:
        """What Stripe said last is what its movements come to."""
        return self.balance_cents == self.standing.balance_cents


@dataclass(frozen=True, slots=True)
class MovementItem:
    """A movement of no payment: its kind, Stripe's own word and text for it, what it moved."""

    kind: str
    word: str
    description: str
    net_cents: int


@dataclass(frozen=True, slots=True)
class PayoutPage:
    """What a payout carried, and what it comes to."""

    payout: PayoutItem
    is_automatic: bool
    failure_code: str
    rows: tuple[ReconciledRow, ...]
    others: tuple[MovementItem, ...]
    carried_cents: int
    fee_cents: int

    @property
    def others_cents(self) -> int:
        """Fees of their own, and what came back."""
        return sum(one.net_cents for one in self.others)

    @property
    def ties(self) -> bool:
        """What it carried is what arrived, to the cent."""
        return self.carried_cents - self.fee_cents + self.others_cents == self.payout.amount_cents


def books_page(
    database: Database,
    principal: Principal,
    day: date | None,
    *,
    now: datetime,
    request_id: str,
) -> BooksPage:
    """A day (today, unless one is given), with a row in the audit log."""
    with database.transaction(principal) as session:
        _note(session, "books", None, now=now, request_id=request_id)
        zone = ZoneInfo(practice_contact(session).time_zone)
        today = now.astimezone(zone).date()
        chosen = day or today
        read = balance_read(session)
        return BooksPage(
            day=day_of_books(session, chosen, zone=zone),
            previous=chosen - timedelta(days=1),
            following=chosen + timedelta(days=1) if chosen < today else None,
            payouts=_payouts(session, _newest().where(PayoutRow.arrives_on == chosen)),
            standing=standing(session),
            balance_cents=read.balance_cents if read else None,
            balance_read_at=read.read_at.astimezone(zone) if read else None,
            desk_money=desk_money_of(session, chosen),
        )


def books_csv(
    database: Database,
    principal: Principal,
    day: date | None,
    *,
    now: datetime,
    request_id: str,
) -> bytes:
    """The day's rows (today's, unless one is given) for a spreadsheet, with an audit row."""
    with database.transaction(principal) as session:
        _note(session, "books", None, now=now, request_id=request_id)
        zone = ZoneInfo(practice_contact(session).time_zone)
        seen = day_of_books(session, day or now.astimezone(zone).date(), zone=zone)
    return written([_CSV_COLUMNS, *(_csv_row(seen.day, row) for row in seen.rows)])


def payouts_page(
    database: Database, principal: Principal, *, now: datetime, request_id: str
) -> tuple[PayoutItem, ...]:
    """The newest payouts, with a row in the audit log."""
    with database.transaction(principal) as session:
        _note(session, "payouts", None, now=now, request_id=request_id)
        return _payouts(session, _newest().limit(_MOST_PAYOUTS))


def payout_page(
    database: Database,
    principal: Principal,
    payout_id: UUID,
    *,
    now: datetime,
    request_id: str,
) -> PayoutPage:
    """One payout, with a row in the audit log. Raises PayoutNotFoundError."""
    with database.transaction(principal) as session:
        _note(session, "payout", payout_id, now=now, request_id=request_id)
        found = _payouts(session, _newest().where(PayoutRow.payout_id == payout_id))
        if not found:
            raise PayoutNotFoundError(payout_id)
        row = session.scalars(
            select(PayoutRow).where(
                PayoutRow.practice_id == practice_of(session), PayoutRow.payout_id == payout_id
            )
        ).one()
        rows = rows_of_payout(session, payout_id)
        carried_cents, fee_cents = _carried(session, payout_id)
        return PayoutPage(
            payout=found[0],
            is_automatic=row.is_automatic,
            failure_code=row.failure_code or "",
            rows=rows,
            others=tuple(_item(one) for one in other_movements(session, payout_id)),
            carried_cents=carried_cents,
            fee_cents=fee_cents,
        )


def difference_counts(day: Day) -> dict[str, int]:
    """How often each difference occurs, by its name."""
    counted = Counter(one for row in day.rows for one in row.differences)
    return {one.value: counted[one] for one in Difference if counted[one]}


def _newest() -> Select[PayoutRow]:
    return select(PayoutRow).order_by(PayoutRow.arrives_on.desc(), PayoutRow.created_at.desc())


def _payouts(session: Session, query: Select[PayoutRow]) -> tuple[PayoutItem, ...]:
    practice_id = practice_of(session)
    rows = session.scalars(query.where(PayoutRow.practice_id == practice_id)).all()
    tasks = session.execute(
        select(Task.subject_id, Task.kind).where(
            Task.practice_id == practice_id,
            Task.kind.in_(PAYOUT_TASKS),
            Task.subject_id.in_([row.payout_id for row in rows]),
            Task.done_at.is_(None),
        )
    ).all()
    return tuple(
        PayoutItem(
            payout_id=row.payout_id,
            stripe_payout_id=row.stripe_payout_id,
            amount_cents=row.amount_cents,
            status=PayoutStatus(row.status),
            arrives_on=row.arrives_on,
            is_booked=row.settled_entry_id is not None,
            trouble=tuple(task.kind for task in tasks if task.subject_id == row.payout_id),
        )
        for row in rows
    )


def _carried(session: Session, payout_id: UUID) -> tuple[int, int]:
    """What its movements of payments come to, and the fees that were taken off them."""
    cents, fees = session.execute(
        select(func.sum(MovementRow.amount_cents), func.sum(MovementRow.fee_cents)).where(
            MovementRow.practice_id == practice_of(session),
            MovementRow.payout_id == payout_id,
            MovementRow.kind.in_(KINDS),
        )
    ).one()
    return int(cents or 0), int(fees or 0)


def _item(movement: MovementRow) -> MovementItem:
    return MovementItem(
        movement.kind,
        movement.word,
        movement.description,
        movement.amount_cents - movement.fee_cents,
    )


def _csv_row(day: date, row: ReconciledRow) -> tuple[str, ...]:
    sides = row.sides
    cents = (sides.stripe_cents, row.fee_cents, sides.ours_cents, sides.journal_cents)
    return (
        day.isoformat(),
        row.kind,
        row.label,
        *("" if one is None else str(one) for one in cents),
        sides.practice.value,
        " ".join(row.payouts),
        row.posted_on.isoformat() if row.posted_on else "",
        " ".join(one.value for one in row.differences),
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
