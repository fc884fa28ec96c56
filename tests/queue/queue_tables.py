"""What tests of the queue ask for, and what they see in its tables, as the superuser."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.orm import Session

from portal import queue
from portal.db import Database
from tests.conftest import DatabaseUrls

_SECONDS_MAX = 12


def ask_for_a_sweep(database: Database, practice_id: UUID) -> None:
    """As the registry does each minute."""
    with database.local_transaction() as session:
        _enqueue_sweep(session, practice_id)


def leave_stalled(database: Database, practice_id: UUID) -> None:
    """A sweep as a kill -9 leaves it, once the worker's row has been pruned."""
    with database.local_transaction() as session:
        _enqueue_sweep(session, practice_id)
        session.execute(
            text("UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL, attempts = 1")
        )


def _enqueue_sweep(session: Session, practice_id: UUID) -> None:
    key = f"sweep_payments:{practice_id}"
    queue.enqueue(
        session.connection(), "sweep_payments", lock=key, once=key, practice_id=str(practice_id)
    )


@contextmanager
def tables(urls: DatabaseUrls) -> Iterator[Connection]:
    """Each statement is a transaction of its own."""
    engine = create_engine(urls.superuser, isolation_level="AUTOCOMMIT", pool_size=1)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def statuses(connection: Connection) -> list[str]:
    """Of every job, oldest first."""
    return list(connection.scalars(text("SELECT status FROM procrastinate_jobs ORDER BY id")))


def until(seen: Callable[[], object], *, what: str) -> None:
    """Wait for something another process or thread does; fails when it does not come."""
    deadline = time.monotonic() + _SECONDS_MAX
    while not seen():
        assert time.monotonic() < deadline, f"in vain: {what}"
        time.sleep(0.05)
