"""Whether the practice's own system tells us what it takes in, and how old its newest word is."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.practice.models import FeedImport, Practice


class DeskReceiptsIn(StrEnum):
    """Which of the two books money that is taken at the desk: never both."""

    PRACTICE = "practice"
    PORTAL = "portal"


class FeedExpected(StrEnum):
    """Whether statements wait for a feed."""

    AUTO = "auto"  # once there was one
    YES = "yes"
    NO = "no"


def feed_age(session: Session, *, now: datetime) -> timedelta | None:
    """How old the newest file is; None: no feed is expected. One never seen is as old as can be."""
    practice_id = practice_of(session)
    expected = session.scalar(
        select(Practice.feed_expected).where(Practice.practice_id == practice_id)
    )
    if expected == FeedExpected.NO:
        return None
    newest = session.scalar(
        select(func.max(FeedImport.created_at)).where(FeedImport.practice_id == practice_id)
    )
    if newest is None:
        return timedelta.max if expected == FeedExpected.YES else None
    return max(timedelta(), now - newest)


def desk_receipts_in(session: Session) -> DeskReceiptsIn:
    """The practice's choice."""
    chosen = session.scalar(
        select(Practice.desk_receipts_in).where(Practice.practice_id == practice_of(session))
    )
    return DeskReceiptsIn(chosen or DeskReceiptsIn.PRACTICE)
