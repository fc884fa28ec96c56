"""Whether the practice's own system tells us what it takes in, and how old its newest word is."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import column, func, or_, select, table
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from portal.db import Base, practice_of
from portal.domain.practice_feed import RowKind
from portal.practice.models import Claim, FeedImport, Guarantor, Practice

_REFUSED: Final = "refused"
_FEED_ROWS: Final = table(  # of sync, above this layer
    "feed_rows",
    column("practice_id"),
    column("row_id"),
    column("kind"),
    column("content", JSONB),
    column("outcome"),
    column("settled_at"),
    schema=Base.metadata.schema,
)


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
    """How old the newest file is; None: no feed is expected.

    One never seen is as old as can be, and so is all while the last was taken in only in part.
    """
    practice_id = practice_of(session)
    expected = session.scalar(
        select(Practice.feed_expected).where(Practice.practice_id == practice_id)
    )
    if expected == FeedExpected.NO:
        return None
    if _last_is_unfinished(session):
        return timedelta.max  # the rest may be money that was received
    newest = newest_feed_at(session)
    if newest is None:
        return timedelta.max if expected == FeedExpected.YES else None
    return max(timedelta(), now - newest)


def newest_feed_at(session: Session) -> datetime | None:
    """When the newest file that was taken in to its end was made."""
    return session.scalar(
        select(func.max(FeedImport.created_at)).where(
            FeedImport.practice_id == practice_of(session), FeedImport.finished_at.is_not(None)
        )
    )


def _last_is_unfinished(session: Session) -> bool:
    """A file is being taken in, or its import broke off."""
    last = session.execute(
        select(FeedImport.import_id, FeedImport.finished_at)
        .where(FeedImport.practice_id == practice_of(session))
        .order_by(FeedImport.imported_at.desc(), FeedImport.import_id.desc())
        .limit(1)
    ).first()
    return last is not None and last.finished_at is None


def desk_receipts_in(session: Session) -> DeskReceiptsIn:
    """The practice's choice."""
    chosen = session.scalar(
        select(Practice.desk_receipts_in).where(Practice.practice_id == practice_of(session))
    )
    return DeskReceiptsIn(chosen or DeskReceiptsIn.PRACTICE)


def has_refused_receipt(session: Session, guarantor_id: UUID) -> bool:
    """Whether a receipt that was refused names their account or a claim of theirs.

    Until it fits or staff have settled it: they may have paid. Where the portal books the desk's
    money the feed's receipts are refused as a matter of course, and say nothing.
    """
    if desk_receipts_in(session) is DeskReceiptsIn.PORTAL:
        return False
    practice_id = practice_of(session)
    claim_numbers = select(Claim.claim_number).where(
        Claim.practice_id == practice_id, Claim.guarantor_id == guarantor_id
    )
    account_number = select(Guarantor.account_number).where(
        Guarantor.practice_id == practice_id, Guarantor.guarantor_id == guarantor_id
    )
    told = _FEED_ROWS.c.content
    found = session.scalar(
        select(_FEED_ROWS.c.row_id)
        .where(
            _FEED_ROWS.c.practice_id == practice_id,
            _FEED_ROWS.c.outcome == _REFUSED,
            _FEED_ROWS.c.settled_at.is_(None),
            _FEED_ROWS.c.kind == RowKind.RECEIPT.value,
            or_(
                told["account_number"].astext.in_(account_number),
                told["claim_number"].astext.in_(claim_numbers),
            ),
        )
        .limit(1)
    )
    return found is not None
