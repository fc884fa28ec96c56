"""What guests were answered: one row for each amount that was asked of a statement's code."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from portal.db import STAFF_TABLE, PracticeBase, belongs_to


class GuestAnswer(PracticeBase):
    """An amount a guest wanted to pay on a statement; append-only, counted by service.py."""

    __tablename__ = "guest_answers"
    __table_args__ = (
        belongs_to("statements", "statement_id", child="guest_answers"),
        STAFF_TABLE,
    )

    statement_id: Mapped[UUID] = mapped_column(primary_key=True)
    amount_cents: Mapped[int] = mapped_column(primary_key=True)
    answered_at: Mapped[datetime]
