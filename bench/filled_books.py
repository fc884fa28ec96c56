"""Many years of books in minutes: what was imported, copied again and again in every table.

A copy has ids, account and claim numbers, members and traces of its own, older than the original's;
everything else is as the importer wrote it. Copies of entries that balance balance, and of rows
that belong together belong together, so the superuser copies without triggers and foreign keys
(session_replication_role), and what they guard is checked over all rows afterwards.
"""

from collections.abc import Sequence
from typing import Final

import psycopg
from psycopg import sql

from bench.copying_rows import TABLES
from bench.database import Server
from portal.db import SCHEMA

_SEED_SCHEMA: Final = "seed"
_SHARED: Final = ("practice_counters", "payers", "remittance_files")  # by all copies
_SHARED_COLUMNS: Final = ("practice_id", "payer_id", "file_id")
_RENAMED: Final = (  # what a file or a person calls it, and what is unique besides ids
    "account_number",
    "member_identifier",
    "member_identifier_on_file",
    "claim_number",
    "trace_number",
    "source_key",
)
_NUMBER: Final = "number"  # of a plan: text; those of rows within something are counted
_COPIES_MOST: Final = 0x0180  # in the upper 16 bits of an id, whose time is later than this one

_WRONG_ENTRIES: Final = """
    SELECT count(*) FROM (
        SELECT FROM portal.postings GROUP BY practice_id, entry_id
        HAVING sum(amount_cents) <> 0 OR count(*) <> min(posting_count)
    ) AS wrong
"""
_STRAY_POSTINGS: Final = """
    SELECT count(*) FROM portal.postings LEFT JOIN portal.journal_entries
        USING (practice_id, entry_id, posting_count)
    WHERE journal_entries.entry_id IS NULL
"""


class BooksError(RuntimeError):
    """The books that were made up do not hold."""


def fill(server: Server, name: str, *, postings: int) -> None:
    """Copy what is in the database until it holds at least so many postings."""
    copies = -(-postings // count_rows(server, name, "postings")) - 1
    copy_rows_of(server, name, tables=TABLES, copies=copies)


def copy_rows_of(server: Server, name: str, *, tables: Sequence[str], copies: int) -> None:
    """So many copies of everything in these tables."""
    if copies > _COPIES_MOST:
        raise BooksError(f"{copies} copies are too many; import more to be copied.")
    with server.connect("postgres", name) as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(_SEED_SCHEMA)))
        statements = [_copying(admin, table) for table in tables if table not in _SHARED]
        for copy in range(1, copies + 1):
            for statement in statements:
                admin.execute(statement, {"copy": copy, "prefix": f"{copy:04x}"})
        _check(admin)
        admin.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(_SEED_SCHEMA)))
        admin.execute("VACUUM (ANALYZE)")
        admin.execute("CHECKPOINT")


def count_rows(server: Server, name: str, table: str) -> int:
    """Exactly."""
    with server.connect("postgres", name) as admin:
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(SCHEMA, table))
        (count,) = admin.execute(query).fetchone() or (0,)
        return int(count)


def _copying(admin: psycopg.Connection, table: str) -> sql.Composed:
    """Set the rows of one table aside; the statement adds one copy of them."""
    seed, books = sql.Identifier(_SEED_SCHEMA, table), sql.Identifier(SCHEMA, table)
    admin.execute(sql.SQL("CREATE TABLE {} AS TABLE {}").format(seed, books))
    columns = admin.execute(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position",
        (SCHEMA, table),
    ).fetchall()
    values = [_value(name, kind) for name, kind in columns]
    return sql.SQL("INSERT INTO {} SELECT {} FROM {}").format(
        books, sql.SQL(", ").join(values), seed
    )


def _value(column: str, kind: str) -> sql.Composable:
    name = sql.Identifier(column)
    if kind == "uuid" and column not in _SHARED_COLUMNS:
        return sql.SQL(
            "overlay({}::text PLACING %(prefix)s::text FROM 1 FOR 4)::uuid"  # 16 bits of its time
        ).format(name)
    if column in _RENAMED or (column == _NUMBER and kind == "text"):
        return sql.SQL("{} || '-' || %(copy)s::text").format(name)
    return name


def _check(admin: psycopg.Connection) -> None:
    for query in (_WRONG_ENTRIES, _STRAY_POSTINGS):
        (wrong,) = admin.execute(query).fetchone() or (0,)
        if wrong:
            raise BooksError(f"{wrong} rows do not hold: {query}")
