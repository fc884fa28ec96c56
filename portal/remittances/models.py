"""What the payers sent, file by file, and what could not be posted (decisions: practice)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import STAFF_TABLE, PracticeBase, belongs_to


class RemittanceFile(PracticeBase):
    """One imported file: the same bytes go in once, but for payments that were withheld."""

    __tablename__ = "remittance_files"
    __table_args__ = (
        UniqueConstraint("practice_id", "sha256", name="remittance_files_sha256"),
        STAFF_TABLE,
    )

    file_id: Mapped[UUID] = mapped_column(primary_key=True)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[str]
    byte_count: Mapped[int]
    imported_at: Mapped[datetime]
    imported_by: Mapped[str]
    report: Mapped[dict[str, Any]] = mapped_column(JSONB)


class Remittance(PracticeBase):
    """One ST*835: who paid how much under which trace number."""

    __tablename__ = "remittances"
    __table_args__ = (
        belongs_to("remittance_files", "file_id", child="remittances"),
        belongs_to("payers", "payer_id", child="remittances"),
        # Without a trace number (TRN02) a repeat cannot be told from another payment.
        Index(
            "remittances_controls",
            "practice_id",
            "payer_id",
            "trace_number",
            "interchange_control",
            "group_control",
            "transaction_control",
            "payment_cents",
            unique=True,
            postgresql_where=text("trace_number <> ''"),
        ),
        Index("remittances_file", "practice_id", "file_id"),
        STAFF_TABLE,
    )

    remittance_id: Mapped[UUID] = mapped_column(primary_key=True)
    file_id: Mapped[UUID]
    payer_id: Mapped[UUID]
    interchange_control: Mapped[str]
    group_control: Mapped[str]
    transaction_control: Mapped[str]
    trace_number: Mapped[str]
    payment_method: Mapped[str]
    payment_cents: Mapped[int]  # BPR02
    # The part of it that earlier files told already, under other control numbers.
    told_before_cents: Mapped[int] = mapped_column(server_default=text("0"))
    effective_on: Mapped[date | None]
    # PLB: reason, reference and cents of each, as they were sent.
    provider_adjustments: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB, server_default=text("'[]'::jsonb")
    )


class QuarantinedClaim(PracticeBase):
    """A claim of a file that is not in the journal, and why. Never dropped."""

    __tablename__ = "quarantined_claims"
    __table_args__ = (
        belongs_to("remittances", "remittance_id", child="quarantined_claims"),
        Index(
            "quarantined_claims_open",
            "practice_id",
            "quarantine_id",
            postgresql_where=text("resolved_at IS NULL"),
        ),
        Index("quarantined_claims_remittance", "practice_id", "remittance_id"),
        STAFF_TABLE,
    )

    quarantine_id: Mapped[UUID] = mapped_column(primary_key=True)
    remittance_id: Mapped[UUID]
    claim_number: Mapped[str]
    code: Mapped[str]
    message: Mapped[str]
    where: Mapped[str]
    charge_cents: Mapped[int]
    paid_cents: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(
        JSONB
    )  # the claim as read, to post it once mended
    resolved_at: Mapped[datetime | None]


class QuarantineDecision(PracticeBase):
    """What ended a quarantine, by whom and why. One for each, never changed."""

    __tablename__ = "quarantine_decisions"
    __table_args__ = (
        belongs_to("quarantined_claims", "quarantine_id", child="quarantine_decisions"),
        belongs_to("adjudications", "adjudication_id", child="quarantine_decisions"),
        STAFF_TABLE,
    )

    quarantine_id: Mapped[UUID] = mapped_column(primary_key=True)
    act: Mapped[str]  # QuarantineAct
    reason: Mapped[str]
    adjudication_id: Mapped[UUID | None]  # what was posted
    disposition: Mapped[str | None]  # what became of it then
    decided_at: Mapped[datetime]
    decided_by: Mapped[str]


class ClaimTransmission(PracticeBase):
    """One ST*837: which claims went out together, under which numbers."""

    __tablename__ = "claim_transmissions"
    __table_args__ = (
        belongs_to("remittance_files", "file_id", child="claim_transmissions"),
        # Not unique: a sender that counts from the beginning again sends other claims under them.
        Index(
            "claim_transmissions_numbers",
            "practice_id",
            "interchange_control",
            "group_control",
            "transaction_control",
        ),
        Index("claim_transmissions_file", "practice_id", "file_id"),
        STAFF_TABLE,
    )

    transmission_id: Mapped[UUID] = mapped_column(primary_key=True)
    file_id: Mapped[UUID]
    submitter_identifier: Mapped[str]
    interchange_control: Mapped[str]
    group_control: Mapped[str]
    transaction_control: Mapped[str]
    reference: Mapped[str]  # BHT03
    created_on: Mapped[date | None]  # BHT04
    created_time: Mapped[str]  # BHT05


class SentClaimContent(PracticeBase):
    """A claim as it was sent, diagnoses too, and why staff have to look at it. No page shows it."""

    __tablename__ = "sent_claim_contents"
    __table_args__ = (
        belongs_to("sent_claims", "sent_claim_id", child="sent_claim_contents"),
        STAFF_TABLE,
    )

    sent_claim_id: Mapped[UUID] = mapped_column(primary_key=True)
    reason: Mapped[str]
    where: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
