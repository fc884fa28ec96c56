"""`portal fees`: what payers agreed to pay, to be held against what they allow."""

from pathlib import Path

import click

from portal.cli.opening import now, runtime
from portal.cli.output import as_json, show, stop
from portal.db import Principal
from portal.practice.directory import the_practice
from portal.remittances.fees.service import FeesRefusedError, load_fees


@click.group()
def fees() -> None:
    """Fee schedules."""


@fees.command("load")
@click.argument("file")
@click.option("--payer", default="", metavar="ID", help="Whose the lines are that name no payer.")
@click.option("--practice", "slug", help="Which practice, where there is more than one.")
@click.option("--dry-run", is_flag=True, help="Read and check; put nothing on file.")
@as_json
def fees_load(file: str, *, payer: str, slug: str | None, dry_run: bool, json_lines: bool) -> None:
    """Load a CSV file, whole or not at all; it takes the place of its payers' older prices.

    Columns: payer, procedure_code, modifier, effective_from, effective_to, amount (dollars).
    """
    with runtime() as opened:
        practice = the_practice(opened.database, slug)
        try:
            with Path(file).open("rb") as stream:
                loaded = load_fees(
                    opened.database,
                    Principal.job(practice.practice_id, role="fees load"),
                    stream,
                    name=file,
                    payer=payer,
                    loaded_by="portal fees load",
                    dry_run=dry_run,
                    now=now(),
                    request_id="",
                )
        except OSError as error:
            stop(f"The file cannot be read: {error.strerror}.")
        except FeesRefusedError as error:
            for one in error.errors:
                where = {"line": one.line_number} if one.line_number else {}
                show({"file": file, **where, "error": one.message}, json_lines=json_lines)
            stop("Nothing was loaded.")
        show({"file": file, **loaded.as_json(), "dry_run": dry_run}, json_lines=json_lines)
