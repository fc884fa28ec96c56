"""What staff decided about money that nobody could place."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import STAFF_TABLE, PracticeBase


class SuspenseDecision(PracticeBase):
    """One decision, append-only. ``subject``: an entry, a refund, or an object of Stripe's."""

    __tablename__ = "suspense_decisions"
    __table_args__ = (
        Index("suspense_decisions_subject", "practice_id", "subject"),
        STAFF_TABLE,
    )

    decision_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject: Mapped[str]
    act: Mapped[str]
    amount_cents: Mapped[int]
    guarantor_id: Mapped[UUID | None]
    payment_id: Mapped[UUID | None]
    reason: Mapped[str]
    decided_by: Mapped[UUID]
    decided_at: Mapped[datetime]
