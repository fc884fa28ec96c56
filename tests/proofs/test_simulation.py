"""Thousands of patients pay at a Stripe in trouble: each dollar is in the books just once."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from portal.db import Database
from portal.demo.simulation.agenda import Agenda, Delivery
from portal.demo.simulation.run import simulate
from portal.demo.simulation.verdict import Verdict
from portal.demo.simulation.world import BEGINS_AT
from tests.proofs.conftest import Size

PIECES: Final = 20
PIECES_IN_SMALL: Final = 1
_SOUND: Final = Verdict(
    attempts=7,
    settled=5,
    posted=5,
    posted_twice=0,
    stuck=0,
    clearing_cents=0,
    ledger_ok=True,
    by_itself=1,
    findings=(),
)


def test_after_all_the_trouble_everything_paid_is_posted_once(
    database: Database, tmp_path: Path, size: Size, piece: int
) -> None:
    seed, count = 4_000 + piece, size.choose(25, 250)
    verdict = simulate(database, home=tmp_path, seed=seed, count=count)
    assert verdict.ok, f"portal simulate payments --seed {seed} --count {count}: {verdict}"
    assert verdict.settled > count // 2
    size.add("simulated patients", count)
    size.add("of their payments settled", verdict.settled)
    size.add("attempts of theirs with nobody present", verdict.by_itself)


def test_what_is_put_down_for_one_minute_is_due_together_and_in_order() -> None:
    agenda, done = Agenda(BEGINS_AT), list[str]()

    def story(word: str) -> Iterator[timedelta]:
        done.append(word)
        yield timedelta()

    agenda.put_down(story("last"), at=BEGINS_AT + timedelta(hours=1))
    agenda.put_down(Delivery(7), at=BEGINS_AT + timedelta(seconds=70))
    agenda.put_down(story("first"), at=BEGINS_AT + timedelta(seconds=61))
    agenda.put_down(story("second"), at=BEGINS_AT + timedelta(seconds=60))
    soon, later = agenda.take_due(), agenda.take_due()
    assert soon is not None
    assert later is not None
    for one in (*soon.stories, *later.stories):
        next(one)
    assert done == ["first", "second", "last"]
    assert (soon.at, soon.deliveries) == (BEGINS_AT + timedelta(minutes=1), (Delivery(7),))
    assert agenda.take_due() is None


def test_the_command_prints_what_it_found_and_the_seed() -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-c", "from portal.cli import main; main()"),
            *("simulate", "payments", "--seed", "11", "--count", "2", "--json"),
        ],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert said["seed"] == 11
    assert list(said)[2:9] == [
        "attempts",
        "settled",
        "posted",
        "posted_twice",
        "stuck",
        "clearing_cents",
        "ledger_ok",
    ]


@pytest.mark.parametrize(
    "off",
    [
        {"posted": 4},
        {"posted_twice": 1},
        {"stuck": 1},
        {"clearing_cents": -1},
        {"ledger_ok": False},
        {"findings": ("unforeseen: KeyError()",)},
    ],
)
def test_anything_that_is_off_spoils_the_verdict(off: dict[str, Any]) -> None:
    assert _SOUND.ok
    assert not replace(_SOUND, **off).ok
