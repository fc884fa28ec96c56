"""`portal simulate`: the product against a simulated world, on a database of its own."""

import random
import sys

import click

from portal.cli.opening import sentences
from portal.cli.output import CHECK_FAILED, as_json, show
from portal.demo.simulation.database import own_database
from portal.demo.simulation.plan_run import simulate_plans
from portal.demo.simulation.run import simulate as simulate_payments
from portal.demo.simulation.stripe import SimulatorError

_SEEDS = 1_000_000
_DAYS_IN_A_YEAR = 365


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


@simulate.command("plans")
@click.option("--seed", type=click.IntRange(min=0), help="The same seed is the same story.")
@click.option("--plans", type=click.IntRange(min=1), default=20, help="How many want a plan.")
@click.option("--years", type=click.FloatRange(min=0.1), default=1, help="For how long.")
@as_json
def plans(*, seed: int | None, plans: int, years: float, json_lines: bool) -> None:
    """People with payment plans, for years; exit 1 when a law of plans does not hold."""
    chosen = random.randrange(_SEEDS) if seed is None else seed  # noqa: S311 - chance, not secrecy
    days = round(years * _DAYS_IN_A_YEAR)
    with own_database() as own:
        verdict = simulate_plans(own.database, home=own.home, seed=chosen, plans=plans, days=days)
    facts = verdict.as_json()
    if not json_lines:
        facts["findings"] = "".join(f"\n  {finding}" for finding in verdict.findings) or "none"
    show({"seed": chosen, "years": years, **facts}, json_lines=json_lines)
    if not verdict.ok:
        sys.exit(CHECK_FAILED)
