"""The practice's records as we mirror them, and every hold."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import (
    GUARANTOR_TABLE,
    LOCAL_TABLE,
    PRACTICE_TABLE,
    STAFF_TABLE,
    Base,
    PracticeBase,
    belongs_to,
)


class PracticeDirectoryEntry(Base):
    """Found before the practice is known: by address of the page or of the webhook. No PHI."""

    __tablename__ = "practice_directory"
    __table_args__ = (UniqueConstraint("slug", name="practice_directory_slug"), LOCAL_TABLE)

    practice_id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str]
    time_zone: Mapped[str]
    stripe_account: Mapped[str | None]


class Practice(PracticeBase):
    """The clinic: who asks for the money, and how it wants things done."""

    __tablename__ = "practices"
    __table_args__ = (PRACTICE_TABLE,)

    slug: Mapped[str]
    name: Mapped[str]
    neutral_sender_name: Mapped[str]  # a specialty in a sender's name would be PHI
    phone: Mapped[str]
    phone_hours: Mapped[str]
    phone_hours_es: Mapped[str] = mapped_column(server_default="")
    address_line: Mapped[str]
    city: Mapped[str]
    state: Mapped[str]
    postal_code: Mapped[str]
    tax_identifier: Mapped[str]
    payee_identifier: Mapped[str]  # NPI of N1*PE; empty: not compared
    time_zone: Mapped[str]
    claim_number_is: Mapped[str] = mapped_column(server_default="claim")
    receipt_prefix: Mapped[str]
    assistance_url: Mapped[str] = mapped_column(server_default="")
    stripe_account: Mapped[str | None]
    # Who books money taken at the desk: the practice's system or the portal, never both.
    desk_receipts_in: Mapped[str] = mapped_column(server_default="practice")
    feed_expected: Mapped[str] = mapped_column(server_default="auto")
    # Whether a denial that the payer leaves to the patient is billed, or reviewed for ten days.
    patient_denials: Mapped[str] = mapped_column(server_default="bill")
    # What of one payment one person may give back; above it a second person agrees.
    refund_alone_up_to_cents: Mapped[int] = mapped_column(server_default=text("50000"))
    # What of a card machine's batch may be missing without a manager: 500 is 5 percent.
    machine_keeps_basis_points: Mapped[int] = mapped_column(server_default=text("500"))
    # The newest version of look and texts, 0 for the portal's own (practice/branding.py).
    look_version: Mapped[int] = mapped_column(server_default=text("0"))
    logo_id: Mapped[UUID | None]


class PracticeCounter(PracticeBase):
    """Running numbers people see: statements, receipts, accounts."""

    __tablename__ = "practice_counters"
    __table_args__ = (STAFF_TABLE,)

    name: Mapped[str] = mapped_column(primary_key=True)
    last_value: Mapped[int]


class Guarantor(PracticeBase):
    """The person who owes. One or more patients hang on them."""

    __tablename__ = "guarantors"
    __table_args__ = (
        UniqueConstraint("practice_id", "account_number", name="guarantors_account_number"),
        Index("guarantors_name", "practice_id", "last_name", "first_name"),
        Index("guarantors_born_on", "practice_id", "born_on"),
        GUARANTOR_TABLE,
    )

    guarantor_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_number: Mapped[str]
    first_name: Mapped[str]
    last_name: Mapped[str]
    born_on: Mapped[date | None]
    email: Mapped[str | None]
    email_agreed_at: Mapped[datetime | None]  # consent to statements by e-mail
    phone: Mapped[str | None]
    address_line: Mapped[str | None]
    city: Mapped[str | None]
    state: Mapped[str | None]
    postal_code: Mapped[str | None]
    language: Mapped[str] = mapped_column(server_default="en")


class Patient(PracticeBase):
    """Who was treated."""

    __tablename__ = "patients"
    __table_args__ = (
        belongs_to("guarantors", "guarantor_id", child="patients"),
        Index("patients_guarantor", "practice_id", "guarantor_id"),
        Index("patients_name", "practice_id", "last_name", "first_name"),
        Index("patients_member", "practice_id", "member_identifier"),
        Index("patients_born_on", "practice_id", "born_on"),
        GUARANTOR_TABLE,
    )

    patient_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    first_name: Mapped[str]
    last_name: Mapped[str]
    born_on: Mapped[date | None]
    member_identifier: Mapped[str | None]
    # Asked to be reached elsewhere than the guarantor: where, only staff may see.
    is_reached_apart: Mapped[bool] = mapped_column(server_default=text("false"))


class Payer(PracticeBase):
    """An insurer, as its remittances name it."""

    __tablename__ = "payers"
    __table_args__ = (
        UniqueConstraint("practice_id", "identifier", name="payers_identifier"),
        PRACTICE_TABLE,
    )

    payer_id: Mapped[UUID] = mapped_column(primary_key=True)
    identifier: Mapped[str]
    name: Mapped[str]


class Coverage(PracticeBase):
    """A patient's insurance over a time; ``rank`` 1 pays first."""

    __tablename__ = "coverages"
    __table_args__ = (
        belongs_to("patients", "patient_id", child="coverages"),
        belongs_to("payers", "payer_id", child="coverages"),
        Index("coverages_patient", "practice_id", "patient_id"),
        Index("coverages_member", "practice_id", "member_identifier"),
        GUARANTOR_TABLE,
    )

    coverage_id: Mapped[UUID] = mapped_column(primary_key=True)
    patient_id: Mapped[UUID]
    guarantor_id: Mapped[UUID]
    payer_id: Mapped[UUID]
    member_identifier: Mapped[str]
    rank: Mapped[int]
    filing_indicator: Mapped[str] = mapped_column(server_default="")  # SBR09, as CLP06
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]


