"""With Python's own filter out of the way, row-level security alone keeps what is Ana's."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, Table, create_engine, insert, select, text
from sqlalchemy.exc import DBAPIError
from werkzeug.test import TestResponse

from portal.auth.policies import Policy
from portal.db import Base, Principal, TableKind, Visibility
from portal.web.models import WebSession
from tests.journeys.sweeping import OF_NOBODY, Ask, asks_with_ids, contents, values_for
from tests.journeys.world import Visitor, World

COOKIE = "portal"
FORGED = "made-up-session-of-somebody-with-a-pencil"
# What the world holds none of, so that nothing can be proven of it here.
EMPTY = {"commitments", "refunds", "statement_voids", "webhook_events"}
DISTRIBUTED = [
    table for table in Base.metadata.sorted_tables if table.info["kind"] is TableKind.DISTRIBUTED
]


@pytest.fixture
def superuser(world: World) -> Iterator[Engine]:
    engine = create_engine(world.urls.superuser)
    yield engine
    engine.dispose()


def others(world: World) -> Mapping[str, Principal | None]:
    """Whoever may see what is Rosa's at most; None asks without saying who."""
    here, lakeside = world.practice_id, world.visitors["admin elsewhere"].practice_id
    assert lakeside is not None
    link_id = world.objects["link_id"][0]
    return {
        "Rosa": Principal.link(here, guarantor_id=world.rosa_id, link_id=link_id),
        "Rosa, signed in": Principal.patient(
            here, guarantor_id=world.rosa_id, actor_id=world.rosa_id
        ),
        "somebody at the door": Principal.anonymous(here),
        "Ana at the other practice": Principal.link(
            lakeside, guarantor_id=world.ana_id, link_id=link_id
        ),
        "staff of the other practice": Principal.staff(
            lakeside, staff_id=world.rosa_id, role="admin"
        ),
        "a job of the other practice": Principal.job(lakeside, role="test"),
        "nobody": None,
    }


@contextmanager
def connected(world: World, principal: Principal | None) -> Iterator[Connection]:
    """As the app connects, with nothing but who asks between a statement and the rows."""
    if principal is None:
        with world.database.local_transaction() as session:
            yield session.connection()
    else:
        with world.database.transaction(principal) as session:
            yield session.connection()


def is_hidden(table: Table, principal: Principal | None, world: World) -> bool:
    """Whether those rows have to be out of sight."""
    shown_to_all_here = table.info["visible_to"] is Visibility.PRACTICE
    is_here = principal is not None and principal.practice_id == world.practice_id
    return not (shown_to_all_here and is_here)


def not_rosas(table: Table, world: World) -> str:
    """Which rows: all of the practice but those that hang on Rosa."""
    here = f"practice_id = '{world.practice_id}'"
    if table.info["visible_to"] is Visibility.GUARANTOR:
        return f"{here} AND guarantor_id IS DISTINCT FROM '{world.rosa_id}'"
    return here


def test_the_sweep_has_something_to_hide(world: World, superuser: Engine) -> None:
    with superuser.connect() as connection:
        empty = {
            table.name
            for table in DISTRIBUTED
            if not connection.scalar(
                text(f"SELECT count(*) FROM {table.fullname} WHERE {not_rosas(table, world)}")
            )
        }
    assert empty <= EMPTY


@pytest.mark.parametrize(
    "name",
    [
        "Rosa",
        "Rosa, signed in",
        "somebody at the door",
        "Ana at the other practice",
        "staff of the other practice",
        "a job of the other practice",
        "nobody",
    ],
)
def test_no_statement_reads_or_changes_what_is_somebody_elses(world: World, name: str) -> None:
    principal, before, leaks = others(world)[name], contents(world), []
    for table in DISTRIBUTED:
        if not is_hidden(table, principal, world):
            continue
        rows = f"{table.fullname} WHERE {not_rosas(table, world)}"
        with connected(world, principal) as connection:
            if connection.scalar(text(f"SELECT count(*) FROM {rows}")):
                leaks.append(f"{table.name} is read")
        if changed(world, principal, f"DELETE FROM {rows}"):
            leaks.append(f"{table.name} is deleted")
        moved = (
            f"UPDATE {table.fullname} SET practice_id = practice_id WHERE {not_rosas(table, world)}"
        )
        if changed(world, principal, moved):
            leaks.append(f"{table.name} is changed")
    assert leaks == []
    assert contents(world) == before


def changed(world: World, principal: Principal | None, sql: str) -> int:
    """How many rows; none when PostgreSQL refuses. Nothing is kept."""
    try:
        with connected(world, principal) as connection, connection.begin_nested() as attempt:
            count = connection.execute(text(sql)).rowcount
            attempt.rollback()
    except DBAPIError:
        return 0
    return count


def test_a_session_that_names_anothers_statement_still_opens_nothing(
    world: World, superuser: Engine
) -> None:
    """The statement in the session is what Python looks at; here it is made to fit."""
    anas_statement = world.visitors["Ana"].statement_id
    forged = forge(world.visitors["Rosa"], anas_statement, world, superuser)
    opened = [
        f"{ask}: {answer.status_code}"
        for ask, _ in asks_with_ids(world)
        if ask.admission.policy is not Policy.STAFF and ask.rule.endpoint not in OF_NOBODY
        for values in values_for(ask, world)
        if (answer := ask.by(forged, ask.path(values, world))).status_code != 404
        and not leads_to_the_door(ask, answer)
    ]
    assert opened == []


def leads_to_the_door(ask: Ask, answer: TestResponse) -> bool:
    """Whoever came by a link is asked to make an account before any object is read."""
    is_sent_away = answer.status_code == 303 and answer.location == "/account/new"
    return ask.admission.policy in (Policy.SIGNED_IN, Policy.HOLDER) and is_sent_away


def forge(visitor: Visitor, statement_id: UUID | None, world: World, superuser: Engine) -> Visitor:
    """The visitor's own session under another id, with somebody else's statement in it."""
    cookie = visitor.client.get_cookie(COOKIE)
    assert cookie is not None
    with superuser.begin() as connection:
        row = connection.execute(
            select(WebSession.__table__).where(WebSession.session_id_hash == hashed(cookie.value))
        ).one()
        forged = {
            **row._asdict(),
            "session_id_hash": hashed(FORGED),
            "data": {"link": {**row.data["link"], "statement_id": str(statement_id)}},
        }
        connection.execute(insert(WebSession).values(forged))
    client = world.app.test_client()
    client.set_cookie(COOKIE, FORGED)
    assert client.get("/signed-out").status_code == 200
    return Visitor("a forger", client)


def hashed(session_id: str) -> bytes:
    return hashlib.sha256(session_id.encode()).digest()
