"""What the practice's system answers, and what each answer does to its post.

A reply's effect is one commit, and the same reply again has none; only then is it put away.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.connectors.practice_systems import (
    Answer,
    PracticeSystem,
    PracticeSystemUnavailableError,
    Reply,
)
from portal.db import Database, Principal, practice_of
from portal.ledger.outbox import LedgerPostState, UnknownMoveError, move_to
from portal.practice.models import Practice
from portal.practice.tasks import open_task, subject_of
from portal.sync.rows import lock_batch, lock_post

_QUIET_FOR: Final = timedelta(minutes=1)  # a reply that does not say where it ends has ended then
_FINDINGS_TOLD: Final = 20
_SAID_BEFORE: Final = {
    LedgerPostState.ACKNOWLEDGED: {
        LedgerPostState.ACKNOWLEDGED.value,
        LedgerPostState.CONFIRMED.value,
    },
    LedgerPostState.REJECTED: {LedgerPostState.REJECTED.value},
}


@dataclass(slots=True)
class Heard:
    """What answers came to; ``findings`` are sentences about those that do not fit."""

    acknowledged: int = 0
    rejected: int = 0
    findings: list[str] = field(default_factory=list)


def listen(database: Database, system: PracticeSystem, job: Principal, *, now: datetime) -> Heard:
    """Take every answer that is there; one reply's trouble stops no other.

    Raises PracticeSystemUnavailableError where nothing can be read.
    """
    with database.transaction(job) as session:
        slug = session.scalar(select(Practice.slug).where(Practice.practice_id == job.practice_id))
    heard = Heard()
    for reply in list(system.replies(slug or "")):
        if _may_still_grow(reply, now=now):
            continue
        with database.transaction(job) as session:
            said = _hear(session, reply, now=now)
        if said is None:
            continue
        try:
            system.put_away(slug or "", reply)
        except PracticeSystemUnavailableError as error:
            stuck = f"{reply.name}: it was dealt with and cannot be moved: {error}."
            if not said.findings:  # else somebody is asked to look at it already
                with database.transaction(job) as session:
                    _ask_staff(session, reply, [stuck], now=now)
            said.findings.append(stuck)
        heard.acknowledged += said.acknowledged
        heard.rejected += said.rejected
        heard.findings += said.findings
    return heard


def _may_still_grow(reply: Reply, *, now: datetime) -> bool:
    """Whoever writes it may not be done. A time further ahead than that says nothing."""
    return reply.written_at is not None and abs(now - reply.written_at) < _QUIET_FOR


def _hear(session: Session, reply: Reply, *, now: datetime) -> Heard | None:
    """One reply's effect, in one commit; the same reply again has none.

    None for an answer that was faster than our own mark: it is read in the next run.
    """
    heard = Heard()
    batch = None if reply.problem else lock_batch(session, reply.batch_number)
    if batch is not None and batch.written_at is None and batch.set_aside_at is None:
        return None
    if reply.problem:
        heard.findings.append(f"{reply.name}: {reply.problem}")
    elif batch is None or batch.set_aside_at is not None:
        heard.findings.append(f"{reply.name}: batch {reply.batch_number} never went out.")
    else:
        batch.reply_name, batch.replied_at = reply.name, now
        for answer in reply.answers:
            _take(session, reply, answer, heard, now=now)
    if heard.findings:
        _ask_staff(session, reply, heard.findings, now=now)
    return heard


def _ask_staff(session: Session, reply: Reply, findings: Sequence[str], *, now: datetime) -> None:
    """One task a reply, however often it is read."""
    more = len(findings) - _FINDINGS_TOLD
    told = [*findings[:_FINDINGS_TOLD], *([f"And {more} more."] if more > 0 else [])]
    open_task(
        session,
        kind="sync_reply",
        subject_id=subject_of(practice_of(session), f"reply:{reply.name}:{reply.batch_number}"),
        message=" ".join(told),
        now=now,
    )


def _take(session: Session, reply: Reply, answer: Answer, heard: Heard, *, now: datetime) -> None:
    post = lock_post(session, answer.post_id)
    if post is None or post.batch_number != reply.batch_number:
        heard.findings.append(
            f"{reply.name}: post {answer.post_id} is not in batch {reply.batch_number}."
        )
        return
    taken = LedgerPostState.ACKNOWLEDGED if answer.accepted else LedgerPostState.REJECTED
    if post.state in _SAID_BEFORE[taken]:
        return
    try:
        move_to(session, post.post_id, taken, now=now, detail=answer.reason)
    except UnknownMoveError:
        heard.findings.append(
            f"{reply.name}: post {post.post_id} is {post.state}, now it is called {taken}."
        )
        return
    if answer.accepted:
        heard.acknowledged += 1
        return
    heard.rejected += 1
    open_task(
        session,
        kind="post_rejected",
        subject_id=post.post_id,
        message=f"The practice's system refused a post: {answer.reason or 'no reason given'}.",
        now=now,
    )
