"""The job queue: the only module that knows procrastinate.

A job is enqueued in the transaction of what it follows from, so that a rollback takes it along.
Arguments are ids in text form: nothing secret, nothing about a person. A job may run twice.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from procrastinate import App, PsycopgConnector, RetryStrategy, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, UniqueViolation
from procrastinate.jobs import Status
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

_TRIES_MAX = 8
_WAIT_BASE_SECONDS = 4
_TIDY_EVERY_SECONDS = 60
_DONE_JOBS_KEPT_HOURS = 24 * 7

# Never opened: each job goes through the connection of the transaction it belongs to.
_enqueuing = App(connector=SyncPsycopgConnector())


@dataclass(frozen=True, slots=True)
class Job:
    """What a job's name means. ``cron`` makes it run by itself; its argument is then dropped."""

    run: Callable[..., None]
    cron: str = ""


def enqueue(
    connection: Connection,
    name: str,
    *,
    lock: str | None = None,
    once: str | None = None,
    run_at: datetime | None = None,
    **ids: str,
) -> None:
    """Add a job to the transaction of ``connection``.

    Jobs with the same ``lock`` run one after the other, in order. A job with the same ``once`` that
    still waits makes this call do nothing.
    """
    raw = connection.connection.driver_connection
    task = _enqueuing.configure_task(
        name, connection=raw, lock=lock, queueing_lock=once, schedule_at=run_at
    )
    if once is None:
        task.defer(**ids)
        return
    with suppress(AlreadyEnqueued), connection.begin_nested():
        task.defer(**ids)


def worker_seen_since(connection: Connection, since: datetime) -> bool:
    """Whether a worker has shown a sign of life; each one does every ten seconds."""
    newest = connection.scalar(text("SELECT max(last_heartbeat) FROM procrastinate_workers"))
    return newest is not None and newest >= since


def run_worker(url: str, jobs: Mapping[str, Job], *, wait: bool, concurrency: int = 2) -> None:
    """Run jobs until stopped, or with ``wait=False`` until none is due."""
    asyncio.run(_work(url, jobs, wait=wait, concurrency=concurrency))


async def _work(url: str, jobs: Mapping[str, Job], *, wait: bool, concurrency: int) -> None:
    app = App(connector=PsycopgConnector(conninfo=_conninfo(url)))
    for name, job in jobs.items():
        _register(app, name, job)
    async with app.open_async():
        await _tidy(app)
        tidying = asyncio.create_task(_tidy_again_and_again(app)) if wait else None
        try:
            await app.run_worker_async(
                wait=wait,
                concurrency=concurrency,
                fetch_job_polling_interval=2,
                delete_jobs="never",
            )
        finally:
            if tidying is not None:
                tidying.cancel()


async def _tidy_again_and_again(app: App) -> None:
    while True:
        await asyncio.sleep(_TIDY_EVERY_SECONDS)
        await _tidy(app)


async def _tidy(app: App) -> None:
    """Put back what a killed worker left half done: it holds its lock until somebody does."""
    for job in await app.job_manager.get_stalled_jobs():
        try:
            await app.job_manager.retry_job(job)
        except (AlreadyEnqueued, UniqueViolation):  # the same job waits already
            await app.job_manager.finish_job(job, Status.FAILED, delete_job=False)
    await app.job_manager.delete_old_jobs(nb_hours=_DONE_JOBS_KEPT_HOURS)


def _register(app: App, name: str, job: Job) -> None:
    retry = RetryStrategy(max_attempts=_TRIES_MAX, exponential_wait=_WAIT_BASE_SECONDS)
    if not job.cron:
        app.task(name=name, retry=retry)(job.run)
        return

    def run_by_itself(timestamp: int) -> None:
        del timestamp
        job.run()

    app.periodic(cron=job.cron)(app.task(name=name, queueing_lock=name)(run_by_itself))


def _conninfo(url: str) -> str:
    parts: dict[str, Any] = make_url(url).translate_connect_args(username="user", database="dbname")
    parts |= make_url(url).query
    return " ".join(f"{key}='{value}'" for key, value in parts.items())
