"""People with payment plans, for years, at a Stripe in trouble: every law of plans holds daily."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from portal.db import Database
from portal.demo.simulation.plan_run import PlansVerdict, simulate_plans
from tests.proofs.conftest import Size

PLANS_IN_ALL: Final = 10_000
PIECES: Final = 10
PIECES_IN_SMALL: Final = 1
_SOUND: Final = PlansVerdict(
    plans=3,
    installments=12,
    charges=9,
    charged_twice=0,
    skipped=0,
    invariant_failures=0,
    ledger_ok=True,
    webhooks=20,
    deaths=1,
    paid_by_hand=2,
    states={"active": 3},
    changes={"offered": 3},
    findings=(),
)


def test_plans_keep_their_laws_whatever_happens(
    database: Database, tmp_path: Path, size: Size, piece: int
) -> None:
    """In three years somebody agrees to about five plans, one after the other.

    Many in one world: they share its nights, at which most jobs have little to do.
    """
    seed, people, days = 7_000 + piece, size.choose(100, 220), size.choose(30, 3 * 365)
    verdict = simulate_plans(database, home=tmp_path, seed=seed, plans=people, days=days)
    assert verdict.ok, f"seed {seed}, {people} people, {days} days: {verdict}"
    assert verdict.plans >= size.choose(people // 2, PLANS_IN_ALL // PIECES)
    assert verdict.charges > 0
    assert verdict.paid_by_hand > 0
    assert verdict.webhooks > verdict.charges
    size.add("simulated plans", verdict.plans)
    size.add("of their installments", verdict.installments)
    size.add("charges of theirs with nobody present", verdict.charges)
    size.add("payments towards them by hand", verdict.paid_by_hand)
    for state, count in verdict.states.items():
        size.add(f"of the plans {state.replace('_', ' ')} in the end", count)
    size.add("webhooks taken", verdict.webhooks)
    size.add("deaths of the worker meanwhile", verdict.deaths)


def test_over_the_wire_it_is_the_same(database: Database, tmp_path: Path) -> None:
    verdict = simulate_plans(database, home=tmp_path, seed=5, plans=3, days=40, over_wire=True)
    assert verdict.ok, verdict
    assert verdict.charges > 0


def test_the_command_prints_what_it_found_and_the_seed() -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-c", "from portal.cli import main; main()"),
            *("simulate", "plans", "--seed", "3", "--plans", "1", "--years", "0.1", "--json"),
        ],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert said["seed"] == 3
    assert list(said)[2:9] == [
        "plans",
        "installments",
        "charges",
        "charged_twice",
        "skipped",
        "invariant_failures",
        "ledger_ok",
    ]


@pytest.mark.parametrize(
    "off",
    [
        {"charged_twice": 1},
        {"skipped": 1},
        {"invariant_failures": 1},
        {"ledger_ok": False},
        {"findings": ("unforeseen: KeyError()",)},
    ],
)
def test_anything_that_is_off_spoils_the_verdict(off: dict[str, Any]) -> None:
    assert _SOUND.ok
    assert not replace(_SOUND, **off).ok
