"""The practice's system behind a folder: CSV batches out, CSV replies in, RFC 4180, UTF-8.

A batch is ``<outbox>/<practice>/posts-000017.csv``:

    portal-posts,1,<practice>,<batch number>,<created, UTC>
    post,<post id>,<kind>,<account number>,<posting day>,<cents>,<receipt number>,<method>
    allocation,<post id>,<claim number>,<line control number>,<cents>
    trailer,<number of posts>,<cents of all posts>,<SHA-256 of every byte above this line>

The allocations of a post follow it and add up to it; refunds are below zero. A cell that a
spreadsheet would take for a formula begins with an apostrophe, which is not part of it. The file
appears under its name only when it is complete; batch numbers have no gaps; a post id that was
taken before is to be answered and not booked again.

A reply is any plain file ``<replies>/<practice>/*.csv``, for all posts of a batch or for some:

    portal-replies,1,<practice>,<batch number>
    accepted,<post id>
    rejected,<post id>,<reason>
    trailer,<number of answers>

With its trailer it is read at once. One without may still be being written, so it is left alone
until it has not changed for a minute; write it under another name (``reply.csv.part``) and rename
it when it is whole. It is moved to ``read`` beside it, or to ``refused`` when it cannot be
understood. Folders, links, and names that begin with a dot are passed over.
"""

import csv
import hashlib
import io
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from portal.connectors.practice_systems import (
    Answer,
    Batch,
    Parcel,
    ParcelDiffersError,
    Post,
    PracticeSystemUnavailableError,
    Reply,
)
from portal.connectors.practice_systems.spreadsheets import written

VERSION: Final = "1"
_POSTS, _REPLIES = "portal-posts", "portal-replies"
_TRAILER = "trailer"
_READ, _REFUSED = "read", "refused"
_LARGEST_REPLY_BYTES: Final = 10 * 1024 * 1024
_FOLDER_MODE, _FILE_MODE = 0o750, 0o640
_SLUG: Final = re.compile(r"[a-z0-9-]+")


class FilePracticeSystem:
    """Folders that both sides reach; each practice has its own in each of them."""

    def __init__(self, *, outbox: Path, replies: Path) -> None:
        self._outbox = outbox
        self._replies = replies

    def prepare(self, batch: Batch) -> Parcel:
        created_at = batch.created_at.astimezone(UTC).isoformat(timespec="seconds")
        rows = [[_POSTS, VERSION, batch.practice_slug, str(batch.number), created_at]]
        for post in batch.posts:
            rows.extend(_post_rows(post))
        above = written(rows)
        sums = [str(len(batch.posts)), str(batch.total_cents), hashlib.sha256(above).hexdigest()]
        content = above + written([[_TRAILER, *sums]])
        return Parcel(
            practice_slug=batch.practice_slug,
            name=f"posts-{batch.number:06d}.csv",
            content=content,
            sha256_hex=hashlib.sha256(content).hexdigest(),
        )

    def deliver(self, parcel: Parcel) -> None:
        with _disk_errors():
            folder = _folder(self._outbox, parcel.practice_slug)
            target = folder / parcel.name
            if target.exists():
                if target.read_bytes() != parcel.content:
                    raise ParcelDiffersError(f"{parcel.name} is there with other content.")
                return
            _write_whole(target, parcel.content)

    def replies(self, practice_slug: str) -> Iterator[Reply]:
        with _disk_errors():
            folder = _folder(self._replies, practice_slug)
            paths = sorted(path for path in folder.iterdir() if _has_name_of_reply(path))
        for path in paths:
            reply = _read(path, practice_slug)
            if reply is not None:
                yield reply

    def put_away(self, practice_slug: str, reply: Reply) -> None:
        with _disk_errors():
            folder = _folder(self._replies, practice_slug)
            away = folder / (_REFUSED if reply.problem else _READ)
            away.mkdir(mode=_FOLDER_MODE, exist_ok=True)
            with suppress(FileNotFoundError):  # another run was faster
                (folder / reply.name).replace(_free_name(away, reply.name))


def _post_rows(post: Post) -> Iterator[list[str]]:
    yield [
        "post",
        str(post.post_id),
        post.kind,
        post.account_number,
        post.effective_on.isoformat(),
        str(post.amount_cents),
        post.receipt_number,
        post.method,
    ]
    for line in post.lines:
        yield [
            "allocation",
            str(post.post_id),
            line.claim_number,
            line.line_control_number,
            str(line.amount_cents),
        ]


