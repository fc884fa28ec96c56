"""The simulated Stripe in this process: its own app, called as a web server calls it, no socket.

Its answers are the same as over the wire, and what is lost on the way is lost here too.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from portal.demo.simulation.stripe import SimulatedStripe
from portal.demo.stripe_simulator.server import SimulatorApp
from portal.demo.stripe_simulator.simulation import Simulation
from portal.demo.stripe_simulator.store import Store
from portal.demo.stripe_simulator.webhooks import Behaviour, Outbox, send

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

ADDRESS: Final = "http://stripe.invalid"
MERCHANT: Final = "Sample practice"


class _NoSocket:
    """Stands where the server has its connection: it ends when an answer is to be lost."""

    def shutdown(self, _how: int) -> None:
        """Nothing to end: whoever called is told by the exception that follows."""


class WireWithin:
    """Fulfils the Wire protocol."""

    def __init__(self, app: SimulatorApp) -> None:
        self._app = app

    def ask(
        self, method: str, path: str, body: str | None, headers: Mapping[str, str]
    ) -> tuple[int, str | None, str]:
        status, answered, text = self.call(method, f"{ADDRESS}{path}", body, headers)
        return status, answered.get("Location"), text.decode()

    def call(
        self, method: str, url: str, body: str | bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, Headers, bytes]:
        """Raises ConnectionAbortedError when the answer is lost."""
        address = urlsplit(url)
        builder = EnvironBuilder(
            path=address.path,
            query_string=address.query,
            base_url=ADDRESS,
            method=method,
            headers=list(headers.items()),
            data=body,
            environ_base={"werkzeug.socket": _NoSocket()},
        )
        environ = builder.get_environ()
        builder.close()
        parts, status, answered = run_wsgi_app(self._app, environ, buffered=True)
        return int(status.split()[0]), answered, b"".join(parts)

    def close(self) -> None:
        """Nothing is open."""


class AdapterWithin(BaseAdapter):
    """What requests sends goes to the app."""

    def __init__(self, wire: WireWithin) -> None:
        super().__init__()
        self._wire = wire

    def send(
        self, request: requests.PreparedRequest, *_args: Any, **_options: Any
    ) -> requests.Response:
        """Raises requests.ConnectionError when the answer is lost."""
        method, url, body = request.method or "GET", request.url or ADDRESS, request.body
        if not isinstance(body, str | bytes | None):
            raise TypeError("Stripe's library sends its forms whole.")
        sent = {name: str(value) for name, value in request.headers.items()}
        try:
            status, headers, content = self._wire.call(method, url, body, sent)
        except ConnectionAbortedError as lost:
            raise requests.ConnectionError(request=request) from lost
        response = requests.Response()
        response.status_code, response.request, response.url = status, request, url
        response.headers.update(headers.items())
        response._content = content  # noqa: SLF001 - the library has no other door for it
        return response

    def close(self) -> None:
        """Nothing is open."""


class PostWithin:
    """Webhooks to an app in this process, from the moment there is one; else over its socket."""

    def __init__(self) -> None:
        self.app: WSGIApplication | None = None

    def __call__(self, url: str, body: bytes, signature: str) -> int | None:
        if self.app is None:
            return send(url, body, signature)
        address = urlsplit(url)  # under its own host: the portal answers to no other
        builder = EnvironBuilder(
            path=address.path,
            base_url=f"{address.scheme}://{address.netloc}",
            method="POST",
            headers=[("Stripe-Signature", signature)],
            content_type="application/json",
            data=body,
        )
        environ = builder.get_environ()
        builder.close()
        _, status, _ = run_wsgi_app(self.app, environ, buffered=True)
        return int(status.split()[0])


@contextmanager
def stripe_within(
    *, seed: int, post: PostWithin | None = None
) -> Iterator[tuple[SimulatedStripe, AdapterWithin]]:
    """A simulator with nothing in it, and what calls to it go through."""
    store = Store(None, seed=str(seed))
    outbox = Outbox(store, [], Behaviour(retry_seconds=()), seed=str(seed), post=post or send)
    simulation = Simulation(store=store, outbox=outbox, public_base=ADDRESS, merchant=MERCHANT)
    simulation.take_up()
    wire = WireWithin(SimulatorApp(simulation))
    try:
        yield SimulatedStripe(ADDRESS, wire), AdapterWithin(wire)
    finally:
        outbox.stop()
        store.close()
