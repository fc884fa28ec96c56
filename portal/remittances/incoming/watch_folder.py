"""A folder that files are dropped into: which of them are whole, and where they go afterwards.

Only plain files count: links are not followed, and names that begin with a dot or end like an
unfinished transfer are passed over. Nothing is deleted or overwritten.
"""

import fcntl
import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final

from portal.remittances.incoming.file_name import shown_name

DONE, REFUSED = "done", "refused"

_LOCK: Final = ".portal-watch.lock"
_UNFINISHED: Final = (".part", ".partial", ".tmp", ".filepart", ".crdownload")
LOOKS_WHEN_WHOLE: Final = 2
_LOOKS_WHEN_NOT: Final = 10
_TAIL_BYTES: Final = 256
_CLOSING: Final = re.compile(
    rb"(?:^|[^A-Za-z0-9])IEA[^A-Za-z0-9\s]\d{1,5}[^A-Za-z0-9\s][^\n]{0,12}$"
)
_PADDING: Final = b"\r\n\t \x1a\0"
_FOLDER_MODE: Final = 0o750
_FILE_MODE: Final = 0o640
_REASON: Final = ".txt"
_LONGEST_STEM: Final = 200  # bytes: a file system takes 255, with suffix, number and ending
_LONGEST_SUFFIX: Final = 20
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class FolderRefusedError(ValueError):
    """The folder cannot be watched; the message says why."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A file as it looked at one moment; equal when nothing of it has changed."""

    path: Path
    inode: int
    byte_count: int
    changed_ns: int  # since 1970

    @property
    def shown_name(self) -> str:
        return shown_name(self.path)

    @property
    def changed_at(self) -> datetime:
        return _EPOCH + timedelta(microseconds=self.changed_ns // 1000)


class WatchedFolder:
    """One folder, with ``done`` and ``refused`` in it, which are held open; made by ``held``."""

    def __init__(self, path: Path, done: int, refused: int) -> None:
        self._path = path
        self._done = done
        self._refused = refused

    def files(self) -> Sequence[Sight]:
        """The files that may be meant for us, by name."""
        with os.scandir(self._path) as entries:
            names = sorted(entry.name for entry in entries)
        sights = (_sight(self._path.joinpath(name)) for name in names if _is_meant_for_us(name))
        return [sight for sight in sights if sight is not None]

    def is_unchanged(self, sight: Sight) -> bool:
        """Whether the file still looks like this."""
        return _sight(sight.path) == sight

    def put_away(self, sight: Sight) -> None:
        """Into ``done``. Raises OSError when it cannot be moved."""
        os.rename(sight.path, _free_name(self._done, sight.path.name), dst_dir_fd=self._done)

    def refuse(self, sight: Sight, sentence: str) -> None:
        """Into ``refused``, with the sentence beside it first. Raises OSError."""
        name = _free_name(self._refused, sight.path.name, _REASON)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        reason = os.open(f"{name}{_REASON}", flags, _FILE_MODE, dir_fd=self._refused)
        with os.fdopen(reason, "w", encoding="utf-8") as stream:
            stream.write(f"{sentence}\n")
        os.rename(sight.path, name, dst_dir_fd=self._refused)


@contextmanager
def held(path: Path) -> Iterator[WatchedFolder]:
    """The folder, for one watcher alone. Raises FolderRefusedError."""
    if not path.is_dir():
        message = f"{path} is not a folder."
        raise FolderRefusedError(message)
    with ExitStack() as opened:
        try:
            lock = _ours(path.joinpath(_LOCK), os.O_RDWR | os.O_CREAT)
            opened.callback(os.close, lock)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            folders = [_folder_in(path, name) for name in (DONE, REFUSED)]
            for descriptor in folders:
                opened.callback(os.close, descriptor)
        except BlockingIOError as error:
            message = f"Another `portal era watch` looks after {path} already."
            raise FolderRefusedError(message) from error
        except OSError as error:
            message = f"The folder cannot be written to: {error.strerror}."
            raise FolderRefusedError(message) from error
        yield WatchedFolder(path, *folders)


def _folder_in(path: Path, name: str) -> int:
    path.joinpath(name).mkdir(mode=_FOLDER_MODE, exist_ok=True)
    return _ours(path.joinpath(name), os.O_RDONLY | os.O_DIRECTORY)


def _ours(path: Path, flags: int) -> int:
    """Open what nobody else made: whoever drops files could lead us elsewhere by it.

    Raises FolderRefusedError and OSError.
    """
    if path.is_symlink():
        message = f"{path} is a link: it has to be a file or folder of its own."
        raise FolderRefusedError(message)
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, _FILE_MODE)
    if os.fstat(descriptor).st_uid != os.geteuid():
        os.close(descriptor)
        message = f"{path} belongs to another user: remove it, and it is made anew."
        raise FolderRefusedError(message)
    return descriptor


class Looks:
    """For how many looks in a row each file has not changed."""

    def __init__(self) -> None:
        self._seen: Counter[Sight] = Counter()

    def count(self, sights: Sequence[Sight]) -> dict[Sight, int]:
        """One more look; what is gone or has changed is forgotten."""
        self._seen = Counter({sight: self._seen[sight] + 1 for sight in sights})
        return dict(self._seen)


def looks_by_age(sights: Sequence[Sight], *, now: datetime, every: timedelta) -> dict[Sight, int]:
    """What many looks would have counted, for whoever looks only once."""
    return {one: 1 + max(0, (now - one.changed_at) // every) for one in sights}


def is_dated_ahead(sight: Sight, *, now: datetime) -> bool:
    """Whether its time of change lies in the future: then its age tells nothing."""
    return sight.changed_at > now


@contextmanager
def seen_file(sight: Sight) -> Iterator[BinaryIO | None]:
    """The file that was looked at, open; None when another one has taken its place, or it changed.

    Raises OSError when it cannot be opened.
    """
    descriptor = os.open(sight.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as stream:
        yield stream if _sight_of(sight.path, os.fstat(descriptor)) == sight else None


def is_ready(stream: BinaryIO, looks: int) -> bool:
    """A file that ends as an interchange does (IEA) is taken early, any other much later.

    Then whoever reads it says what is wrong with it.
    """
    return looks >= _LOOKS_WHEN_NOT or _ends_whole(stream)


def _ends_whole(stream: BinaryIO) -> bool:
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - _TAIL_BYTES))
    return _CLOSING.search(stream.read().rstrip(_PADDING)) is not None


def _is_meant_for_us(name: str) -> bool:
    return not name.startswith(".") and not name.lower().endswith(_UNFINISHED)


def _sight(path: Path) -> Sight | None:
    """None for what is no plain file, or is gone."""
    try:
        return _sight_of(path, path.lstat())
    except OSError:
        return None


def _sight_of(path: Path, found: os.stat_result) -> Sight | None:
    if not stat.S_ISREG(found.st_mode):
        return None
    return Sight(path, found.st_ino, found.st_size, found.st_mtime_ns)


def _free_name(folder: int, name: str, *endings: str) -> str:
    """The name, cut to what a file system takes, with a number where it was there before.

    It is free with each of the endings too.
    """
    wanted = Path(name)
    suffix = wanted.suffix if len(os.fsencode(wanted.suffix)) <= _LONGEST_SUFFIX else ""
    stem = name.removesuffix(suffix)
    while len(os.fsencode(stem)) > _LONGEST_STEM:
        stem = stem[:-1]
    free, number = f"{stem}{suffix}", 1
    while any(_is_there(folder, f"{free}{ending}") for ending in ("", *endings)):
        number += 1
        free = f"{stem}-{number}{suffix}"
    return free


def _is_there(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
