"""What arrived at the bank, and which payers' payments it was."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import STAFF_TABLE, PracticeBase, belongs_to


class Deposit(PracticeBase):
    """Money on a bank statement, typed in or read from the bank's file."""

    __tablename__ = "deposits"
    __table_args__ = (
        UniqueConstraint("practice_id", "bank_line", name="deposits_bank_line"),
        CheckConstraint("amount_cents > 0", name="deposits_amount"),
        Index("deposits_day", "practice_id", "deposited_on"),
        STAFF_TABLE,
    )

    deposit_id: Mapped[UUID] = mapped_column(primary_key=True)
    deposited_on: Mapped[date]
    amount_cents: Mapped[int]
    reference: Mapped[str]
    source: Mapped[str]  # typed, bank_file
    bank_line: Mapped[str | None]  # what tells a line of the bank's file from any other
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID]
    set_aside_at: Mapped[datetime | None]  # it is no payer's money
    set_aside_reason: Mapped[str] = mapped_column(server_default="")
    undone_at: Mapped[datetime | None]  # somebody said that it is a payer's money after all
    undone_by: Mapped[UUID | None]
    undo_reason: Mapped[str] = mapped_column(server_default="")


class DepositPart(PracticeBase):
    """A payment that a deposit brought; without ``remittance_id`` what it differs by, and why."""

    __tablename__ = "deposit_parts"
    __table_args__ = (
        belongs_to("deposits", "deposit_id", child="deposit_parts"),
        belongs_to("remittances", "remittance_id", child="deposit_parts"),
        belongs_to("journal_entries", "entry_id", child="deposit_parts"),
        Index("deposit_parts_deposit", "practice_id", "deposit_id"),
        Index(  # a payment arrives once
            "deposit_parts_standing",
            "practice_id",
            "remittance_id",
            unique=True,
            postgresql_where=text("undone_at IS NULL AND remittance_id IS NOT NULL"),
        ),
        STAFF_TABLE,
    )

    part_id: Mapped[UUID] = mapped_column(primary_key=True)
    deposit_id: Mapped[UUID]
    remittance_id: Mapped[UUID | None]
    amount_cents: Mapped[int]
    reason: Mapped[str]
    entry_id: Mapped[UUID]
    matched_at: Mapped[datetime]
    matched_by: Mapped[UUID]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[UUID | None]
    undo_reason: Mapped[str] = mapped_column(server_default="")
