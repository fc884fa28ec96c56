"""Charges to come, every try of one, and autopay agreements."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import GUARANTOR_TABLE, PracticeBase, belongs_to


class AutopayAgreement(PracticeBase):
    """A guarantor's word that new statements may be charged. Changing it makes a new one."""

    __tablename__ = "autopay_agreements"
    __table_args__ = (
        belongs_to("guarantors", "guarantor_id", child="autopay_agreements"),
        belongs_to("saved_methods", "method_id", child="autopay_agreements"),
        belongs_to("payment_consents", "consent_id", child="autopay_agreements"),
        CheckConstraint("cap_cents > 0", name="autopay_agreements_cap"),
        Index(
            "autopay_agreements_standing",
            "practice_id",
            "guarantor_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        GUARANTOR_TABLE,
    )

    agreement_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    method_id: Mapped[UUID]
    consent_id: Mapped[UUID]
    cap_cents: Mapped[int]
    days_after: Mapped[int] = mapped_column(SmallInteger)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(server_default="")


class ScheduledPayment(PracticeBase):
    """One charge agreed on beforehand, of a statement or an installment; taken at most once."""

    __tablename__ = "scheduled_payments"
    __table_args__ = (
        belongs_to("guarantors", "guarantor_id", child="scheduled_payments"),
        belongs_to("statements", "statement_id", child="scheduled_payments"),
        belongs_to("saved_methods", "method_id", child="scheduled_payments"),
        belongs_to("payment_consents", "consent_id", child="scheduled_payments"),
        belongs_to("autopay_agreements", "agreement_id", child="scheduled_payments"),
        CheckConstraint("agreed_cents > 0", name="scheduled_payments_amount"),
        CheckConstraint(
            "(statement_id IS NULL) <> (installment_id IS NULL)"
            " AND (installment_id IS NULL) = (plan_id IS NULL)",
            name="scheduled_payments_one_origin",
        ),
        Index("scheduled_payments_guarantor", "practice_id", "guarantor_id"),
        Index("scheduled_payments_plan", "practice_id", "plan_id"),
        Index("scheduled_payments_installment", "practice_id", "installment_id"),
        Index(
            "scheduled_payments_one_standing",
            "practice_id",
            "statement_id",
            unique=True,
            postgresql_where=text("state IN ('planned', 'charging', 'waiting', 'retrying')"),
        ),
        Index(
            "scheduled_payments_one_installment",
            "practice_id",
            "installment_id",
            unique=True,
            postgresql_where=text("state IN ('planned', 'charging', 'waiting', 'retrying')"),
        ),
        Index(
            "scheduled_payments_one_autopay",
            "practice_id",
            "statement_id",
            unique=True,
            postgresql_where=text("origin = 'autopay'"),
        ),
        Index(
            "scheduled_payments_to_come",
            "practice_id",
            "next_try_on",
            postgresql_where=text("state IN ('planned', 'retrying')"),
        ),
        GUARANTOR_TABLE,
    )

    scheduled_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    statement_id: Mapped[UUID | None]  # this, or an installment and its plan
    installment_id: Mapped[UUID | None]
    plan_id: Mapped[UUID | None]
    origin: Mapped[str]
    agreement_id: Mapped[UUID | None]
    method_id: Mapped[UUID]
    consent_id: Mapped[UUID | None]  # None: not agreed to yet, or with the whole plan
    agreed_cents: Mapped[int]  # never more
    first_on: Mapped[date]  # the day it was agreed on, in the practice's time zone
    charge_on: Mapped[date]
    next_try_on: Mapped[date]
    notice_on: Mapped[date | None]  # None: none is due, the patient chose the day
    notice_days: Mapped[int | None] = mapped_column(SmallInteger)  # the plan's own
    notified_at: Mapped[datetime | None]
    notice_message_id: Mapped[UUID | None]
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime]
    state_at: Mapped[datetime]


class ScheduledTry(PracticeBase):
    """One payment that a charge became; what Stripe is told, the same in every repeat."""

    __tablename__ = "scheduled_tries"
    __table_args__ = (
        belongs_to("payments", "payment_id", child="scheduled_tries"),
        belongs_to("scheduled_payments", "scheduled_id", child="scheduled_tries"),
        UniqueConstraint(
            "practice_id", "scheduled_id", "tried_on", name="scheduled_tries_one_a_day"
        ),
        UniqueConstraint(
            "practice_id", "scheduled_id", "try_number", name="scheduled_tries_number"
        ),
        CheckConstraint("try_number BETWEEN 1 AND 4", name="scheduled_tries_most"),
        GUARANTOR_TABLE,
    )

    payment_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    scheduled_id: Mapped[UUID]
    try_number: Mapped[int] = mapped_column(SmallInteger)
    tried_on: Mapped[date]
    customer_id: Mapped[str]
    payment_method_id: Mapped[str]
    method_kind: Mapped[str]
    advice_code: Mapped[str | None]  # the network's, whether to try again
