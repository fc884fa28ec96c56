"""The whole portal as real processes: database, Stripe simulator, SMTP, worker, web server."""

import email
import email.policy
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar

from aiosmtpd.controller import Controller

from portal.demo.processes import free_port
from tests.conftest import DatabaseUrls
from tests.contracts.stripe_wire import SECRET_KEY, WEBHOOK_SECRET

_START_SECONDS_MAX = 30
_Found = TypeVar("_Found")
SECRET = "made-up-key-for-browser-journeys-only"


@dataclass(frozen=True, slots=True)
class Certificate:
    """Whom browsers are to believe: files in PEM."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Programs:
    """What runs: the product as in production, unless a test says otherwise."""

    web: Sequence[str] = ("wsgi:app",)
    worker: Sequence[str] = ("-c", "from portal.cli import main; main()", "worker")
    tls: Certificate | None = None
    logs: Path | None = None  # a folder for what they print; else it goes where pytest's goes
    environment: Mapping[str, str] = field(default_factory=dict)  # more than all of them have


PRODUCT = Programs()
DEMO = Programs(
    web=("--factory", "portal.demo.web:create_demo_app"), worker=("-m", "portal.demo.worker")
)


class Inbox:
    """Keeps what a real SMTP server was given."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answers: list[str] = []  # to the next mails; then it takes them

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 — the library's name
        if self.answers:
            return self.answers.pop(0)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append(message)
        return "250 OK"


@dataclass
class LivePortal:
    """Addresses and processes of one running portal."""

    address: str
    environment: Mapping[str, str]
    inbox: Inbox
    programs: Programs = PRODUCT
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start_web(self) -> None:
        """The product's own entry, as in production."""
        port = self.address.rsplit(":", 1)[1]
        tls = self.programs.tls
        secured = (
            (f"--ssl-certificate={tls.certificate}", f"--ssl-keyfile={tls.key}") if tls else ()
        )
        self._start(
            "web",
            "-m",
            "granian",
            "--interface=wsgi",
            "--host=127.0.0.1",
            f"--port={port}",
            "--workers=1",
            "--blocking-threads=4",
            "--no-ws",
            "--log-level=error",
            *secured,
            *self.programs.web,
        )
        until(self._answers, what="the web server")

    def start_worker(self) -> None:
        """Sends mail, sweeps, syncs."""
        self._start("worker", *self.programs.worker)

    def kill_web(self) -> None:
        """As a machine that loses power: no goodbye."""
        process = self.processes.pop("web")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def command(self, *arguments: str) -> str:
        """Run a `portal` command against the same database; its output."""
        done = subprocess.run(
            [sys.executable, "-c", "from portal.cli import main; main()", *arguments],
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
        return done.stdout

    def stop(self) -> None:
        """End what still runs."""
        for process in self.processes.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _answers(self) -> bool:
        tls = self.programs.tls
        trusted = ssl.create_default_context(cafile=tls.certificate) if tls else None
        try:
            with urllib.request.urlopen(  # noqa: S310 — our own address
                f"{self.address}/staff/sign-in", timeout=2, context=trusted
            ) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return False

    def _start(self, name: str, *arguments: str) -> None:
        folder = self.programs.logs
        with ExitStack() as files:
            log = files.enter_context((folder / f"{name}.log").open("ab")) if folder else None
            self.processes[name] = subprocess.Popen(
                [sys.executable, *arguments],
                env={**os.environ, **self.environment},
                cwd=Path(__file__).parents[2],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


def until(condition: Callable[[], _Found], *, what: str) -> _Found:
    """Ask until the answer is true; raises TimeoutError naming what did not come."""
    deadline = time.monotonic() + _START_SECONDS_MAX
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.05)
    return found


@contextmanager
def live_portal(
    urls: DatabaseUrls, *, home: Path, stripe_api_base: str | None, programs: Programs = PRODUCT
) -> Iterator[LivePortal]:
    """Web server and worker on a test's database; mail goes to a real SMTP server.

    Without `stripe_api_base` they call Stripe by its own name, as in production.
    """
    inbox = Inbox()
    smtp = Controller(inbox, hostname="127.0.0.1", port=free_port())
    smtp.start()
    port = free_port()
    address = f"{'https' if programs.tls else 'http'}://127.0.0.1:{port}"
    environment = {
        "PORTAL_ENV": "test",
        "PORTAL_HOME": str(home),
        "PORT": str(port),
        "PORTAL_BASE_URL": address,
        "SECRET_KEY": SECRET,
        "DATABASE_URL": urls.app,
        "DATABASE_OWNER_URL": urls.owner,
        "DATABASE_LOADER_URL": urls.loader,
        "STRIPE_SECRET_KEY": SECRET_KEY,
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "SMTP_URL": f"smtp://127.0.0.1:{smtp.port}",
        **({"STRIPE_API_BASE": stripe_api_base} if stripe_api_base else {}),
        **programs.environment,
    }
    portal = LivePortal(address, environment, inbox, programs)
    try:
        portal.start_web()
        portal.start_worker()
        yield portal
    finally:
        portal.stop()
        smtp.stop()
