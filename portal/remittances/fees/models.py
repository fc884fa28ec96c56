"""What payers agreed to pay, as the practice loaded it; the newest schedule of a payer counts."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import STAFF_TABLE, PracticeBase, belongs_to


class FeeSchedule(PracticeBase):
    """All fees of one payer from one file."""

    __tablename__ = "fee_schedules"
    __table_args__ = (
        belongs_to("payers", "payer_id", child="fee_schedules"),
        Index("fee_schedules_payer", "practice_id", "payer_id"),
        STAFF_TABLE,
    )

    schedule_id: Mapped[UUID] = mapped_column(primary_key=True)
    payer_id: Mapped[UUID]
    file_name: Mapped[str]
    fee_count: Mapped[int]
    loaded_at: Mapped[datetime]
    loaded_by: Mapped[str]


class Fee(PracticeBase):
    """The price of one unit of a service between two days."""

    __tablename__ = "fees"
    __table_args__ = (belongs_to("fee_schedules", "schedule_id", child="fees"), STAFF_TABLE)

    schedule_id: Mapped[UUID] = mapped_column(primary_key=True)
    line_number: Mapped[int] = mapped_column(primary_key=True)
    procedure_code: Mapped[str]
    modifier: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    amount_cents: Mapped[int]
