"""Set up and run an installation: database, practices, staff, worker, demo."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from portal.app import create_app
from portal.auth.keys import PasswordRefusedError
from portal.auth.roles import Role
from portal.auth.staff import AddressRefusedError, StaffExistsError, add_staff
from portal.cli.demo_pages import pages
from portal.cli.look import practice_apply, practice_show
from portal.cli.opening import now, runtime, sentences
from portal.cli.patients import practice_load, practice_template
from portal.config import Settings
from portal.demo import run as demo_run
from portal.demo.processes import DemoError
from portal.jobs.registry import jobs_of
from portal.practice.directory import (
    ClaimNumberIs,
    PracticeDetails,
    PracticeRefusedError,
    add_practice,
    change_practice,
    the_practice,
)
from portal.queue import run_worker
from portal.runtime import back_up, migrate, open_configured

_CHANGEABLE: Mapping[str, str] = {  # columns of a practice, and what they are
    "name": "As patients know it.",
    "neutral_sender_name": "Who sends messages; names no specialty.",
    "phone": "Whom patients call about a bill.",
    "phone_hours": "When it is answered, in English.",
    "phone_hours_es": "The same in Spanish.",
    "address_line": "Street and number.",
    "city": "",
    "state": "Two letters.",
    "postal_code": "",
    "tax_identifier": "Shown on statements and receipts.",
    "payee_identifier": "NPI, as remittances name the practice.",
    "time_zone": "For example America/New_York.",
    "receipt_prefix": "Before the number of each new receipt.",
    "assistance_url": "Page about financial assistance, https://.",
    "stripe_account": "acct_…, or empty for the installation's own account.",
    "desk_receipts_in": "Where money from the desk is booked: practice, or portal.",
    "feed_expected": "Whether statements wait for the practice's feed: auto, yes, or no.",
    "refund_alone_up_to_cents": "What of one payment one person may send back; 50000 is $500.00.",
    "machine_keeps_basis_points": "Part of a card machine's batch that may be missing; 500 is 5 %.",
    "patient_denials": "What a plan denies and leaves to the patient: bill, or review for 10 days.",
}


@click.group()
def db() -> None:
    """The database."""


@db.command("migrate")
def db_migrate() -> None:
    """Bring the database to this code's revision, as its owner."""
    with sentences():
        migrate(Settings.from_environ(os.environ))
    click.echo("The database is at this code's revision.")


@click.group()
def practice() -> None:
    """Practices of this installation."""


practice.add_command(practice_apply)
practice.add_command(practice_load)
practice.add_command(practice_show)
practice.add_command(practice_template)


@practice.command("add")
@click.argument("slug")
@click.option("--name", required=True, help="As patients know it.")
@click.option("--time-zone", default="America/New_York", show_default=True)
@click.option("--phone", default="")
@click.option(
    "--claim-number-is",
    type=click.Choice([meaning.value for meaning in ClaimNumberIs]),
    default=ClaimNumberIs.CLAIM.value,
    show_default=True,
    help="What the practice sends as its claim number: one of each claim, or the account's.",
)
def practice_add(slug: str, *, name: str, time_zone: str, phone: str, claim_number_is: str) -> None:
    """Make a practice."""
    details = PracticeDetails(
        slug=slug,
        name=name,
        time_zone=time_zone,
        phone=phone,
        claim_number_is=ClaimNumberIs(claim_number_is),
    )
    with runtime(PracticeRefusedError) as opened:
        add_practice(opened.database, details)
    click.echo(f"Made the practice {slug}.")


def _changes(command: Callable[..., None]) -> Callable[..., None]:
    """An option for each text that can be changed."""
    for column, meaning in reversed(tuple(_CHANGEABLE.items())):
        command = click.option(f"--{column.replace('_', '-')}", help=meaning)(command)
    return command


@practice.command("set")
@click.argument("slug")
@_changes
def practice_set(slug: str, **told: str | None) -> None:
    """Change what a practice says about itself, or where its money goes."""
    changes = {column: text for column, text in told.items() if text is not None}
    with runtime(PracticeRefusedError) as opened:
        change_practice(opened.database, slug, changes)
    click.echo(f"Changed the practice {slug}.")


@click.group()
def staff() -> None:
    """People who work for a practice."""


@staff.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--practice", "slug")
def staff_add(email: str, *, name: str, role: str, slug: str | None) -> None:
    """Add somebody; what they sign in with is shown once."""
    with runtime(AddressRefusedError, StaffExistsError, PasswordRefusedError) as opened:
        added = add_staff(
            opened.database,
            the_practice(opened.database, slug).practice_id,
            secret_key=opened.settings.secret_key,
            email=email,
            name=name,
            role=Role(role),
            now=now(),
            request_id="portal staff add",
        )
    click.echo(f"Password: {added.password}")
    click.echo(f"For the authenticator app: {added.totp_uri}")


@click.command()
def worker() -> None:
    """Run the jobs, until stopped."""
    with sentences():
        settings = Settings.from_environ(os.environ)
        settings, database = open_configured(settings, loads_files=True)
    run_worker(settings.database_url or "", jobs_of(create_app(settings, database)), wait=True)


@click.group(invoke_without_command=True)
@click.option("--reset-only", is_flag=True, help="Forget the data and stop.")
@click.pass_context
def demo(ctx: click.Context, *, reset_only: bool) -> None:
    """Start everything with a made-up practice."""
    if ctx.invoked_subcommand is not None:
        return
    with sentences(DemoError):
        settings = Settings.from_environ({**os.environ, "PORTAL_ENV": "demo"})
        if not reset_only:
            demo_run.run(settings)
            return
        demo_run.reset(settings)
    click.echo("The demo's data is gone; `make demo` starts afresh.")


demo.add_command(pages)


@db.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def db_backup(file: Path) -> None:
    """Dump the embedded database; restore with pg_restore (docs/operations.md)."""
    with sentences():
        back_up(Settings.from_environ(os.environ), file)
    click.echo(f"Wrote {file}.")
