"""Batches that went to the practice's system, its replies, and the rows of its feed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import STAFF_TABLE, PracticeBase, belongs_to


class SyncBatch(PracticeBase):
    """One file of ledger posts. Numbered without gaps, so that the far side can miss none.

    Planned first, written then: a crash in between leaves a plan whose file is made again, the
    same to the byte. One whose number something else went over under (a backup was restored) is set
    aside: its posts go out under a later number.
    """

    __tablename__ = "sync_batches"
    __table_args__ = (
        UniqueConstraint("practice_id", "batch_number", name="sync_batches_number"),
        STAFF_TABLE,
    )

    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    batch_number: Mapped[int]
    file_name: Mapped[str]
    sha256_hex: Mapped[str]
    post_count: Mapped[int]
    total_cents: Mapped[int]
    planned_at: Mapped[datetime]
    written_at: Mapped[datetime | None]
    set_aside_at: Mapped[datetime | None]
    reply_name: Mapped[str | None]
    replied_at: Mapped[datetime | None]


class FeedRowRecord(PracticeBase):
    """One thing that happened over there, under the practice's own id; what repeats adds no row.

    A refused one stays until it is sent again and fits, or staff have settled it and said why. What
    was posted never changes but for how much of it was given back.
    """

    __tablename__ = "feed_rows"
    __table_args__ = (
        belongs_to("feed_imports", "import_id", child="feed_rows"),
        belongs_to("guarantors", "guarantor_id", child="feed_rows"),
        belongs_to("journal_entries", "entry_id", child="feed_rows"),
        belongs_to("ledger_posts", "post_id", child="feed_rows"),
        UniqueConstraint("practice_id", "row_key", name="feed_rows_key"),
        CheckConstraint("returned_cents BETWEEN 0 AND amount_cents", name="feed_rows_returned"),
        Index(
            "feed_rows_refused",
            "practice_id",
            "taken_at",
            postgresql_where=text("outcome = 'refused' AND settled_at IS NULL"),
        ),
        Index("feed_rows_post", "practice_id", "post_id"),
        STAFF_TABLE,
    )

    row_id: Mapped[UUID] = mapped_column(primary_key=True)
    import_id: Mapped[UUID]  # the file that brought it, of a refused one the last
    row_key: Mapped[str]  # the practice's id; of what cannot stand under it, a digest besides
    line_number: Mapped[int]
    kind: Mapped[str]
    guarantor_id: Mapped[UUID | None]
    amount_cents: Mapped[int]
    returned_cents: Mapped[int]  # by refunds and voids
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)  # as it was sent
    outcome: Mapped[str]
    reason: Mapped[str]  # why it was refused
    entry_id: Mapped[UUID | None]
    post_id: Mapped[UUID | None]  # of ours, which it reads back
    refers_to_id: Mapped[UUID | None]  # the row that it refers to
    taken_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_reason: Mapped[str | None]  # in the words of staff
