"""One day of payment plans: a tenth of them falls due, is charged, and stands as paid afterwards.

The hour's jobs, once, on that morning: look ahead, charge, keep the plans. What the simulated
Stripe takes is left out: it is not our time. The floor is the same writes in bare SQL, replayed
over one connection, at the smallest size.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.agreed_plans import TENTH, PlansStage, plans_agreed
from bench.database import Server, running_server
from bench.measuring import print_result
from bench.patients_who_pay import BenchError, make_empty, open_database
from bench.recorded_writes import recording, replay
from portal.schema import APP

SIZES: Final = (10_000, 100_000, 1_000_000)
_COPIES: Final = 380
_JOBS: Final = ("look_ahead", "charge_what_is_due", "keep_plans")
_PAID: Final = """
    SELECT count(*) FROM portal.plan_installments WHERE state = 'paid'
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds by job, without Stripe's; ``due`` installments came to be paid."""

    plans: int
    due: int
    seconds: dict[str, float]

    @property
    def per_second(self) -> float:
        return self.due / sum(self.seconds.values())


def main() -> None:
    """Print one JSON line for each size, and one for how they compare."""
    sizes = _options()
    with (
        tempfile.TemporaryDirectory(prefix="portal-bench-") as folder,
        running_server(Path(folder) / "home") as server,
    ):
        make_empty(server)
        taken = []
        for size in sizes:
            figures, floor = _measure(server, size, Path(folder) / str(size))
            _print(figures, floor)
            taken.append(figures)
    first, last = taken[0], taken[-1]
    growth = round(first.per_second / last.per_second, 2)
    print_result("plans_growth", {"from": first.plans, "to": last.plans, "growth": growth})


def _options() -> Sequence[int]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plans", type=int, nargs="+", default=SIZES, help="sizes, smallest first")
    sizes: Sequence[int] = parser.parse_args().plans
    return sizes


def _measure(server: Server, plans: int, home: Path) -> tuple[Taken, float]:
    """What it took, and the floor's seconds."""
    people = TENTH * -(-plans // (_COPIES * TENTH))
    with plans_agreed(server, f"agreed_{plans}", people=people, home=home) as stage:
        name = f"plans_{plans}"
        stage.fill(name, plans=plans)
        floor = _floor(server, stage, name) if plans <= min(SIZES) else 0.0
        taken = _run(server, stage, name)
        for one in (name, stage.name):
            server.drop(one)
    return taken, floor


def _run(server: Server, stage: PlansStage, name: str) -> Taken:
    database, seconds = open_database(server, name), {}
    for job in _JOBS:
        stage.stripe_time.seconds = 0.0
        began = time.perf_counter()
        stage.run(job, database)
        seconds[job] = time.perf_counter() - began - stage.stripe_time.seconds
    database.close()
    plans = _count(server, name, "SELECT count(*) FROM portal.plans")
    due = _count(server, name, _PAID)
    if due * TENTH < plans:
        raise BenchError(f"{due} installments of {plans} plans were paid.")
    return Taken(plans, due, seconds)


def _floor(server: Server, stage: PlansStage, name: str) -> float:
    with server.database("recorded", of=name) as recorded:
        database = open_database(server, recorded)
        with recording(database) as kept:
            for job in _JOBS:
                stage.run(job, database)
        database.close()
    with server.database("floor", of=name) as bare, server.connect(APP, bare) as connection:
        return sum(replay(connection, kept.transactions))


def _count(server: Server, name: str, query: str) -> int:
    with server.connect("postgres", name) as admin:
        (count,) = admin.execute(query).fetchone() or (0,)
        return int(count)


def _print(taken: Taken, floor: float) -> None:
    seconds = sum(taken.seconds.values())
    figures = {f"{job}_seconds": round(took, 2) for job, took in taken.seconds.items()}
    floors = {"floor_seconds": round(floor, 2), "ratio": round(seconds / floor, 2)} if floor else {}
    print_result(
        "plans",
        {
            "plans": taken.plans,
            "installments": taken.due,
            "installments_per_second": round(taken.per_second, 1),
            **figures,
            **floors,
        },
    )


if __name__ == "__main__":
    main()
