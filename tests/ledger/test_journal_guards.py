"""The journal's guards, each tried by trying to break it, with SQL as the app's role."""

from datetime import date
from uuid import UUID

import pytest
import sqlalchemy
from sqlalchemy import text

from portal.db import Database, Principal, new_id
from portal.domain.journal import (
    BusinessEvent,
    JournalEntry,
    LedgerAccount,
    Posting,
    Target,
)
from portal.ledger.checks import checks
from portal.ledger.journal import EntryConflictError, HiddenEntryError, post, reverse
from portal.ledger.queries import account_sums
from tests.builders import BUILT_AT, make_guarantor, make_practice
from tests.conftest import DatabaseUrls

INSERT_HEADER = text("""
    INSERT INTO portal.journal_entries (practice_id, entry_id, business_event, source_key,
        effective_on, recorded_at, posting_count)
    VALUES (:practice_id, :entry_id, 'charge_recorded', 'by hand', '2026-03-09', now(), :legs)
""")
INSERT_LEG = text("""
    INSERT INTO portal.postings
        (practice_id, entry_id, leg_no, posting_count, account, amount_cents)
    VALUES (:practice_id, :entry_id, :leg_no, :legs, 'gross_charges', :cents)
""")
INSERT_PAIR = text("""
    INSERT INTO portal.postings
        (practice_id, entry_id, leg_no, posting_count, account, amount_cents)
    VALUES (:practice_id, :entry_id, :first, :legs, 'gross_charges', 100),
           (:practice_id, :entry_id, :first + 1, :legs, 'payer_receivable', -100)
""")


def charge(
    *, cents: int = 12_000, guarantor_id: UUID | None = None, source_key: str = "claim-1"
) -> JournalEntry:
    return JournalEntry(
        business_event=BusinessEvent.CHARGE_RECORDED,
        source_key=source_key,
        effective_on=date(2026, 3, 9),
        guarantor_id=guarantor_id,
        postings=(
            Posting(LedgerAccount.PAYER_RECEIVABLE, cents, Target()),
            Posting(LedgerAccount.GROSS_CHARGES, -cents, Target()),
        ),
    )


@pytest.fixture
def entry_id(database: Database, job: Principal) -> UUID:
    with database.transaction(job) as session:
        return post(session, charge(), now=BUILT_AT)


@pytest.mark.usefixtures("entry_id")
@pytest.mark.parametrize("table", ["journal_entries", "postings"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE portal.{} SET practice_id = practice_id WHERE practice_id = :practice_id",
        "DELETE FROM portal.{} WHERE practice_id = :practice_id",
        "TRUNCATE portal.{} CASCADE",
    ],
)
def test_the_app_can_neither_change_nor_remove_what_is_posted(
    database: Database, job: Principal, entry_id: UUID, table: str, statement: str
) -> None:
    with (
        pytest.raises(sqlalchemy.exc.ProgrammingError, match="permission denied"),
        database.transaction(job) as session,
    ):
        session.execute(text(statement.format(table)), {"practice_id": job.practice_id})


@pytest.mark.parametrize("table", ["journal_entries", "postings", "audit_events", "statements"])
@pytest.mark.parametrize("role", ["owner", "superuser"])
def test_not_even_the_owner_or_a_superuser_truncates_an_append_only_table(
    database_urls: DatabaseUrls, table: str, role: str
) -> None:
    engine = sqlalchemy.create_engine(getattr(database_urls, role))
    with (
        pytest.raises(sqlalchemy.exc.IntegrityError, match="append-only"),
        engine.begin() as connection,
    ):
        connection.execute(text(f"TRUNCATE portal.{table} CASCADE"))
    engine.dispose()


@pytest.mark.usefixtures("entry_id")
@pytest.mark.parametrize(
    "verb", ["UPDATE portal.postings SET amount_cents = 1", "DELETE FROM portal.postings"]
)
def test_a_superuser_who_bypasses_row_level_security_still_cannot_change_a_posting(
    database_urls: DatabaseUrls, entry_id: UUID, verb: str
) -> None:
    engine = sqlalchemy.create_engine(database_urls.superuser)
    with (
        pytest.raises(sqlalchemy.exc.IntegrityError, match="append-only"),
        engine.begin() as connection,
    ):
        connection.execute(text(verb))
    engine.dispose()


def test_an_entry_whose_debits_and_credits_differ_is_refused(
    database: Database, job: Principal
) -> None:
    entry = {"practice_id": job.practice_id, "entry_id": new_id(), "legs": 2}

    def insert_one_leg_of_two() -> None:
        with database.transaction(job) as session:
            session.execute(INSERT_HEADER, entry)
            session.execute(INSERT_LEG, entry | {"leg_no": 1, "cents": 100})

    with pytest.raises(sqlalchemy.exc.IntegrityError, match="does not balance"):
        insert_one_leg_of_two()


def test_a_header_without_its_last_leg_is_refused_at_commit(
    database: Database, job: Principal
) -> None:
    with (
        pytest.raises(sqlalchemy.exc.IntegrityError, match="last_leg"),
        database.transaction(job) as session,
    ):
        session.execute(
            INSERT_HEADER,
            {"practice_id": job.practice_id, "entry_id": new_id(), "legs": 2},
        )


