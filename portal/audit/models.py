"""Who saw and did what: insert-only rows, sealed in batches by a chained hash."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import AUDIT_TABLE, STAFF_TABLE, PracticeBase


class AuditEvent(PracticeBase):
    """One view, search, send, payment or change. Ids and words, never a value that was seen."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("audit_events_guarantor", "practice_id", "guarantor_id"),
        AUDIT_TABLE,
    )

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    occurred_at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_role: Mapped[str]
    action: Mapped[str]
    guarantor_id: Mapped[UUID | None]
    object_kind: Mapped[str]
    object_id: Mapped[UUID | None]
    request_id: Mapped[str]


class AuditSeal(PracticeBase):
    """A chain over the events up to ``last_event_id``: a changed or missing row breaks it."""

    __tablename__ = "audit_seals"
    __table_args__ = (STAFF_TABLE,)

    seal_number: Mapped[int] = mapped_column(primary_key=True)
    last_event_id: Mapped[UUID]
    event_count: Mapped[int]
    event_marks: Mapped[bytes] = mapped_column(LargeBinary)  # each event's id and SHA-256
    sealed_at: Mapped[datetime]
    chain_hash: Mapped[bytes] = mapped_column(LargeBinary)
