"""Mail about ways to pay and charges to come: every one, in both languages, about nobody."""

from uuid import UUID

import pytest
from sqlalchemy import select, update

from portal.app import create_app
from portal.auth.account_mail import queue_mail, send_account_mail
from portal.auth.link_tokens import LinkTokens
from portal.auth.links import make_link, revoke_link
from portal.auth.models import StatementLink
from portal.db import Database, Principal
from portal.domain.link_status import LinkState
from portal.jobs.registry import jobs_of
from portal.messages.models import Message
from portal.messages.rendering import TemplateRenderer
from portal.messages.service import MessageTemplate
from portal.practice.models import Guarantor
from tests.auth.billed import NOW, Billed
from tests.auth.running import BASE_URL, settings_for_tests
from tests.messages.mail_server import MailServer
from tests.messages.test_sending import CANARIES

ABOUT_AN_ACCOUNT = [
    template
    for template in MessageTemplate
    if template.value.startswith(("method_", "charge_", "autopay_"))
]


def job(billed: Billed) -> Principal:
    return Principal.job(billed.practice_id, role="test")


def link_to(database: Database, tokens: LinkTokens, billed: Billed) -> UUID:
    with database.transaction(job(billed)) as session:
        return make_link(
            session,
            tokens=tokens,
            guarantor_id=billed.guarantor_id,
            statement_id=billed.statement_id,
            patient_ids=(),
            now=NOW,
        )


def send(
    database: Database,
    tokens: LinkTokens,
    server: MailServer,
    billed: Billed,
    template: MessageTemplate,
) -> str:
    """Queue it and do its job twice; what the server got."""
    with database.transaction(job(billed)) as session:
        assert queue_mail(session, template, guarantor_id=billed.guarantor_id, now=NOW)
        message_id = session.scalars(
            select(Message.message_id).where(Message.template == template.value)
        ).one()
    for _ in range(2):
        send_account_mail(
            database,
            template,
            practice_id=billed.practice_id,
            message_id=message_id,
            tokens=tokens,
            base_url=BASE_URL,
            mailer=server.mailer,
            renderer=TemplateRenderer(),
            now=NOW,
        )
    (mail,) = server.taken
    parts = [str(mail["Subject"])]
    parts += [part.get_content() for part in mail.walk() if not part.is_multipart()]
    return "\n".join(parts)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("template", ABOUT_AN_ACCOUNT)
@pytest.mark.usefixtures("app")
def test_each_says_nothing_of_a_person_or_an_amount_and_leads_to_the_account(
    database: Database,
    tokens: LinkTokens,
    server: MailServer,
    ana: Billed,
    *,
    template: MessageTemplate,
    language: str,
) -> None:
    with database.transaction(job(ana)) as session:
        session.execute(update(Guarantor).values(language=language))
    link_id = link_to(database, tokens, ana)
    text = send(database, tokens, server, ana, template)
    token = tokens.make(ana.practice_id, link_id)
    assert f"{BASE_URL}/s/{token}" in text
    without_link = text.replace(token, "")
    assert not [word for word in CANARIES if word in without_link]
    assert "$" not in text
    with database.transaction(job(ana)) as session:
        link = session.scalars(select(StatementLink).where(StatementLink.link_id == link_id)).one()
    assert link.state == LinkState.SENT.value


@pytest.mark.usefixtures("app")
def test_without_a_link_that_opens_it_names_none(
    database: Database, tokens: LinkTokens, server: MailServer, ana: Billed
) -> None:
    link_id = link_to(database, tokens, ana)
    revoke_link(database, job(ana), link_id, now=NOW, request_id="test")
    text = send(database, tokens, server, ana, MessageTemplate.CHARGE_NOTICE)
    assert "/s/" not in text
    assert "use the link in our earlier message" in text


def test_whoever_did_not_agree_to_mail_gets_none(database: Database, ana: Billed) -> None:
    with database.transaction(job(ana)) as session:
        session.execute(update(Guarantor).values(email_agreed_at=None))
        template, guarantor_id = MessageTemplate.CHARGE_NOTICE, ana.guarantor_id
        assert not queue_mail(session, template, guarantor_id=guarantor_id, now=NOW)
        assert session.scalars(select(Message)).all() == []


def test_each_template_has_its_job(database: Database) -> None:
    jobs = jobs_of(create_app(settings_for_tests(), database))
    assert {f"send_{template.value}" for template in MessageTemplate} <= jobs.keys()
