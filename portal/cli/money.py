"""`portal payments` and `portal sync`: money in, and to the practice's books."""

import sys

import click

from portal.app import practice_files, stripe_gateway
from portal.cli.opening import now, runtime
from portal.cli.output import CHECK_FAILED, as_json, show
from portal.connectors.practice_systems import PracticeSystemUnavailableError
from portal.payments.sweep import sweep
from portal.practice.directory import all_practices
from portal.sync.service import run_sync


@click.group()
def sync() -> None:
    """The practice's system."""


@sync.command("run")
@as_json
def sync_run(*, json_lines: bool) -> None:
    """Write what is queued into batches and read replies, for every practice."""
    with runtime(PracticeSystemUnavailableError) as opened:
        system = practice_files(opened.settings)
        for practice in all_practices(opened.database):
            done = run_sync(opened.database, system, practice.practice_id, now=now())
            show({"practice": practice.slug, **done.as_json()}, json_lines=json_lines)


@click.group()
def payments() -> None:
    """Patients' payments."""


@payments.command("sweep")
@click.option("--all", "everything", is_flag=True, help="Also attempts of the last minutes.")
@as_json
def payments_sweep(*, everything: bool, json_lines: bool) -> None:
    """Look up every attempt that is not final, and finish what can be; exit 1 if some failed."""
    failed = 0
    with runtime() as opened:
        gateway = stripe_gateway(opened.settings)
        for practice in all_practices(opened.database):
            done = sweep(
                opened.database, gateway, practice.practice_id, now=now(), everything=everything
            )
            show({"practice": practice.slug, **done.as_json()}, json_lines=json_lines)
            failed += done.failed
    if failed:
        sys.exit(CHECK_FAILED)
