"""The `portal` command: parse, call one use case, print; a sentence and an exit code, no traceback."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NoReturn, TypeVar

import click

from portal.config import Settings, SettingsError
from portal.embedded_postgres import EmbeddedPostgresError
from portal.jobs.ledger_check import check_ledger
from portal.practice.directory import PracticeDetails, UnknownPracticeError, add_practice
from portal.runtime import Runtime, migrate, running
from portal.schema import SchemaBehindError

CHECK_FAILED = 1
BAD_INPUT = 2
_SENTENCES = (SettingsError, EmbeddedPostgresError, SchemaBehindError, UnknownPracticeError)

F = TypeVar("F", bound=Callable[..., object])


def as_json(function: F) -> F:
    """The option every reporting command has."""
    return click.option("--json", "json_lines", is_flag=True, help="Print JSON Lines.")(function)


def main() -> None:
    """Run a command; what a person can mend ends with one sentence and exit code 2."""
    try:
        portal.main(standalone_mode=False)
    except click.ClickException as error:
        stop(error.format_message())
    except click.Abort:
        sys.exit(130)
    except _SENTENCES as error:
        stop(str(error))


def stop(sentence: str, *, code: int = BAD_INPUT) -> NoReturn:
    """Say why on standard error and leave."""
    click.echo(sentence, err=True)
    sys.exit(code)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def portal() -> None:
    """The patient billing portal."""


@contextmanager
def runtime() -> Iterator[Runtime]:
    """Settings and a running database for one command."""
    with running(Settings.from_environ(os.environ)) as opened:
        yield opened


def show(facts: dict[str, Any], *, json_lines: bool) -> None:
    """One JSON line, or ``name: value`` lines for people."""
    if json_lines:
        click.echo(json.dumps(facts))
        return
    for name, value in facts.items():
        click.echo(f"{name.replace('_', ' ')}: {value}")


def now() -> datetime:
    """The one place where a command reads the clock."""
    return datetime.now(UTC)


@portal.group()
def db() -> None:
    """The database."""


@db.command("migrate")
def db_migrate() -> None:
    """Bring the database to this code's revision, as its owner."""
    migrate(Settings.from_environ(os.environ))
    click.echo("The database is at this code's revision.")


@portal.group()
def practice() -> None:
    """Practices of this installation."""


@practice.command("add")
@click.argument("slug")
@click.option("--name", required=True, help="As patients know it.")
@click.option("--time-zone", default="America/New_York", show_default=True)
@click.option("--phone", default="")
def practice_add(slug: str, name: str, time_zone: str, phone: str) -> None:
    """Make a practice."""
    with runtime() as opened:
        details = PracticeDetails(slug=slug, name=name, time_zone=time_zone, phone=phone)
        add_practice(opened.database, details)
    click.echo(f"Made the practice {slug}.")


@portal.group()
def ledger() -> None:
    """The books."""


@ledger.command("check")
@as_json
def ledger_check(*, json_lines: bool) -> None:
    """Examine the books; exit 1 when anything is off."""
    with runtime() as opened:
        checked = check_ledger(opened.database)
    facts = checked.as_json()
    if not json_lines:
        facts["findings"] = "".join(
            f"\n  {practice.slug}: {finding.check}: {finding.message}"
            for practice, finding in checked.findings
        )
    show(facts, json_lines=json_lines)
    if not checked.ok:
        sys.exit(CHECK_FAILED)
