"""One web server for the API, the hosted page and the control interface. Loopback only."""

import socket
import ssl
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from portal.demo.stripe_simulator import api, checkout_page, control
from portal.demo.stripe_simulator.errors import StripeError, unrecognized
from portal.demo.stripe_simulator.faults import Faults
from portal.demo.stripe_simulator.simulation import Simulation

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LOOPBACK: Final = "127.0.0.1"
_TICK_SECONDS: Final = 1


class SimulatorApp:
    """The WSGI application."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._faults = Faults()

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        try:
            return self._answer(Request(environ))(environ, start)
        except api.AnswerLostError as lost:
            # The caller's connection ends here, with the work done and not a byte said.
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError from lost  # which the server takes without a word

    def _answer(self, request: Request) -> Response:
        if request.path.startswith("/v1/"):
            return api.answer(self._simulation, self._faults, request)
        if request.path.startswith(control.PATH):
            return control.answer(self._simulation, self._faults, request)
        if request.path.startswith(checkout_page.PATH) or (
            request.path == checkout_page.STYLE_PATH
        ):
            return checkout_page.answer(self._simulation, request)
        if request.path == "/favicon.ico":  # browsers ask by themselves
            return Response(status=204)
        return _not_found(unrecognized(request.method, request.path))


def _not_found(error: StripeError) -> Response:
    text = error.body["error"]["message"]
    return Response(text, error.status, content_type="text/plain; charset=utf-8")


class _QuietHandler(WSGIRequestHandler):
    """Says nothing about requests. Unlike Stripe, Werkzeug ends each connection after one."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: the API's answers say what happened."""


def bind(port: int) -> socket.socket:
    """Take a port on the loopback address, 0 for a free one. Raises OSError when it is in use."""
    return socket.create_server((LOOPBACK, port))


@dataclass(frozen=True, slots=True)
class Tls:
    """A second port, where a browser that maps Stripe's host names to it finds us under them."""

    listening: socket.socket
    certificate: Path
    key: Path


def serve(
    simulation: Simulation, listening: socket.socket, *, tls: Tls | None = None
) -> "RunningServer":
    """Ready to run on those ports; the sockets are taken over. Raises OSError without the files."""
    app = SimulatorApp(simulation)
    servers = [_server(app, listening)]
    if tls is not None:
        secure = _server(app, tls.listening)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls.certificate, tls.key)
        # Hands are shaken in the thread of the request: browsers connect and then say nothing.
        secure.socket = context.wrap_socket(
            secure.socket, server_side=True, do_handshake_on_connect=False
        )
        servers.append(secure)
    return RunningServer(simulation, servers)


def _server(app: SimulatorApp, listening: socket.socket) -> BaseWSGIServer:
    with listening:
        return make_server(
            LOOPBACK,
            listening.getsockname()[1],
            app,
            threaded=True,
            request_handler=_QuietHandler,
            fd=listening.fileno(),
        )


class RunningServer:
    """Serves until stopped; meanwhile time passes (sessions expire, webhooks go out)."""

    def __init__(self, simulation: Simulation, servers: Sequence[BaseWSGIServer]) -> None:
        self._simulation = simulation
        self._first, *self._others = servers
        self._threads = [
            threading.Thread(target=server.serve_forever, daemon=True) for server in self._others
        ]
        self._stopped = threading.Event()
        self._clock = threading.Thread(target=self._keep_time, daemon=True)

    def run(self) -> None:
        """Until another thread, or a signal, calls `stop`."""
        self._simulation.take_up()
        self._clock.start()
        for thread in self._threads:
            thread.start()
        self._first.serve_forever()

    def stop(self) -> None:
        self._stopped.set()
        for server in (*self._others, self._first):
            server.shutdown()

    def close(self) -> None:
        """After `run` has returned: let go of threads, ports and file."""
        self._stopped.set()
        for server in (*self._others, self._first):
            server.server_close()
        self._clock.join()
        self._simulation.outbox.stop()
        self._simulation.store.close()

    def _keep_time(self) -> None:
        while not self._stopped.wait(_TICK_SECONDS):
            self._simulation.keep_time()
