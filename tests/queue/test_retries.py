"""What is tried again, when, and what its schedule tries again anyway."""

from uuid import UUID

import pytest
from sqlalchemy import text

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
        job = Job(run, tries_again=False)
        run_worker(database_urls.app, {"sweep_payments": job}, wait=False)
    assert done == [str(practice_id)]
    with tables(database_urls) as connection:
        assert statuses(connection) == ["failed", "failed", "succeeded"]


@pytest.mark.parametrize("name", sorted(PRACTICE_JOBS))
def test_no_retry_of_a_practice_job_lasts_until_its_next_turn(database: Database, name: str) -> None:
    job = jobs_of(create_app(settings_for_tests(), database))[name]
    runs_each_minute = PRACTICE_JOBS[name].cron == "* * * * *"
    assert job.tries_again is not runs_each_minute
    assert max(RETRY_WAITS_SECONDS) <= 15 * 60


def test_a_message_is_tried_until_it_is_given_up_and_staff_are_told() -> None:
    assert sum(RETRY_WAITS_SECONDS) > GIVE_UP_AFTER.total_seconds()


def test_another_job_waits_for_its_next_try_and_fails_after_the_last(
    database: Database, database_urls: DatabaseUrls, practice_id: UUID
) -> None:
    ask_for_a_sweep(database, practice_id)
    with tables(database_urls) as connection:
        run_worker(database_urls.app, {"sweep_payments": Job(fail)}, wait=False)
        assert statuses(connection) == ["todo"]
        waits = text("SELECT scheduled_at > now() FROM procrastinate_jobs")
        assert connection.scalar(waits) is True
        last = len(RETRY_WAITS_SECONDS)
        connection.execute(
            text(f"UPDATE procrastinate_jobs SET scheduled_at = now(), attempts = {last}")
        )
        run_worker(database_urls.app, {"sweep_payments": Job(fail)}, wait=False)
        assert statuses(connection) == ["failed"]