class Claim(PracticeBase):
    """What was sent to the payer for one visit, under the practice's number (CLP01).

    ``patient_id`` is empty while nobody knows whose it is: such a claim waits with a hold.
    """

    __tablename__ = "claims"
    __table_args__ = (
        belongs_to("patients", "patient_id", child="claims"),
        belongs_to("guarantors", "guarantor_id", child="claims"),
        Index("claims_number", "practice_id", "claim_number"),
        Index("claims_guarantor", "practice_id", "guarantor_id"),
        GUARANTOR_TABLE,
    )

    claim_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID | None]
    patient_id: Mapped[UUID | None]
    claim_number: Mapped[str]
    service_on: Mapped[date | None]
    provider_name: Mapped[str] = mapped_column(server_default="")
    place_name: Mapped[str] = mapped_column(server_default="")
    charge_cents: Mapped[int]
    charge_source: Mapped[str] = mapped_column(server_default="remittance")  # who told the charge
    denied: Mapped[bool] = mapped_column(server_default=text("false"))
    # Cents by charge id ("" for the claim as a whole): paid before, kept for a payer's correction.
    waiting_credit: Mapped[dict[str, int] | None] = mapped_column(JSONB)
    # The same of what the practice let off, by account of the ledger.
    waiting_let_off: Mapped[dict[str, dict[str, int]] | None] = mapped_column(JSONB)
    # As the payer named them, until a person of ours is matched.
    patient_name_on_file: Mapped[str] = mapped_column(server_default="")
    member_identifier_on_file: Mapped[str] = mapped_column(server_default="")
    # Kept from whoever pays and is not the patient: by staff's word, or by 42 CFR Part 2.
    is_sensitive: Mapped[bool] = mapped_column(server_default=text("false"))
    is_part2: Mapped[bool] = mapped_column(server_default=text("false"))


class Charge(PracticeBase):
    """One billed service line of a claim (X12 SVC)."""

    __tablename__ = "charges"
    __table_args__ = (
        belongs_to("claims", "claim_id", child="charges"),
        Index("charges_claim", "practice_id", "claim_id"),
        GUARANTOR_TABLE,
    )

    charge_id: Mapped[UUID] = mapped_column(primary_key=True)
    claim_id: Mapped[UUID]
    guarantor_id: Mapped[UUID | None]
    line_number: Mapped[int]
    control_number: Mapped[str]  # REF*6R
    procedure_qualifier: Mapped[str]
    procedure_code: Mapped[str]
    modifiers: Mapped[list[str]] = mapped_column(ARRAY(Text))
    service_on: Mapped[date | None]
    charge_cents: Mapped[int]
    description: Mapped[str] = mapped_column(server_default="")  # the practice's own words


class Hold(PracticeBase):
    """Why a claim, or everything of a guarantor, is kept off statements, and what ended that."""

    __tablename__ = "holds"
    __table_args__ = (
        belongs_to("claims", "claim_id", child="holds"),
        belongs_to("guarantors", "guarantor_id", child="holds"),
        CheckConstraint("claim_id IS NOT NULL OR guarantor_id IS NOT NULL", name="holds_something"),
        CheckConstraint("(released_at IS NULL) = (released_by IS NULL)", name="holds_release"),
        Index(
            "holds_standing",
            "practice_id",
            "claim_id",
            "kind",
            unique=True,
            postgresql_where=text("released_at IS NULL AND claim_id IS NOT NULL"),
        ),
        Index(
            "holds_guarantor",
            "practice_id",
            "guarantor_id",
            postgresql_where=text("released_at IS NULL"),
        ),
        GUARANTOR_TABLE,
    )

    hold_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID | None]
    claim_id: Mapped[UUID | None]
    kind: Mapped[str]
    reason: Mapped[str]
    placed_at: Mapped[datetime]
    placed_by: Mapped[str]
    released_at: Mapped[datetime | None]
    released_by: Mapped[str | None]
    release_reason: Mapped[str | None]
    # Decisions that staff looked at when they released it: those raise this kind no more.
    waived_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))


class Task(PracticeBase):
    """Something a person of the practice has to look at. ``subject_id`` is what it is about."""

    __tablename__ = "tasks"
    __table_args__ = (
        UniqueConstraint("practice_id", "kind", "subject_id", name="tasks_subject"),
        Index("tasks_open", "practice_id", "created_at", postgresql_where=text("done_at IS NULL")),
        STAFF_TABLE,
    )

    task_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject_id: Mapped[UUID]
    message: Mapped[str]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class FeedImport(PracticeBase):
    """One file of the practice's system that was taken in; again makes a further row.

    Nothing changes but that it is done, once; until then only part of it may have been taken.
    """

    __tablename__ = "feed_imports"
    __table_args__ = (Index("feed_imports_created", "practice_id", "created_at"), STAFF_TABLE)

    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    file_name: Mapped[str]
    sha256_hex: Mapped[str]
    created_at: Mapped[datetime]  # as the file says
    imported_at: Mapped[datetime]
    imported_by: Mapped[str]
    report: Mapped[dict[str, Any]] = mapped_column(JSONB)  # empty until it is done
    finished_at: Mapped[datetime | None]
