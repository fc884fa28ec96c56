"""What is tried again, when, and what its schedule tries again anyway."""

from uuid import UUID

import pytest
from sqlalchemy import text

from portal import queue
from portal.app import create_app
from portal.db import Database
from portal.jobs.registry import PRACTICE_JOBS, jobs_of
from portal.messages.service import GIVE_UP_AFTER
from portal.queue import RETRY_WAITS_SECONDS, Job, run_worker
from tests.auth.running import settings_for_tests
from tests.conftest import DatabaseUrls
from tests.queue.queue_tables import ask_for_a_sweep, statuses, tables


def fail(*, practice_id: str) -> None:
    raise OSError("the share is away")


def test_a_job_that_runs_each_minute_runs_the_minute_after_it_failed(
    database: Database, database_urls: DatabaseUrls, practice_id: UUID
) -> None:
    done: list[str] = []

    def work(*, practice_id: str) -> None:
        done.append(practice_id)

    for run in (fail, fail, work):
        ask_for_a_sweep(database, practice_id)
        run_worker(database_urls.app, {"sweep_payments": Job(run)}, wait=False)
    assert done == [str(practice_id)]
    with tables(database_urls) as connection:
        assert statuses(connection) == ["failed", "failed", "succeeded"]


@pytest.mark.parametrize("name", sorted(PRACTICE_JOBS))
def test_a_practice_job_is_tried_again_unless_its_next_turn_comes_first(
    database: Database, database_urls: DatabaseUrls, practice_id: UUID, name: str
) -> None:
    jobs_of(create_app(settings_for_tests(), database))[f"each_{name}"].run()
    run_worker(database_urls.app, {name: Job(fail)}, wait=False)
    runs_each_minute = PRACTICE_JOBS[name].cron == "* * * * *"
    with tables(database_urls) as connection:
        assert statuses(connection) == ["failed" if runs_each_minute else "todo"]


def test_no_wait_for_a_try_lasts_longer_than_a_quarter_of_an_hour() -> None:
    assert max(RETRY_WAITS_SECONDS) == 15 * 60


def test_a_message_is_tried_until_it_is_given_up_and_staff_are_told() -> None:
    assert sum(RETRY_WAITS_SECONDS) > GIVE_UP_AFTER.total_seconds()


def test_a_job_that_is_asked_for_only_once_waits_for_its_next_try_and_fails_after_the_last(
    database: Database, database_urls: DatabaseUrls, practice_id: UUID
) -> None:
    with database.local_transaction() as session:
        queue.enqueue(session.connection(), "send_letter", practice_id=str(practice_id))
    with tables(database_urls) as connection:
        run_worker(database_urls.app, {"send_letter": Job(fail)}, wait=False)
        assert statuses(connection) == ["todo"]
        waits = text("SELECT scheduled_at > now() FROM procrastinate_jobs")
        assert connection.scalar(waits) is True
        last = len(RETRY_WAITS_SECONDS)
        connection.execute(
            text(f"UPDATE procrastinate_jobs SET scheduled_at = now(), attempts = {last}")
        )
        run_worker(database_urls.app, {"send_letter": Job(fail)}, wait=False)
        assert statuses(connection) == ["failed"]


def test_a_job_that_fails_while_the_same_is_asked_for_lets_go_of_its_lock(
    database: Database, database_urls: DatabaseUrls, practice_id: UUID
) -> None:
    runs: list[str] = []

    def work(*, practice_id: str) -> None:
        runs.append(practice_id)
        if len(runs) == 1:
            ask_for_a_sweep(database, UUID(practice_id))
            raise OSError("the share is away")

    ask_for_a_sweep(database, practice_id)
    for _ in range(2):
        run_worker(database_urls.app, {"sweep_payments": Job(work)}, wait=False)
    with tables(database_urls) as connection:
        assert statuses(connection) == ["failed", "succeeded"]