def _write_whole(target: Path, content: bytes) -> None:
    """On disk before it has its name, and its name on disk before we say so."""
    unfinished = target.with_name(f".{target.name}.{uuid4().hex}.part")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _folder(parent: Path, practice_slug: str) -> Path:
    """The practice's own. Raises ValueError for a slug that is no plain name."""
    if _SLUG.fullmatch(practice_slug) is None:
        raise ValueError(f"{practice_slug!r} is no name for a folder.")
    folder = parent / practice_slug
    folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    return folder


def _free_name(folder: Path, name: str) -> Path:
    """The far side may use a name again; what it said before is kept."""
    path = folder / name
    return path if not path.exists() else path.with_name(f"{path.stem}.{uuid4().hex}{path.suffix}")


def _has_name_of_reply(path: Path) -> bool:
    return path.suffix.lower() == ".csv" and not path.name.startswith(".")


class _NotAReplyError(ValueError):
    """The message says why."""


def _read(path: Path, practice_slug: str) -> Reply | None:
    """None for what is no plain file, or is there no more; one bad file says so and stops none."""
    written_at = None
    try:
        facts = path.lstat()
        written_at = datetime.fromtimestamp(facts.st_mtime, UTC)
        if not stat.S_ISREG(facts.st_mode):
            return None
        content = _content(path, facts.st_size)
        batch_number, answers, is_whole = _understood(content, practice_slug)
    except FileNotFoundError:
        return None
    except OSError as error:
        return _unusable(path, f"It cannot be read: {error.strerror}.", written_at)
    except _NotAReplyError as error:
        return _unusable(path, str(error), written_at)
    return Reply(path.name, batch_number, answers, written_at=None if is_whole else written_at)


def _content(path: Path, size: int) -> bytes:
    """Raises _NotAReplyError for what nobody should open."""
    if not path.name.isprintable():
        raise _NotAReplyError("Its name is not plain text.")
    if size > _LARGEST_REPLY_BYTES:
        raise _NotAReplyError("It is too large.")
    return path.read_bytes()


def _understood(content: bytes, practice_slug: str) -> tuple[int, tuple[Answer, ...], bool]:
    """The batch, its answers, and whether the trailer says that these are all of them.

    Raises _NotAReplyError.
    """
    header, *between = _rows(content)
    if header[:2] != [_REPLIES, VERSION]:
        raise _NotAReplyError(f"It does not begin with {_REPLIES},{VERSION}.")
    if len(header) != 4 or header[2] != practice_slug or not _is_count(header[3]):  # noqa: PLR2004 - the header's cells
        raise _NotAReplyError("Its first row does not name this practice and a batch.")
    trailer = between.pop() if between and between[-1][0] == _TRAILER else None
    if trailer is not None and trailer[1:] != [str(len(between))]:
        raise _NotAReplyError("Its trailer does not count the answers it has.")
    answers = []
    for line, row in enumerate(between, start=2):
        answer = _answer(row)
        if answer is None:
            raise _NotAReplyError(f"Row {line} is not an answer.")
        answers.append(answer)
    return int(header[3]), tuple(answers), trailer is not None


def _rows(content: bytes) -> list[list[str]]:
    """At least one; the first is empty in an empty file."""
    try:
        text = content.decode("utf-8-sig")
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise _NotAReplyError("It is not CSV in UTF-8.") from error
    if "\0" in text:  # no database keeps it in a text
        raise _NotAReplyError("It is not CSV in UTF-8.")
    return rows or [[]]


def _answer(row: Sequence[str]) -> Answer | None:
    match row:
        case ["accepted", post_id]:
            accepted, reason = True, ""
        case ["rejected", post_id, reason]:
            accepted = False
        case _:
            return None
    try:
        return Answer(UUID(post_id), accepted, reason.strip())
    except ValueError:
        return None


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10  # noqa: PLR2004 - no batch has that


def _unusable(path: Path, problem: str, written_at: datetime | None) -> Reply:
    name = path.name.encode(errors="backslashreplace").decode()  # bytes that are no UTF-8
    return Reply(name, 0, (), problem, written_at)


@contextmanager
def _disk_errors() -> Iterator[None]:
    """The disk's errors in the protocol's words; a file's name says nothing of anybody."""
    try:
        yield
    except OSError as error:
        raise PracticeSystemUnavailableError(f"{error.strerror}") from error
