"""Ways of looking at the work list that a member of staff gave a name."""

from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import STAFF_TABLE, PracticeBase


class SavedView(PracticeBase):
    """Filter and order under a name, for whoever saved it. Nothing of a patient."""

    __tablename__ = "saved_views"
    __table_args__ = (
        UniqueConstraint("practice_id", "staff_id", "name", name="saved_views_name"),
        STAFF_TABLE,
    )

    view_id: Mapped[UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID]
    name: Mapped[str]
    choice: Mapped[dict[str, Any]] = mapped_column(JSONB)  # as worklist.py writes it
