"""A receiver of webhooks on a real port: keeps what arrives, answers as it is told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

_WAIT_SECONDS: Final = 20


@dataclass(frozen=True, slots=True)
class Received:
    headers: dict[str, str]
    body: bytes


@dataclass
class WebhookReceiver:
    """`answers` are the statuses of the next deliveries; after them it is 200."""

    url: str
    received: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    arrival: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int) -> None:
        """Until that many have come. Fails when it takes too long."""
        with self.arrival:
            assert self.arrival.wait_for(lambda: len(self.received) >= count, _WAIT_SECONDS)


@contextmanager
def receiving_webhooks() -> Iterator[WebhookReceiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with receiver.arrival:
                receiver.received.append(Received(dict(self.headers.items()), body))
                status = receiver.answers.pop(0) if receiver.answers else 200
                receiver.arrival.notify_all()
            self.send_response_only(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's
            """What was received is the log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver = WebhookReceiver(f"http://127.0.0.1:{server.server_port}/webhooks/stripe/made-up")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
