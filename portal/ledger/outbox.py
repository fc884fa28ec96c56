"""The outbox to the practice's system: a post is written in the transaction it tells about."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from portal.db import new_id, practice_of
from portal.ledger.models import LedgerPost, LedgerPostEvent


class LedgerPostState(StrEnum):
    """queued → sent → acknowledged → confirmed (read back), or rejected and mended by staff."""

    QUEUED = "queued"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


TRANSITIONS: Mapping[LedgerPostState, frozenset[LedgerPostState]] = {
    LedgerPostState.QUEUED: frozenset({LedgerPostState.SENT}),
    LedgerPostState.SENT: frozenset(
        {LedgerPostState.ACKNOWLEDGED, LedgerPostState.REJECTED, LedgerPostState.QUEUED}
    ),
    LedgerPostState.ACKNOWLEDGED: frozenset({LedgerPostState.CONFIRMED}),
    LedgerPostState.REJECTED: frozenset({LedgerPostState.QUEUED}),
    LedgerPostState.CONFIRMED: frozenset(),
}


class UnknownMoveError(RuntimeError):
    """A ledger post cannot go from where it is to where it was sent."""


def enqueue_post(
    session: Session,
    *,
    guarantor_id: UUID,
    entry_id: UUID,
    subject_id: UUID,
    kind: str,
    amount_cents: int,
    effective_on: date,
    details: Mapping[str, Any],
    now: datetime,
) -> UUID:
    """Tell the practice's system about an entry; ``details`` hold ids and cents, no names."""
    practice_id = practice_of(session)
    post_id = new_id()
    session.execute(
        insert(LedgerPost).values(
            practice_id=practice_id,
            post_id=post_id,
            guarantor_id=guarantor_id,
            entry_id=entry_id,
            subject_id=subject_id,
            kind=kind,
            amount_cents=amount_cents,
            effective_on=effective_on,
            details=dict(details),
            state=LedgerPostState.QUEUED.value,
            state_at=now,
        )
    )
    return post_id


def move_to(
    session: Session,
    post_id: UUID,
    state: LedgerPostState,
    *,
    now: datetime,
    detail: str = "",
    batch_number: int | None = None,
) -> None:
    """Move a post and write the event; one already there stays. Raises UnknownMoveError.

    One that is queued again has left its batch: it goes out in a new one.
    """
    practice_id = practice_of(session)
    row = session.execute(
        select(LedgerPost)
        .where(LedgerPost.practice_id == practice_id, LedgerPost.post_id == post_id)
        .with_for_update()
    ).scalar_one()
    present = LedgerPostState(row.state)
    if present is state:
        return
    if state not in TRANSITIONS[present]:
        raise UnknownMoveError(f"{post_id}: {present} to {state}")
    session.execute(
        update(LedgerPost)
        .where(LedgerPost.practice_id == practice_id, LedgerPost.post_id == post_id)
        .values(
            state=state.value,
            state_at=now,
            batch_number=_batch_after(row, state, batch_number),
            reject_reason=detail if state is LedgerPostState.REJECTED else None,
        )
    )
    session.execute(
        insert(LedgerPostEvent).values(
            practice_id=practice_id,
            event_id=new_id(),
            post_id=post_id,
            state=state.value,
            occurred_at=now,
            detail=detail,
        )
    )


def _batch_after(row: LedgerPost, state: LedgerPostState, batch_number: int | None) -> int | None:
    if state is LedgerPostState.QUEUED:
        return None
    return row.batch_number if batch_number is None else batch_number
