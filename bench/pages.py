"""Home and a statement of 12 lines, signed in, row-level security and audit on, served by granian.

One worker; beside them, in the same run, the floor (the same SQL and the same template, nothing
else: served_pages.py) and Flask's hello. Aims: at least 0.6 of the floor's requests a second, at
most 60 KB a page, and among 10 million postings at most 1.2 times what it takes among 10 thousand.
"""

import argparse
import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, update

from bench.database import PRACTICE, Server, running_server
from bench.filled_books import count_rows, fill
from bench.large_file import claims_file
from bench.measuring import print_result
from bench.served_pages import COOKIE, DATABASE, PAGES, SECRET_KEY, portal_app
from portal.auth.link_tokens import LinkTokens
from portal.auth.links import make_link
from portal.db import Database, Principal
from portal.demo.people import BLUE_HORIZON
from portal.demo.processes import free_port
from portal.demo.remittance_writer import Cut, DemoClaim, DemoLine, write_remittance
from portal.practice.directory import PracticeRef, the_practice
from portal.practice.models import Guarantor
from portal.remittances.service import import_file
from portal.schema import APP, LOADER
from portal.statements.queries import statement_patient_ids
from portal.statements.service import issue_statements

POSTINGS: Final = (10_000, 10_000_000)
REQUESTS: Final = 2_000
WARMED: Final = 200
_SEED_CLAIMS: Final = 1_100  # a little more than 10 thousand postings
_VISITS: Final = 4
_LAST_NAME: Final = "NUNEZ"
_BORN: Final = date(1985, 4, 27)
_LINES: Final = (
    DemoLine("99213", 18_500, (Cut("CO", "45", 6_900), Cut("PR", "3", 4_000))),
    DemoLine("80048", 8_500, (Cut("CO", "45", 5_230), Cut("PR", "1", 3_270))),
    DemoLine("71046", 14_200, (Cut("CO", "45", 5_800), Cut("PR", "2", 1_280))),
)
_START_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class Signed:
    """A browser with a session, and the pages that are measured."""

    cookie: str
    paths: tuple[str, ...]


def main() -> None:
    """Print one JSON line for each size of the books."""
    options = _options()
    before: Mapping[str, float] = {}
    with (
        tempfile.TemporaryDirectory(prefix="portal-bench-") as folder,
        running_server(Path(folder) / "home") as server,
    ):
        seeded = "seeded"
        server.make(seeded)
        signed = _seed(server, seeded, Path(folder))
        for postings in options.postings:
            with server.database(f"pages_{postings}", of=seeded) as name:
                if count_rows(server, name, "postings") < postings:
                    fill(server, name, postings=postings)
                before = _measure(server, name, signed, options.requests, before=before)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postings", type=int, nargs="+", default=POSTINGS)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    return parser.parse_args()


def _seed(server: Server, name: str, folder: Path) -> Signed:
    """Many claims of many, four of one person's with a statement, and that person's session."""
    database = Database(server.url(APP, name), loader_url=server.url(LOADER, name))
    try:
        practice = the_practice(database, PRACTICE)
        now = datetime.now(UTC)
        others, theirs = folder / "others.835", folder / "theirs.835"
        others.write_text(claims_file(_SEED_CLAIMS, prefix="S", control=1), encoding="ascii")
        theirs.write_text(_claims_of_one(), encoding="ascii")
        for path in (others, theirs):
            import_file(
                database,
                practice,
                path,
                create_patients=True,
                now=now,
                today=practice.today(now),
                imported_by="bench",
            )
        statement_id = _statement(database, practice, now=now)
        cookie = _sign_in(server, name, practice, statement_id, database, now=now)
        return Signed(cookie, ("/home", f"/statements/{statement_id}"))
    finally:
        database.close()


def _claims_of_one() -> str:
    return write_remittance(
        BLUE_HORIZON,
        [
            DemoClaim(
                number=f"ONE{number}",
                status="1",
                last_name=_LAST_NAME,
                first_name="IRIS",
                member_identifier="ONE",
                provider_last_name="OKAFOR",
                provider_first_name="LENA",
                service_on=date(2026, 1, 10 + number),
                lines=_LINES,
            )
            for number in range(_VISITS)
        ],
        paid_on=date(2026, 2, 1),
        control=2,
    )


def _statement(database: Database, practice: PracticeRef, *, now: datetime) -> UUID:
    """Only they have an address: nobody else gets one."""
    job = Principal.job(practice.practice_id, role="bench")
    with database.transaction(job) as session:
        session.execute(
            update(Guarantor)
            .where(
                Guarantor.practice_id == practice.practice_id,
                func.upper(Guarantor.last_name) == _LAST_NAME,
            )
            .values(
                born_on=_BORN,
                address_line="1 Mill Street",
                city="Easton",
                state="OR",
                postal_code="97399",
            )
        )
    report = issue_statements(
        database, practice.practice_id, as_of=practice.today(now), now=now, dry_run=False
    )
    if len(report.statement_ids) != 1:
        raise SystemExit(f"there should be one statement: {report}")
    (statement_id,) = report.statement_ids
    return statement_id


