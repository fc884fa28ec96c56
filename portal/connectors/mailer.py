"""E-mail: what the portal asks of a mail server, and the SMTP server that fulfils it."""

import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Protocol
from urllib.parse import unquote, urlsplit

_TIMEOUT_SECONDS = 20
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_TRY_LATER_MIN, _REFUSED_MIN = 400, 500


class MailerError(RuntimeError):
    """Base of what may go wrong; messages hold no address and no text."""


class MailRefusedError(MailerError):
    """The server will never take this mail: a wrong address, a closed mailbox."""


class MailUnavailableError(MailerError):
    """No server, or one that says "later": the same mail may be taken another time."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to one address. ``message_id`` is ours: a repeat carries the same.

    It holds letters, digits and dots: so it can stand in headers and envelopes as it is.
    """

    message_id: str
    sender_name: str
    to_address: str
    language: str
    subject: str
    text: str
    html: str
    written_at: datetime


class Mailer(Protocol):
    """Whoever carries mail."""

    def send(self, mail: Mail) -> None:
        """Hand a mail over. Raises MailRefusedError or MailUnavailableError."""
        ...


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """A mail server by SMTP. But for one on this machine, it is talked to over TLS only.

    ``from_address`` is the sender in the message and on its envelope: reports come back to it.
    """

    host: str
    port: int
    from_address: str
    user: str = ""
    password: str = ""
    tls_from_start: bool = False

    @classmethod
    def from_url(cls, url: str, *, from_address: str) -> "SmtpMailer":
        """smtp://user:password@host:587 (STARTTLS) or smtps://host (TLS from the start).

        Raises ValueError.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("SMTP_URL must look like smtp://user:password@host:587")
        tls_from_start = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=parts.port or (smtplib.SMTP_SSL_PORT if tls_from_start else smtplib.SMTP_PORT),
            from_address=from_address,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            tls_from_start=tls_from_start,
        )

    def send(self, mail: Mail) -> None:
        """Connect, send, leave: mail is rare enough, and an idle connection is one more thing.

        Only what the server says of this mail or its address is a refusal; a wrong password of
        ours, or a sender it does not know, is not the recipient's doing.
        """
        message = self._written(mail)
        try:
            with self._connection() as server:
                self._introduce(server)
                server.ehlo_or_helo_if_needed()
                reports = server.has_extn("dsn")  # RFC 3461
                server.send_message(
                    message,
                    self.from_address,
                    [mail.to_address],
                    mail_options=["RET=HDRS", f"ENVID={mail.message_id}"] if reports else [],
                    rcpt_options=["NOTIFY=SUCCESS,FAILURE,DELAY"] if reports else [],
                )
        except smtplib.SMTPRecipientsRefused as error:
            code, _ = next(iter(error.recipients.values()))
            raise _failure(code) from None
        except smtplib.SMTPDataError as error:
            raise _failure(error.smtp_code) from None
        except smtplib.SMTPNotSupportedError:
            raise MailRefusedError("the server does not take such an address") from None
        except (smtplib.SMTPException, OSError) as error:
            raise MailUnavailableError(type(error).__name__) from None

    def _connection(self) -> smtplib.SMTP:
        if self.tls_from_start:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, self.port, timeout=_TIMEOUT_SECONDS, context=context)
        return smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT_SECONDS)

    def _introduce(self, server: smtplib.SMTP) -> None:
        try:
            if not self.tls_from_start and self.host not in _LOOPBACK:
                server.starttls(context=ssl.create_default_context())
            if self.user:
                server.login(self.user, self.password)
        except smtplib.SMTPNotSupportedError:
            raise MailUnavailableError("the server offers no TLS, or no sign-in") from None

    def _written(self, mail: Mail) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        try:
            sender = Address(mail.sender_name, addr_spec=self.from_address)
            message["From"] = sender
            message["To"] = Address(addr_spec=mail.to_address)
            message["Subject"] = mail.subject
        except (ValueError, IndexError) as error:
            raise MailRefusedError(f"not an address: {type(error).__name__}") from None
        message["Date"] = format_datetime(mail.written_at)
        message["Message-ID"] = f"<{mail.message_id}@{sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        message["Content-Language"] = mail.language  # after the parts, or it goes into the first
        return message


def _failure(code: int) -> MailerError:
    if _TRY_LATER_MIN <= code < _REFUSED_MIN:
        return MailUnavailableError(f"SMTP {code}")
    return MailRefusedError(f"SMTP {code}")
