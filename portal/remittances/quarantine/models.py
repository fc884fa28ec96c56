"""What posters asked a worker to take in: a withheld payment, and what came of trying."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import STAFF_TABLE, PracticeBase, belongs_to


class PaymentTakeIn(PracticeBase):
    """A poster's word that a withheld payment may be posted. It waits until ``ended_at``."""

    __tablename__ = "payment_take_ins"
    __table_args__ = (
        belongs_to("quarantined_claims", "quarantine_id", child="payment_take_ins"),
        Index("payment_take_ins_payment", "practice_id", "quarantine_id"),
        Index(  # a payment waits once
            "payment_take_ins_waiting",
            "practice_id",
            "quarantine_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        STAFF_TABLE,
    )

    take_in_id: Mapped[UUID] = mapped_column(primary_key=True)
    quarantine_id: Mapped[UUID]
    reason: Mapped[str]
    asked_at: Mapped[datetime]
    asked_by: Mapped[UUID]
    ended_at: Mapped[datetime | None]
    still_withheld: Mapped[str] = mapped_column(server_default="")  # what forbade it then
