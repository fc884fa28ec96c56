"""The simulated Stripe in a process of its own: started, steered, paid at and read, over HTTP."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any, Final, Protocol
from urllib.parse import urlencode, urlsplit

SECRET_KEY: Final = "sk_test_simulation"  # noqa: S105 - the simulator takes any test key
WEBHOOK_SECRET: Final = "whsec_simulation"  # noqa: S105 - signs what it sends to us, nothing else
_WAIT_SECONDS: Final = 60
_PAGE_LENGTH: Final = 100
_OK: Final = 200


class SimulatorError(RuntimeError):
    """The simulator did not start, or did not understand; the message says which."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """What the hosted page answered: a status, and where it leads if elsewhere."""

    status: int
    leads_to: str | None


class Wire(Protocol):
    """How a simulator is asked."""

    def ask(
        self, method: str, path: str, body: str | None, headers: Mapping[str, str]
    ) -> tuple[int, str | None, str]:
        """The status, where it leads if elsewhere, and the text."""
        ...

    def close(self) -> None: ...


class HttpWire:
    """One keep-alive connection of one thread."""

    def __init__(self, address: str) -> None:
        self._connection = HTTPConnection(urlsplit(address).netloc, timeout=_WAIT_SECONDS)

    def ask(
        self, method: str, path: str, body: str | None, headers: Mapping[str, str]
    ) -> tuple[int, str | None, str]:
        self._connection.request(method, path, body, dict(headers))
        answer = self._connection.getresponse()
        return answer.status, answer.getheader("Location"), answer.read().decode()

    def close(self) -> None:
        self._connection.close()


class SimulatedStripe:
    """A running simulator; over HTTP unless there is another wire to it."""

    def __init__(self, address: str, wire: Wire | None = None) -> None:
        self.address = address
        self._wire = HttpWire(address) if wire is None else wire

    def control(self, what: str, given: object) -> Any:
        """Its control interface (`portal/demo/stripe_simulator/control.py`)."""
        body, headers = json.dumps(given), {"Content-Type": "application/json"}
        status, _, text = self._wire.ask("POST", f"/_sim/{what}", body, headers)
        if status != _OK:
            raise SimulatorError(f"{what}: {text}")
        return json.loads(text)

    def press(self, page_url: str, form: Mapping[str, str]) -> Pressed:
        """Send a form of the hosted page, as a browser without scripts does."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        path = urlsplit(page_url).path
        status, leads_to, _ = self._wire.ask("POST", path, urlencode(form), headers)
        return Pressed(status, leads_to)

    def all(self, path: str, **only: str) -> Iterator[dict[str, Any]]:
        """Everything a list of the API holds, newest first."""
        more, after = True, ""
        while more:
            page = self.get(f"{path}?{urlencode({'limit': _PAGE_LENGTH, **only})}{after}")
            yield from page["data"]
            more = page["has_more"]
            after = f"&starting_after={page['data'][-1]['id']}" if page["data"] else ""

    def get(self, path: str) -> Any:
        """One object of the API. Raises SimulatorError when there is none."""
        headers = {"Authorization": f"Bearer {SECRET_KEY}"}
        status, _, text = self._wire.ask("GET", path, None, headers)
        if status != _OK:
            raise SimulatorError(f"{path}: {text}")
        return json.loads(text)

    def close(self) -> None:
        self._wire.close()


@contextmanager
def simulated_stripe(*, seed: int) -> Iterator[SimulatedStripe]:
    """A simulator with nothing in it, gone when the block ends. Raises SimulatorError."""
    with subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, *_arguments(seed)],
        stdin=subprocess.PIPE,  # when we end, however we do, so does it
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            address = next((word for word in line.split() if word.startswith("http://")), None)
            if address is None:
                raise SimulatorError("The simulated Stripe did not start.")
            stripe = SimulatedStripe(address)
            yield stripe
            stripe.close()
        finally:
            process.terminate()
            process.wait(timeout=_WAIT_SECONDS)


def _arguments(seed: int) -> Sequence[str]:
    return [
        "-m",
        "portal.demo.stripe_simulator",
        "--exit-with-parent",
        f"--webhook-secret={WEBHOOK_SECRET}",
        "--webhook-retries=",  # whoever runs the simulation tries again, in its own time
        f"--seed={seed}",
    ]
