"""What a command with a database opens, and which failures end it with a sentence."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from portal.config import Settings, SettingsError
from portal.embedded_postgres import EmbeddedPostgresError
from portal.practice.directory import UnknownPracticeError
from portal.runtime import Runtime, running
from portal.schema import SchemaBehindError

_MENDABLE = (SettingsError, EmbeddedPostgresError, SchemaBehindError, UnknownPracticeError)


@contextmanager
def sentences(*more: type[Exception]) -> Iterator[None]:
    """What a person can mend leaves this block as a sentence, without a traceback."""
    mendable: tuple[type[Exception], ...] = (*_MENDABLE, *more)
    try:
        yield
    except mendable as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def runtime(*mendable: type[Exception]) -> Iterator[Runtime]:
    """Settings and a running database for one command."""
    with sentences(*mendable), running(Settings.from_environ(os.environ)) as opened:
        yield opened


def now() -> datetime:
    """The one place where a command reads the clock."""
    return datetime.now(UTC)
