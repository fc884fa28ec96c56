"""The SMTP client against a real server: what arrives, and what each refusal means."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from portal.connectors.mailer import (
    Mail,
    MailRefusedError,
    MailUnavailableError,
    SmtpMailer,
)
from tests.messages.mail_server import MailServer, free_port

MAIL = Mail(
    message_id="0197",
    sender_name="Riverbend Fámily",
    to_address="ana.reyes@example.com",
    language="es",
    subject="Tiene un estado de cuenta",
    text="Ábralo aquí\n",
    html="<p>Ábralo aquí</p>",
    written_at=datetime(2026, 3, 9, 17, 0, tzinfo=UTC),
)


def changed(**values: str) -> Mail:
    return replace(MAIL, **values)  # type: ignore[arg-type]  # all of them are text


def test_a_mail_arrives_as_it_was_written(server: MailServer) -> None:
    server.mailer.send(MAIL)
    (message,) = server.taken
    assert str(message["From"]) == "Riverbend Fámily <billing@portal.example>"
    assert str(message["To"]) == "ana.reyes@example.com"
    assert str(message["Subject"]) == "Tiene un estado de cuenta"
    assert str(message["Message-ID"]) == "<0197@portal.example>"
    assert str(message["Content-Language"]) == "es"
    assert str(message["Auto-Submitted"]) == "auto-generated"
    assert message.get_body(("plain",)).get_content() == "Ábralo aquí\r\n"  # type: ignore[union-attr]  # each mail has both
    assert "Ábralo" in message.get_body(("html",)).get_content()  # type: ignore[union-attr]  # each mail has both
    assert server.envelopes == [("billing@portal.example", ["ana.reyes@example.com"])]


def test_a_server_that_offers_reports_is_asked_for_them_without_the_text(
    server: MailServer,
) -> None:
    server.offers_reports = True
    server.mailer.send(MAIL)
    assert sorted(server.asked) == ["ENVID=0197", "NOTIFY=SUCCESS,FAILURE,DELAY", "RET=HDRS"]
    assert server.envelopes == [("billing@portal.example", ["ana.reyes@example.com"])]


def test_a_server_that_offers_no_reports_is_not_asked(server: MailServer) -> None:
    """It would refuse the mail for a word it does not know."""
    server.mailer.send(MAIL)
    assert len(server.taken) == 1


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        ("550 no such mailbox", MailRefusedError),
        ("552 mailbox full for ever", MailRefusedError),
        ("450 mailbox busy", MailUnavailableError),
        ("451 try later", MailUnavailableError),
    ],
)
@pytest.mark.parametrize("stage", ["recipient", "text"])
def test_a_refusal_for_good_differs_from_one_for_now(
    server: MailServer, answer: str, failure: type[Exception], stage: str
) -> None:
    setattr(server, f"answer_to_{stage}", answer)
    with pytest.raises(failure) as caught:
        server.mailer.send(MAIL)
    assert "ana.reyes" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_no_server_is_worth_another_try() -> None:
    nobody = SmtpMailer("127.0.0.1", free_port(), "billing@portal.example")
    with pytest.raises(MailUnavailableError):
        nobody.send(MAIL)


def test_a_password_the_server_does_not_ask_for_is_not_the_recipients_fault(
    server: MailServer,
) -> None:
    stranger = SmtpMailer("127.0.0.1", server.port, "billing@portal.example", "user", "secret")
    with pytest.raises(MailUnavailableError):
        stranger.send(MAIL)


@pytest.mark.parametrize(
    "mail",
    [
        changed(to_address="not an address"),
        changed(to_address=""),
        changed(to_address="a@b.example\r\nBcc: c@d.example"),
        changed(subject="Hello\r\nBcc: c@d.example"),
        changed(to_address="ána@example.com"),
    ],
    ids=["no address", "nothing", "two headers", "a header in the subject", "not ASCII"],
)
def test_what_cannot_be_a_header_is_refused_and_sends_nothing(
    server: MailServer, mail: Mail
) -> None:
    with pytest.raises(MailRefusedError):
        server.mailer.send(mail)
    assert server.taken == []


@pytest.mark.parametrize(
    ("url", "port", "tls"),
    [
        ("smtp://mail.example", 25, False),
        ("smtp://u%40x:p%2Fq@mail.example:587", 587, False),
        ("smtps://mail.example", 465, True),
    ],
)
def test_an_address_of_a_server_is_read(*, url: str, port: int, tls: bool) -> None:
    mailer = SmtpMailer.from_url(url, from_address="a@b.example")
    assert (mailer.port, mailer.tls_from_start) == (port, tls)


def test_user_and_password_are_decoded() -> None:
    mailer = SmtpMailer.from_url("smtp://u%40x:p%2Fq@mail.example", from_address="a@b.example")
    assert (mailer.user, mailer.password) == ("u@x", "p/q")


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://"])
def test_what_is_no_server_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP_URL"):
        SmtpMailer.from_url(url, from_address="a@b.example")


def test_a_server_elsewhere_must_speak_tls(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.connectors.mailer._LOOPBACK", ())  # as if it stood elsewhere
    with pytest.raises(MailUnavailableError):
        server.mailer.send(MAIL)
    assert server.taken == []
