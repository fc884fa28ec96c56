"""The simulated Stripe as a real process, with a recorder in between that misses nothing.

`stripe_wire` is the fixture: whatever goes over it is checked against Stripe's own OpenAPI document
when the test ends, requests and answers and events alike.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from tests.contracts.allow_list import strangers
from tests.contracts.openapi import OpenApiChecker, stripe_document

WEBHOOK_SECRET: Final = "whsec_made_up_for_tests"
SECRET_KEY: Final = "sk_test_made_up_for_tests"
_REPOSITORY: Final = Path(__file__).resolve().parents[2]
_WAIT_SECONDS: Final = 20
_HEALTH_TRIES: Final = 50
_PASSED_ON: Final = ("host", "connection", "content-length", "transfer-encoding", "date", "server")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request as it was sent and what came back; `status` is None when nothing did."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: str
    status: int | None
    answer: str

    def problems(self, checker: OpenApiChecker) -> list[str]:
        """Sentences; none for what is not the API, such as the hosted page."""
        if not self.path.startswith("/v1/"):
            return []
        found = checker.request_problems(self.method, self.path, self.query, self.body)
        found += strangers(self.headers.get("User-Agent", ""), self.query, self.body)
        if self.status is not None:
            try:
                answer = json.loads(self.answer)
            except ValueError:
                found.append("the answer is no JSON")
            else:
                found += checker.answer_problems(self.method, self.path, self.status, answer)
        return [f"{self.method} {self.path} → {self.status}: {problem}" for problem in found]


class _RoomyServer(ThreadingHTTPServer):
    """Fifty callers at once stand in line; the default has room for five."""

    request_queue_size = 128


class Recorder:
    """Passes every request on to another address and writes down both sides."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self._upstream = ""
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                recorder.pass_on(self)

            def do_POST(self) -> None:
                recorder.pass_on(self)

            def do_DELETE(self) -> None:
                recorder.pass_on(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's
                """The exchanges are the log."""

        self._server = _RoomyServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self, upstream: str) -> None:
        self._upstream = urlsplit(upstream).netloc
        self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def pass_on(self, handler: BaseHTTPRequestHandler) -> None:
        sent = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        status, headers, received = self._ask(handler, sent)
        path, _, query = handler.path.partition("?")
        self.exchanges.append(
            Exchange(
                method=handler.command,
                path=path,
                query=query,
                headers=dict(handler.headers.items()),
                body=sent.decode(),
                status=status,
                answer=received.decode(),
            )
        )
        if status is None:  # the answer got lost on the way to us, so it does on the way on
            handler.close_connection = True
            return
        try:
            handler.send_response_only(status)
            for name, value in headers:
                if name.lower() not in _PASSED_ON:
                    handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(received)))
            handler.end_headers()
            handler.wfile.write(received)
        except ConnectionError:  # the caller did not wait
            handler.close_connection = True

    def _ask(
        self, handler: BaseHTTPRequestHandler, sent: bytes
    ) -> tuple[int | None, list[tuple[str, str]], bytes]:
        connection = HTTPConnection(self._upstream, timeout=_WAIT_SECONDS)
        headers = {
            name: value
            for name, value in handler.headers.items()
            if name.lower() not in {"host", "connection", "accept-encoding"}
        }
        try:
            connection.request(handler.command, handler.path, sent or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        except (OSError, HTTPException):
            return None, [], b""
        finally:
            connection.close()


class Control:
    """The simulator's /_sim/ interface; see portal/demo/stripe_simulator/control.py."""

    def __init__(self, address: str) -> None:
        self._address = address

    def send_webhooks_to(
        self, url: str, *, secret: str = WEBHOOK_SECRET, account: str | None = None
    ) -> None:
        """From now on there and nowhere else."""
        self.post("webhooks/endpoints", [{"url": url, "secret": secret, "account": account}])

    def behave(self, **behaviour: object) -> None:
        """How webhooks go wrong: held, copies, drop_next, jitter_seconds, retry_seconds."""
        self.post("webhooks/behaviour", behaviour)

    def release(self, order: str = "first", *, seed: int = 0) -> list[dict[str, Any]]:
        """Send what is held, in this order (first, last, shuffled), before returning."""
        answer = self.post("webhooks/release", {"order": order, "seed": seed})
        deliveries: list[dict[str, Any]] = answer["deliveries"]
        return deliveries

    def resend(self, event_id: str) -> None:
        self.post("webhooks/resend", {"event": event_id})

    def wait_for_webhooks(self) -> None:
        """Until all are delivered or given up. Fails when that takes too long."""
        assert self.post("webhooks/wait", {"seconds": _WAIT_SECONDS})["quiet"]

    def fail_next(self, *faults: str, operation: str | None = None, seconds: float = 0) -> None:
        """What befalls the next calls: 429, 500, 503, 500_after_success, answer_lost, late."""
        self.post(
            "faults",
            [{"fault": fault, "operation": operation, "seconds": seconds} for fault in faults],
        )

    def advance_clock(self, *, seconds: int) -> None:
        self.post("clock", {"advance_seconds": seconds})

    def dispute(self, charge_id: str) -> dict[str, Any]:
        return self.post("disputes", {"charge": charge_id})

    def deliveries(self) -> list[dict[str, Any]]:
        deliveries: list[dict[str, Any]] = self.get("deliveries")["deliveries"]
        return deliveries

    def reset(self) -> None:
        self.post("reset", {})

    def get(self, what: str) -> dict[str, Any]:
        return self._ask(Request(f"{self._address}/_sim/{what}"))  # noqa: S310 - our own address

    def post(self, what: str, given: object) -> dict[str, Any]:
        return self._ask(
            Request(  # noqa: S310 - our own address
                f"{self._address}/_sim/{what}",
                json.dumps(given).encode(),
                {"Content-Type": "application/json"},
            )
        )

    @staticmethod
    def _ask(request: Request) -> dict[str, Any]:
        with urlopen(request, timeout=2 * _WAIT_SECONDS) as answer:  # noqa: S310 - our own address
            said: dict[str, Any] = json.load(answer)
            return said


class StripeWire:
    """`api_base` is recorded and checked, `direct_base` is the simulator itself."""

    def __init__(self, recorder: Recorder, direct_base: str, checker: OpenApiChecker) -> None:
        self._recorder = recorder
        self._checker = checker
        self.api_base = recorder.address
        self.direct_base = direct_base
        self.control = Control(direct_base)

    @property
    def exchanges(self) -> list[Exchange]:
        return self._recorder.exchanges

    def problems(self) -> list[str]:
        """All that does not conform, in the exchanges so far and in every event there is."""
        found = [
            problem
            for exchange in list(self.exchanges)
            for problem in exchange.problems(self._checker)
        ]
        for event in self.events():
            found += self._checker.object_problems(event)
            found += [
                f"{event['type']}: {problem}"
                for problem in self._checker.object_problems(event["data"]["object"])
            ]
        return found

    def events(self) -> list[dict[str, Any]]:
        """Every event of the key's own account, oldest first."""
        events: list[dict[str, Any]] = []
        more = True
        while more:
            after = f"&starting_after={events[-1]['id']}" if events else ""
            page = self.api("GET", f"/v1/events?limit=100{after}")
            events += page["data"]
            more = page["has_more"]
        return events[::-1]

    def api(self, method: str, path: str, body: str | None = None) -> dict[str, Any]:
        """A call with the test key, not recorded. Raises HTTPError for what is not 200."""
        request = Request(  # noqa: S310 - our own address
            f"{self.direct_base}{path}",
            None if body is None else body.encode(),
            {"Authorization": f"Bearer {SECRET_KEY}"},
            method=method,
        )
        with urlopen(request, timeout=_WAIT_SECONDS) as answer:  # noqa: S310 - our own address
            said: dict[str, Any] = json.load(answer)
            return said

    def start_afresh(self) -> None:
        self.exchanges.clear()
        self.control.reset()


@contextmanager
def running_simulator(arguments: Sequence[str] = ()) -> Iterator[str]:
    """The simulator as a process of its own, until the block ends; gives its address."""
    command = [sys.executable, "-m", "portal.demo.stripe_simulator", "--exit-with-parent"]
    with subprocess.Popen(
        [*command, *arguments],
        cwd=_REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, "the simulator did not start"
            address = next(word for word in line.split() if word.startswith("http://"))
            _wait_until_healthy(address)
            yield address
        finally:
            process.terminate()
            process.wait(timeout=_WAIT_SECONDS)


def _wait_until_healthy(address: str) -> None:
    # It listens before it prints its address, so one try usually does.
    for last in range(_HEALTH_TRIES):
        try:
            Control(address).get("health")
        except OSError:
            assert last < _HEALTH_TRIES - 1, "the simulator does not answer"
        else:
            return


@contextmanager
def running_stripe_wire(
    checker: OpenApiChecker, *, webhook_url: str | None = None, arguments: Sequence[str] = ()
) -> Iterator[StripeWire]:
    """Simulator and recorder; the hosted page is at the recorder's address as well.

    `arguments` are more of the simulator's own. Webhooks are signed with WEBHOOK_SECRET.
    """
    recorder = Recorder()
    webhook = [] if webhook_url is None else ["--webhook", webhook_url]
    options = [*webhook, "--webhook-secret", WEBHOOK_SECRET, "--public-base", recorder.address]
    try:
        with running_simulator([*options, *arguments]) as address:
            recorder.start(address)
            yield StripeWire(recorder, address, checker)
    finally:
        recorder.stop()


@pytest.fixture(scope="session")
def openapi_checker() -> OpenApiChecker:
    return OpenApiChecker(stripe_document())


@pytest.fixture(scope="session")
def shared_stripe_wire(openapi_checker: OpenApiChecker) -> Iterator[StripeWire]:
    """One process for the whole run; take `stripe_wire` instead, which starts it afresh."""
    retries = ["--webhook-retries", "0.05,0.05,0.05"]
    with running_stripe_wire(openapi_checker, arguments=retries) as wire:
        yield wire


@pytest.fixture
def stripe_wire(shared_stripe_wire: StripeWire) -> Iterator[StripeWire]:
    """A Stripe with nothing in it. The test fails if anything over the wire does not conform."""
    shared_stripe_wire.start_afresh()
    yield shared_stripe_wire
    problems = shared_stripe_wire.problems()
    if problems:
        pytest.fail("Over the wire, but not as Stripe's document says:\n" + "\n".join(problems))
