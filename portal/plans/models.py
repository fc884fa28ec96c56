"""Plans, their versions, what was agreed to, and the practice's rules for them.

Which lines a plan covers and what is due when stand in `ledger/models.py`: statements, payments and
dunning read them.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import GUARANTOR_TABLE, PRACTICE_TABLE, STAFF_TABLE, PracticeBase, belongs_to


class PlanPolicyVersion(PracticeBase):
    """What the practice offers from a day on. Never edited, only followed."""

    __tablename__ = "plan_policies"
    __table_args__ = (
        UniqueConstraint("practice_id", "version", name="plan_policies_version"),
        PRACTICE_TABLE,
    )

    policy_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger)
    in_force_on: Mapped[date]
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    reason: Mapped[str]


class Plan(PracticeBase):
    """An agreement to pay what lines ask for in parts. Its terms are those of `version`."""

    __tablename__ = "plans"
    __table_args__ = (
        belongs_to("guarantors", "guarantor_id", child="plans"),
        UniqueConstraint("practice_id", "number", name="plans_number"),
        CheckConstraint("principal_cents >= 0", name="plans_principal"),
        Index("plans_guarantor", "practice_id", "guarantor_id"),
        Index("plans_state", "practice_id", "state"),
        Index("plans_missed", "practice_id", "plan_id", postgresql_where=text("misses <> '[]'")),
        GUARANTOR_TABLE,
    )

    plan_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    number: Mapped[str]  # on papers and on the phone
    state: Mapped[str]
    state_at: Mapped[datetime]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    is_by_staff: Mapped[bool]
    version: Mapped[int] = mapped_column(SmallInteger)
    consented_on: Mapped[date | None]  # the practice's day; its policy is that of this day
    principal_cents: Mapped[int]
    method_id: Mapped[UUID | None]  # autopay; of payments, which the plan knows by id only
    consent_id: Mapped[UUID | None]
    activated_at: Mapped[datetime | None]
    past_due_since: Mapped[date | None]
    cure_until: Mapped[date | None]
    cure_days: Mapped[int | None] = mapped_column(SmallInteger)  # to catch up, as a pause left them
    grace_from: Mapped[date | None]  # a hold ended, or a payment came back: grace begins anew
    misses: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    paused_reason: Mapped[str] = mapped_column(server_default="")
    paused_until: Mapped[date | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(server_default="")
    # Its lines as they were last looked at: with more postings, money or insurance has moved.
    seen_changed_cents: Mapped[int | None]
    seen_paid_cents: Mapped[int | None]
    seen_received_cents: Mapped[int | None]
    seen_postings: Mapped[int | None]


class PlanVersion(PracticeBase):
    """A plan's schedule as it stood: who made it so, why, and by which consent."""

    __tablename__ = "plan_versions"
    __table_args__ = (belongs_to("plans", "plan_id", child="plan_versions"), GUARANTOR_TABLE)

    plan_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    guarantor_id: Mapped[UUID]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    change: Mapped[str]
    detail: Mapped[str] = mapped_column(server_default="")
    principal_cents: Mapped[int]
    schedule: Mapped[dict[str, Any]] = mapped_column(JSONB)  # as store.py writes it
    covers: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)  # claim, charge, cents
    schedule_hash: Mapped[str]
    consent_id: Mapped[UUID | None]


class PlanConsent(PracticeBase):
    """Words somebody agreed to, as they were shown or read out, and the schedule beside them."""

    __tablename__ = "plan_consents"
    __table_args__ = (
        belongs_to("plans", "plan_id", child="plan_consents"),
        Index("plan_consents_plan", "practice_id", "plan_id"),
        GUARANTOR_TABLE,
    )

    consent_id: Mapped[UUID] = mapped_column(primary_key=True)
    plan_id: Mapped[UUID]
    guarantor_id: Mapped[UUID]
    kind: Mapped[str]  # online, spoken, paper; asked: their own act, which needs no agreement
    text_version: Mapped[int] = mapped_column(SmallInteger)
    language: Mapped[str]
    sentences: Mapped[list[str]] = mapped_column(JSONB)
    disclosure: Mapped[dict[str, Any] | None] = mapped_column(JSONB)  # shown first, when it applies
    schedule_hash: Mapped[str]
    given_at: Mapped[datetime]
    given_by: Mapped[str]  # who said yes: `patient`, or the name that staff wrote down
    recorded_by: Mapped[str] = mapped_column(server_default="")
    address_hash: Mapped[bytes]
    note: Mapped[str] = mapped_column(server_default="")
    way: Mapped[str] = mapped_column(server_default="")  # charged, by_hand; before 0028 unsaid
    method_id: Mapped[UUID | None]  # what is charged, as it was then


class PlanEvent(PracticeBase):
    """What happened to a plan or to one of its installments, append-only."""

    __tablename__ = "plan_events"
    __table_args__ = (
        belongs_to("plans", "plan_id", child="plan_events"),
        Index("plan_events_plan", "practice_id", "plan_id"),
        GUARANTOR_TABLE,
    )

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    plan_id: Mapped[UUID]
    guarantor_id: Mapped[UUID]
    installment_number: Mapped[int | None] = mapped_column(SmallInteger)
    state: Mapped[str]
    occurred_at: Mapped[datetime]
    actor: Mapped[str]
    detail: Mapped[str] = mapped_column(server_default="")


class PlanRequest(PracticeBase):
    """What a member of staff may not decide alone: asked by one, decided by another."""

    __tablename__ = "plan_requests"
    __table_args__ = (
        belongs_to("plans", "plan_id", child="plan_requests"),
        CheckConstraint("decided_by <> asked_by", name="plan_requests_two_people"),
        Index(
            "plan_requests_one_waiting",
            "practice_id",
            "plan_id",
            "kind",
            unique=True,
            postgresql_where=text("decision = 'waiting'"),
        ),
        STAFF_TABLE,
    )

    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    plan_id: Mapped[UUID]
    guarantor_id: Mapped[UUID]
    kind: Mapped[str]  # terms, waiver
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)  # what is asked for
    reason: Mapped[str]
    asked_at: Mapped[datetime]
    asked_by: Mapped[UUID]
    decision: Mapped[str] = mapped_column(server_default="waiting")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    decided_why: Mapped[str] = mapped_column(server_default="")
    used_at: Mapped[datetime | None]  # new terms: when the patient agreed to them
