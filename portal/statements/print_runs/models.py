"""Runs of letters, and each letter of one: in a file, at the mailing house, on its way."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import STAFF_TABLE, PracticeBase, belongs_to


class PrintRun(PracticeBase):
    """One run. Its files are in the folder of its number."""

    __tablename__ = "print_runs"
    __table_args__ = (STAFF_TABLE,)

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int]
    started_at: Mapped[datetime]
    started_by: Mapped[UUID]
    is_duplex: Mapped[bool]
    state: Mapped[str]
    state_at: Mapped[datetime]
    detail: Mapped[str] = mapped_column(server_default="")


class PrintRunLetter(PracticeBase):
    """One envelope. A statement is in one at a time: again only after it was spoiled."""

    __tablename__ = "print_run_letters"
    __table_args__ = (
        belongs_to("print_runs", "run_id", child="print_run_letters"),
        belongs_to("statements", "statement_id", child="print_run_letters"),
        Index(
            "print_run_letters_once",
            "practice_id",
            "statement_id",
            unique=True,
            postgresql_where=text("state NOT IN ('left_out', 'spoiled')"),
        ),
        STAFF_TABLE,
    )

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    statement_id: Mapped[UUID]
    why: Mapped[str]
    language: Mapped[str]
    is_large: Mapped[bool]
    state: Mapped[str]
    state_at: Mapped[datetime]
    detail: Mapped[str] = mapped_column(server_default="")
    pages: Mapped[int | None] = mapped_column(SmallInteger)
    sheets: Mapped[int | None] = mapped_column(SmallInteger)
    batch: Mapped[str] = mapped_column(server_default="")
    first_page: Mapped[int | None]
    asked_cents: Mapped[int | None]  # as the letter asks for
    content_sha256: Mapped[str] = mapped_column(server_default="")
