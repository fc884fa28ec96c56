"""What staff put to other lines: why and who; the entry and the allocations say what."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
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
