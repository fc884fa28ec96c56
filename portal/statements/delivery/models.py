"""What somebody said about how they want their papers: history, never changed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import GUARANTOR_TABLE, PracticeBase, belongs_to


class DeliveryEvent(PracticeBase):
    """One choice or request. ``sentences`` are what was agreed to, word for word."""

    __tablename__ = "delivery_events"
    __table_args__ = (
        belongs_to("guarantors", "guarantor_id", child="delivery_events"),
        Index("delivery_events_guarantor", "practice_id", "guarantor_id"),
        GUARANTOR_TABLE,
    )

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    kind: Mapped[str]
    at: Mapped[datetime]
    done_by: Mapped[str]
    text_version: Mapped[int | None] = mapped_column(SmallInteger)
    language: Mapped[str] = mapped_column(server_default="")
    sentences: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
