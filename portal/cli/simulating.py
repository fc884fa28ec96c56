"""`portal simulate`: the product against a simulated world, on a database of its own."""

import random
import sys

import click

from portal.cli.opening import sentences
from portal.cli.output import CHECK_FAILED, as_json, show
from portal.demo.simulation.database import own_database
from portal.demo.simulation.run import simulate as simulate_payments
from portal.demo.simulation.stripe import SimulatorError

_SEEDS = 1_000_000


@click.group()
def simulate() -> None:
    """The product in a simulated world, on a database that is gone afterwards."""


@simulate.command("payments")
@click.option("--seed", type=click.IntRange(min=0), help="The same seed is the same story.")
@click.option("--count", type=click.IntRange(min=1), default=100, help="How many patients pay.")
@as_json
def payments(*, seed: int | None, count: int, json_lines: bool) -> None:
    """Patients pay at a Stripe that is in trouble; exit 1 unless each dollar is posted once."""
    chosen = random.randrange(_SEEDS) if seed is None else seed  # noqa: S311 - chance, not secrecy
    with sentences(SimulatorError), own_database() as own:
        verdict = simulate_payments(own.database, home=own.home, seed=chosen, count=count)
    facts = verdict.as_json()
    if not json_lines:
        facts["findings"] = "".join(f"\n  {finding}" for finding in verdict.findings) or "none"
    show({"seed": chosen, "count": count, **facts}, json_lines=json_lines)
    if not verdict.ok:
        sys.exit(CHECK_FAILED)
