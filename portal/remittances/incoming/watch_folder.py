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
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from portal.remittances.incoming.file_name import shown_name

DONE, REFUSED = "done", "refused"

_LOCK: Final = ".portal-watch.lock"
_UNFINISHED: Final = (".part", ".partial", ".tmp", ".filepart", ".crdownload")
_LOOKS_WHEN_WHOLE: Final = 2
_LOOKS_WHEN_NOT: Final = 10
_TAIL_BYTES: Final = 256
_CLOSING: Final = re.compile(
    rb"(?:^|[^A-Za-z0-9])IEA[^A-Za-z0-9\s]\d{1,5}[^A-Za-z0-9\s][^\n]{0,12}$"
)
_PADDING: Final = b"\r\n\t \x1a\0"
_FOLDER_MODE: Final = 0o750
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


class WatchedFolder:
    """One folder, with ``done`` and ``refused`` in it; made by ``held``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        for name in (DONE, REFUSED):
            folder = path.joinpath(name)
            folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
            if folder.is_symlink():
                message = f"{folder} is a link: it has to be a folder of its own."
                raise FolderRefusedError(message)

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
        sight.path.rename(_free_name(self._path.joinpath(DONE), sight.path.name))

    def refuse(self, sight: Sight, sentence: str) -> None:
        """Into ``refused``, with the sentence beside it first. Raises OSError."""
        target = _free_name(self._path.joinpath(REFUSED), sight.path.name)
        target.with_name(f"{target.name}.txt").write_text(f"{sentence}\n", encoding="utf-8")
        sight.path.rename(target)


@contextmanager
def held(path: Path) -> Iterator[WatchedFolder]:
    """The folder, for one watcher alone. Raises FolderRefusedError."""
    if not path.is_dir():
        message = f"{path} is not a folder."
        raise FolderRefusedError(message)
    try:
        lock = path.joinpath(_LOCK).open("ab")
    except OSError as error:
        raise _not_writable(error) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            folder = WatchedFolder(path)
        except BlockingIOError as error:
            message = f"Another `portal era watch` looks after {path} already."
            raise FolderRefusedError(message) from error
        except OSError as error:
            raise _not_writable(error) from error
        yield folder


def _not_writable(error: OSError) -> FolderRefusedError:
    return FolderRefusedError(f"The folder cannot be written to: {error.strerror}.")


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
    ages = {one: now - _EPOCH - timedelta(microseconds=one.changed_ns // 1000) for one in sights}
    return {one: 1 + max(0, age // every) for one, age in ages.items()}


def is_ready(sight: Sight, looks: int) -> bool:
    """A file that ends as an interchange does (IEA) is taken early, any other much later.

    Then whoever reads it says what is wrong with it. Raises OSError when it cannot be opened.
    """
    if looks < _LOOKS_WHEN_WHOLE:
        return False
    return looks >= _LOOKS_WHEN_NOT or _ends_whole(sight.path)


def _ends_whole(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - _TAIL_BYTES))
        return _CLOSING.search(stream.read().rstrip(_PADDING)) is not None


def _is_meant_for_us(name: str) -> bool:
    return not name.startswith(".") and not name.lower().endswith(_UNFINISHED)


def _sight(path: Path) -> Sight | None:
    """None for what is no plain file, or is gone."""
    try:
        found = path.lstat()
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return Sight(path, found.st_ino, found.st_size, found.st_mtime_ns)


def _free_name(folder: Path, name: str) -> Path:
    """The name, or with a number when a file of that name went there before."""
    path, number = folder.joinpath(name), 1
    while path.exists() or path.is_symlink():
        number += 1
        path = folder.joinpath(f"{Path(name).stem}-{number}{Path(name).suffix}")
    return path
