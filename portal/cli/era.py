"""`portal era`: remittances, and claims as they were sent."""

import sys
from pathlib import Path

import click

from portal.cli.output import BAD_INPUT, as_json, show
from portal.domain.money import format_usd
from portal.remittances.check import FileCheck, check_file
from portal.remittances.findings import UnreadableRemittanceError


@click.group()
def era() -> None:
    """Remittances (835), claims as they were sent (837), and FHIR R4 files of either."""


@era.command("check")
@click.argument("files", nargs=-1, required=True)
@as_json
def era_check(files: tuple[str, ...], *, json_lines: bool) -> None:
    """What is in each file, and what is odd about it. Needs no database."""
    unreadable = 0
    for file in files:
        try:
            checked = check_file(file)
        except UnreadableRemittanceError as error:
            unreadable += 1
            show({"file": file, "error": str(error)}, json_lines=json_lines)
            continue
        if json_lines:
            show(checked.as_json(), json_lines=True)
        else:
            _show_check(checked)
    if unreadable:
        sys.exit(BAD_INPUT)


def _show_check(checked: FileCheck) -> None:
    click.echo(
        f"{click.format_filename(checked.file)}: {checked.claims} claims, "
        f"{checked.service_lines} service lines, "
        f"billed {format_usd(checked.charge_cents)}, paid {format_usd(checked.paid_cents)}, "
        f"patients' share {format_usd(checked.pr_cents)}, "
        f"{checked.unbalanced_claims} do not balance"
    )
    for finding in checked.findings:
        click.echo(f"  {finding.where}: {finding.message}")


@era.command("import")
@click.argument("files", nargs=-1, required=True)
@click.option("--practice", "slug", help="Which practice, where there is more than one.")
@click.option("--create-patients", is_flag=True, help="Make patients nobody knows yet.")
@as_json
def era_import(
    files: tuple[str, ...], *, slug: str | None, create_patients: bool, json_lines: bool
) -> None:
    """Post what balances; hold, quarantine or recognise the rest. One transaction a file.

    A file of sent claims (837) is recognised by what is in it: its charges are recorded. So is a
    FHIR file: what it tells of payers' decisions counts until the remittance comes.
    """
    from portal.cli.era_import import import_files

    unreadable = 0
    for file, outcome in import_files(files, slug=slug, create_patients=create_patients):
        if isinstance(outcome, UnreadableRemittanceError):
            unreadable += 1
            show({"file": file, "error": str(outcome)}, json_lines=json_lines)
        else:
            show({"file": file, **outcome.as_json()}, json_lines=json_lines)
    if unreadable:
        sys.exit(BAD_INPUT)


@era.command("watch")
@click.argument("folder")
@click.option("--practice", "slug", help="Which practice, where there is more than one.")
@click.option("--create-patients", is_flag=True, help="Make patients nobody knows yet.")
@click.option("--once", is_flag=True, help="Look once and end: for a scheduler such as cron.")
@click.option(
    "--every",
    type=click.FloatRange(0.1, 3600),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="Between two looks.",
)
@as_json
def era_watch(
    folder: str,
    *,
    slug: str | None,
    create_patients: bool,
    once: bool,
    every: float,
    json_lines: bool,
) -> None:
    """Import what is dropped into a folder; move it to done/ or, with a sentence, to refused/.

    A file is taken when it has not changed between two looks and ends as an interchange does; any
    other when it has not changed for ten. Links are not followed; names that begin with a dot or
    end in .part, .partial, .tmp, .filepart or .crdownload are passed over.
    """
    from portal.cli.era_watch import look_once, watch_folder

    look = look_once if once else watch_folder
    look(
        Path(folder),
        slug=slug,
        create_patients=create_patients,
        json_lines=json_lines,
        every=every,
    )
