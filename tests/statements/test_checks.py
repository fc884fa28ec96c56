"""The nightly check finds a frozen statement that does not add up, by SQL nobody should run."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy
from sqlalchemy import text

from portal.db import Database, Principal
from portal.statements.checks import checks
from tests.conftest import DatabaseUrls
from tests.statements.conftest import Bill, Issue


def findings(database: Database, job: Principal) -> list[str]:
    with database.transaction(job) as session:
        return [finding.check for finding in checks(session)]


def tamper(urls: DatabaseUrls, practice_id: UUID, statements: Sequence[str]) -> None:
    """As the superuser, past row-level security and the append-only guards."""
    engine = sqlalchemy.create_engine(urls.superuser)
    with engine.begin() as connection:
        connection.execute(text("SET session_replication_role = 'replica'"))
        for statement in statements:
            connection.execute(text(statement), {"practice_id": practice_id})
    engine.dispose()


def test_statements_as_issued_are_sound(
    database: Database, job: Principal, bill: Bill, issue: Issue
) -> None:
    bill()
    issue()
    assert findings(database, job) == []


def test_a_changed_share_or_amount_is_found(
    *, database: Database, database_urls: DatabaseUrls, job: Principal, bill: Bill, issue: Issue
) -> None:
    bill()
    issue()
    tamper(
        database_urls,
        job.practice_id,
        ["UPDATE portal.statements SET amount_due_cents = 1 WHERE practice_id = :practice_id"],
    )
    assert findings(database, job) == ["statement_shares", "statement_document"]


def test_a_changed_document_is_found(
    *, database: Database, database_urls: DatabaseUrls, job: Principal, bill: Bill, issue: Issue
) -> None:
    bill()
    issue()
    change = "UPDATE portal.statements SET document = jsonb_set(document, '{}', '{}') {}"
    where = "WHERE practice_id = :practice_id"
    opening = change.format("{previous_amount_due_cents}", "5", where)
    owed = change.format("{visits,0,lines,0,figures,you_owe_cents}", "5", where)
    tamper(database_urls, job.practice_id, [opening])
    assert findings(database, job) == ["statement_opening"]
    tamper(database_urls, job.practice_id, [owed])
    assert findings(database, job) == ["statement_document"]
