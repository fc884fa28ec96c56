"""Payments (each one attempt), their events, refunds, and Stripe's events with their effect."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import GUARANTOR_TABLE, LOCAL_TABLE, STAFF_TABLE, Base, PracticeBase, belongs_to
from portal.domain.payment_channel import PaymentChannel
from portal.domain.payment_choice import PaymentChoice
from portal.domain.refund_ways import RefundWay


class Payment(PracticeBase):
    """One attempt to pay. Written down before Stripe is called; its id is the idempotency key."""

    __tablename__ = "payments"
    __table_args__ = (
        belongs_to("guarantors", "guarantor_id", child="payments"),
        belongs_to("statements", "statement_id", child="payments"),
        CheckConstraint("amount_cents > 0", name="payments_amount"),
        CheckConstraint("choice IN ('all', 'part', 'visits')", name="payments_choice"),
        UniqueConstraint("practice_id", "payment_intent_id", name="payments_payment_intent"),
        UniqueConstraint("practice_id", "receipt_number", name="payments_receipt_number"),
        Index(
            "payments_one_open",
            "practice_id",
            "guarantor_id",
            unique=True,
            postgresql_where=text("state IN ('starting', 'open')"),
        ),
        Index(
            "payments_unfinished",
            "practice_id",
            "state_at",
            postgresql_where=text("state IN ('prepared', 'starting', 'open', 'processing')"),
        ),
        UniqueConstraint("practice_id", "checkout_session_id", name="payments_checkout_session"),
        Index("payments_guarantor", "practice_id", "guarantor_id"),
        Index("payments_statement", "practice_id", "statement_id"),
        Index(
            "payments_plan",
            "practice_id",
            "plan_id",
            postgresql_where=text("plan_id IS NOT NULL"),
        ),
        Index(
            "payments_of_plans",
            "practice_id",
            "state_at",
            postgresql_where=text("plan_id IS NOT NULL"),
        ),
        GUARANTOR_TABLE,
    )

    payment_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    statement_id: Mapped[UUID | None]  # None: for the account as a whole, or a plan
    plan_id: Mapped[UUID | None]  # the payment plan it was made for, known by id only
    link_id: Mapped[UUID | None]  # the link it came by
    channel: Mapped[str] = mapped_column(server_default=PaymentChannel.LINK.value)
    amount_cents: Mapped[int]
    choice: Mapped[str] = mapped_column(server_default=PaymentChoice.ALL.value)
    pays_for: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)  # lines: claim_id, charge_id
    state: Mapped[str]
    created_at: Mapped[datetime]
    state_at: Mapped[datetime]
    # Written down before Stripe is called, so that a repeat of the call is the same call.
    started_at: Mapped[datetime | None]
    checkout_language: Mapped[str | None]
    checkout_session_id: Mapped[str | None]
    checkout_url: Mapped[str | None]
    customer_id: Mapped[str | None]  # Stripe's: what it is paid with is kept under it
    payment_intent_id: Mapped[str | None]
    stripe_account: Mapped[str | None]
    method_kind: Mapped[str | None]
    method_brand: Mapped[str | None]
    method_last4: Mapped[str | None]
    method_wallet: Mapped[str | None]
    mandate_id: Mapped[str | None]  # the gateway's, of a bank debit
    action_needed: Mapped[str | None]  # what the payer has to do before it can go on
    decline_code: Mapped[str | None]
    receipt_number: Mapped[str | None]
    settled_at: Mapped[datetime | None]


class PaymentEvent(PracticeBase):
    """Every move of a payment, append-only."""

    __tablename__ = "payment_events"
    __table_args__ = (
        belongs_to("payments", "payment_id", child="payment_events"),
        Index("payment_events_payment", "practice_id", "payment_id"),
        GUARANTOR_TABLE,
    )

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    payment_id: Mapped[UUID]
    state: Mapped[str]
    occurred_at: Mapped[datetime]
    detail: Mapped[str] = mapped_column(server_default="")


class Refund(PracticeBase):
    """Money given back; its id is the idempotency key where it goes through the processor."""

    __tablename__ = "refunds"
    __table_args__ = (
        belongs_to("payments", "payment_id", child="refunds"),
        UniqueConstraint("practice_id", "stripe_refund_id", name="refunds_stripe_refund"),
        CheckConstraint("amount_cents > 0", name="refunds_amount"),
        Index("refunds_payment", "practice_id", "payment_id"),
        Index(
            "refunds_promised",
            "practice_id",
            "created_at",
            postgresql_where=text("state IN ('waiting', 'requested', 'pending')"),
        ),
        Index(
            "refunds_checks_out",
            "practice_id",
            "handed_on",
            postgresql_where=text("way = 'check' AND state = 'succeeded' AND cashed_on IS NULL"),
        ),
        GUARANTOR_TABLE,
    )

    refund_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    payment_id: Mapped[UUID]
    amount_cents: Mapped[int]
    state: Mapped[str]
    stripe_refund_id: Mapped[str | None]
    reason: Mapped[str]
    requested_by: Mapped[str]
    created_at: Mapped[datetime]
    state_at: Mapped[datetime]
    way: Mapped[str] = mapped_column(server_default=RefundWay.ORIGINAL.value)
    # What staff chose to take it from: claim_id, charge_id, amount_cents. None: the usual order.
    taken_from: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    decided_by: Mapped[UUID | None]  # the second person
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str] = mapped_column(server_default="")
    handed_by: Mapped[UUID | None]  # who mailed the check, or used the card machine
    handed_on: Mapped[date | None]
    handed_reference: Mapped[str] = mapped_column(server_default="")
    mailed_to: Mapped[str] = mapped_column(server_default="")
    cashed_on: Mapped[date | None]  # of a check: the bank paid it
    cashed_noted_by: Mapped[UUID | None]


class WebhookEvent(PracticeBase):
    """One event of Stripe, stored in the commit of its effect. Ids only, never the body."""

    __tablename__ = "webhook_events"
    __table_args__ = (STAFF_TABLE,)

    stripe_event_id: Mapped[str] = mapped_column(primary_key=True)
    event_type: Mapped[str]
    object_kind: Mapped[str]
    object_id: Mapped[str]
    received_at: Mapped[datetime]
    outcome: Mapped[str]  # applied, ignored


class ParkedWebhook(Base):
    """An event whose object we do not know yet: tried again by the sweep, never dropped."""

    __tablename__ = "parked_webhooks"
    __table_args__ = (LOCAL_TABLE,)

    stripe_event_id: Mapped[str] = mapped_column(primary_key=True)
    practice_id: Mapped[UUID]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    received_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    resolved_at: Mapped[datetime | None]
