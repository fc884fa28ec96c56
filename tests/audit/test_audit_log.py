"""The audit log: written by anybody, read by staff, changed by nobody, sealed by a chain."""

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy
from sqlalchemy import create_engine, insert, text

from portal.audit import seal as seals
from portal.audit.models import AuditEvent
from portal.audit.queries import who_looked
from portal.audit.record import record
from portal.audit.seal import SETTLING_TIME, AuditFinding, seal, verify
from portal.db import Database, Principal, new_id
from tests.builders import make_guarantor, make_practice
from tests.conftest import NOW, DatabaseUrls

STAFF_ID = UUID(int=99)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def staff(practice_id: UUID) -> Principal:
    return Principal.staff(practice_id, staff_id=STAFF_ID, role="front_desk")


def note(
    database: Database, principal: Principal, *, action: str = "view", minutes: int = 0
) -> None:
    with database.transaction(principal) as session:
        record(
            session,
            action=action,
            object_kind="statement",
            object_id=None,
            guarantor_id=principal.guarantor_id,
            now=NOW + timedelta(minutes=minutes),
            request_id="r",
        )


def event_ids(urls: DatabaseUrls) -> list[UUID]:
    engine = create_engine(urls.superuser)
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT event_id FROM portal.audit_events ORDER BY event_id")
        )
        ids = list(found.scalars())
    engine.dispose()
    return ids


def tamper(urls: DatabaseUrls, statement: str, **values: object) -> None:
    """As the superuser, with the guards put aside: what only the machine's owner can do."""
    engine = create_engine(urls.superuser)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        assert connection.execute(text(statement), values).rowcount == 1
    engine.dispose()


def test_a_patient_may_write_a_row_but_read_none(
    database: Database, practice_id: UUID, staff: Principal
) -> None:
    guarantor_id = make_guarantor(database, practice_id)
    reader = Principal.link(practice_id, guarantor_id=guarantor_id, link_id=STAFF_ID)
    note(database, reader)
    note(database, Principal.anonymous(practice_id))
    for principal, visible in ((reader, 0), (Principal.anonymous(practice_id), 0), (staff, 2)):
        with database.transaction(principal) as session:
            assert session.scalar(text("SELECT count(*) FROM portal.audit_events")) == visible


def test_nobody_writes_into_another_practices_log(database: Database, staff: Principal) -> None:
    elsewhere = make_practice(database, slug="elsewhere")
    with (
        pytest.raises(sqlalchemy.exc.ProgrammingError, match="row-level security"),
        database.transaction(staff) as session,
    ):
        session.execute(
            insert(AuditEvent.__table__).values(  # type: ignore[arg-type]  # a Table
                practice_id=elsewhere,
                event_id=new_id(),
                occurred_at=NOW,
                actor_kind="staff",
                actor_role="",
                action="view",
                object_kind="",
                request_id="",
            )
        )


@pytest.mark.parametrize("table", ["audit_events", "audit_seals"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE portal.{} SET practice_id = practice_id",
        "DELETE FROM portal.{}",
        "TRUNCATE portal.{}",
    ],
)
def test_the_app_can_neither_change_nor_remove_a_row(
    database: Database, staff: Principal, table: str, statement: str
) -> None:
    note(database, staff)
    seal(database, staff.practice_id, now=LATER)
    with (
        pytest.raises(sqlalchemy.exc.ProgrammingError, match="permission denied"),
        database.transaction(staff) as session,
    ):
        session.execute(text(statement.format(table)))


@pytest.mark.parametrize("statement", ["UPDATE {} SET action = 'x'", "DELETE FROM {}"])
def test_not_even_the_owner_changes_a_row(
    database: Database, database_urls: DatabaseUrls, staff: Principal, statement: str
) -> None:
    note(database, staff)
    engine = create_engine(database_urls.superuser)
    with (
        pytest.raises(sqlalchemy.exc.DBAPIError, match="append-only"),
        engine.begin() as connection,
    ):
        connection.execute(text(statement.format("portal.audit_events")))
    engine.dispose()


def test_who_looked_lists_each_view_and_by_whom(
    database: Database, practice_id: UUID, staff: Principal
) -> None:
    guarantor_id = make_guarantor(database, practice_id)
    other = Principal.staff(practice_id, staff_id=UUID(int=98), role="manager")
    for number in range(20):
        with database.transaction(staff if number % 4 else other) as session:
            record(
                session,
                action="view",
                object_kind="guarantor",
                object_id=guarantor_id,
                guarantor_id=guarantor_id,
                now=NOW + timedelta(minutes=number),
                request_id="r",
            )
    with database.transaction(staff) as session:
        entries = who_looked(session, guarantor_id, limit=100)
    assert len(entries) == 20
    assert sum(entry.actor_id == other.actor_id for entry in entries) == 5
    assert [entry.occurred_at for entry in entries] == sorted(
        (entry.occurred_at for entry in entries), reverse=True
    )


