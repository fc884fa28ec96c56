"""A database that is away for a while: the worker waits for it, and no job stays locked."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from portal.db import Database
from tests.conftest import DatabaseUrls
from tests.queue.queue_tables import ask_for_a_sweep, leave_stalled, statuses, tables, until

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("worker_in_a_hurry.py")


@dataclass(frozen=True, slots=True)
class RunningWorker:
    """A process, what it logs, and how its jobs end."""

    process: subprocess.Popen[bytes]
    log: Path
    end: Path

    def said(self, sentence: str) -> int:
        """How often."""
        return self.log.read_text().count(f'"{sentence}"')

    def is_at_work(self) -> bool:
        """Whether a job has begun."""
        return self.said("sweep began") > 0

    def stopped_with(self) -> int:
        """Ask it to stop; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=4)


@contextmanager
def running_worker(folder: Path, urls: DatabaseUrls) -> Iterator[RunningWorker]:
    log, end = folder / "worker.log", folder / "end"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, PROGRAM, urls.app, end],
            stderr=out,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        try:
            yield RunningWorker(process, log, end)
        finally:
            process.kill()
            process.wait()


def send_away(connection: Connection) -> None:
    """For everybody but a superuser, who is the test."""
    name = connection.scalar(text("SELECT current_database()"))
    connection.execute(text(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0'))
    connection.execute(
        text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    )


def bring_back(connection: Connection) -> None:
    name = connection.scalar(text("SELECT current_database()"))
    connection.execute(text(f'ALTER DATABASE "{name}" CONNECTION LIMIT -1'))


@pytest.fixture
def superuser(database_urls: DatabaseUrls) -> Iterator[Connection]:
    with tables(database_urls) as connection:
        yield connection


@pytest.fixture
def worker(database_urls: DatabaseUrls, tmp_path: Path) -> Iterator[RunningWorker]:
    with running_worker(tmp_path, database_urls) as running:
        yield running


def all_succeeded(superuser: Connection, count: int) -> Callable[[], bool]:
    return lambda: statuses(superuser) == ["succeeded"] * count


def test_a_worker_outlives_the_absence_and_does_what_it_could_not_finish(
    database: Database, superuser: Connection, worker: RunningWorker, practice_id: UUID
) -> None:
    ask_for_a_sweep(database, practice_id)
    until(worker.is_at_work, what="the job begins")
    send_away(superuser)
    worker.end.touch()  # the job ends, and nobody can be told
    until(lambda: worker.said("the database is away: the worker waits"), what="it is noticed")
    assert statuses(superuser) == ["doing"]
    bring_back(superuser)
    until(all_succeeded(superuser, 1), what="the job is done again")
    ask_for_a_sweep(database, practice_id)
    until(all_succeeded(superuser, 2), what="the next job is done")
    assert worker.said("the database is away: the worker waits") == 1
    assert worker.said("the database is back: the worker goes on") == 1
    assert worker.stopped_with() == 0


def test_a_job_that_lasts_longer_than_the_absence_is_done_once(
    database: Database, superuser: Connection, worker: RunningWorker, practice_id: UUID
) -> None:
    ask_for_a_sweep(database, practice_id)
    until(worker.is_at_work, what="the job begins")
    send_away(superuser)
    until(lambda: worker.said("library message"), what="it is noticed")
    bring_back(superuser)
    worker.end.touch()
    until(all_succeeded(superuser, 1), what="the job is done")
    assert worker.said("sweep began") == 1


def test_a_worker_that_waits_for_the_database_stops_when_asked(
    superuser: Connection, worker: RunningWorker
) -> None:
    until(
        lambda: superuser.scalar(text("SELECT count(*) FROM procrastinate_workers")),
        what="the worker is there",
    )
    send_away(superuser)
    until(lambda: worker.said("the database is away: the worker waits"), what="it is noticed")
    assert worker.stopped_with() == 0


def test_a_worker_that_is_losing_the_database_stops_when_asked(
    database: Database, superuser: Connection, worker: RunningWorker, practice_id: UUID
) -> None:
    ask_for_a_sweep(database, practice_id)
    until(worker.is_at_work, what="the job begins")
    send_away(superuser)
    worker.end.touch()
    assert worker.stopped_with() == 0
    assert "Traceback" not in worker.log.read_text()


def test_tidying_goes_on_after_a_round_that_failed(
    database: Database, superuser: Connection, worker: RunningWorker, practice_id: UUID
) -> None:
    superuser.execute(text("REVOKE DELETE ON procrastinate_jobs FROM portal_app"))
    until(lambda: worker.said("the queue was not tidied"), what="a round fails")
    superuser.execute(text("GRANT DELETE ON procrastinate_jobs TO portal_app"))
    worker.end.touch()
    leave_stalled(database, practice_id)
    until(all_succeeded(superuser, 1), what="the job is put back and done")
