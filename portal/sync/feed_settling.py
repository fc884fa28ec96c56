"""Staff settle what the feed could not post: it was put right over there, or is none of ours."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, practice_of
from portal.practice.models import Guarantor
from portal.sync.feed import tell_staff
from portal.sync.feed_read_back import end_hold
from portal.sync.feed_report import RowOutcome
from portal.sync.models import FeedRowRecord


class RowNotFoundError(LookupError):
    """No such row in this practice."""


def settle_row(
    database: Database,
    principal: Principal,
    row_id: UUID,
    *,
    reason: str,
    now: datetime,
    request_id: str,
) -> bool:
    """Off the list; a person held for it alone is held no more. False: it was off already.

    ``reason`` is kept with the row, and with the hold that ends.

    What is settled and comes again with other content is listed again. Raises RowNotFoundError.
    """
    with database.transaction(principal) as session:
        row = _lock(session, row_id)
        if row.outcome != RowOutcome.REFUSED.value or row.settled_at is not None:
            return False
        row.settled_at, row.settled_reason = now, reason
        session.flush()
        if row.guarantor_id is not None:
            end_hold(session, row.guarantor_id, reason=reason, now=now)
        tell_staff(session, now=now)
        record(
            session,
            action="settle",
            object_kind="feed_row",
            object_id=row_id,
            guarantor_id=row.guarantor_id,
            now=now,
            request_id=request_id,
        )
        return True


def _lock(session: Session, row_id: UUID) -> FeedRowRecord:
    """Whoever it holds first, as an import does."""
    practice_id = practice_of(session)
    query = select(FeedRowRecord).where(
        FeedRowRecord.practice_id == practice_id, FeedRowRecord.row_id == row_id
    )
    row = session.scalar(query)
    if row is None:
        raise RowNotFoundError(row_id)
    if row.guarantor_id is not None:
        session.execute(
            select(Guarantor.guarantor_id)
            .where(Guarantor.practice_id == practice_id, Guarantor.guarantor_id == row.guarantor_id)
            .with_for_update(key_share=True)
        )
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
