"""Rows of the outbox that one run holds while it changes them."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.ledger.models import LedgerPost
from portal.sync.models import SyncBatch


def lock_batch(session: Session, number: int) -> SyncBatch | None:
    return session.scalar(
        select(SyncBatch)
        .where(SyncBatch.practice_id == practice_of(session), SyncBatch.batch_number == number)
        .with_for_update()
    )


def lock_post(session: Session, post_id: UUID) -> LedgerPost | None:
    return session.scalar(
        select(LedgerPost)
        .where(LedgerPost.practice_id == practice_of(session), LedgerPost.post_id == post_id)
        .with_for_update()
    )
