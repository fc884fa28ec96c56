"""A proxy that leads Stripe's host names to the simulator, and everything else nowhere."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

NAMES: Final = ("api.stripe.com", "checkout.stripe.com")
_BYTES: Final = 65_536


@contextmanager
def way_to_stripe(tls_port: int) -> Iterator[str]:
    """The proxy's address, for HTTPS_PROXY, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            if self.path not in {f"{name}:443" for name in NAMES}:
                self.send_error(HTTPStatus.FORBIDDEN)
                return
            with socket.create_connection(("127.0.0.1", tls_port)) as stripe:
                self.send_response_only(HTTPStatus.OK)
                self.end_headers()
                back = threading.Thread(target=_pass_on, args=(stripe, self.connection))
                back.start()
                _pass_on(self.connection, stripe)
                back.join()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    """Until one side has said all it will."""
    try:
        while said := source.recv(_BYTES):
            target.sendall(said)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # the other side went first
