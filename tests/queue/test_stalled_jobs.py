"""A worker that is killed leaves its job, and the lock it holds, to be taken over."""

from uuid import UUID

import pytest
from sqlalchemy import create_engine, text

from portal import queue
from portal.db import Database
from portal.queue import Job, run_worker
from tests.conftest import DatabaseUrls


def ask_for_a_sweep(database: Database, practice_id: UUID) -> None:
    key = f"sweep_payments:{practice_id}"
    with database.local_transaction() as session:
        queue.enqueue(
            session.connection(),
            "sweep_payments",
            lock=key,
            once=key,
            practice_id=str(practice_id),
        )


def kill_the_worker_of_every_job(urls: DatabaseUrls) -> None:
    """As it stands in the tables after a kill -9, once the worker's row has been pruned."""
    engine = create_engine(urls.superuser)
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL, attempts = 1")
        )
    engine.dispose()


@pytest.mark.parametrize("another_waits", [False, True])
def test_what_a_killed_worker_left_is_done_by_the_next(
    database: Database, database_urls: DatabaseUrls, practice_id: UUID, *, another_waits: bool
) -> None:
    done: list[str] = []
    ask_for_a_sweep(database, practice_id)
    kill_the_worker_of_every_job(database_urls)
    if another_waits:
        ask_for_a_sweep(database, practice_id)

    def sweep(*, practice_id: str) -> None:
        done.append(practice_id)

    run_worker(database_urls.app, {"sweep_payments": Job(sweep)}, wait=False)
    assert done == [str(practice_id)]
