"""What a command with a database opens, and which failures end it with a sentence."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
import psycopg
from sqlalchemy.exc import DBAPIError

from portal.config import Settings, SettingsError
from portal.embedded_postgres import EmbeddedPostgresError
from portal.practice.directory import UnknownPracticeError
from portal.runtime import Runtime, running
from portal.schema import SchemaBehindError
from portal.web import logs

_OUT_OF_REACH = (psycopg.OperationalError, psycopg.InterfaceError)
_MENDABLE = (SettingsError, EmbeddedPostgresError, SchemaBehindError, UnknownPracticeError)


@contextmanager
def sentences(*more: type[Exception]) -> Iterator[None]:
    """What a person can mend leaves this block as a sentence, without a traceback."""
    mendable: tuple[type[Exception], ...] = (*_MENDABLE, *more)
    try:
        yield
    except mendable as error:
        raise click.ClickException(str(error)) from error
    except (DBAPIError, psycopg.Error) as error:
        sentence = _about_the_database(error)
        if sentence is None:
            raise
        raise click.ClickException(sentence) from error


def _about_the_database(error: DBAPIError | psycopg.Error) -> str | None:
    """None for what is a fault of ours. One line: the driver's further ones may quote a row."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    line, *_ = str(cause).splitlines() or [""]
    if isinstance(cause, psycopg.errors.LockNotAvailable):
        return "Something else is at work on the same rows; try again."
    if isinstance(cause, psycopg.errors.InsufficientPrivilege):
        return f"The database's role may not do this: {line}."
    if isinstance(cause, _OUT_OF_REACH):
        return f"The database cannot be reached: {line}."
    return None


@contextmanager
def runtime(*mendable: type[Exception]) -> Iterator[Runtime]:
    """Settings and a running database for one command; its log lines go to standard error."""
    with sentences(*mendable):
        settings = Settings.from_environ(os.environ)
        logs.configure(as_json=settings.is_production)
        with running(settings) as opened:
            yield opened


def now() -> datetime:
    """The one place where a command reads the clock."""
    return datetime.now(UTC)
