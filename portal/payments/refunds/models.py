"""Mailed refund checks that somebody stops."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import STAFF_TABLE, PracticeBase, belongs_to


class RefundCheckStop(PracticeBase):
    """One wish to stop a check; ``answer`` waits for a second person where one is needed.

    ``new_refund_id`` is the refund that takes its place, None where the money becomes credit.
    """

    __tablename__ = "refund_check_stops"
    __table_args__ = (
        belongs_to("refunds", "refund_id", child="refund_check_stops"),
        Index("refund_check_stops_of", "practice_id", "refund_id"),
        Index(
            "refund_check_stops_waiting",
            "practice_id",
            "refund_id",
            unique=True,
            postgresql_where=text("answer = 'waiting'"),
        ),
        STAFF_TABLE,
    )

    stop_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    refund_id: Mapped[UUID]
    new_refund_id: Mapped[UUID | None]
    reason: Mapped[str]
    bank_reference: Mapped[str]  # the bank's word that it stopped it
    asked_by: Mapped[UUID]
    asked_at: Mapped[datetime]
    answer: Mapped[str]
    answered_by: Mapped[UUID | None]
    answered_at: Mapped[datetime | None]
