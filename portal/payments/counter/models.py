"""Drawers, their counts, what was taken into them, and what left them for the bank."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import GUARANTOR_TABLE, STAFF_TABLE, PracticeBase, belongs_to


class Drawer(PracticeBase):
    """One person's drawer from its float to the bank. What they take meanwhile belongs to it."""

    __tablename__ = "drawers"
    __table_args__ = (
        belongs_to("desk_deposits", "desk_deposit_id", child="drawers"),
        CheckConstraint("float_cents >= 0", name="drawers_float"),
        Index(
            "drawers_in_use",
            "practice_id",
            "staff_id",
            unique=True,
            postgresql_where=text("state IN ('open', 'counted')"),
        ),
        Index("drawers_day", "practice_id", "opened_on"),
        Index("drawers_deposit", "practice_id", "desk_deposit_id"),
        STAFF_TABLE,
    )

    drawer_id: Mapped[UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID]
    name: Mapped[str]  # which drawer of the desk
    float_cents: Mapped[int]
    opened_on: Mapped[date]  # where the practice is
    opened_at: Mapped[datetime]
    state: Mapped[str]
    state_at: Mapped[datetime]
    count_id: Mapped[UUID | None]  # the newest count; of a closed drawer the one that closed it
    bank_cents: Mapped[int | None]  # of a closed one: what of it goes to the bank
    desk_deposit_id: Mapped[UUID | None]


class DrawerCountRow(PracticeBase):
    """What somebody found in a drawer before they were told what should be there; append-only."""

    __tablename__ = "drawer_counts"
    __table_args__ = (
        belongs_to("drawers", "drawer_id", child="drawer_counts"),
        Index("drawer_counts_drawer", "practice_id", "drawer_id"),
        STAFF_TABLE,
    )

    count_id: Mapped[UUID] = mapped_column(primary_key=True)
    drawer_id: Mapped[UUID]
    counted_at: Mapped[datetime]
    counted_by: Mapped[UUID]
    pieces: Mapped[dict[str, int]] = mapped_column(JSONB)  # bills and coins by their cents
    missing_checks: Mapped[list[Any]] = mapped_column(JSONB)  # payments whose check is not there
    cash_cents: Mapped[int]  # with the float
    checks_cents: Mapped[int]
    expected_cash_cents: Mapped[int]  # with the float
    expected_checks_cents: Mapped[int]


class DrawerEvent(PracticeBase):
    """Every move of a drawer, with who and why; append-only."""

    __tablename__ = "drawer_events"
    __table_args__ = (
        belongs_to("drawers", "drawer_id", child="drawer_events"),
        Index("drawer_events_drawer", "practice_id", "drawer_id"),
        STAFF_TABLE,
    )

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    drawer_id: Mapped[UUID]
    state: Mapped[str]
    occurred_at: Mapped[datetime]
    staff_id: Mapped[UUID]
    reason: Mapped[str] = mapped_column(server_default="")


class DeskDeposit(PracticeBase):
    """What closed drawers held, on its way to the bank; append-only."""

    __tablename__ = "desk_deposits"
    __table_args__ = (
        belongs_to("journal_entries", "entry_id", child="desk_deposits"),
        UniqueConstraint("practice_id", "number", name="desk_deposits_number"),
        CheckConstraint("cash_cents + checks_cents > 0", name="desk_deposits_amount"),
        Index("desk_deposits_day", "practice_id", "made_on"),
        STAFF_TABLE,
    )

    desk_deposit_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str]
    made_on: Mapped[date]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID]
    cash_cents: Mapped[int]
    checks_cents: Mapped[int]
    entry_id: Mapped[UUID]


