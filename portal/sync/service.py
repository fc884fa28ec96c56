"""Carries the outbox to the practice's system, batch by batch; its answers are replies.py's.

A batch is written down first, then handed over, then marked. A crash in between leaves a batch that
is made again from what was written down, the same to the byte, under the same number. Where
something else went over under that number before (a backup was restored), the batch is set aside
and its posts go out under the next free one: the far side knows each post by its id.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session, aliased

from portal.audit.record import record
from portal.connectors.practice_systems import (
    Batch,
    Parcel,
    ParcelDiffersError,
    Post,
    PostedLine,
    PracticeSystem,
)
from portal.db import Database, Principal, new_id, practice_of
from portal.ledger.models import LedgerPost
from portal.ledger.outbox import LedgerPostState, move_to
from portal.practice.counters import next_number
from portal.practice.models import Practice
from portal.practice.tasks import open_task
from portal.sync.models import SyncBatch
from portal.sync.replies import listen
from portal.sync.rows import lock_batch, lock_post
from portal.web.logs import log

POSTS_IN_A_BATCH: Final = 500


class PostNotFoundError(LookupError):
    """No such post in this practice."""


class PostNotRejectedError(ValueError):
    """Only what the practice's system refused can be sent again."""


class BatchChangedError(RuntimeError):
    """A batch that was written down would no longer be made the same."""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one run did; ``findings`` are sentences about answers that do not fit."""

    batches: int = 0
    sent: int = 0
    acknowledged: int = 0
    rejected: int = 0
    findings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """As `portal sync run --json` prints it."""
        return asdict(self)


def run_sync(
    database: Database,
    system: PracticeSystem,
    practice_id: UUID,
    *,
    now: datetime,
    posts_in_a_batch: int = POSTS_IN_A_BATCH,
) -> SyncReport:
    """Read what was answered, finish what was begun, send what waits.

    Raises PracticeSystemUnavailableError: what was planned by then goes out in the next run. What
    waits is sent before it is raised about the replies.
    """
    job = Principal.job(practice_id, role="sync run")
    try:
        heard = listen(database, system, job, now=now)
    finally:
        sent = _send(database, system, job, limit=posts_in_a_batch, now=now)
    return SyncReport(
        batches=len(sent),
        sent=sum(sent),
        acknowledged=heard.acknowledged,
        rejected=heard.rejected,
        findings=tuple(heard.findings),
    )


def send_again(
    database: Database, principal: Principal, post_id: UUID, *, now: datetime, request_id: str
) -> None:
    """Staff mended what the practice's system refused: the post goes out in the next batch.

    Raises PostNotFoundError and PostNotRejectedError.
    """
    with database.transaction(principal) as session:
        post = lock_post(session, post_id)
        if post is None:
            raise PostNotFoundError(post_id)
        if post.state != LedgerPostState.REJECTED.value:
            raise PostNotRejectedError(post_id)
        move_to(session, post_id, LedgerPostState.QUEUED, now=now, detail="sent again by staff")
        record(
            session,
            action="send_again",
            object_kind="ledger_post",
            object_id=post_id,
            guarantor_id=post.guarantor_id,
            now=now,
            request_id=request_id,
        )


def _send(
    database: Database, system: PracticeSystem, job: Principal, *, limit: int, now: datetime
) -> list[int]:
    """How many posts each batch holds that was handed over."""
    sent = [_hand_over(database, system, job, number, now=now) for number in _begun(database, job)]
    while True:
        number = _plan(database, system, job, limit=limit, now=now)
        if number is None:
            return [count for count in sent if count is not None]
        sent.append(_hand_over(database, system, job, number, now=now))


def _plan(
    database: Database, system: PracticeSystem, job: Principal, *, limit: int, now: datetime
) -> int | None:
    """Write a batch of what waits down; its number, or None when nothing waits."""
    with database.transaction(job) as session:
        slug = _lock_practice(session)
        posts = _waiting(session, limit=limit)
        if not posts:
            return None
        number = next_number(session, "sync_batch")
        parcel = system.prepare(_batch(slug, number, now, posts))
        session.execute(
            update(LedgerPost)
            .where(
                LedgerPost.practice_id == job.practice_id,
                LedgerPost.post_id.in_([post.post_id for post in posts]),
            )
            .values(batch_number=number)
        )
        session.add(
            SyncBatch(
                practice_id=job.practice_id,
                batch_id=new_id(),
                batch_number=number,
                file_name=parcel.name,
                sha256_hex=parcel.sha256_hex,
                post_count=len(posts),
                total_cents=sum(post.amount_cents for post in posts),
                planned_at=now,
            )
        )
        return number


def _begun(database: Database, job: Principal) -> Sequence[int]:
    """Batches that were written down and not marked as handed over, in order."""
    with database.transaction(job) as session:
        return session.scalars(
            select(SyncBatch.batch_number)
            .where(
                SyncBatch.practice_id == job.practice_id,
                SyncBatch.written_at.is_(None),
                SyncBatch.set_aside_at.is_(None),
            )
            .order_by(SyncBatch.batch_number)
        ).all()


def _hand_over(
    database: Database, system: PracticeSystem, job: Principal, number: int, *, now: datetime
) -> int | None:
    """As `_deliver`; None for a batch that had to be set aside, which stops no other."""
    try:
        return _deliver(database, system, job, number, now=now)
    except (ParcelDiffersError, BatchChangedError) as error:
        _set_aside(database, job, number, why=str(error), now=now)
        return None


def _set_aside(database: Database, job: Principal, number: int, *, why: str, now: datetime) -> None:
    """Let a batch's posts wait again; its number stays taken."""
    with database.transaction(job) as session:
        batch = lock_batch(session, number)
        if batch is None or batch.written_at or batch.set_aside_at:  # another run was faster
            return
        batch.set_aside_at = now
        for post in _posts_of(session, number):
            post.batch_number = None
        open_task(
            session,
            kind="sync_set_aside",
            subject_id=batch.batch_id,
            message=f"{why} Its posts go out under the next free number. If a backup was restored, "
            "compare the files of that time with the practice's system.",
            now=now,
        )
    log.warning("batch set aside", batch_number=number)


