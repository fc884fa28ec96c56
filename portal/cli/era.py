"""`portal era`: remittances, and claims as they were sent."""

import sys

import click

from portal.cli.output import BAD_INPUT, as_json, show
from portal.domain.money import format_usd
from portal.remittances.check import FileCheck, check_file
from portal.remittances.findings import UnreadableRemittanceError


@click.group()
def era() -> None:
    """Remittances (835 files), and sent claims (837 files)."""


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
        f"{checked.file}: {checked.claims} claims, {checked.service_lines} service lines, "
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

    A file of sent claims (837) is recognised by what is in it: its charges are recorded.
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
