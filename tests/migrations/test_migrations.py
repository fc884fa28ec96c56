"""The migrations: one head, numbered, up from empty, down and up again to the same schema."""

import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import alembic.command
import pytest
import sqlalchemy
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from portal.db import Base, TableKind
from portal.embedded_postgres import EmbeddedPostgres
from portal.schema import (
    APP,
    OWNER,
    SchemaBehindError,
    configuration,
    require_current,
    upgrade,
)
from tests.conftest import DatabaseUrls

VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"


def test_there_is_one_head_and_the_numbers_have_no_gap() -> None:
    script = ScriptDirectory.from_config(configuration("postgresql://"))
    revisions = sorted(revision.revision for revision in script.walk_revisions())
    assert len(script.get_heads()) == 1
    assert revisions == [f"{number:04d}" for number in range(1, len(revisions) + 1)]
    assert all(re.fullmatch(r"\d{4}_\w+\.py", path.name) for path in VERSIONS.glob("*.py"))


def test_down_and_up_again_of_the_newest_leaves_the_schema_equal(
    database_urls: DatabaseUrls,
) -> None:
    before = schema_of(database_urls)
    alembic.command.downgrade(configuration(database_urls.owner), "-1")
    assert schema_of(database_urls) != before
    upgrade(database_urls.owner)
    assert schema_of(database_urls) == before


def test_all_the_way_down_and_up_again_leaves_the_schema_equal(
    database_urls: DatabaseUrls,
) -> None:
    before = schema_of(database_urls)
    alembic.command.downgrade(configuration(database_urls.owner), "base")
    upgrade(database_urls.owner)
    assert schema_of(database_urls) == before


def test_a_database_that_is_behind_is_refused_with_what_to_do(
    database_urls: DatabaseUrls,
) -> None:
    alembic.command.downgrade(configuration(database_urls.owner), "-1")
    engine = create_engine(database_urls.app)
    with pytest.raises(SchemaBehindError, match="portal db migrate"):
        require_current(engine)
    engine.dispose()


def test_an_empty_database_is_refused_with_what_to_do(postgres: EmbeddedPostgres) -> None:
    engine = create_engine(postgres.url(APP, "postgres"))
    with pytest.raises(SchemaBehindError, match="none"):
        require_current(engine)
    engine.dispose()


def test_every_table_has_a_kind_and_every_distributed_key_begins_with_the_practice() -> None:
    for table in Base.metadata.tables.values():
        kind = table.info["kind"]
        if kind is TableKind.LOCAL:
            assert not {"first_name", "last_name", "born_on", "email"} & set(table.c.keys())
            continue
        keys = [list(table.primary_key.columns.keys())]
        keys += [list(index.columns.keys()) for index in table.indexes]
        keys += [
            list(constraint.columns.keys())
            for constraint in table.constraints
            if isinstance(constraint, sqlalchemy.UniqueConstraint | sqlalchemy.ForeignKeyConstraint)
        ]
        assert {key[0] for key in keys} == {"practice_id"}, table.name


def test_row_level_security_is_on_and_forced_on_every_table_of_a_practice(
    database_urls: DatabaseUrls,
) -> None:
    engine = create_engine(database_urls.superuser)
    with engine.connect() as connection:
        protected = set(
            connection.scalars(
                text("""
                    SELECT c.relname FROM pg_class c
                    WHERE c.relnamespace = 'portal'::regnamespace AND c.relrowsecurity
                    AND c.relforcerowsecurity
                    AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)
                """)
            )
        )
        owners = set(
            connection.scalars(
                text("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'portal'")
            )
        )
        bypasses = connection.scalar(
            text(f"SELECT rolbypassrls OR rolsuper FROM pg_roles WHERE rolname = '{APP}'")
        )
    engine.dispose()
    distributed = {
        table.name
        for table in Base.metadata.tables.values()
        if table.info["kind"] is TableKind.DISTRIBUTED
    }
    assert protected == distributed
    assert owners == {OWNER}
    assert bypasses is False


def schema_of(urls: DatabaseUrls) -> list[tuple[str, ...]]:
    """Columns, constraints, indexes, triggers, policies and grants, as PostgreSQL words them."""
    engine = create_engine(urls.superuser)
    with engine.connect() as connection:
        rows = connection.execute(
            text("""
                SELECT 'column', table_schema, table_name, column_name,
                    concat(data_type, is_nullable, column_default)
                FROM information_schema.columns WHERE table_schema IN ('portal', 'public')
                UNION ALL
                SELECT 'constraint', '', conrelid::regclass::text, conname,
                    pg_get_constraintdef(oid)
                FROM pg_constraint WHERE connamespace = 'portal'::regnamespace
                UNION ALL
                SELECT 'index', schemaname, tablename, indexname, indexdef
                FROM pg_indexes WHERE schemaname IN ('portal', 'public')
                UNION ALL
                SELECT 'trigger', '', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid)
                FROM pg_trigger WHERE NOT tgisinternal
                UNION ALL
                SELECT 'policy', schemaname, tablename, policyname, concat(qual, with_check)
                FROM pg_policies
                UNION ALL
                SELECT 'grant', table_schema, table_name, grantee, privilege_type
                FROM information_schema.role_table_grants
                WHERE table_schema IN ('portal', 'public') AND grantee LIKE 'portal%'
            """)
        ).all()
    engine.dispose()
    return sorted(tuple(str(value) for value in row) for row in rows)


