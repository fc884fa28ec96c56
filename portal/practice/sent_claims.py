"""When each claim was sent to which payer: written by remittances, read for a claim's journey.

Nothing about care is in here, so that a patient may read it.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import GUARANTOR_TABLE, PracticeBase, belongs_to


class SentClaimRow(PracticeBase):
    """One CLM of an 837, whatever became of it. ``claim_id`` is empty when nothing took it."""

    __tablename__ = "sent_claims"
    __table_args__ = (
        belongs_to("claim_transmissions", "transmission_id", child="sent_claims"),
        belongs_to("claims", "claim_id", child="sent_claims"),
        belongs_to("payers", "payer_id", child="sent_claims"),
        belongs_to("guarantors", "guarantor_id", child="sent_claims"),
        Index("sent_claims_claim", "practice_id", "claim_id"),
        Index("sent_claims_transmission", "practice_id", "transmission_id"),
        GUARANTOR_TABLE,
    )

    sent_claim_id: Mapped[UUID] = mapped_column(primary_key=True)
    transmission_id: Mapped[UUID]
    claim_id: Mapped[UUID | None]
    guarantor_id: Mapped[UUID | None]
    payer_id: Mapped[UUID | None]
    rank: Mapped[int | None] = mapped_column(SmallInteger)  # 1 pays first
    claim_number: Mapped[str]  # CLM01
    frequency: Mapped[str]  # CLM05-3
    charge_cents: Mapped[int]  # CLM02
    sent_on: Mapped[date]
    outcome: Mapped[str]
