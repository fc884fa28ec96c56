"""What the payers sent and decided, append-only, and what could not be posted."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import GUARANTOR_TABLE, STAFF_TABLE, PracticeBase, belongs_to


class RemittanceFile(PracticeBase):
    """One imported file: the same bytes are never imported twice."""

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
        UniqueConstraint(
            "practice_id",
            "interchange_control",
            "group_control",
            "transaction_control",
            "trace_number",
            "payer_id",
            name="remittances_controls",
        ),
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
    payment_cents: Mapped[int]
    effective_on: Mapped[date | None]


class Adjudication(PracticeBase):
    """A payer's decision on one claim. Never changed: a reversal is a further row that voids it."""

    __tablename__ = "adjudications"
    __table_args__ = (
        belongs_to("claims", "claim_id", child="adjudications"),
        belongs_to("remittances", "remittance_id", child="adjudications"),
        belongs_to("payers", "payer_id", child="adjudications"),
        Index("adjudications_claim", "practice_id", "claim_id"),
        Index(
            "adjudications_voids",
            "practice_id",
            "voids_id",
            unique=True,
            postgresql_where=text("voids_id IS NOT NULL"),
        ),
        GUARANTOR_TABLE,
    )

    adjudication_id: Mapped[UUID] = mapped_column(primary_key=True)
    claim_id: Mapped[UUID]
    guarantor_id: Mapped[UUID | None]
    remittance_id: Mapped[UUID]
    payer_id: Mapped[UUID]
    rank: Mapped[int] = mapped_column(SmallInteger)
    status: Mapped[str]  # CLP02
    payer_control_number: Mapped[str]  # CLP07
    trace_number: Mapped[str]  # TRN02
    charge_cents: Mapped[int]
    paid_cents: Mapped[int]
    responsibility_cents: Mapped[int]  # sum of PR
    remarks: Mapped[list[str]] = mapped_column(ARRAY(Text))
    disposition: Mapped[str]
    voids_id: Mapped[UUID | None]
    decided_on: Mapped[date]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)  # what was posted, to decide the next


class AdjudicatedLine(PracticeBase):
    """The decision on one service line; ``line_number`` 0 is the claim as a whole."""

    __tablename__ = "adjudicated_lines"
    __table_args__ = (
        belongs_to("adjudications", "adjudication_id", child="adjudicated_lines"),
        Index("adjudicated_lines_charge", "practice_id", "charge_id"),
        GUARANTOR_TABLE,
    )

    adjudication_id: Mapped[UUID] = mapped_column(primary_key=True)
    line_number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    guarantor_id: Mapped[UUID | None]
    charge_id: Mapped[UUID | None]
    procedure_code: Mapped[str]
    charge_cents: Mapped[int]
    paid_cents: Mapped[int]
    allowed_cents: Mapped[int | None]
    remarks: Mapped[list[str]] = mapped_column(ARRAY(Text))


class AdjustmentRow(PracticeBase):
    """One CAS triplet of a line, or of the claim (line 0)."""

    __tablename__ = "adjustments"
    __table_args__ = (
        ForeignKeyConstraint(
            ["practice_id", "adjudication_id", "line_number"],
            [
                "portal.adjudicated_lines.practice_id",
                "portal.adjudicated_lines.adjudication_id",
                "portal.adjudicated_lines.line_number",
            ],
            name="adjustments_line_fk",
        ),
        GUARANTOR_TABLE,
    )

    adjudication_id: Mapped[UUID] = mapped_column(primary_key=True)
    line_number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    guarantor_id: Mapped[UUID | None]
    group_code: Mapped[str]
    reason_code: Mapped[str]
    amount_cents: Mapped[int]
    quantity: Mapped[str]


class QuarantinedClaim(PracticeBase):
    """A claim of a file that is not in the journal, and why. Never dropped."""

    __tablename__ = "quarantined_claims"
    __table_args__ = (
        belongs_to("remittances", "remittance_id", child="quarantined_claims"),
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
