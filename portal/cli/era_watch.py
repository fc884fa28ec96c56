"""`portal era watch`: looks into a folder again and again until it is told to stop."""

import os
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import click

from portal.cli.era_import import bring_file, practice_for_import
from portal.cli.opening import now, runtime
from portal.cli.output import BAD_INPUT, show
from portal.db import LoaderMissingError
from portal.remittances.incoming.watch import DatabaseAwayError, Outcome, Seen, Watch
from portal.remittances.incoming.watch_folder import (
    FolderRefusedError,
    Looks,
    Sight,
    held,
    is_dated_ahead,
    looks_by_age,
)

_DATED_AHEAD = (
    "The time the file was changed lies in the future, so nobody can tell whether it is whole. "
    "Set the clock right, or `touch` the file."
)


def watch_folder(
    path: Path, *, slug: str | None, create_patients: bool, json_lines: bool, every: float
) -> None:
    """Until SIGTERM or SIGINT; a file that is being imported then is finished first."""
    looks = Looks()
    with (
        runtime(LoaderMissingError, FolderRefusedError) as opened,
        held(path) as folder,
        _stopping() as stop,
    ):
        practice = practice_for_import(opened, slug)
        watch = Watch(folder, bring_file(opened, practice, create_patients=create_patients))
        is_away = False
        while not stop.is_asked():
            try:
                for sight, count in looks.count(folder.files()).items():
                    _tell(watch, sight, count, json_lines=json_lines)
                    is_away = False
                    if stop.is_asked():
                        break
            except DatabaseAwayError:
                if not is_away:
                    click.echo("The database is away: files stay where they are.", err=True)
                is_away = True
            stop.wait(every)


def look_once(
    path: Path, *, slug: str | None, create_patients: bool, json_lines: bool, every: float
) -> None:
    """Take what has not changed for a while, for a scheduler; exit 2 when a file was refused."""
    refused = 0
    with runtime(LoaderMissingError, FolderRefusedError) as opened, held(path) as folder:
        practice = practice_for_import(opened, slug)
        watch = Watch(folder, bring_file(opened, practice, create_patients=create_patients))
        sights, moment = folder.files(), now()
        counted = looks_by_age(sights, now=moment, every=timedelta(seconds=every))
        for sight, count in counted.items():
            if is_dated_ahead(sight, now=moment):
                _show(Seen(sight.shown_name, Outcome.WAITING, _DATED_AHEAD), json_lines=json_lines)
                continue
            try:
                outcome = _tell(watch, sight, count, json_lines=json_lines)
            except DatabaseAwayError as error:
                raise click.ClickException(
                    "The database is away: files stay where they are."
                ) from error
            refused += outcome is Outcome.REFUSED
    if refused:
        sys.exit(BAD_INPUT)


def _tell(watch: Watch, sight: Sight, looks: int, *, json_lines: bool) -> Outcome | None:
    seen = watch.take(sight, looks)
    if seen is None:
        return None
    _show(seen, json_lines=json_lines)
    return seen.outcome


def _show(seen: Seen, *, json_lines: bool) -> None:
    show(seen.as_json(), json_lines=json_lines)
    sys.stdout.flush()


class _Stopping:
    """Whether a signal has asked to stop; waiting ends when one does."""

    def __init__(self) -> None:
        self._is_asked = False
        self._read, self._write = os.pipe()

    def is_asked(self) -> bool:
        return self._is_asked

    def ask(self) -> None:
        self._is_asked = True
        os.write(self._write, b".")

    def wait(self, seconds: float) -> None:
        select.select([self._read], [], [], seconds)

    def close(self) -> None:
        os.close(self._read)
        os.close(self._write)


@contextmanager
def _stopping() -> Iterator[_Stopping]:
    """The first signal asks to stop; a second one has its usual effect."""
    stop = _Stopping()
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.getsignal(number) for number in numbers}

    def tell(_number: int, _frame: object) -> None:
        for number in numbers:
            signal.signal(number, before[number])
        stop.ask()

    for number in numbers:
        signal.signal(number, tell)
    try:
        yield stop
    finally:
        for number in numbers:
            signal.signal(number, before[number])
        stop.close()
