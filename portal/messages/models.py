"""What we sent, to whom, by which channel, and whether it arrived. Texts are never kept."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import GUARANTOR_TABLE, PracticeBase, belongs_to


class Message(PracticeBase):
    """One message to one guarantor: queued, sent, delivered, bounced or not_sent."""

    __tablename__ = "messages"
    __table_args__ = (
        belongs_to("guarantors", "guarantor_id", child="messages"),
        Index("messages_guarantor", "practice_id", "guarantor_id"),
        Index(
            "messages_bounced",
            "practice_id",
            "guarantor_id",
            postgresql_where=text("state = 'bounced'"),
        ),
        GUARANTOR_TABLE,
    )

    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    channel: Mapped[str]
    template: Mapped[str]
    subject_id: Mapped[UUID]  # the link or payment it is about
    state: Mapped[str]
    state_at: Mapped[datetime]
    detail: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime]
    address_hash: Mapped[bytes | None]  # where it went; unknown of what went before it was noted
