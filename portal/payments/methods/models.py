"""Consents, customers at Stripe, attempts to save, saved methods, and what happened to them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import GUARANTOR_TABLE, PracticeBase, belongs_to


class PaymentConsent(PracticeBase):
    """What somebody agreed to, as it was shown. Append-only."""

    __tablename__ = "payment_consents"
    __table_args__ = (
        belongs_to("guarantors", "guarantor_id", child="payment_consents"),
        Index("payment_consents_guarantor", "practice_id", "guarantor_id"),
        GUARANTOR_TABLE,
    )

    consent_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    kind: Mapped[str]
    text_version: Mapped[int] = mapped_column(SmallInteger)
    language: Mapped[str]
    sentences: Mapped[list[str]] = mapped_column(JSONB)
    given_at: Mapped[datetime]
    given_by: Mapped[UUID | None]  # the link, or the person signed in
    address_hash: Mapped[bytes]  # keyed: tells whether it was the same address, not which


class StripeCustomer(PracticeBase):
    """The id that a guarantor's ways to pay are kept under. Stripe learns nothing else of them."""

    __tablename__ = "stripe_customers"
    __table_args__ = (
        belongs_to("guarantors", "guarantor_id", child="stripe_customers"),
        UniqueConstraint("practice_id", "customer_id", name="stripe_customers_customer"),
        GUARANTOR_TABLE,
    )

    guarantor_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_key: Mapped[UUID]  # written down first: the idempotency key of the call
    customer_id: Mapped[str | None]
    stripe_account: Mapped[str | None]
    created_at: Mapped[datetime]


class MethodSetup(PracticeBase):
    """One attempt to save a way to pay; its id is the idempotency key.

    ``payment_id``: it is saved by that payment, on the page where that is made.
    """

    __tablename__ = "method_setups"
    __table_args__ = (
        belongs_to("guarantors", "guarantor_id", child="method_setups"),
        belongs_to("payment_consents", "consent_id", child="method_setups"),
        belongs_to("statements", "statement_id", child="method_setups"),
        belongs_to("payments", "payment_id", child="method_setups"),
        UniqueConstraint("practice_id", "checkout_session_id", name="method_setups_session"),
        UniqueConstraint("practice_id", "payment_id", name="method_setups_payment"),
        Index("method_setups_guarantor", "practice_id", "guarantor_id"),
        Index(
            "method_setups_unfinished",
            "practice_id",
            "state_at",
            postgresql_where=text("state IN ('starting', 'open')"),
        ),
        GUARANTOR_TABLE,
    )

    setup_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    consent_id: Mapped[UUID]
    statement_id: Mapped[UUID | None]  # where whoever saves it wants to go on
    payment_id: Mapped[UUID | None]
    method_kind: Mapped[str]
    language: Mapped[str]
    state: Mapped[str]
    state_at: Mapped[datetime]
    created_at: Mapped[datetime]
    checkout_session_id: Mapped[str | None]
    checkout_url: Mapped[str | None]


class SavedMethod(PracticeBase):
    """A card or bank account that Stripe keeps, as a page names it."""

    __tablename__ = "saved_methods"
    __table_args__ = (
        belongs_to("guarantors", "guarantor_id", child="saved_methods"),
        belongs_to("payment_consents", "consent_id", child="saved_methods"),
        UniqueConstraint("practice_id", "payment_method_id", name="saved_methods_payment_method"),
        UniqueConstraint("practice_id", "consent_id", name="saved_methods_consent"),
        Index("saved_methods_guarantor", "practice_id", "guarantor_id"),
        Index(
            "saved_methods_one_default",
            "practice_id",
            "guarantor_id",
            unique=True,
            postgresql_where=text("is_default AND removed_at IS NULL"),
        ),
        GUARANTOR_TABLE,
    )

    method_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    consent_id: Mapped[UUID]
    payment_method_id: Mapped[str]  # Stripe's
    kind: Mapped[str]
    brand: Mapped[str | None]
    last4: Mapped[str | None]
    exp_month: Mapped[int | None] = mapped_column(SmallInteger)
    exp_year: Mapped[int | None] = mapped_column(SmallInteger)
    fingerprint: Mapped[str | None]  # Stripe's: the same number, however often it was saved
    is_default: Mapped[bool]
    added_at: Mapped[datetime]
    renewed_at: Mapped[datetime | None]  # the network sent a new number or date
    told_expiring_on: Mapped[date | None]
    removed_at: Mapped[datetime | None]
    detached_at: Mapped[datetime | None]  # Stripe was told, or said so
    replaced_by: Mapped[UUID | None]  # the same number, saved again later


class AgreementEvent(PracticeBase):
    """What happened to a setup, a saved method, a charge or an autopay agreement. Append-only."""

    __tablename__ = "agreement_events"
    __table_args__ = (
        belongs_to("guarantors", "guarantor_id", child="agreement_events"),
        Index("agreement_events_subject", "practice_id", "subject_id"),
        GUARANTOR_TABLE,
    )

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    subject_id: Mapped[UUID]
    state: Mapped[str]
    occurred_at: Mapped[datetime]
    detail: Mapped[str] = mapped_column(server_default="")
