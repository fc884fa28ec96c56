"""`portal mail`: what mail servers report of the messages they took."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from portal.auth.link_delivery import take_report
from portal.cli.opening import now, runtime, sentences
from portal.cli.output import BAD_INPUT, as_json, show
from portal.connectors.delivery_reports import LONGEST_BYTES, NotAReportError, read_report
from portal.messages.delivery import UnknownMessageError
from portal.runtime import Runtime

_REFUSED = (NotAReportError, UnknownMessageError)


@click.group()
def mail() -> None:
    """E-mail."""


@mail.command("report")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A Maildir, or a folder of files, instead of standard input.",
)
@as_json
def mail_report(*, folder: Path | None, json_lines: bool) -> None:
    """Record what became of a message (a delivery report, RFC 3464)."""
    if folder is not None:
        _take_folder(folder, json_lines=json_lines)
        return
    with sentences(*_REFUSED):
        report = read_report(sys.stdin.buffer.read(LONGEST_BYTES + 1))
    with runtime(*_REFUSED) as opened:
        show({"message": take_report(opened.database, report, now=now())}, json_lines=json_lines)


def _take_folder(folder: Path, *, json_lines: bool) -> None:
    """A report that was taken is put aside; anything else stays for somebody to look at."""
    refused = 0
    with runtime() as opened:
        for path in sorted(_waiting(folder)):
            try:
                facts = {"message": str(_take_file(opened, path))}
            except (*_REFUSED, OSError) as error:
                refused += 1
                facts = {"error": str(error)}
            show({"file": path.name, **facts}, json_lines=json_lines)
    if refused:
        sys.exit(BAD_INPUT)


def _take_file(opened: Runtime, path: Path) -> str:
    with path.open("rb") as file:
        report = read_report(file.read(LONGEST_BYTES + 1))
    state = take_report(opened.database, report, now=now())
    aside = path.parent / "taken" / path.name
    if path.parent.name == "new":  # as mail programs mark what was read
        aside = path.parent.parent / "cur" / f"{path.name}:2,S"
    aside.parent.mkdir(exist_ok=True)
    path.rename(aside)
    return state


def _waiting(folder: Path) -> Iterator[Path]:
    new = folder / "new"
    for path in (new if new.is_dir() else folder).iterdir():
        if path.is_file() and not path.name.startswith("."):
            yield path