def test_going_back_gives_up_refunds_that_older_code_would_send(
    database_urls: DatabaseUrls,
) -> None:
    """0014: one that waits for a second person, and a check that is to be mailed."""
    refunds = (
        ("waiting", "original"),
        ("rejected", "original"),
        ("requested", "check"),
        ("requested", "original"),
        ("succeeded", "check"),
    )
    engine = create_engine(database_urls.superuser)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # no foreign keys
        for number, (state, way) in enumerate(refunds):
            connection.execute(
                text("""
                    INSERT INTO portal.refunds (practice_id, refund_id, guarantor_id, payment_id,
                        amount_cents, state, reason, requested_by, created_at, state_at, way)
                    VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
                        gen_random_uuid(), :cents, :state, '', 'test', now(), now(), :way)
                """),
                {"cents": number + 1, "state": state, "way": way},
            )
    alembic.command.downgrade(configuration(database_urls.owner), "0013")
    with engine.connect() as connection:
        states = connection.scalars(text("SELECT state FROM portal.refunds ORDER BY amount_cents"))
        found = states.all()
        is_forced = connection.scalar(
            text("SELECT relforcerowsecurity FROM pg_class WHERE oid = 'portal.refunds'::regclass")
        )
    engine.dispose()
    assert found == ["canceled", "canceled", "canceled", "requested", "succeeded"]
    assert is_forced


PRACTICE_ID, BATCH_ID = UUID(int=1), UUID(int=2)
NOW = datetime(2026, 3, 9, tzinfo=UTC)


@pytest.mark.parametrize("state", ["voided", "returned"])
def test_going_back_before_the_desk_is_refused_once_a_payment_was_undone_there(
    database_urls: DatabaseUrls, state: str
) -> None:
    """0013: older code knows no such state, and the tables that explain it would be dropped."""
    insert_unchecked(
        database_urls,
        "payments",
        payment_id=UUID(int=3),
        guarantor_id=UUID(int=4),
        channel="desk",
        amount_cents=100,
        pays_for="[]",
        state=state,
        created_at=NOW,
        state_at=NOW,
    )
    before = schema_of(database_urls)
    with pytest.raises(RuntimeError, match="undone at the desk"):
        alembic.command.downgrade(configuration(database_urls.owner), "0012")
    assert schema_of(database_urls) == before
    alembic.command.downgrade(configuration(database_urls.owner), "0013")


def test_going_back_is_refused_while_the_journal_has_a_check_that_was_found(
    database_urls: DatabaseUrls,
) -> None:
    """0018: older code cannot read the event."""
    insert_unchecked(
        database_urls,
        "journal_entries",
        entry_id=UUID(int=5),
        business_event="check_found",
        source_key="test",
        effective_on=NOW.date(),
        recorded_at=NOW,
        posting_count=2,
    )
    with pytest.raises(RuntimeError, match="checks that were found"):
        alembic.command.downgrade(configuration(database_urls.owner), "0017")


def test_going_back_frees_the_refunds_of_a_batch_that_was_taken_back(
    database_urls: DatabaseUrls,
) -> None:
    """0018: what is older does not know that it was, and would count them as taken off."""
    for batch_id, refunds_cents in ((BATCH_ID, 500), (UUID(int=6), 700)):
        insert_unchecked(
            database_urls,
            "terminal_batches",
            terminal_batch_id=batch_id,
            arrived_on=NOW.date(),
            taken_cents=1_000,
            refunds_cents=refunds_cents,
            arrived_cents=990,
            reference="",
            recorded_at=NOW,
            recorded_by=UUID(int=7),
            entry_id=UUID(int=8),
        )
    insert_unchecked(
        database_urls,
        "terminal_reversals",
        terminal_batch_id=BATCH_ID,
        reason="test",
        reversed_at=NOW,
        reversed_by=UUID(int=7),
        entry_id=UUID(int=9),
        payment_ids="[]",
    )
    alembic.command.downgrade(configuration(database_urls.owner), "0017")
    engine = create_engine(database_urls.superuser)
    with engine.connect() as connection:
        found = connection.scalars(
            text("SELECT refunds_cents FROM portal.terminal_batches ORDER BY refunds_cents")
        ).all()
    engine.dispose()
    assert found == [0, 700]


def insert_unchecked(urls: DatabaseUrls, table: str, **values: object) -> None:
    """A row of a practice, whatever it belongs to: foreign keys are not asked."""
    values["practice_id"] = PRACTICE_ID
    columns, cells = ", ".join(values), ", ".join(f":{name}" for name in values)
    engine = create_engine(urls.superuser)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(f"INSERT INTO portal.{table} ({columns}) VALUES ({cells})"), values)
    engine.dispose()
