"""Seals over the audit log: a chain of hashes that a changed, missing or late row breaks.

A seal holds the id and hash of each of its events, and a hash over those and the seal before. So a
broken row can be named, and whoever mends its hash must mend every later seal as well.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.audit.models import AuditEvent, AuditSeal
from portal.db import Database, Principal, practice_of

SETTLING_TIME = timedelta(minutes=5)  # a transaction that began before it has ended by then
_BATCH = 1000
_ID_BYTES = 16
_MARK_BYTES = _ID_BYTES + hashlib.sha256().digest_size
_NO_SEAL = bytes(32)
_NO_EVENT = UUID(int=0)


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """One thing wrong: ``event_id`` is the row (None: the seal itself), ``problem`` a sentence."""

    seal_number: int
    event_id: UUID | None
    problem: str


def seal(database: Database, practice_id: UUID, *, now: datetime) -> int:
    """Seal every settled event, in batches of one transaction each; returns how many events."""
    sealed = 0
    while count := _seal_batch(database, practice_id, now=now):
        sealed += count
    return sealed


def verify(database: Database, practice_id: UUID) -> tuple[AuditFinding, ...]:
    """Compute every seal again from the rows; empty when all are as they were."""
    with database.transaction(Principal.job(practice_id, role="audit verify")) as session:
        return tuple(_findings(session))


def _seal_batch(database: Database, practice_id: UUID, *, now: datetime) -> int:
    with database.transaction(Principal.job(practice_id, role="audit seal")) as session:
        last = session.execute(
            select(AuditSeal.seal_number, AuditSeal.last_event_id, AuditSeal.chain_hash)
            .where(AuditSeal.practice_id == practice_id)
            .order_by(AuditSeal.seal_number.desc())
            .limit(1)
        ).one_or_none()
        number, after, chain = (last[0], last[1], last[2]) if last else (0, _NO_EVENT, _NO_SEAL)
        events = _settled(_events(session, after=after, limit=_BATCH), now=now)
        if not events:
            return 0
        marks = b"".join(_mark(event) for event in events)
        session.execute(
            insert(AuditSeal).values(
                practice_id=practice_id,
                seal_number=number + 1,
                last_event_id=events[-1].event_id,
                event_count=len(events),
                event_marks=marks,
                sealed_at=now,
                chain_hash=_chain(chain, marks),
            )
        )
        return len(events)


def _settled(events: Sequence[AuditEvent], *, now: datetime) -> list[AuditEvent]:
    """Up to the first event so young that an older one may still be on its way."""
    settled = []
    for event in events:
        if event.occurred_at > now - SETTLING_TIME:
            break
        settled.append(event)
    return settled


def _events(
    session: Session, *, after: UUID, limit: int | None = None, until: UUID | None = None
) -> Sequence[AuditEvent]:
    query = (
        select(AuditEvent)
        .where(AuditEvent.practice_id == practice_of(session), AuditEvent.event_id > after)
        .order_by(AuditEvent.event_id)
        .limit(limit)
    )
    if until is not None:
        query = query.where(AuditEvent.event_id <= until)
    return session.scalars(query).all()


def _findings(session: Session) -> Iterator[AuditFinding]:
    chain, after, number = _NO_SEAL, _NO_EVENT, 0
    seals = session.scalars(
        select(AuditSeal)
        .where(AuditSeal.practice_id == practice_of(session))
        .order_by(AuditSeal.seal_number)
    )
    for sealed in seals:
        number += 1
        chain = _chain(chain, sealed.event_marks)
        if sealed.seal_number != number or sealed.chain_hash != chain:
            yield AuditFinding(sealed.seal_number, None, "the chain of seals is broken here")
            number, chain = sealed.seal_number, sealed.chain_hash
        events = _events(session, after=after, until=sealed.last_event_id)
        yield from _compare(sealed, {event.event_id: _mark(event) for event in events})
        after = sealed.last_event_id


def _compare(sealed: AuditSeal, present: dict[UUID, bytes]) -> Iterator[AuditFinding]:
    marks = sealed.event_marks
    expected = {
        UUID(bytes=marks[at : at + _ID_BYTES]): marks[at : at + _MARK_BYTES]
        for at in range(0, len(marks), _MARK_BYTES)
    }
    for event_id in sorted(expected.keys() | present.keys()):
        if event_id not in present:
            yield AuditFinding(sealed.seal_number, event_id, "the row is missing")
        elif event_id not in expected:
            yield AuditFinding(sealed.seal_number, event_id, "the row came after the seal")
        elif present[event_id] != expected[event_id]:
            yield AuditFinding(sealed.seal_number, event_id, "the row was changed")


def _mark(event: AuditEvent) -> bytes:
    facts = (
        event.occurred_at.astimezone(UTC).isoformat(),
        event.actor_kind,
        str(event.actor_id),
        event.actor_role,
        event.action,
        str(event.guarantor_id),
        event.object_kind,
        str(event.object_id),
        event.request_id,
    )
    return event.event_id.bytes + hashlib.sha256(json.dumps(facts).encode()).digest()


def _chain(previous: bytes, marks: bytes) -> bytes:
    return hashlib.sha256(previous + marks).digest()
