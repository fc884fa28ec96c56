"""The rows of an import out of its database, and into another one by nothing but COPY."""

import sys
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from bench.measuring import print_cost
from portal.db import SCHEMA

TABLES: Final = (  # parents before children
    "practice_counters",
    "payers",
    "guarantors",
    "patients",
    "remittance_files",
    "remittances",
    "claims",
    "charges",
    "adjudications",
    "adjudicated_lines",
    "adjustments",
    "holds",
    "quarantined_claims",
    "tasks",
    "journal_entries",
    "postings",
)
BARE_SCHEMA: Final = "bare"

_BLOCK_BYTES = 1 << 20
_THERE_BEFORE = ("alembic_version", "practice_directory", "practices")


def export_rows(connection: psycopg.Connection, folder: Path) -> dict[str, int]:
    """Every table into a file of its own, in the order its rows were written; rows of each.

    Raises LookupError when the import wrote to a table that is not on the list.
    """
    _require_whole(connection)
    counts = dict.fromkeys(TABLES, 0)
    for name in TABLES:
        statement = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(SCHEMA, name))
        with (
            (folder / name).open("wb") as file,
            connection.cursor() as cursor,
            cursor.copy(statement) as rows,
        ):
            for block in rows:
                file.write(block)
                counts[name] += bytes(block).count(b"\n")
    return counts


def _require_whole(connection: psycopg.Connection) -> None:
    tables = connection.execute(
        "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = %s AND table_name <> ALL (%s)",
        (SCHEMA, [*TABLES, *_THERE_BEFORE]),
    ).fetchall()
    for (name,) in tables:
        query = sql.SQL("SELECT FROM {} LIMIT 1").format(sql.Identifier(SCHEMA, name))
        if connection.execute(query).fetchone() is not None:
            raise LookupError(f"The import wrote to {name}, which is not copied.")


def make_bare_tables(connection: psycopg.Connection) -> None:
    """The same columns without keys, indexes, checks or triggers. Takes a superuser."""
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(BARE_SCHEMA)))
    for name in TABLES:
        connection.execute(
            sql.SQL("CREATE TABLE {} AS TABLE {} WITH NO DATA").format(
                sql.Identifier(BARE_SCHEMA, name), sql.Identifier(SCHEMA, name)
            )
        )


def copy_rows(connection: psycopg.Connection, folder: Path, *, schema: str) -> None:
    """All tables in one transaction, which ends here: what is checked at its end counts too."""
    with connection.transaction():
        for name in TABLES:
            statement = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(schema, name))
            with (
                (folder / name).open("rb") as file,
                connection.cursor() as cursor,
                cursor.copy(statement) as rows,
            ):
                while block := file.read(_BLOCK_BYTES):
                    rows.write(block)


def main(url: str, folder: str, schema: str) -> None:
    """Copy, and print what it took."""
    with psycopg.connect(url, autocommit=True) as connection:
        print_cost(lambda: copy_rows(connection, Path(folder), schema=schema))


if __name__ == "__main__":
    main(*sys.argv[1:])
