"""The job queue: the only module that knows procrastinate.

A job is enqueued in the transaction of what it follows from, so that a rollback takes it along.
Arguments are ids in text form: nothing secret, nothing about a person. A job may run twice.
"""

import asyncio
import json
import logging
import math
import signal
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, LiteralString

import psycopg
from procrastinate import (
    App,
    BaseRetryStrategy,
    PsycopgConnector,
    RetryDecision,
    SyncPsycopgConnector,
)
from procrastinate.exceptions import (
    AlreadyEnqueued,
    AppNotOpen,
    ConnectorException,
    UniqueViolation,
)
from procrastinate.jobs import Job as QueuedJob
from procrastinate.jobs import Status
from procrastinate.worker import Worker
from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from portal.request_id import carrying, request_id

RETRY_WAITS_SECONDS: Final = (4, 16, 64, 256, *(900,) * 8)
"""How long a job that failed waits for each further try; about two hours, then it has failed."""
_DONE_JOBS_KEPT_HOURS: Final = 24 * 7
_FAILED_JOBS_KEPT_HOURS: Final = 24 * 90
_WORKER_FORGOTTEN_SECONDS: Final = 600
_LOST: Final = (
    psycopg.OperationalError,  # away, or too busy to answer
    psycopg.InterfaceError,  # the connection broke
    psycopg.errors.ReadOnlySqlTransaction,  # a standby that has not taken over yet
    psycopg.errors.ForeignKeyViolation,  # away for so long that another worker forgot us
    AppNotOpen,  # a worker that stops no longer waits for it
)
_TCP_OPTIONS: Final = {"keepalives_idle": 30, "tcp_user_timeout": 30_000}

_log = logging.getLogger(__name__)

# Never opened: each job goes through the connection of the transaction it belongs to.
_enqueuing = App(connector=SyncPsycopgConnector())


@dataclass(frozen=True, slots=True)
class Job:
    """What a job's name means. ``cron`` makes it run by itself; its argument is then dropped."""

    run: Callable[..., None]
    cron: str = ""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between what a worker does beside its jobs; a test is in more of a hurry."""

    fetch: float = 2
    heartbeat: float = 10
    tidy: float = 60
    stalled: float = 30  # without a sign of life, before others take over a worker's jobs
    answer: float = 5  # for a connection, before the database counts as away
    reconnect: float = 2
    report: float = 60


PACE: Final = Pace()


def enqueue(
    connection: Connection,
    name: str,
    *,
    lock: str | None = None,
    once: str | None = None,
    run_at: datetime | None = None,
    **ids: str,
) -> None:
    """Add a job to the transaction of ``connection``; it carries the id of the request at work.

    Jobs with the same ``lock`` run one after the other, in order. A job with the same ``once`` that
    still waits makes this call do nothing. ``once`` is for what is asked for again and again: such
    a job is not tried again when it fails, or it would stand in its own way while it waits.
    """
    raw = connection.connection.driver_connection
    task = _enqueuing.configure_task(
        name, connection=raw, lock=lock, queueing_lock=once, schedule_at=run_at
    )
    if asked_by := request_id():
        ids["request_id"] = asked_by
    if once is None:
        task.defer(**ids)
        return
    with suppress(AlreadyEnqueued), connection.begin_nested():
        task.defer(**ids)


def is_under_way(connection: Connection, name: str, **ids: str) -> bool:
    """Whether such a job waits, runs or is to be tried again; not once its retries ran out."""
    found = connection.scalar(
        text(
            "SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE task_name = :name"
            " AND status IN ('todo', 'doing') AND args @> CAST(:ids AS jsonb))"
        ),
        {"name": name, "ids": json.dumps(ids)},
    )
    return bool(found)


def worker_seen_since(connection: Connection, since: datetime) -> bool:
    """Whether a worker has shown a sign of life; each one does every ten seconds."""
    newest = connection.scalar(text("SELECT max(last_heartbeat) FROM procrastinate_workers"))
    return newest is not None and newest >= since


def run_worker(
    url: str, jobs: Mapping[str, Job], *, wait: bool, concurrency: int = 2, pace: Pace = PACE
) -> None:
    """Run jobs until stopped by SIGTERM or SIGINT, or with ``wait=False`` until none is due.

    A worker that waits outlives the database's absence. Needs the main thread, for the signals.
    """
    shift = _Shift(_conninfo(url, pace), jobs, concurrency=concurrency, pace=pace)
    asyncio.run(_work(shift) if wait else shift.work_off())


async def _work(shift: "_Shift") -> None:
    """One shift after the other, until stopped: each ends when the database is lost."""
    stop = asyncio.Event()
    absence = _Absence(shift.conninfo, shift.pace)
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # tells of each attempt to connect
    with _told_by_signals(stop):
        while await _unless(stop, absence.wait_out()):
            error: Exception | None = None
            try:
                await shift.work(stop, absence)
            except Exception as raised:
                if not _is_lost(raised):
                    raise
                error = raised
            if not stop.is_set():
                absence.notice(error)


@contextmanager
def _told_by_signals(stop: asyncio.Event) -> Iterator[None]:
    """The first signal asks to stop; a second one has its usual effect."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGTERM, signal.SIGINT)

    def leave_to_python() -> None:
        for number in numbers:
            loop.remove_signal_handler(number)

    def tell() -> None:
        stop.set()
        leave_to_python()

    for number in numbers:
        loop.add_signal_handler(number, tell)
    try:
        yield
    finally:
        leave_to_python()


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Whether the work was done; it is abandoned once ``stop`` is set."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if stop.is_set():
        working.cancel()
        await asyncio.wait({working})
        return False
    stopping.cancel()
    working.result()
    return True


