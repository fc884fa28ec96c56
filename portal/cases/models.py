"""Cases: what people told us, their files and the thread. Words and events are never changed."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import GUARANTOR_TABLE, STAFF_TABLE, PracticeBase, belongs_to


class Case(PracticeBase):
    """One thing somebody told us or asked for. A draft has no number's meaning to staff yet."""

    __tablename__ = "cases"
    __table_args__ = (
        belongs_to("guarantors", "guarantor_id", child="cases"),
        UniqueConstraint("practice_id", "number", name="cases_number"),
        Index("cases_guarantor", "practice_id", "guarantor_id"),
        Index("cases_state", "practice_id", "state", "due_on"),
        GUARANTOR_TABLE,
    )

    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    number: Mapped[str]
    kind: Mapped[str]  # domain/cases.py
    state: Mapped[str]
    state_at: Mapped[datetime]
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB)  # as typed; emptied with a draft
    language: Mapped[str]  # of whoever opened it: what staff write back in
    statement_id: Mapped[UUID | None]  # at which it was opened
    created_at: Mapped[datetime]
    opened_by: Mapped[UUID]  # a link, an account or a member of staff
    person_kind: Mapped[str]  # domain/case_people.py: whose it is, for whom it was opened
    person_id: Mapped[UUID]
    is_by_staff: Mapped[bool] = mapped_column(server_default=text("false"))
    is_holding: Mapped[bool] = mapped_column(server_default=text("true"))
    opened_at: Mapped[datetime | None]
    due_on: Mapped[date | None]  # by when we answer, while it is our turn
    assigned_to: Mapped[UUID | None]
    outcome: Mapped[str | None]
    closed_at: Mapped[datetime | None]


class CaseVisit(PracticeBase):
    """A visit, or one line of it, that a case is about."""

    __tablename__ = "case_visits"
    __table_args__ = (
        belongs_to("cases", "case_id", child="case_visits"),
        belongs_to("claims", "claim_id", child="case_visits"),
        Index("case_visits_case", "practice_id", "case_id"),
        Index("case_visits_claim", "practice_id", "claim_id"),
        GUARANTOR_TABLE,
    )

    case_visit_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    guarantor_id: Mapped[UUID]
    claim_id: Mapped[UUID]
    charge_id: Mapped[UUID | None]


class CaseWord(PracticeBase):
    """What somebody wrote in the thread, append-only."""

    __tablename__ = "case_words"
    __table_args__ = (
        belongs_to("cases", "case_id", child="case_words"),
        Index("case_words_case", "practice_id", "case_id"),
        GUARANTOR_TABLE,
    )

    word_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    guarantor_id: Mapped[UUID]
    words: Mapped[str]
    is_by_staff: Mapped[bool]
    written_by: Mapped[UUID]
    written_at: Mapped[datetime]


class CaseNote(PracticeBase):
    """What staff wrote among themselves, append-only: never shown to who opened the case."""

    __tablename__ = "case_notes"
    __table_args__ = (
        belongs_to("cases", "case_id", child="case_notes"),
        Index("case_notes_case", "practice_id", "case_id"),
        STAFF_TABLE,
    )

    note_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    words: Mapped[str]
    written_by: Mapped[UUID]
    written_at: Mapped[datetime]


class CaseEvent(PracticeBase):
    """A state a case came to, append-only."""

    __tablename__ = "case_events"
    __table_args__ = (
        belongs_to("cases", "case_id", child="case_events"),
        Index("case_events_case", "practice_id", "case_id"),
        GUARANTOR_TABLE,
    )

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    guarantor_id: Mapped[UUID]
    state: Mapped[str]
    occurred_at: Mapped[datetime]
    actor: Mapped[str]
    detail: Mapped[str] = mapped_column(server_default="")  # a word such as an outcome


class CaseFile(PracticeBase):
    """A picture or a PDF that somebody sent, sealed; what was sent is not kept as it was."""

    __tablename__ = "case_files"
    __table_args__ = (
        belongs_to("cases", "case_id", child="case_files"),
        CheckConstraint("byte_count > 0", name="case_files_size"),
        Index("case_files_case", "practice_id", "case_id"),
        GUARANTOR_TABLE,
    )

    case_file_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    guarantor_id: Mapped[UUID]
    media_type: Mapped[str]
    byte_count: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    added_at: Mapped[datetime]
    is_by_staff: Mapped[bool] = mapped_column(server_default=text("false"))
