"""Batches that went to the practice's system, and its replies."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import STAFF_TABLE, PracticeBase


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