class _Absence:
    """Waits for a database that is away, and says so once a minute."""

    def __init__(self, conninfo: str, pace: Pace) -> None:
        self._conninfo = conninfo
        self._pace = pace
        self._is_away = False
        self._was_told = False
        self._told_at = -math.inf

    def notice(self, error: Exception | None) -> None:
        """A worker has lost the database, or does not find it."""
        self._is_away = True
        now = time.monotonic()
        if now - self._told_at >= self._pace.report:
            self._was_told, self._told_at = True, now
            _log.warning("the database is away: the worker waits", exc_info=error)

    async def wait_out(self) -> None:
        """Return when the database answers and may be written to."""
        while self._is_away or not await self._answers():
            await asyncio.sleep(self._pace.reconnect)
            self._is_away = False  # as far as we know
        if self._was_told:
            self._was_told = False
            _log.warning("the database is back: the worker goes on")

    async def _answers(self) -> bool:
        try:
            probe = await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True)
            async with probe:
                answer = await probe.execute("SELECT pg_is_in_recovery()")
                may_be_written_to = await answer.fetchone() == (False,)
        except _LOST as error:
            self.notice(error)
            return False
        if not may_be_written_to:
            self.notice(None)
        return may_be_written_to


class _Shift:
    """What a worker does between finding the database and losing it.

    After a loss nobody knows which of its queries took effect. So the worker finishes the jobs at
    hand and begins anew under another number; what the old number still holds is put back.
    """

    def __init__(
        self, conninfo: str, jobs: Mapping[str, Job], *, concurrency: int, pace: Pace
    ) -> None:
        self.conninfo = conninfo
        self.pace = pace
        self._jobs = jobs
        self._concurrency = concurrency
        self._is_first = True

    async def work_off(self) -> None:
        """Do what is due."""
        app = self._app(_Connector(self.conninfo, self.pace))
        async with app.open_async():
            await _tidy(app, self.pace)
            await self._worker(app, wait=False).run()  # type: ignore[no-untyped-call]  # the library leaves it untyped

    async def work(self, stop: asyncio.Event, absence: _Absence) -> None:
        """Return when stopped; return or raise when the database may have been lost."""
        connector = _Connector(self.conninfo, self.pace)
        try:
            if await _unless(stop, connector.open_async()):
                await self._work_with(connector, stop, absence)
        finally:
            await connector.close_async()

    async def _work_with(
        self, connector: "_Connector", stop: asyncio.Event, absence: _Absence
    ) -> None:
        app = self._app(connector)
        worker = self._worker(app, wait=True)
        tidying = asyncio.create_task(_tidy_again_and_again(app, self.pace, at_once=self._is_first))
        self._is_first = False
        working = asyncio.create_task(worker.run())  # type: ignore[no-untyped-call]  # as above
        reasons_to_end = [
            asyncio.create_task(stop.wait()),
            asyncio.create_task(connector.lost.wait()),
        ]
        await asyncio.wait({working, *reasons_to_end}, return_when=asyncio.FIRST_COMPLETED)
        worker.stop()  # type: ignore[no-untyped-call]  # as above
        for task in (tidying, *reasons_to_end):
            task.cancel()
        while not working.done():
            if stop.is_set() and connector.lost.is_set():
                await connector.close_async()  # or it would wait for the database
                break
            try:
                await self._show_life(app, worker)
            except ConnectorException as error:
                absence.notice(error)
            await asyncio.wait({working}, timeout=1)
        await working

    async def _show_life(self, app: App, worker: Worker) -> None:
        """The queue's own worker no longer does while it waits for its last jobs."""
        if worker.worker_id is not None:
            await app.job_manager.update_heartbeat(worker.worker_id)

    def _app(self, connector: PsycopgConnector) -> App:
        app = App(connector=connector)
        for name, job in self._jobs.items():
            _register(app, name, job)
        return app

    def _worker(self, app: App, *, wait: bool) -> Worker:
        return Worker(
            app,
            wait=wait,
            concurrency=self._concurrency,
            fetch_job_polling_interval=self.pace.fetch,
            update_heartbeat_interval=self.pace.heartbeat,
            stalled_worker_timeout=_WORKER_FORGOTTEN_SECONDS,
            install_signal_handlers=False,
        )


