"""Assistance: the practice's policy by version, and each application with its decision."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import GUARANTOR_TABLE, PRACTICE_TABLE, PracticeBase, belongs_to


class AssistancePolicyVersion(PracticeBase):
    """What the practice gave help by from a day on, append-only."""

    __tablename__ = "assistance_policies"
    __table_args__ = (PRACTICE_TABLE,)

    version: Mapped[int] = mapped_column(primary_key=True)
    in_force_on: Mapped[date]
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    set_at: Mapped[datetime]
    set_by: Mapped[UUID]


class AssistanceApplication(PracticeBase):
    """One person's request for help with paying. Its case has the thread and the files."""

    __tablename__ = "assistance_applications"
    __table_args__ = (
        belongs_to("cases", "case_id", child="assistance_applications"),
        belongs_to("guarantors", "guarantor_id", child="assistance_applications"),
        UniqueConstraint("practice_id", "case_id", name="assistance_applications_case"),
        CheckConstraint("people > 0", name="assistance_applications_people"),
        CheckConstraint("income_cents >= 0", name="assistance_applications_income"),
        CheckConstraint("off_percent BETWEEN 1 AND 100", name="assistance_applications_percent"),
        Index("assistance_applications_guarantor", "practice_id", "guarantor_id"),
        Index(
            "assistance_applications_good",
            "practice_id",
            "good_until",
            postgresql_where=text("good_until IS NOT NULL"),
        ),
        Index(
            "assistance_applications_one_waits",
            "practice_id",
            "guarantor_id",
            unique=True,
            postgresql_where=text("state IN ('asked', 'proposed')"),
        ),
        GUARANTOR_TABLE,
    )

    application_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    guarantor_id: Mapped[UUID]
    people: Mapped[int] = mapped_column(SmallInteger)
    income_cents: Mapped[int]
    period: Mapped[str]
    income_words: Mapped[str]
    attested_at: Mapped[datetime | None]
    state: Mapped[str]  # domain/assistance.py
    state_at: Mapped[datetime]
    policy_version: Mapped[int]  # 0: the defaults
    percent_of_guideline: Mapped[int]
    off_percent: Mapped[int | None] = mapped_column(SmallInteger)
    good_from: Mapped[date | None]
    good_until: Mapped[date | None]
    proposed_by: Mapped[UUID | None]
    decided_by: Mapped[UUID | None]
    agreed_by: Mapped[UUID | None]  # the second person, to whatever it takes off
    decided_at: Mapped[datetime | None]
    words: Mapped[str] = mapped_column(server_default="")  # of the decision, for who applied
    stopped_by: Mapped[UUID | None]  # a manager who said no to help for later bills
    stopped_at: Mapped[datetime | None]
    stopped_words: Mapped[str] = mapped_column(server_default="")  # why, for who applied
