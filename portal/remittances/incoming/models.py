"""Files that posters upload, block by block, until they are imported or dropped."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import STAFF_TABLE, PracticeBase, belongs_to


class Upload(PracticeBase):
    """One file somebody sent: what is in it, what became of it."""

    __tablename__ = "uploads"
    __table_args__ = (
        belongs_to("remittance_files", "file_id", child="uploads"),
        Index(  # the same bytes wait once
            "uploads_open",
            "practice_id",
            "sha256",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        STAFF_TABLE,
    )

    upload_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    byte_count: Mapped[int]
    sha256: Mapped[bytes]
    state: Mapped[str]
    contents: Mapped[dict[str, Any]] = mapped_column(JSONB)  # what a look into it found
    message: Mapped[str]  # why it was not imported
    report: Mapped[dict[str, Any]] = mapped_column(JSONB)  # of the import
    uploaded_at: Mapped[datetime]
    uploaded_by: Mapped[UUID]
    ended_at: Mapped[datetime | None]
    file_id: Mapped[UUID | None]  # of the import that brought its bytes


class UploadBlock(PracticeBase):
    """A part of the bytes: they lie here, since web and worker may be two machines."""

    __tablename__ = "upload_blocks"
    __table_args__ = (belongs_to("uploads", "upload_id", child="upload_blocks"), STAFF_TABLE)

    upload_id: Mapped[UUID] = mapped_column(primary_key=True)
    block_number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
