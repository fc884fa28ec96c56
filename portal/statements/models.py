"""Statements: frozen when issued, voided but never edited."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import GUARANTOR_TABLE, PracticeBase, belongs_to


class Statement(PracticeBase):
    """What one guarantor was asked to pay on a day. ``document`` is all it says, as it was said."""

    __tablename__ = "statements"
    __table_args__ = (
        belongs_to("guarantors", "guarantor_id", child="statements"),
        UniqueConstraint("practice_id", "number", name="statements_number"),
        UniqueConstraint("practice_id", "guarantor_id", "as_of", name="statements_as_of"),
        CheckConstraint("amount_due_cents > 0", name="statements_amount_due"),
        GUARANTOR_TABLE,
    )

    statement_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    number: Mapped[str]
    as_of: Mapped[date]
    issued_at: Mapped[datetime]
    due_on: Mapped[date]
    amount_due_cents: Mapped[int]
    previous_statement_id: Mapped[UUID | None]
    document_version: Mapped[int] = mapped_column(SmallInteger)
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)


class StatementShare(PracticeBase):
    """One open share a statement asks for; aging counts from the first statement of a share."""

    __tablename__ = "statement_shares"
    __table_args__ = (
        belongs_to("statements", "statement_id", child="statement_shares"),
        Index("statement_shares_claim", "practice_id", "claim_id"),
        GUARANTOR_TABLE,
    )

    statement_id: Mapped[UUID] = mapped_column(primary_key=True)
    share_number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    guarantor_id: Mapped[UUID]
    claim_id: Mapped[UUID]
    charge_id: Mapped[UUID | None]
    owed_cents: Mapped[int]


class StatementCode(PracticeBase):
    """What somebody types who pays a statement for another person; see codes.py."""

    __tablename__ = "statement_codes"
    __table_args__ = (
        belongs_to("statements", "statement_id", child="statement_codes"),
        UniqueConstraint("practice_id", "code", name="statement_codes_code"),
        GUARANTOR_TABLE,
    )

    statement_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    code: Mapped[str]


class StatementVoid(PracticeBase):
    """A statement taken back, by whom and why."""

    __tablename__ = "statement_voids"
    __table_args__ = (
        belongs_to("statements", "statement_id", child="statement_voids"),
        GUARANTOR_TABLE,
    )

    statement_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    voided_at: Mapped[datetime]
    voided_by: Mapped[str]
    reason: Mapped[str]
