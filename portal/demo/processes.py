"""The demo's processes: started together, watched, stopped together."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType

_STOP_SECONDS_MAX = 10
_START_SECONDS_MAX = 45
_LOOPBACK = "127.0.0.1"


class DemoError(RuntimeError):
    """The demo cannot go on; the message says why in one sentence."""


class Processes:
    """Programs of ours, each in a session of its own, so that Ctrl-C reaches us first."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        """Run this Python with ``arguments``; what it prints goes where ours goes."""
        self._running[name] = subprocess.Popen(  # noqa: S603 — our own modules
            [sys.executable, *arguments],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def wait(self) -> None:
        """Until one of them ends; raises DemoError naming it."""
        while True:
            for name, process in self._running.items():
                if process.poll() is not None:
                    raise DemoError(f"The {name} ended with code {process.returncode}.")
            time.sleep(0.5)

    def stop(self) -> None:
        """Ask each to end, last started first; insist after a while."""
        for process in reversed(self._running.values()):
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + _STOP_SECONDS_MAX
        for process in self._running.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def until(self, ready: Callable[[], bool], *, what: str) -> None:
        """Wait until ``ready()``; raises DemoError when a process ends or time runs out."""
        deadline = time.monotonic() + _START_SECONDS_MAX
        while not ready():
            for name, process in self._running.items():
                if process.poll() is not None:
                    raise DemoError(f"The {name} ended with code {process.returncode}.")
            if time.monotonic() > deadline:
                raise DemoError(f"{what} did not come up in {_START_SECONDS_MAX} seconds.")
            time.sleep(0.05)


@contextmanager
def processes() -> Iterator[Processes]:
    """Everything started in this block is stopped when it ends, also by SIGTERM or Ctrl-C."""
    group = Processes()
    previous = signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        yield group
    finally:
        signal.signal(signal.SIGTERM, previous)
        group.stop()


def answers(url: str) -> bool:
    """Whether a server of ours says 200 there."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 — loopback
            return bool(response.status == 200)  # noqa: PLR2004 — HTTP
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((_LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def require_free(port: int) -> None:
    """Raise DemoError when somebody listens on the port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_LOOPBACK, port))
        except OSError as error:
            raise DemoError(
                f"Port {port} is in use. Choose another: PORT={port + 1} make demo"
            ) from error


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
