"""The product itself, composed as ever: its webhook route on the loopback address, and its jobs."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import structlog
from flask import Flask, got_request_exception
from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from portal.app import create_app
from portal.config import Settings
from portal.connectors.mailer import Mailer, MailUnavailableError
from portal.connectors.payment_gateway import GatewayError, PaymentGateway
from portal.connectors.saved_methods import SavedMethods
from portal.connectors.stripe_connection import StripeConnection
from portal.db import Database, Principal, practice_of
from portal.demo.simulation.people import LINK_SECRET
from portal.demo.simulation.stripe import SECRET_KEY, WEBHOOK_SECRET
from portal.jobs.registry import PRACTICE_JOBS, jobs_of
from portal.messages.models import Message
from portal.messages.service import MessageState
from portal.payments.moves import BooksBusyError
from portal.web.context import portal

_LATER: Final = (GatewayError, BooksBusyError, MailUnavailableError)
_NOT_ABOUT_MONEY: Final = frozenset(
    {"drop_undecided_uploads", "end_denial_reviews", "seal_audit", "verify_audit"}
)


@dataclass(frozen=True, slots=True)
class PortalUnderTest:
    """`surprises` are the errors that nobody foresees: a Stripe out of reach is none."""

    app: Flask
    database: Database
    address: str
    surprises: list[BaseException] = field(default_factory=list)

    @property
    def gateway(self) -> PaymentGateway:
        with self.app.app_context():
            return portal().service(PaymentGateway)

    @property
    def saved_methods(self) -> SavedMethods:
        with self.app.app_context():
            return portal().service(SavedMethods)

    def run_jobs(self, practice_id: UUID, *, nightly: bool) -> None:
        """What runs by itself for a practice: each minute, or also once a night; then its mail."""
        for name, job in PRACTICE_JOBS.items():
            if name in _NOT_ABOUT_MONEY or not (nightly or job.next_turn_is_the_retry):
                continue
            with self.app.app_context(), self._surprises_kept():
                job.run(portal(), practice_id)
        self._send_mail(practice_id)

    def _send_mail(self, practice_id: UUID) -> None:
        """Each queued message by the job that it was queued with."""
        jobs = jobs_of(self.app)
        with self.database.transaction(Principal.job(practice_id, role="mail")) as session:
            queued = session.execute(
                select(Message.template, Message.message_id).where(
                    Message.practice_id == practice_of(session),
                    Message.state == MessageState.QUEUED.value,
                )
            ).all()
        for template, message_id in queued:
            with self._surprises_kept():
                jobs[f"send_{template}"].run(
                    practice_id=str(practice_id), message_id=str(message_id)
                )

    @contextmanager
    def _surprises_kept(self) -> Iterator[None]:
        """A job's next turn is the retry; what nobody foresees is told in the end."""
        try:
            yield
        except _LATER:
            pass
        except Exception as error:  # noqa: BLE001 - it is kept
            self.surprises.append(error)


class _QuietHandler(WSGIRequestHandler):
    """The simulator's deliveries say what was answered."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


@contextmanager
def portal_under_test(
    database: Database,
    stripe: StripeConnection,
    *,
    home: Path,
    clock: Callable[[], datetime],
    mailer: Mailer | None = None,
) -> Iterator[PortalUnderTest]:
    """Serve until the block ends."""
    settings = Settings.from_environ(
        {
            "PORTAL_ENV": "test",
            "PORTAL_HOME": str(home),
            "SECRET_KEY": LINK_SECRET,
            "STRIPE_SECRET_KEY": SECRET_KEY,
            "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        }
    )
    app = create_app(settings, database, clock=clock, stripe=stripe, mailer=mailer)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_QuietHandler)
    running = PortalUnderTest(app, database, f"http://127.0.0.1:{server.server_port}")

    def note(_sender: Flask, exception: BaseException, **_more: Any) -> None:
        if not isinstance(exception, _LATER):
            running.surprises.append(exception)

    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        with _quiet(), got_request_exception.connected_to(note, app):
            yield running
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def _quiet() -> Iterator[None]:
    """No log lines: trouble is an everyday thing here, and what nobody foresaw is kept."""
    usual = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        structlog.configure(**usual)
