"""`portal payments` and `portal sync`: money in, and to the practice's books."""

import sys
from datetime import datetime

import click

from portal.app import practice_files, stripe_connection, stripe_gateway
from portal.cli.opening import now, runtime
from portal.cli.output import CHECK_FAILED, as_json, show
from portal.connectors.payment_gateway import GatewayError
from portal.connectors.practice_systems import PracticeSystemUnavailableError
from portal.connectors.stripe_saved_methods import StripeSavedMethods
from portal.connectors.stripe_settlement_records import StripeSettlementRecords
from portal.payments.books.reading import reconcile
from portal.payments.event_handlers import event_handlers
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
        stripe = stripe_connection(opened.settings)
        gateway = stripe_gateway(opened.settings, stripe)
        handlers = event_handlers(StripeSettlementRecords(stripe), StripeSavedMethods(stripe))
        for practice in all_practices(opened.database):
            done = sweep(
                opened.database,
                gateway,
                practice.practice_id,
                now=now(),
                everything=everything,
                handlers=handlers,
            )
            show({"practice": practice.slug, **done.as_json()}, json_lines=json_lines)
            failed += done.failed
    if failed:
        sys.exit(CHECK_FAILED)


@payments.command("reconcile")
@click.argument("day", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]))
@as_json
def payments_reconcile(*, day: datetime, json_lines: bool) -> None:
    """Read Stripe's books, then hold a day against ours; exit 1 when something is off.

    Four books side by side: Stripe's movements and payouts, our payments, our journal, and what
    the practice's system has taken. "off" counts what agrees nowhere or is not taken yet.
    """
    wrong = False
    with runtime(GatewayError) as opened:
        records = StripeSettlementRecords(stripe_connection(opened.settings))
        for practice in all_practices(opened.database):
            found = reconcile(opened.database, records, practice, day.date(), now=now())
            show({"practice": practice.slug, **found.as_json()}, json_lines=json_lines)
            wrong |= not found.is_ok
    if wrong:
        sys.exit(CHECK_FAILED)
