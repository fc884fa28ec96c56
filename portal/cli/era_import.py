"""`portal era import`: apart from `era check`, which must not wait for a database."""

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from portal.cli.opening import now, runtime
from portal.db import LoaderMissingError
from portal.practice.directory import (
    PracticeDetails,
    PracticeRef,
    add_practice,
    all_practices,
    the_practice,
)
from portal.remittances.findings import UnreadableRemittanceError
from portal.remittances.incoming.incoming_file import OpenFile
from portal.remittances.sent.claims import ImportReport, SentReport, import_any
from portal.runtime import Runtime

_NEW_OBJECTS_BEFORE_COLLECTING = 200_000
"""An import makes millions of values and hardly a cycle; Python's own 700 costs it a fifth."""


def import_files(
    files: tuple[str, ...], *, slug: str | None, create_patients: bool
) -> Iterator[tuple[str, ImportReport | SentReport | UnreadableRemittanceError]]:
    """Each file with its report, or why it cannot be read."""
    gc.set_threshold(_NEW_OBJECTS_BEFORE_COLLECTING)
    with runtime(LoaderMissingError) as opened:
        practice = practice_for_import(opened, slug)
        for file in files:
            try:
                yield file, _import(opened, practice, file, create_patients=create_patients)
            except UnreadableRemittanceError as error:
                yield file, error


def practice_for_import(opened: Runtime, slug: str | None) -> PracticeRef:
    """An empty embedded database gets a practice of its own: nothing has to be set up to try."""
    is_embedded = "DATABASE_URL" not in os.environ
    if slug is None and is_embedded and not all_practices(opened.database):
        return add_practice(
            opened.database, PracticeDetails(slug="default", name="Default practice")
        )
    return the_practice(opened.database, slug)


def bring_file(
    opened: Runtime, practice: PracticeRef, *, create_patients: bool
) -> Callable[[OpenFile], ImportReport | SentReport]:
    """Imports one file after the other, without a word on the terminal: for the watcher."""
    gc.set_threshold(_NEW_OBJECTS_BEFORE_COLLECTING)

    def bring(file: OpenFile) -> ImportReport | SentReport:
        moment = now()
        return import_any(
            opened.database,
            practice,
            file,
            create_patients=create_patients,
            now=moment,
            today=practice.today(moment),
            imported_by="portal era watch",
        )

    return bring


def _import(
    opened: Runtime, practice: PracticeRef, file: str, *, create_patients: bool
) -> ImportReport | SentReport:
    moment = now()
    with progress_bar(file) as advance:
        return import_any(
            opened.database,
            practice,
            Path(file),
            create_patients=create_patients,
            now=moment,
            today=practice.today(moment),
            imported_by="portal era import",
            progress=advance,
        )


@contextmanager
def progress_bar(file: str) -> Iterator[Callable[[int, int], None] | None]:
    """How far a file is, on a terminal only."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=100, label=Path(file).name, file=sys.stderr) as bar:

        def advance(done: int, whole: int) -> None:
            bar.update(max(0, done * 100 // max(1, whole) - bar.pos))

        yield advance
