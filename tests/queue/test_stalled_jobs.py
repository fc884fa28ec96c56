"""A worker that is killed leaves its job, and the lock it holds, to be taken over."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import text

from portal.db import Database
from portal.queue import Job, run_worker
from tests.conftest import DatabaseUrls
from tests.queue.queue_tables import ask_for_a_sweep, leave_stalled, tables, until


@pytest.mark.parametrize("another_waits", [False, True])
def test_what_a_killed_worker_left_is_done_by_the_next(
    database: Database, database_urls: DatabaseUrls, practice_id: UUID, *, another_waits: bool
) -> None:
    done: list[str] = []
    leave_stalled(database, practice_id)
    if another_waits:
        ask_for_a_sweep(database, practice_id)

    def sweep(*, practice_id: str) -> None:
        done.append(practice_id)

    run_worker(database_urls.app, {"sweep_payments": Job(sweep)}, wait=False)
    assert done == [str(practice_id)]


def test_a_worker_is_not_stopped_by_another_that_put_the_job_back_before_it(
    database: Database, database_urls: DatabaseUrls, practice_id: UUID
) -> None:
    done: list[str] = []
    leave_stalled(database, practice_id)

    def sweep(*, practice_id: str) -> None:
        done.append(practice_id)

    with ThreadPoolExecutor(1) as second, tables(database_urls) as watching:
        with database.local_transaction() as first:
            first.execute(text("UPDATE procrastinate_jobs SET status = 'todo'"))
            working = second.submit(
                run_worker, database_urls.app, {"sweep_payments": Job(sweep)}, wait=False
            )
            waiting = text(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                " AND datname = current_database()"
            )
            until(lambda: watching.scalar(waiting), what="the second has seen the job stalled")
        working.result()
    assert done == [str(practice_id)]
