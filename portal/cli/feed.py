"""`portal feed`: what the practice's own system says it took, gave back, took off and opened."""

import sys
from pathlib import Path

import click

from portal.cli.opening import now, runtime
from portal.cli.output import BAD_INPUT, as_json, show
from portal.practice.directory import PracticeRef, the_practice
from portal.runtime import Runtime
from portal.sync.feed import FeedBusyError, FeedFileError, FeedReport, import_feed
from portal.sync.feed_template import feed_template


@click.group()
def feed() -> None:
    """The practice's own system."""


@feed.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option("--practice", "slug")
@as_json
def feed_import(
    files: tuple[Path, ...], *, dry_run: bool, slug: str | None, json_lines: bool
) -> None:
    """Take files in; the same again does nothing. Exit 2 when a file was refused as a whole."""
    refused = False
    with runtime(FeedBusyError) as opened:
        practice = the_practice(opened.database, slug)
        for file in files:
            try:
                report = _import(opened, practice, file, dry_run=dry_run)
            except (FeedFileError, OSError) as error:
                reason = error.strerror if isinstance(error, OSError) else str(error)
                click.echo(f"{file}: {reason}", err=True)
                refused = True
                continue
            _show(report, json_lines=json_lines)
    if refused:
        sys.exit(BAD_INPUT)


@feed.command("template")
@click.option("--practice", "slug", default="PRACTICE", help="Its short name, for the first line.")
def feed_template_command(slug: str) -> None:
    """Print a small made-up file, as one must look."""
    sys.stdout.buffer.write(feed_template(slug, now=now()))


def _import(opened: Runtime, practice: PracticeRef, file: Path, *, dry_run: bool) -> FeedReport:
    return import_feed(
        opened.database,
        practice,
        file.read_bytes(),
        file_name=file.name,
        now=now(),
        imported_by="portal feed import",
        dry_run=dry_run,
    )


def _show(report: FeedReport, *, json_lines: bool) -> None:
    facts = report.as_json()
    if not json_lines:
        facts["refusals"] = "".join(
            f"\n  line {one.line_number}, {one.row_id}: {one.reason}" for one in report.refusals
        )
    show(facts, json_lines=json_lines)
