"""From the click on "Pay" at Stripe's page to the ledger, and to a batch for the practice's system.

One person after the other. Stripe sends its webhooks over HTTP to the portal's own route; the batch
is written by the job that runs each minute, so in production up to a minute of waiting is added.
The floor is the same writes in bare SQL, replayed over one connection (recorded_writes.py).
"""

import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from bench.database import Server, running_server
from bench.measuring import print_result
from bench.patients_who_pay import (
    EMPTY,
    BenchError,
    Stage,
    go_to_stripe,
    make_empty,
    now,
    open_database,
    pay_there,
    staged,
)
from bench.recorded_writes import Statement, recording, replay
from portal.connectors.practice_systems.files import FilePracticeSystem
from portal.db import Database
from portal.demo.simulation.portal_under_test import PortalUnderTest, portal_under_test
from portal.demo.simulation.stripe import WEBHOOK_SECRET
from portal.demo.simulation.visitor import Visitor
from portal.schema import APP
from portal.sync.service import run_sync

PAYMENTS: Final = 150
_AT_STRIPE: Final = "at_stripes_page"
_WAIT_SECONDS: Final = 30
_MILLISECONDS: Final = 1000


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds from the click, for one payment."""

    to_ledger: float
    to_batch: float


@dataclass(frozen=True, slots=True)
class Written:
    """What one payment wrote on its way to the ledger, and then to the batch."""

    ledger: Sequence[list[Statement]]
    batch: Sequence[list[Statement]]


def main() -> None:
    """Print one JSON line."""
    with (
        tempfile.TemporaryDirectory(prefix="portal-bench-") as folder,
        running_server(Path(folder) / "home") as server,
    ):
        make_empty(server)
        server.make(_AT_STRIPE, of=EMPTY)
        home = Path(folder) / "files"
        with staged(server, _AT_STRIPE, people=2 * PAYMENTS) as stage:
            pages = [(visitor, go_to_stripe(visitor)[1]) for visitor in stage.visitors]
            stage.database.close()
            # The first half is paid to be recorded, the other to be timed: Stripe's pages are
            # paid once, and each half's database knows nothing of the other's payments.
            written = _record(server, stage, pages[:PAYMENTS], home / "recorded")
            taken = _time(server, stage, pages[PAYMENTS:], home / "timed")
        with server.database("floor", of=_AT_STRIPE) as name, server.connect(APP, name) as bare:
            floor = [_replay(bare, one) for one in written]
        _print(taken, floor)


def _record(
    server: Server, stage: Stage, pages: Sequence[tuple[Visitor, str]], home: Path
) -> list[Written]:
    written = []
    with server.database("recorded", of=_AT_STRIPE) as name:
        database = open_database(server, name)
        with (
            recording(database) as kept,
            portal_under_test(database, stage.gateway.connection, home=home, clock=now) as portal,
        ):
            _listen(stage, portal)
            for visitor, url in pages:
                pay_there(visitor, url)
                _hear(stage)
                ledger, kept.transactions = kept.transactions, []
                _write_batch(database, stage, home)
                batch, kept.transactions = kept.transactions, []
                written.append(Written(ledger, batch))
        database.close()
    return written


def _time(
    server: Server, stage: Stage, pages: Sequence[tuple[Visitor, str]], home: Path
) -> list[Taken]:
    taken = []
    with server.database("ours", of=_AT_STRIPE) as name:
        database = open_database(server, name)
        with portal_under_test(database, stage.gateway.connection, home=home, clock=now) as portal:
            _listen(stage, portal)
            for visitor, url in pages:
                began = time.perf_counter()
                pay_there(visitor, url)
                _hear(stage)
                to_ledger = time.perf_counter() - began
                _write_batch(database, stage, home)
                taken.append(Taken(to_ledger, time.perf_counter() - began))
        database.close()
    return taken


def _listen(stage: Stage, portal: PortalUnderTest) -> None:
    """Webhooks go there and are sent at once."""
    url = f"{portal.address}/webhooks/stripe/{stage.population.practice.slug}"
    stage.stripe.control("webhooks/endpoints", [{"url": url, "secret": WEBHOOK_SECRET}])
    stage.stripe.control("webhooks/behaviour", {"held": False})


def _hear(stage: Stage) -> None:
    """Until every webhook was taken: one of them settled the payment."""
    if not stage.stripe.control("webhooks/wait", {"seconds": _WAIT_SECONDS})["quiet"]:
        raise BenchError("A webhook was not taken.")


def _write_batch(database: Database, stage: Stage, home: Path) -> None:
    """What `portal sync run` does."""
    system = FilePracticeSystem(outbox=home / "outbox", replies=home / "replies")
    report = run_sync(database, system, stage.population.practice.practice_id, now=now())
    if report.sent != 1:
        raise BenchError(f"{report.sent} posts in a batch.")


def _replay(bare: psycopg.Connection, written: Written) -> Taken:
    ledger = sum(replay(bare, written.ledger))
    return Taken(ledger, ledger + sum(replay(bare, written.batch)))


def _print(taken: Sequence[Taken], floor: Sequence[Taken]) -> None:
    print_result(
        "paying",
        {
            "payments": PAYMENTS,
            **_percentiles("to_ledger", [one.to_ledger for one in taken]),
            **_percentiles("to_batch", [one.to_batch for one in taken]),
            **_percentiles("floor_to_ledger", [one.to_ledger for one in floor]),
            **_percentiles("floor_to_batch", [one.to_batch for one in floor]),
        },
    )


def _percentiles(name: str, seconds: Sequence[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seconds, n=20)
    return {
        f"{name}_p50_ms": round(statistics.median(seconds) * _MILLISECONDS, 1),
        f"{name}_p95_ms": round(cuts[-1] * _MILLISECONDS, 1),
    }


if __name__ == "__main__":
    main()
