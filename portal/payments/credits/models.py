"""What staff put to other lines, or said about a visit: why and who; the entry says what moved."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import STAFF_TABLE, PracticeBase, belongs_to


class PaymentMove(PracticeBase):
    """One act of staff on one payment, append-only."""

    __tablename__ = "payment_moves"
    __table_args__ = (
        belongs_to("payments", "payment_id", child="payment_moves"),
        belongs_to("journal_entries", "entry_id", child="payment_moves"),
        Index("payment_moves_payment", "practice_id", "payment_id"),
        STAFF_TABLE,
    )

    move_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    payment_id: Mapped[UUID]
    entry_id: Mapped[UUID]
    reason: Mapped[str]
    moved_by: Mapped[UUID]
    moved_at: Mapped[datetime]


class DepositDecision(PracticeBase):
    """What staff said about the visit a payment was taken for, append-only.

    ``service_on``: its other day; empty when it did not take place, and then ``entry_id`` is there.
    """

    __tablename__ = "deposit_decisions"
    __table_args__ = (
        belongs_to("payments", "payment_id", child="deposit_decisions"),
        belongs_to("journal_entries", "entry_id", child="deposit_decisions"),
        CheckConstraint(
            "(service_on IS NULL) = (entry_id IS NOT NULL)", name="deposit_decisions_either"
        ),
        Index("deposit_decisions_payment", "practice_id", "payment_id"),
        STAFF_TABLE,
    )

    decision_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    payment_id: Mapped[UUID]
    act: Mapped[str]
    amount_cents: Mapped[int]
    service_on: Mapped[date | None]
    entry_id: Mapped[UUID | None]
    reason: Mapped[str]
    decided_by: Mapped[UUID]
    decided_at: Mapped[datetime]