def test_a_sealed_log_that_nobody_touched_is_sound(
    database: Database, staff: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals, "_BATCH", 3)
    for _ in range(7):
        note(database, staff)
    assert seal(database, staff.practice_id, now=LATER) == 7
    assert seal(database, staff.practice_id, now=LATER) == 0
    for _ in range(2):
        note(database, staff)
    assert seal(database, staff.practice_id, now=LATER) == 2
    assert verify(database, staff.practice_id) == ()
    with database.transaction(staff) as session:
        counts = session.scalars(
            text("SELECT event_count FROM portal.audit_seals ORDER BY seal_number")
        ).all()
    assert counts == [3, 3, 1, 2]


def test_a_row_is_sealed_when_no_older_one_can_still_be_on_its_way(
    database: Database, staff: Principal
) -> None:
    note(database, staff)
    note(database, staff, minutes=4)
    assert seal(database, staff.practice_id, now=NOW + SETTLING_TIME) == 1
    assert seal(database, staff.practice_id, now=NOW + SETTLING_TIME * 2) == 1


@pytest.mark.parametrize(
    "change",
    [
        "action = 'viex'",
        "occurred_at = occurred_at + interval '1 microsecond'",
        "actor_id = NULL",
        "guarantor_id = gen_random_uuid()",
        "object_kind = object_kind || ' '",
        "request_id = 's'",
    ],
)
def test_a_flipped_byte_is_named_by_its_row(
    database: Database, database_urls: DatabaseUrls, staff: Principal, change: str
) -> None:
    for _ in range(5):
        note(database, staff)
    seal(database, staff.practice_id, now=LATER)
    victim = event_ids(database_urls)[2]
    tamper(
        database_urls,
        f"UPDATE portal.audit_events SET {change} WHERE event_id = :event_id",
        event_id=victim,
    )
    assert verify(database, staff.practice_id) == (AuditFinding(1, victim, "the row was changed"),)


def test_a_removed_row_and_a_late_one_are_named(
    database: Database, database_urls: DatabaseUrls, staff: Principal
) -> None:
    for _ in range(5):
        note(database, staff)
    seal(database, staff.practice_id, now=LATER)
    ids = event_ids(database_urls)
    late = UUID(int=ids[1].int + 1)
    tamper(
        database_urls, "DELETE FROM portal.audit_events WHERE event_id = :event_id", event_id=ids[3]
    )
    tamper(
        database_urls,
        "INSERT INTO portal.audit_events SELECT practice_id, :late, occurred_at, actor_kind,"
        " actor_id, actor_role, action, guarantor_id, object_kind, object_id, request_id"
        " FROM portal.audit_events WHERE event_id = :event_id",
        event_id=ids[1],
        late=late,
    )
    assert verify(database, staff.practice_id) == (
        AuditFinding(1, late, "the row came after the seal"),
        AuditFinding(1, ids[3], "the row is missing"),
    )


def test_a_seal_made_to_fit_a_changed_row_breaks_the_chain(
    database: Database, database_urls: DatabaseUrls, staff: Principal
) -> None:
    note(database, staff)
    seal(database, staff.practice_id, now=LATER)
    note(database, staff)
    seal(database, staff.practice_id, now=LATER)
    tamper(
        database_urls,
        "UPDATE portal.audit_seals SET event_marks ="
        " set_byte(event_marks, 20, 255 - get_byte(event_marks, 20)) WHERE seal_number = 1",
    )
    problems = [(found.seal_number, found.problem) for found in verify(database, staff.practice_id)]
    assert problems == [
        (1, "the chain of seals is broken here"),
        (1, "the row was changed"),
    ]
    tamper(database_urls, "DELETE FROM portal.audit_seals WHERE seal_number = 1")
    assert (2, "the chain of seals is broken here") in [
        (found.seal_number, found.problem) for found in verify(database, staff.practice_id)
    ]


def test_each_practice_has_a_chain_of_its_own(database: Database, staff: Principal) -> None:
    elsewhere = make_practice(database, slug="elsewhere")
    note(database, staff)
    note(database, Principal.staff(elsewhere, staff_id=STAFF_ID, role="admin"))
    assert seal(database, staff.practice_id, now=LATER) == 1
    assert seal(database, elsewhere, now=LATER) == 1
    assert verify(database, elsewhere) == ()
