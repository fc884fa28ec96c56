"""How many webhooks a second one process handles, beside the same writes in bare SQL.

Each payment at Stripe tells of itself four times: two events that say nothing we need, one that
settles it (Stripe is asked, over HTTP), one that comes after it. All of them come twice. The floor
replays what was written, transaction by transaction, over one connection (recorded_writes.py).
Aim: 300 a second on one core.
"""

import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.database import Server, running_server
from bench.measuring import medians, print_result
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
from portal.db import Database
from portal.demo.simulation.stripe import WEBHOOK_SECRET
from portal.demo.stripe_simulator.webhooks import sign
from portal.payments.webhooks import WebhookOutcome, receive_webhook
from portal.practice.directory import PracticeRef
from portal.schema import APP

PAYMENTS: Final = 150
ROUNDS: Final = 3
_PAID: Final = "paid_at_stripe"
_SETTLES: Final = "payment_intent.succeeded"
_COMES_AFTER: Final = "checkout.session.completed"
_NOTHING_NEW: Final = ("payment_intent.created", "charge.succeeded")


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Signed bodies, by what handling them means."""

    by_meaning: dict[str, list[bytes]]

    @property
    def count(self) -> int:
        return sum(map(len, self.by_meaning.values()))


def main() -> None:
    """Print one JSON line."""
    with (
        tempfile.TemporaryDirectory(prefix="portal-bench-") as folder,
        running_server(Path(folder) / "home") as server,
    ):
        make_empty(server)
        server.make(_PAID, of=EMPTY)
        with staged(server, _PAID, people=PAYMENTS) as stage:
            deliveries = _pay_all(stage)
            stage.database.close()
            transactions = _record(server, stage, deliveries)
            rounds = [_round(server, stage, deliveries, transactions) for _ in range(ROUNDS)]
        _print(deliveries, transactions, medians(rounds))


def _pay_all(stage: Stage) -> Deliveries:
    for visitor in stage.visitors:
        pay_there(visitor, go_to_stripe(visitor)[1])
    meanings = dict.fromkeys(_NOTHING_NEW, "ignored") | {_SETTLES: "settles", _COMES_AFTER: "after"}
    found: dict[str, list[bytes]] = {"ignored": [], "settles": [], "after": [], "again": []}
    for event in stage.stripe.all("/v1/events"):
        body = json.dumps(event, indent=2).encode()
        if event["type"] in meanings:
            found[meanings[event["type"]]].append(body)
            found["again"].append(body)
    return Deliveries(found)


def _record(server: Server, stage: Stage, deliveries: Deliveries) -> Sequence[list[Statement]]:
    with server.database("recorded", of=_PAID) as name:
        database = open_database(server, name)
        with recording(database) as kept:
            _handle_all(database, stage, deliveries)
        database.close()
    return kept.transactions


def _round(
    server: Server,
    stage: Stage,
    deliveries: Deliveries,
    transactions: Sequence[list[Statement]],
) -> dict[str, float]:
    with server.database("floor", of=_PAID) as name, server.connect(APP, name) as connection:
        floor_seconds = sum(replay(connection, transactions))
    with server.database("ours", of=_PAID) as name:
        database = open_database(server, name)
        server_before = server.cpu_seconds()
        figures = _handle_all(database, stage, deliveries)
        figures["server_cpu_seconds"] = server.cpu_seconds() - server_before
        database.close()
    return figures | {"floor_seconds": floor_seconds}


def _handle_all(database: Database, stage: Stage, deliveries: Deliveries) -> dict[str, float]:
    """Seconds by meaning, each with its own expected outcome."""
    expected = {
        "ignored": WebhookOutcome.IGNORED,
        "settles": WebhookOutcome.APPLIED,
        "after": WebhookOutcome.APPLIED,
        "again": WebhookOutcome.SEEN_BEFORE,
    }
    taken: dict[str, float] = {}
    cpu = time.process_time()
    for meaning, bodies in deliveries.by_meaning.items():
        began = time.perf_counter()
        for body in bodies:
            outcome = _handle(database, stage, stage.population.practice, body)
            if outcome is not expected[meaning]:
                raise BenchError(f"{meaning}: {outcome}")
        taken[f"{meaning}_seconds"] = time.perf_counter() - began
    return taken | {"client_cpu_seconds": time.process_time() - cpu}


def _handle(database: Database, stage: Stage, practice: PracticeRef, body: bytes) -> WebhookOutcome:
    at = now()
    return receive_webhook(
        database,
        stage.gateway,
        practice,
        raw_body=body,
        signature=sign(body, WEBHOOK_SECRET, signed_at=int(at.timestamp())),
        livemode=False,
        now=at,
    )


def _print(
    deliveries: Deliveries, transactions: Sequence[list[Statement]], taken: dict[str, float]
) -> None:
    seconds = sum(taken[f"{meaning}_seconds"] for meaning in deliveries.by_meaning)
    rates: dict[str, Any] = {
        f"{meaning}_a_second": round(len(bodies) / taken[f"{meaning}_seconds"])
        for meaning, bodies in deliveries.by_meaning.items()
    }
    cpu = taken["client_cpu_seconds"] + taken["server_cpu_seconds"]
    print_result(
        "webhooks",
        {
            "payments": PAYMENTS,
            "webhooks": deliveries.count,
            "webhooks_a_second": round(deliveries.count / seconds),
            "webhooks_a_second_of_cpu": round(deliveries.count / cpu),
            **rates,
            "writing_transactions": len(transactions),
            "seconds": round(seconds, 3),
            "floor_seconds": taken["floor_seconds"],
            "ratio": round(seconds / taken["floor_seconds"], 2),
            "client_cpu_seconds": taken["client_cpu_seconds"],
            "server_cpu_seconds": taken["server_cpu_seconds"],
            "rounds": ROUNDS,
        },
    )


if __name__ == "__main__":
    main()
