"""Which visits a final notice was about: it counts for those, and for no other."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import STAFF_TABLE, PracticeBase, belongs_to

FINAL_NOTICE_NOT_TOLD: Final = "final_notice_not_told"
"""No mail may go to them: done once staff have written. Its subject is the notice."""

FINAL_NOTICE_TO_MAIL: Final = "final_notice_to_mail"
"""A mail went to somebody who had taken their consent back: it counts once staff have written."""


class FinalNoticeVisit(PracticeBase):
    """A visit for which somebody was told that it may go to an agency, append-only.

    ``notice_id``: the message, or what a task of staff is about, who write where no mail may go.
    """

    __tablename__ = "final_notice_visits"
    __table_args__ = (
        belongs_to("guarantors", "guarantor_id", child="final_notice_visits"),
        belongs_to("claims", "claim_id", child="final_notice_visits"),
        Index("final_notice_visits_claim", "practice_id", "claim_id"),
        Index("final_notice_visits_guarantor", "practice_id", "guarantor_id"),
        STAFF_TABLE,
    )

    notice_id: Mapped[UUID] = mapped_column(primary_key=True)
    claim_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    asked_at: Mapped[datetime]  # by a manager; told from when the mail left, or the task was done
