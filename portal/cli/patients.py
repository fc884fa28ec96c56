"""`portal practice load` and `template`: the practice's list of patients and who owes for them."""

import sys
from pathlib import Path

import click

from portal.cli.opening import now, runtime
from portal.cli.output import BAD_INPUT, as_json, show
from portal.practice.directory import the_practice
from portal.sync.patient_load import PatientListError, load_patients, patient_template


@click.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only count.")
@click.option("--practice", "slug")
@as_json
def practice_load(file: Path, *, dry_run: bool, slug: str | None, json_lines: bool) -> None:
    """Load patients and guarantors, all or nothing: exit 2 when a line was refused."""
    moment = now()
    with runtime(PatientListError) as opened:
        report = load_patients(
            opened.database,
            the_practice(opened.database, slug),
            file.read_bytes(),
            file_name=file.name,
            now=moment,
            dry_run=dry_run,
        )
    facts = report.as_json()
    if not json_lines:
        facts["refusals"] = "".join(
            f"\n  line {one.line_number}: {one.reason}" for one in report.refused
        )
    show(facts, json_lines=json_lines)
    if report.refused:
        sys.exit(BAD_INPUT)


@click.command("template")
@click.argument("what", type=click.Choice(["patients"]))
def practice_template(what: str) -> None:
    """Print a small made-up list, as one must look."""
    del what  # there is one
    sys.stdout.buffer.write(patient_template())
