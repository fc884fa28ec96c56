"""How a practice's letters are folded into envelopes; without a row, as NUMBER_10_DOUBLE says."""

from sqlalchemy import BigInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import PRACTICE_TABLE, PracticeBase


class PaperSettings(PracticeBase):
    """Windows as x, y, width and height in thousandths of an inch; ``remit_to`` may be empty."""

    __tablename__ = "paper_settings"
    __table_args__ = (PRACTICE_TABLE,)

    sender_window: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    recipient_window: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    is_duplex: Mapped[bool]
    remit_to: Mapped[list[str]] = mapped_column(ARRAY(Text))