def _sign_in(
    server: Server,
    name: str,
    practice: PracticeRef,
    statement_id: UUID,
    database: Database,
    *,
    now: datetime,
) -> str:
    """Open a link as they would; the cookie is good for every copy of the database."""
    tokens = LinkTokens(SECRET_KEY)
    with database.transaction(Principal.job(practice.practice_id, role="bench")) as session:
        guarantor_id = session.scalars(
            select(Guarantor.guarantor_id).where(
                Guarantor.practice_id == practice.practice_id,
                func.upper(Guarantor.last_name) == _LAST_NAME,
            )
        ).one()
        link_id = make_link(
            session,
            tokens=tokens,
            guarantor_id=guarantor_id,
            statement_id=statement_id,
            patient_ids=statement_patient_ids(session, statement_id),
            now=now,
        )
    os.environ[DATABASE] = server.url(APP, name)
    app = portal_app()
    client = app.test_client()
    app.config["WTF_CSRF_ENABLED"] = False
    born = {"born_on-month": "4", "born_on-day": "27", "born_on-year": "1985"}
    answer = client.post(f"/s/{tokens.make(practice.practice_id, link_id)}", data=born)
    app.extensions["portal"].database.close()
    return answer.headers["Set-Cookie"].partition(";")[0]


def _measure(
    server: Server,
    name: str,
    signed: Signed,
    requests: int,
    *,
    before: Mapping[str, float],
) -> Mapping[str, float]:
    """One line; returns the medians, in milliseconds, to hold the next size against."""
    environment = {
        DATABASE: server.url(APP, name),
        COOKIE: signed.cookie,
        PAGES: ",".join(signed.paths),
    }
    figures: dict[str, object] = {"postings": count_rows(server, name, "postings")}
    medians = {}
    with _served("hello_app", environment) as port:
        (hello,) = _ask_in_turn(requests, Asked(port, "/"))
    figures["hello_requests_a_second"] = _rate(hello.seconds)
    for what, path in zip(("home", "statement"), signed.paths, strict=True):
        with (
            _served("portal_app", environment) as port,
            _served("floor_app", environment) as floor_port,
        ):
            ours, floor = _ask_in_turn(
                requests, Asked(port, path, signed.cookie), Asked(floor_port, path)
            )
        medians[what] = statistics.median(ours.seconds) * 1000
        figures |= {
            f"{what}_requests_a_second": _rate(ours.seconds),
            f"{what}_floor_requests_a_second": _rate(floor.seconds),
            f"{what}_of_floor": round(_rate(ours.seconds) / _rate(floor.seconds), 2),
            f"{what}_p50_ms": round(medians[what], 2),
            f"{what}_p99_ms": round(_percentile(ours.seconds, 99) * 1000, 2),
            f"{what}_floor_p50_ms": round(statistics.median(floor.seconds) * 1000, 2),
            f"{what}_floor_p99_ms": round(_percentile(floor.seconds, 99) * 1000, 2),
            f"{what}_bytes": ours.length,
        }
        if before:
            figures[f"{what}_of_smaller"] = round(medians[what] / before[what], 2)
    print_result("pages", figures)
    return medians


@dataclass(frozen=True, slots=True)
class Asked:
    """A page of one of the servers."""

    port: int
    path: str
    cookie: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """What each request took, and how long the page is (not compressed)."""

    seconds: Sequence[float]
    length: int


def _ask_in_turn(requests: int, *pages: Asked) -> list[Answers]:
    """Each over a connection of its own, as a browser's tab would, and one request at a time.

    In turn: whatever else the machine does meets all of them alike.
    """
    connections = [http.client.HTTPConnection("127.0.0.1", page.port) for page in pages]
    taken: list[list[float]] = [[] for _ in pages]
    lengths = [0 for _ in pages]
    for number in range(WARMED + requests):
        for index, (page, connection) in enumerate(zip(pages, connections, strict=True)):
            began = time.perf_counter()
            lengths[index] = _get(connection, page)
            if number >= WARMED:
                taken[index].append(time.perf_counter() - began)
    for connection in connections:
        connection.close()
    return [Answers(seconds, length) for seconds, length in zip(taken, lengths, strict=True)]


def _get(connection: http.client.HTTPConnection, page: Asked) -> int:
    """How long it is."""
    connection.request("GET", page.path, headers={"Cookie": page.cookie} if page.cookie else {})
    answer = connection.getresponse()
    length = len(answer.read())
    if answer.status != http.client.OK:
        raise SystemExit(f"{page.path}: {answer.status}")
    return length


@contextmanager
def _served(factory: str, environment: Mapping[str, str]) -> Iterator[int]:
    """Granian with one worker, until the block ends."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface=wsgi",
        "--host=127.0.0.1",
        f"--port={port}",
        "--workers=1",
        "--blocking-threads=1",
        "--no-ws",
        "--log-level=error",
        "--no-access-log",
        "--factory",
        f"bench.served_pages:{factory}",
    ]
    process = subprocess.Popen(  # noqa: S603 — our own server
        command, env={**os.environ, **environment}, stderr=subprocess.DEVNULL
    )
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait(port: int) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request("GET", "/nothing-here")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("granian did not start")


def _rate(seconds: Sequence[float]) -> float:
    return round(len(seconds) / sum(seconds), 1)


def _percentile(seconds: Sequence[float], percent: int) -> float:
    return statistics.quantiles(seconds, n=100)[percent - 1]


if __name__ == "__main__":
    main()
