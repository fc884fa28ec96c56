"""What payers decided on our claims, append-only: written by remittances, read by statements."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import GUARANTOR_TABLE, PracticeBase, belongs_to

TAKES_UP: Final = "takes_up"
"""In ``facts`` of a reversal: the decision that had waited for it, and counts since."""

RECEIVED_ON: Final = "received_on"
"""In ``facts``: the day on which the payer got the claim, by its own word (DTM*050)."""


def received_on(facts: Mapping[str, Any]) -> date | None:
    """The payer's day from ``facts``."""
    day = facts.get(RECEIVED_ON)
    return date.fromisoformat(day) if day else None


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
    units: Mapped[int | None]  # SVC05; None where it is not whole, or was not kept yet
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