def _deliver(
    database: Database, system: PracticeSystem, job: Principal, number: int, *, now: datetime
) -> int:
    """Hand a planned batch over and mark it; how many posts it holds."""
    with database.transaction(job) as session:
        parcel = _parcel(session, system, number)
    system.deliver(parcel)
    with database.transaction(job) as session:
        batch = lock_batch(session, number)
        posts = _posts_of(session, number)
        if batch is None or batch.written_at or batch.set_aside_at:  # another run was faster
            return 0
        batch.written_at = now
        for post in posts:
            move_to(session, post.post_id, LedgerPostState.SENT, now=now)
    log.info("batch handed over", batch_number=number, count=len(posts))
    return len(posts)


def _parcel(session: Session, system: PracticeSystem, number: int) -> Parcel:
    """Made again from what is written down. Raises BatchChangedError if it came out otherwise."""
    batch = lock_batch(session, number)
    slug = session.scalar(select(Practice.slug).where(Practice.practice_id == practice_of(session)))
    if batch is None or slug is None:
        raise LookupError(number)
    parcel = system.prepare(_batch(slug, number, batch.planned_at, _posts_of(session, number)))
    if parcel.sha256_hex != batch.sha256_hex:
        raise BatchChangedError(f"Batch {number} would differ from what was written down.")
    return parcel


def _lock_practice(session: Session) -> str:
    """One run plans at a time."""
    return session.scalars(
        select(Practice.slug)
        .where(Practice.practice_id == practice_of(session))
        .with_for_update(key_share=True)
    ).one()


def _waiting(session: Session, *, limit: int) -> Sequence[LedgerPost]:
    """In the order they were made; what follows a refused post of the same guarantor waits."""
    practice_id = practice_of(session)
    earlier = aliased(LedgerPost)
    follows_a_refused_one = exists().where(
        earlier.practice_id == practice_id,
        earlier.guarantor_id == LedgerPost.guarantor_id,
        earlier.state == LedgerPostState.REJECTED.value,
        earlier.post_id < LedgerPost.post_id,
    )
    return session.scalars(
        select(LedgerPost)
        .where(
            LedgerPost.practice_id == practice_id,
            LedgerPost.state == LedgerPostState.QUEUED.value,
            LedgerPost.batch_number.is_(None),
            ~follows_a_refused_one,
        )
        .order_by(LedgerPost.post_id)
        .limit(limit)
    ).all()


def _batch(slug: str, number: int, created_at: datetime, posts: Sequence[LedgerPost]) -> Batch:
    return Batch(slug, number, created_at, tuple(_post(row) for row in posts))


def _post(row: LedgerPost) -> Post:
    return Post(
        post_id=row.post_id,
        kind=row.kind,
        account_number=row.details["account_number"],
        effective_on=row.effective_on,
        amount_cents=row.amount_cents,
        receipt_number=row.details["receipt_number"],
        method=row.details["method"],
        lines=tuple(
            PostedLine(
                claim_number=line["claim_number"],
                line_control_number=line["line_control_number"],
                amount_cents=line["amount_cents"],
            )
            for line in row.details["allocations"]
        ),
    )


def _posts_of(session: Session, number: int) -> Sequence[LedgerPost]:
    return session.scalars(
        select(LedgerPost)
        .where(LedgerPost.practice_id == practice_of(session), LedgerPost.batch_number == number)
        .order_by(LedgerPost.post_id)
    ).all()