class TerminalBatch(PracticeBase):
    """Payments of the card machine that arrived at the bank together; append-only."""

    __tablename__ = "terminal_batches"
    __table_args__ = (
        belongs_to("journal_entries", "entry_id", child="terminal_batches"),
        CheckConstraint("arrived_cents BETWEEN 1 AND taken_cents", name="terminal_batches_arrived"),
        Index("terminal_batches_day", "practice_id", "arrived_on"),
        STAFF_TABLE,
    )

    terminal_batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    arrived_on: Mapped[date]
    taken_cents: Mapped[int]  # less the refunds
    refunds_cents: Mapped[int]  # on the machine, which the batch had taken off
    arrived_cents: Mapped[int]
    reference: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID]
    entry_id: Mapped[UUID]
    reason: Mapped[str] = mapped_column(server_default="")  # why so much of it is missing


class TerminalReversal(PracticeBase):
    """A batch of the card machine that a manager took back: once; append-only."""

    __tablename__ = "terminal_reversals"
    __table_args__ = (
        belongs_to("terminal_batches", "terminal_batch_id", child="terminal_reversals"),
        belongs_to("journal_entries", "entry_id", child="terminal_reversals"),
        STAFF_TABLE,
    )

    terminal_batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    reason: Mapped[str]
    reversed_at: Mapped[datetime]
    reversed_by: Mapped[UUID]
    entry_id: Mapped[UUID]
    payment_ids: Mapped[list[str]] = mapped_column(JSONB)  # that were in it


class DeskPayment(PracticeBase):
    """What only a payment of the desk has, beside its row in payments."""

    __tablename__ = "desk_payments"
    __table_args__ = (
        belongs_to("payments", "payment_id", child="desk_payments"),
        belongs_to("drawers", "drawer_id", child="desk_payments"),
        belongs_to("terminal_batches", "terminal_batch_id", child="desk_payments"),
        Index("desk_payments_drawer", "practice_id", "drawer_id"),
        Index("desk_payments_batch", "practice_id", "terminal_batch_id"),
        GUARANTOR_TABLE,
    )

    payment_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    drawer_id: Mapped[UUID]
    taken_by: Mapped[UUID]
    tendered_cents: Mapped[int]  # cash that was handed over; else the amount
    check_number: Mapped[str]
    approval_code: Mapped[str]
    visit_on: Mapped[date | None]  # money for a visit to come
    terminal_batch_id: Mapped[UUID | None]


class DeskReversal(PracticeBase):
    """A payment of the desk that was voided or came back from the bank: once; append-only."""

    __tablename__ = "desk_reversals"
    __table_args__ = (
        belongs_to("desk_payments", "payment_id", child="desk_reversals"),
        belongs_to("journal_entries", "entry_id", child="desk_reversals"),
        GUARANTOR_TABLE,
    )

    payment_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    state: Mapped[str]  # voided, returned
    reason: Mapped[str]
    reversed_at: Mapped[datetime]
    reversed_by: Mapped[UUID]
    entry_id: Mapped[UUID]


class VoidRequest(PracticeBase):
    """Whoever took cash asks for its void, and somebody else answers: once."""

    __tablename__ = "void_requests"
    __table_args__ = (
        belongs_to("desk_payments", "payment_id", child="void_requests"),
        Index("void_requests_of", "practice_id", "payment_id"),
        Index(
            "void_requests_waiting",
            "practice_id",
            "payment_id",
            unique=True,
            postgresql_where=text("answer = 'waiting'"),
        ),
        STAFF_TABLE,
    )

    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    payment_id: Mapped[UUID]
    reason: Mapped[str]
    asked_by: Mapped[UUID]
    asked_at: Mapped[datetime]
    answer: Mapped[str]
    answered_by: Mapped[UUID | None]
    answered_at: Mapped[datetime | None]


class FoundCheck(PracticeBase):
    """A check that a count had missed, and that went to the bank on its own; append-only."""

    __tablename__ = "found_checks"
    __table_args__ = (
        belongs_to("desk_payments", "payment_id", child="found_checks"),
        belongs_to("desk_deposits", "desk_deposit_id", child="found_checks"),
        Index("found_checks_deposit", "practice_id", "desk_deposit_id"),
        STAFF_TABLE,
    )

    payment_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    desk_deposit_id: Mapped[UUID]
    reason: Mapped[str]
    found_at: Mapped[datetime]
    found_by: Mapped[UUID]
