"""What goes to the practice's system and what it said, for the people who post."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, practice_of
from portal.domain.names import in_mixed_case
from portal.ledger.models import LedgerPost
from portal.ledger.outbox import LedgerPostState
from portal.practice.contact import practice_contact
from portal.practice.models import Guarantor
from portal.sync.feed_queries import FeedState, feed_state
from portal.sync.models import SyncBatch

_POSTS_SHOWN: Final = 200
_BATCHES_SHOWN: Final = 50
_NOT_THERE_YET: Final = (
    LedgerPostState.REJECTED.value,
    LedgerPostState.QUEUED.value,
    LedgerPostState.SENT.value,
)


@dataclass(frozen=True, slots=True)
class PostRow:
    """One post that the practice's system has not taken yet."""

    post_id: UUID
    guarantor_id: UUID
    guarantor_name: str
    kind: str
    amount_cents: int
    state: LedgerPostState
    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One batch that went over; ``state`` is that of the post that is furthest behind."""

    batch_number: int
    file_name: str
    written_at: datetime
    post_count: int
    total_cents: int
    state: LedgerPostState
    replied_at: datetime | None
    rejected: int


@dataclass(frozen=True, slots=True)
class SyncPage:
    """``counts`` by state; refused posts first, then those that wait longest."""

    feed: FeedState
    counts: Mapping[str, int]
    posts: tuple[PostRow, ...]
    batches: tuple[BatchRow, ...]


def sync_page(
    database: Database, principal: Principal, *, now: datetime, request_id: str
) -> SyncPage:
    """The page of the outbox. It shows names, so that it was read goes into the audit log."""
    with database.transaction(principal) as session:
        zone = ZoneInfo(practice_contact(session).time_zone)
        record(
            session,
            action="view",
            object_kind="outbox",
            object_id=None,
            guarantor_id=None,
            now=now,
            request_id=request_id,
        )
        return SyncPage(
            feed_state(session, zone, now=now),
            _counts(session),
            _posts(session, zone),
            _batches(session, zone),
        )


def _counts(session: Session) -> Mapping[str, int]:
    rows = session.execute(
        select(LedgerPost.state, func.count().label("posts"))
        .where(LedgerPost.practice_id == practice_of(session))
        .group_by(LedgerPost.state)
    )
    return {row.state: int(row.posts) for row in rows}


def _posts(session: Session, zone: ZoneInfo) -> tuple[PostRow, ...]:
    practice_id = practice_of(session)
    rows = session.execute(
        select(LedgerPost, Guarantor.first_name, Guarantor.last_name)
        .join(
            Guarantor,
            (Guarantor.practice_id == practice_id)
            & (Guarantor.guarantor_id == LedgerPost.guarantor_id),
        )
        .where(LedgerPost.practice_id == practice_id, LedgerPost.state.in_(_NOT_THERE_YET))
        .order_by(
            (LedgerPost.state == LedgerPostState.REJECTED.value).desc(),
            LedgerPost.state_at,
            LedgerPost.post_id,
        )
        .limit(_POSTS_SHOWN)
    )
    return tuple(
        PostRow(
            post_id=row.LedgerPost.post_id,
            guarantor_id=row.LedgerPost.guarantor_id,
            guarantor_name=in_mixed_case(f"{row.first_name} {row.last_name}".strip()),
            kind=row.LedgerPost.kind,
            amount_cents=row.LedgerPost.amount_cents,
            state=LedgerPostState(row.LedgerPost.state),
            since=row.LedgerPost.state_at.astimezone(zone),
            reason=row.LedgerPost.reject_reason or "",
        )
        for row in rows
    )


def _batches(session: Session, zone: ZoneInfo) -> tuple[BatchRow, ...]:
    rows = session.scalars(
        select(SyncBatch)
        .where(SyncBatch.practice_id == practice_of(session), SyncBatch.written_at.is_not(None))
        .order_by(SyncBatch.batch_number.desc())
        .limit(_BATCHES_SHOWN)
    ).all()
    states = _states_in(session, [row.batch_number for row in rows])
    return tuple(
        BatchRow(
            batch_number=row.batch_number,
            file_name=row.file_name,
            written_at=row.written_at.astimezone(zone),
            post_count=row.post_count,
            total_cents=row.total_cents,
            state=_furthest_behind(states.get(row.batch_number, {})),
            replied_at=row.replied_at.astimezone(zone) if row.replied_at else None,
            rejected=states.get(row.batch_number, {}).get(LedgerPostState.REJECTED, 0),
        )
        for row in rows
        if row.written_at is not None
    )


def _states_in(
    session: Session, numbers: Sequence[int]
) -> Mapping[int, Mapping[LedgerPostState, int]]:
    rows = session.execute(
        select(LedgerPost.batch_number, LedgerPost.state, func.count().label("posts"))
        .where(
            LedgerPost.practice_id == practice_of(session),
            LedgerPost.batch_number.in_(numbers),
        )
        .group_by(LedgerPost.batch_number, LedgerPost.state)
    )
    states: dict[int, dict[LedgerPostState, int]] = {}
    for row in rows:
        states.setdefault(row.batch_number or 0, {})[LedgerPostState(row.state)] = int(row.posts)
    return states


def _furthest_behind(states: Mapping[LedgerPostState, int]) -> LedgerPostState:
    for state in (
        LedgerPostState.REJECTED,
        LedgerPostState.SENT,
        LedgerPostState.ACKNOWLEDGED,
    ):
        if state in states:
            return state
    return LedgerPostState.CONFIRMED if states else LedgerPostState.ACKNOWLEDGED
