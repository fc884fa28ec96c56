"""The practice's feed as a file, CSV, RFC 4180, UTF-8: docs/practice-feed.md has it in words.

    portal-feed,1,<practice>,<created, with its time zone>
    kind,id,account_number,claim_number,service_on,amount_cents,happened_on,method,code,class,…
    <rows>
    trailer,<number of rows>,<cents of all rows>,<SHA-256 of every byte above this line>

A file is taken whole or not at all: one that was cut off has no trailer that fits.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from portal.connectors.practice_systems.spreadsheets import NotCsvError, rows_of, written
from portal.domain.practice_feed import COLUMNS, RowRefusedError, cents_of

VERSION: Final = "1"
LARGEST_BYTES: Final = 25 * 1024 * 1024
_FEED, _TRAILER = "portal-feed", "trailer"
_HEADER_CELLS = _TRAILER_CELLS = 4
_CLOCKS_DIFFER: Final = timedelta(hours=1)
_AMOUNT: Final = COLUMNS.index("amount_cents")


class FeedFileError(ValueError):
    """The message says why a file is not taken; nothing of it is."""


@dataclass(frozen=True, slots=True)
class FeedFile:
    """A file whose frame is sound; its rows may still be wrong. With line numbers."""

    created_at: datetime
    sha256_hex: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read_feed(content: bytes, *, practice_slug: str, now: datetime) -> FeedFile:
    """Raises FeedFileError."""
    if len(content) > LARGEST_BYTES:
        raise FeedFileError(f"It is larger than {LARGEST_BYTES // 1024 // 1024} MB.")
    try:
        lines = rows_of(content)
    except NotCsvError as error:
        raise FeedFileError(str(error)) from error
    if not lines or lines[0][1][:2] != [_FEED, VERSION]:
        raise FeedFileError(f"It does not begin with {_FEED},{VERSION}.")
    created_at = _created_at(lines[0][1], practice_slug=practice_slug, now=now)
    if len(lines) < 2 or tuple(lines[1][1]) != COLUMNS:  # noqa: PLR2004 - header and names
        raise FeedFileError(f"Its second line must be {','.join(COLUMNS)}.")
    if lines[-1][1][0] != _TRAILER:
        raise FeedFileError("It has no trailer: it was cut off, or is still being written.")
    rows = tuple((number, tuple(cells)) for number, cells in lines[2:-1])
    _compare(lines[-1][1], rows, content)
    return FeedFile(created_at, hashlib.sha256(content).hexdigest(), rows)


def write_feed(
    rows: tuple[tuple[str, ...], ...], *, practice_slug: str, created_at: datetime
) -> bytes:
    """A file as we take it: the template, and what tests and the demo send."""
    stamp = created_at.astimezone(UTC).isoformat(timespec="seconds")
    above = written([[_FEED, VERSION, practice_slug, stamp], list(COLUMNS), *rows])
    cents = sum(_cents(cells) for cells in rows)
    digest = hashlib.sha256(above).hexdigest()
    return above + written([[_TRAILER, str(len(rows)), str(cents), digest]])


def _created_at(header: list[str], *, practice_slug: str, now: datetime) -> datetime:
    if len(header) != _HEADER_CELLS or header[2] != practice_slug:
        raise FeedFileError(f"Its first line does not name the practice {practice_slug}.")
    try:
        created_at = datetime.fromisoformat(header[3])
    except ValueError:
        created_at = datetime.min  # noqa: DTZ901 - without a zone, so refused below
    if created_at.tzinfo is None:
        raise FeedFileError("Its first line does not say when it was made, with a time zone.")
    if created_at - now > _CLOCKS_DIFFER:
        raise FeedFileError("It says that it was made in the future: one of the clocks is wrong.")
    return created_at.astimezone(UTC)


def _compare(
    trailer: list[str], rows: tuple[tuple[int, tuple[str, ...]], ...], content: bytes
) -> None:
    """The trailer against what is above it."""
    if len(trailer) != _TRAILER_CELLS:
        raise FeedFileError("Its trailer is not: trailer, rows, cents, SHA-256.")
    _, count, cents, digest = trailer
    if count != str(len(rows)):
        raise FeedFileError(f"Its trailer counts {count} rows, there are {len(rows)}.")
    summed = sum(_cents(cells) for _, cells in rows)
    if cents != str(summed):
        raise FeedFileError(f"Its trailer adds up to {cents} cents, the rows to {summed}.")
    last_line = content.rstrip(b"\r\n").rfind(b"\n") + 1
    if hashlib.sha256(content[:last_line]).hexdigest() != digest.lower():
        raise FeedFileError("Its SHA-256 is not that of the lines above: it was changed.")


def _cents(cells: tuple[str, ...]) -> int:
    """Nothing for what is no amount: that row is refused on its own."""
    try:
        return cents_of(cells[_AMOUNT])
    except (IndexError, RowRefusedError):
        return 0