class _Connector(PsycopgConnector):
    """Notices when the database is lost, whoever asked it."""

    def __init__(self, conninfo: str, pace: Pace) -> None:
        super().__init__(conninfo=conninfo, timeout=pace.answer, reconnect_timeout=pace.answer)
        self.lost = asyncio.Event()

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:
        with self._noticing():
            await super().execute_query_async(query, **arguments)

    async def execute_query_one_async(
        self, query: LiteralString, **arguments: Any
    ) -> dict[str, Any]:
        with self._noticing():
            row: dict[str, Any] = await super().execute_query_one_async(query, **arguments)
            return row

    async def execute_query_all_async(
        self, query: LiteralString, **arguments: Any
    ) -> list[dict[str, Any]]:
        with self._noticing():
            rows: list[dict[str, Any]] = await super().execute_query_all_async(query, **arguments)
            return rows

    @contextmanager
    def _noticing(self) -> Iterator[None]:
        try:
            yield
        except ConnectorException as error:
            if _is_lost(error):
                self.lost.set()
            raise


def _is_lost(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, _LOST):
            return True
        error = error.__cause__
    return False


async def _tidy_again_and_again(app: App, pace: Pace, *, at_once: bool) -> None:
    """Not at once after an absence: the other workers have yet to show that they live."""
    if not at_once:
        await asyncio.sleep(pace.tidy)
    while True:
        await _tidy(app, pace)
        await asyncio.sleep(pace.tidy)


async def _tidy(app: App, pace: Pace) -> None:
    """Put back what a killed worker left half done: it holds its lock until somebody does.

    Raises nothing: what failed is logged and tried again in the next round.
    """
    try:
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=pace.stalled):
            await _put_back(app, job)
        await app.job_manager.delete_old_jobs(nb_hours=_DONE_JOBS_KEPT_HOURS)
        await app.job_manager.delete_old_jobs(nb_hours=_FAILED_JOBS_KEPT_HOURS, include_failed=True)
    except Exception:  # noqa: BLE001 — whatever it is, the next round shall come
        _log.exception("the queue was not tidied")


async def _put_back(app: App, job: QueuedJob) -> None:
    try:
        try:
            await app.job_manager.retry_job(job)
        except (AlreadyEnqueued, UniqueViolation):  # the same job waits already
            await app.job_manager.finish_job(job, Status.FAILED, delete_job=False)
    except ConnectorException as error:  # such as: another worker was faster
        _log.warning("a stalled job was not put back", exc_info=error)


class _BackOff(BaseRetryStrategy):
    """Soon at first, then every quarter of an hour; never what is asked for again anyway."""

    def get_retry_decision(
        self, *, exception: BaseException, job: QueuedJob
    ) -> RetryDecision | None:
        del exception
        if job.queueing_lock is not None or job.attempts >= len(RETRY_WAITS_SECONDS):
            return None
        return RetryDecision(retry_in={"seconds": RETRY_WAITS_SECONDS[job.attempts]})


def _register(app: App, name: str, job: Job) -> None:
    def run(*, request_id: str = "", **ids: str) -> None:
        with carrying(request_id):
            job.run(**ids)

    def run_by_itself(timestamp: int) -> None:
        del timestamp
        job.run()

    if job.cron:
        app.periodic(cron=job.cron)(app.task(name=name, queueing_lock=name)(run_by_itself))
        return
    app.task(name=name, retry=_BackOff())(run)


def _conninfo(url: str, pace: Pace) -> str:
    """Times that URL sets itself win."""
    parts = make_url(url)
    return make_conninfo(
        **{
            "connect_timeout": math.ceil(pace.answer),
            **_TCP_OPTIONS,
            **parts.translate_connect_args(username="user", database="dbname"),
            **parts.query,
        }
    )
