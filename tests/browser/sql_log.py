"""What one database was asked, by PostgreSQL's own account: its statement log."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from tests.conftest import LOG_LINE_PREFIX, DatabaseUrls

_RECORD = re.compile(r"(?P<user>\S*) (?P<database>\S*) \d+\|(?P<level>[A-Z]+):  (?P<text>.*)")
_ASKED = re.compile(r"(?:statement|execute [^:]+): (?P<sql>.*)", re.DOTALL)
assert LOG_LINE_PREFIX == "%u %d %p|"


@dataclass(frozen=True, slots=True)
class Asked:
    """One statement and the role that sent it; parameters stand as $1, $2."""

    role: str
    sql: str


class SqlLog:
    """The statements of one database since it was asked to write them down."""

    def __init__(self, path: Path, database: str) -> None:
        self._path = path
        self._database = database
        self._start = path.stat().st_size

    def asked(self) -> set[Asked]:
        """Each different statement so far."""
        with self._path.open(encoding="utf-8") as log:
            log.seek(self._start)
            return set(self._read(log))

    def _read(self, lines: Iterator[str]) -> Iterator[Asked]:
        user, parts = "", list[str]()
        for line in lines:
            found = _RECORD.match(line)
            if found is None:  # a statement's next line
                parts.append(line)
                continue
            yield from _asked(user, parts)
            user, parts = found["user"], []
            if found["database"] == self._database and found["level"] == "LOG":
                parts = [found["text"] + "\n"]
        yield from _asked(user, parts)


def _asked(user: str, parts: list[str]) -> Iterator[Asked]:
    found = _ASKED.match("".join(parts)) if parts else None
    if found is not None:
        yield Asked(user, found["sql"].strip())


@contextmanager
def statement_log(path: Path, urls: DatabaseUrls) -> Iterator[SqlLog]:
    """Connections made in this block have every statement written down."""
    database = make_url(urls.superuser).database
    assert database is not None
    admin = create_engine(urls.superuser, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"ALTER DATABASE \"{database}\" SET log_statement = 'all'"))
    admin.dispose()
    yield SqlLog(path, database)
