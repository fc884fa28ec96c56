"""A real mail server on this machine: takes mail, or refuses it as it is told."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from portal.connectors.mailer import SmtpMailer


class MailServer:
    """What it took, and what it answers. aiosmtpd calls the handle_ methods."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.taken: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.offers_reports = False  # DSN, RFC 3461
        self.asked: list[str] = []  # of what became of a mail
        self.answer_to_recipient = ""
        self.answer_to_text = ""

    @property
    def mailer(self) -> SmtpMailer:
        url = f"smtp://127.0.0.1:{self.port}"
        return SmtpMailer.from_url(url, from_address="billing@portal.example")

    async def handle_EHLO(  # noqa: N802 — aiosmtpd's name, and it counts
        self, server: Any, session: Any, envelope: Any, hostname: str, answers: list[str]
    ) -> list[str]:
        del server, envelope
        session.host_name = hostname
        return [*answers[:-1], *(["250-DSN"] if self.offers_reports else []), answers[-1]]

    async def handle_RCPT(self, *given: Any) -> str:  # noqa: N802 — aiosmtpd's name
        _, _, envelope, address, _ = given
        if self.answer_to_recipient:
            return self.answer_to_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, *given: Any) -> str:  # noqa: N802 — aiosmtpd's name
        envelope = given[2]
        if self.answer_to_text:
            return self.answer_to_text
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        return "250 OK"


class _Smtp(SMTP):
    """Takes what is asked of reports, which aiosmtpd does not know."""

    async def smtp_MAIL(self, arg: str) -> None:  # noqa: N802 — aiosmtpd's name
        await super().smtp_MAIL(self._noted(arg))

    async def smtp_RCPT(self, arg: str) -> None:  # noqa: N802 — aiosmtpd's name
        await super().smtp_RCPT(self._noted(arg))

    def _noted(self, arg: str) -> str:
        server = self.event_handler
        if not server.offers_reports:
            return arg
        asked = re.findall(r" ((?:ENVID|RET|NOTIFY)=\S+)", arg)
        server.asked += asked
        return re.sub(r" (?:ENVID|RET|NOTIFY)=\S+", "", arg)


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Smtp(self.handler)


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Run one on a free port."""
    server = MailServer(free_port())
    controller = _Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    yield server
    controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
