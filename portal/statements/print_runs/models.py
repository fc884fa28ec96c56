"""Runs of letters, and each letter of one: in a file, at the mailing house, on its way."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import STAFF_TABLE, PracticeBase, belongs_to

_UNDER_WAY = "state IN ('queued', 'printed', 'sent', 'mailed')"


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
    """One envelope. A statement is in one at a time, again only after that one did not go.

    ``for_patient_id``: a patient reached apart from who pays, who gets their own visits alone.
    ``address_lines`` are those that were printed.
    """

    __tablename__ = "print_run_letters"
    __table_args__ = (
        belongs_to("print_runs", "run_id", child="print_run_letters"),
        belongs_to("statements", "statement_id", child="print_run_letters"),
        Index(
            "print_run_letters_once",
            "practice_id",
            "statement_id",
            unique=True,
            postgresql_where=text(f"for_patient_id IS NULL AND {_UNDER_WAY}"),
        ),
        Index(
            "print_run_letters_once_apart",
            "practice_id",
            "statement_id",
            "for_patient_id",
            unique=True,
            postgresql_where=text(_UNDER_WAY),
        ),
        Index("print_run_letters_guarantor", "practice_id", "guarantor_id"),
        STAFF_TABLE,
    )

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    statement_id: Mapped[UUID]
    for_patient_id: Mapped[UUID | None]
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
    address_lines: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    postal_code: Mapped[str] = mapped_column(server_default="")
    content_sha256: Mapped[str] = mapped_column(server_default="")
