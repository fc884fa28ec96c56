"""Disputes as they were last read, what happened to each, and what staff answered."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import GUARANTOR_TABLE, STAFF_TABLE, PracticeBase, belongs_to


class DisputeRow(PracticeBase):
    """A payment that somebody told their bank to take back, or an inquiry about one."""

    __tablename__ = "disputes"
    __table_args__ = (
        belongs_to("payments", "payment_id", child="disputes"),
        belongs_to("guarantors", "guarantor_id", child="disputes"),
        belongs_to("journal_entries", "lost_entry_id", child="disputes", key="entry_id"),
        UniqueConstraint("practice_id", "stripe_dispute_id", name="disputes_stripe_dispute"),
        CheckConstraint("amount_cents > 0", name="disputes_amount"),
        Index("disputes_payment", "practice_id", "payment_id"),
        Index("disputes_guarantor", "practice_id", "guarantor_id"),
        Index(
            "disputes_open",
            "practice_id",
            "due_at",
            postgresql_where=text("closed_at IS NULL"),
        ),
        GUARANTOR_TABLE,
    )

    dispute_id: Mapped[UUID] = mapped_column(primary_key=True)
    stripe_dispute_id: Mapped[str]
    guarantor_id: Mapped[UUID]
    payment_id: Mapped[UUID]
    amount_cents: Mapped[int]
    reason: Mapped[str]
    state: Mapped[str]
    is_refundable: Mapped[bool]  # the bank asks, and has taken nothing
    opened_at: Mapped[datetime]
    state_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    taken_cents: Mapped[int]  # what is with the bank now, in disputes_receivable until it is lost
    fee_cents: Mapped[int]
    lost_entry_id: Mapped[UUID | None]


class DisputeEvent(PracticeBase):
    """Every step of a dispute, append-only. ``actor``: a member of staff, or empty."""

    __tablename__ = "dispute_events"
    __table_args__ = (
        belongs_to("disputes", "dispute_id", child="dispute_events"),
        Index("dispute_events_dispute", "practice_id", "dispute_id"),
        STAFF_TABLE,
    )

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    dispute_id: Mapped[UUID]
    step: Mapped[str]
    occurred_at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(server_default="")
    detail: Mapped[str] = mapped_column(server_default="")


class DisputeAnswer(PracticeBase):
    """What staff approved before it left: evidence, or giving in. Its id is the idempotency key."""

    __tablename__ = "dispute_answers"
    __table_args__ = (
        belongs_to("disputes", "dispute_id", child="dispute_answers"),
        Index(
            "dispute_answers_one",
            "practice_id",
            "dispute_id",
            "is_inquiry",
            unique=True,
            postgresql_where=text("refused_at IS NULL"),
        ),
        STAFF_TABLE,
    )

    answer_id: Mapped[UUID] = mapped_column(primary_key=True)
    dispute_id: Mapped[UUID]
    is_inquiry: Mapped[bool]
    kind: Mapped[str]  # evidence, acceptance
    items: Mapped[list[Any]] = mapped_column(JSONB)  # what was ticked
    text: Mapped[str]  # the evidence, or why the practice gives in
    approved_by: Mapped[UUID]
    approved_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]
    refusal: Mapped[str] = mapped_column(server_default="")
