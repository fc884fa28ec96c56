"""The floor of what the portal does online: the very statements that wrote, and nothing else.

While a block runs, every INSERT, UPDATE and DELETE (and who asks, for row-level security) is kept
with its values, transaction by transaction. Replayed over one bare connection in a copy of the same
database they write the same rows: no reads, no rules, no objects.
"""

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg
from sqlalchemy import event

from portal.db import Database

_WRITES: Final = re.compile(
    r"\s*(INSERT|UPDATE|DELETE|WITH .*(INSERT|UPDATE|DELETE)|SELECT procrastinate_defer)", re.DOTALL
)
_TELLS_WHO_ASKS: Final = re.compile(r"\s*SET LOCAL")


@dataclass(frozen=True, slots=True)
class Statement:
    """As the driver was given it."""

    query: Any
    values: Any


@dataclass(slots=True)
class Recording:
    """Transactions that wrote something, in the order of their commits."""

    transactions: list[list[Statement]] = field(default_factory=list)
    open: dict[int, list[Statement]] = field(default_factory=dict)

    def keep(self, connection: Any, query: Any, values: Any) -> None:
        """One statement of a transaction that may yet be rolled back."""
        if isinstance(query, str) and (_WRITES.match(query) or _TELLS_WHO_ASKS.match(query)):
            self.open.setdefault(id(connection), []).append(Statement(query, values))

    def commit(self, connection: Any) -> None:
        """What it did is so."""
        statements = self.open.pop(id(connection), [])
        if any(_WRITES.match(one.query) for one in statements):
            self.transactions.append(statements)

    def forget(self, connection: Any) -> None:
        """It was rolled back."""
        self.open.pop(id(connection), None)


@contextmanager
def recording(database: Database) -> Iterator[Recording]:
    """Everything the database's connections write while the block runs; open none before."""
    kept = Recording()

    class RecordingCursor(psycopg.Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **how: Any) -> Any:
            kept.keep(self.connection, query, params)
            return super().execute(query, params, **how)

        def executemany(self, query: Any, params_seq: Any, **how: Any) -> Any:
            rows = list(params_seq)
            for row in rows:
                kept.keep(self.connection, query, row)
            return super().executemany(query, rows, **how)

    def connected(connection: Any, _record: object) -> None:
        connection.cursor_factory = RecordingCursor

    listeners = (
        ("connect", connected),
        ("commit", lambda one: kept.commit(one.connection.driver_connection)),
        ("rollback", lambda one: kept.forget(one.connection.driver_connection)),
    )
    database.engine.dispose()
    for name, listener in listeners:
        event.listen(database.engine, name, listener)
    try:
        yield kept
    finally:
        for name, listener in listeners:
            event.remove(database.engine, name, listener)
        database.engine.dispose()


def replay(
    connection: psycopg.Connection, transactions: Sequence[Sequence[Statement]]
) -> list[float]:
    """Write all of it again; the seconds that each transaction took."""
    taken = []
    for statements in transactions:
        began = time.perf_counter()
        with connection.transaction(), connection.cursor() as cursor:
            for one in statements:
                cursor.execute(one.query, one.values)
        taken.append(time.perf_counter() - began)
    return taken