@pytest.mark.parametrize("legs", [2, 4])
def test_a_balanced_pair_cannot_be_added_to_an_old_entry(
    database: Database, job: Principal, entry_id: UUID, legs: int
) -> None:
    with (
        pytest.raises(sqlalchemy.exc.IntegrityError),
        database.transaction(job) as session,
    ):
        session.execute(
            INSERT_PAIR,
            {"practice_id": job.practice_id, "entry_id": entry_id, "legs": legs, "first": 3},
        )


def test_posting_the_same_entry_again_changes_nothing_and_returns_the_first(
    database: Database, job: Principal, entry_id: UUID
) -> None:
    with database.transaction(job) as session:
        again = post(session, charge(), now=BUILT_AT)
        sums = account_sums(session)
    assert again == entry_id
    assert sums[LedgerAccount.PAYER_RECEIVABLE] == 12_000


@pytest.mark.usefixtures("entry_id")
def test_the_same_key_with_other_content_raises(
    database: Database, job: Principal, entry_id: UUID
) -> None:
    with pytest.raises(EntryConflictError), database.transaction(job) as session:
        post(session, charge(cents=12_001), now=BUILT_AT)


def test_a_key_taken_by_a_row_one_may_not_read_raises(database: Database, job: Principal) -> None:
    ana = make_guarantor(database, job.practice_id)
    ben = make_guarantor(database, job.practice_id, account_number="A-2", first_name="Ben")
    with database.transaction(job) as session:
        post(session, charge(guarantor_id=ana), now=BUILT_AT)
    as_ben = Principal.patient(job.practice_id, guarantor_id=ben, actor_id=ben)
    with pytest.raises(HiddenEntryError), database.transaction(as_ben) as session:
        post(session, charge(guarantor_id=ben), now=BUILT_AT)


def test_a_reversal_brings_every_account_back_and_is_posted_once(
    database: Database, job: Principal, entry_id: UUID
) -> None:
    with database.transaction(job) as session:
        reversals = {
            reverse(
                session,
                entry_id,
                business_event=BusinessEvent.ADJUDICATION_VOIDED,
                effective_on=date(2026, 3, 10),
                now=BUILT_AT,
            )
            for _ in range(2)
        }
        sums = account_sums(session)
    assert len(reversals) == 1
    assert set(sums.values()) == {0}


@pytest.mark.usefixtures("entry_id")
def test_a_sound_ledger_has_no_findings(database: Database, job: Principal, entry_id: UUID) -> None:
    with database.transaction(job) as session:
        assert list(checks(session)) == []


def test_an_entry_that_was_tampered_with_below_the_guards_is_named(
    database: Database, database_urls: DatabaseUrls, job: Principal, entry_id: UUID
) -> None:
    engine = sqlalchemy.create_engine(database_urls.superuser)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE portal.postings DISABLE TRIGGER ALL"))
        connection.execute(text("UPDATE portal.postings SET amount_cents = 1 WHERE leg_no = 1"))
    engine.dispose()
    with database.transaction(job) as session:
        findings = list(checks(session))
    assert {finding.check for finding in findings} == {"trial_balance", "entry_balance"}
    assert entry_id in {finding.entry_id for finding in findings}


def test_another_practice_reads_and_writes_nothing_of_this_one(
    database: Database, job: Principal, entry_id: UUID
) -> None:
    other = Principal.job(make_practice(database, slug="other"), role="test")
    with database.transaction(other) as session:
        assert session.scalar(text("SELECT count(*) FROM portal.postings")) == 0
    with (
        pytest.raises(sqlalchemy.exc.ProgrammingError, match="row-level security"),
        database.transaction(other) as session,
    ):
        session.execute(
            INSERT_HEADER,
            {"practice_id": job.practice_id, "entry_id": new_id(), "legs": 2},
        )


GUARANTOR_ROWS = [
    "guarantors",
    "journal_entries",
    "postings",
]


@pytest.mark.parametrize("table", GUARANTOR_ROWS)
def test_another_guarantor_sees_no_row_even_when_the_query_asks_for_all(
    database: Database, job: Principal, table: str
) -> None:
    ana = make_guarantor(database, job.practice_id)
    ben = make_guarantor(database, job.practice_id, account_number="A-2", first_name="Ben")
    with database.transaction(job) as session:
        post(session, charge(guarantor_id=ana), now=BUILT_AT)
    as_ben = Principal.patient(job.practice_id, guarantor_id=ben, actor_id=ben)
    with database.transaction(as_ben) as session:
        whose = set(session.scalars(text(f"SELECT guarantor_id FROM portal.{table}")))
    assert whose <= {ben}


@pytest.mark.usefixtures("entry_id")
def test_a_transaction_that_was_told_nothing_sees_no_rows(
    database: Database, job: Principal, entry_id: UUID
) -> None:
    with database.local_transaction() as session:
        for table in ("practices", "guarantors", "journal_entries", "postings", "audit_events"):
            assert session.scalar(text(f"SELECT count(*) FROM portal.{table}")) == 0
