"""One request id: from a page or webhook to the jobs it asks for, and those they ask for."""

from uuid import UUID

from flask import Flask
from sqlalchemy import text

from portal import queue
from portal.app import create_app
from portal.db import Database
from portal.jobs.registry import jobs_of
from portal.queue import Job, run_worker
from portal.request_id import request_id
from portal.web import logs
from tests.auth.running import settings_for_tests
from tests.conftest import DatabaseUrls
from tests.queue.queue_tables import ask_for_a_sweep, tables

ASKED_BY = "0af7651916cd43dd8448eb211c80319c"


def app_that_asks(database: Database, practice_id: UUID) -> Flask:
    app = Flask(__name__)
    logs.log_requests(app)

    @app.post("/ask")
    def ask() -> str:
        ask_for_a_sweep(database, practice_id)
        return "asked"

    return app


def test_a_job_and_the_job_it_asks_for_carry_the_id_of_the_request(
    database: Database, database_urls: DatabaseUrls, practice_id: UUID
) -> None:
    seen: list[tuple[str, str]] = []

    def sweep(*, practice_id: str) -> None:
        with logs.job_context("sweep_payments", practice_id=practice_id):
            seen.append(("sweep", request_id()))
            with database.local_transaction() as session:
                queue.enqueue(session.connection(), "tell", practice_id=practice_id)

    def tell(*, practice_id: str) -> None:
        with logs.job_context("tell", practice_id=practice_id):
            seen.append(("tell", request_id()))

    browser = app_that_asks(database, practice_id).test_client()
    browser.post("/ask", headers={"X-Request-Id": ASKED_BY})
    assert request_id() == ""
    for _ in range(2):  # a worker that does not wait leaves what its last job asked for
        run_worker(database_urls.app, {"sweep_payments": Job(sweep), "tell": Job(tell)}, wait=False)
    assert seen == [("sweep", ASKED_BY), ("tell", ASKED_BY)]


def test_a_job_that_runs_by_itself_has_an_id_of_its_own_and_hands_it_on(
    database: Database, database_urls: DatabaseUrls, practice_id: UUID
) -> None:
    jobs_of(create_app(settings_for_tests(), database))["each_seal_audit"].run()
    with tables(database_urls) as connection:
        ids = connection.scalars(text("SELECT args->>'request_id' FROM procrastinate_jobs")).all()
    assert [given[:4] for given in ids] == ["job-"]


def test_a_job_that_nobody_named_a_request_for_runs_all_the_same(
    database: Database, database_urls: DatabaseUrls, practice_id: UUID
) -> None:
    seen: list[str] = []

    def sweep(*, practice_id: str) -> None:
        with logs.job_context("sweep_payments", practice_id=practice_id):
            seen.append(request_id()[:4])

    ask_for_a_sweep(database, practice_id)
    run_worker(database_urls.app, {"sweep_payments": Job(sweep)}, wait=False)
    assert seen == ["job-"]
