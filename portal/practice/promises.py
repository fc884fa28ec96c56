"""What people said they would pay, and what staff wrote down about an account.

Read by the desk's timeline, the work list and whoever looks at how a plan stands.
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.db import STAFF_TABLE, PracticeBase, belongs_to, practice_of


class Promise(PracticeBase):
    """Somebody said that they will pay so much by a day. One of a person is open at a time."""

    __tablename__ = "promises"
    __table_args__ = (
        belongs_to("guarantors", "guarantor_id", child="promises"),
        CheckConstraint("amount_cents > 0", name="promises_amount"),
        Index("promises_guarantor", "practice_id", "guarantor_id"),
        Index(
            "promises_one_open",
            "practice_id",
            "guarantor_id",
            unique=True,
            postgresql_where=text("outcome = 'open'"),
        ),
        STAFF_TABLE,
    )

    promise_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    promised_for: Mapped[date]  # the last day
    amount_cents: Mapped[int]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID]
    outcome: Mapped[str]  # domain/promises.py
    outcome_at: Mapped[datetime | None]
    outcome_by: Mapped[UUID | None]  # nobody: found in the ledger


class AccountNote(PracticeBase):
    """What staff wrote down about an account, append-only."""

    __tablename__ = "account_notes"
    __table_args__ = (
        belongs_to("guarantors", "guarantor_id", child="account_notes"),
        Index("account_notes_guarantor", "practice_id", "guarantor_id"),
        STAFF_TABLE,
    )

    note_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    words: Mapped[str]
    written_at: Mapped[datetime]
    written_by: Mapped[UUID]


def promises_of(session: Session, guarantor_id: UUID, *, limit: int = 50) -> Sequence[Promise]:
    """The newest first."""
    return session.scalars(
        select(Promise)
        .where(Promise.practice_id == practice_of(session), Promise.guarantor_id == guarantor_id)
        .order_by(Promise.promise_id.desc())
        .limit(limit)
    ).all()


def notes_of(session: Session, guarantor_id: UUID, *, limit: int = 50) -> Sequence[AccountNote]:
    """The newest first."""
    return session.scalars(
        select(AccountNote)
        .where(
            AccountNote.practice_id == practice_of(session),
            AccountNote.guarantor_id == guarantor_id,
        )
        .order_by(AccountNote.note_id.desc())
        .limit(limit)
    ).all()
