"""Mail about signing in: queued for an address, said in a few words, sent by one job.

Nothing of a person, a visit or an amount is in it (PRV-02). What a template says is in
templates/messages.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from portal import queue
from portal.auth.accounts.email_codes import code_of
from portal.auth.accounts.models import Account, AccountMail
from portal.auth.accounts.principal import doorkeeper
from portal.auth.accounts.tokens import INVITATION, ResetTokens
from portal.auth.link_tokens import LinkTokens
from portal.connectors.mailer import Mail, Mailer, MailRefusedError, MailUnavailableError
from portal.db import Database, new_id, practice_of
from portal.messages.service import (
    GIVE_UP_AFTER,
    MessageRenderer,
    MessageState,
    Refusal,
    mail_name,
)
from portal.practice.contact import PracticeContact, practice_contact

MOST_AN_HOUR = 5  # of codes and resets: nobody's mailbox is filled by a stranger
_HOUR = timedelta(hours=1)


class AccountMailTemplate(StrEnum):
    """What a mail says; also the name of its template."""

    CODE = "account_code"
    RESET = "account_reset"
    INVITATION = "account_invitation"
    NEW_DEVICE = "account_new_device"
    CHANGED = "account_changed"
    CONTACT_CHANGED = "account_contact_changed"
    ACCESS_CHANGED = "account_access_changed"


@dataclass(frozen=True, slots=True)
class _Outgoing:
    template: AccountMailTemplate
    subject_id: UUID
    to_address: str
    language: str
    made_at: datetime
    practice: PracticeContact
    credentials_version: int


def queue_account_mail(
    session: Session,
    template: AccountMailTemplate,
    *,
    subject_id: UUID,
    to_address: str,
    language: str,
    now: datetime,
) -> None:
    """The mail and its job, in this transaction. No address: the same work, and nothing is sent."""
    practice_id, mail_id = practice_of(session), new_id()
    session.execute(
        insert(AccountMail).values(
            practice_id=practice_id,
            mail_id=mail_id,
            template=template.value,
            subject_id=subject_id,
            to_address=to_address,
            language=language,
            state=MessageState.QUEUED.value,
            made_at=now,
            state_at=now,
        )
    )
    queue.enqueue(
        session.connection(),
        "send_account_notice",
        lock=f"account mail:{subject_id}",
        practice_id=str(practice_id),
        mail_id=str(mail_id),
    )


def may_be_asked_again(
    session: Session, template: AccountMailTemplate, to_address: str, *, now: datetime
) -> bool:
    """Whether another one may go to that address within this hour. For jobs and staff only."""
    count = session.scalar(
        select(func.count()).where(
            AccountMail.practice_id == practice_of(session),
            AccountMail.template == template.value,
            AccountMail.to_address == to_address,
            AccountMail.made_at > now - _HOUR,
        )
    )
    return (count or 0) < MOST_AN_HOUR


def send_account_notice(
    database: Database,
    *,
    practice_id: UUID,
    mail_id: UUID,
    secret_key: str,
    base_url: str,
    mailer: Mailer,
    renderer: MessageRenderer,
    now: datetime,
) -> None:
    """The job. Safe to run twice; raises while the mail server is away."""
    with database.transaction(doorkeeper(practice_id)) as session:
        outgoing = _queued(session, mail_id)
        if outgoing is None:
            return
        if not outgoing.to_address:
            _conclude(session, mail_id, MessageState.NOT_SENT, now=now)
            return
    words = renderer.render(
        outgoing.template,
        language=outgoing.language,
        practice=outgoing.practice,
        link=_link(outgoing, practice_id, secret_key=secret_key, base_url=base_url, now=now),
        code=_code(outgoing, secret_key),
    )
    mail = Mail(
        message_id=mail_name(practice_id, mail_id),
        sender_name=outgoing.practice.sender_name,
        to_address=outgoing.to_address,
        language=outgoing.language,
        subject=words.subject,
        text=words.text,
        html=words.html,
        written_at=now,
    )
    state, detail = MessageState.SENT, ""
    try:
        mailer.send(mail)
    except MailRefusedError as error:
        state, detail = MessageState.BOUNCED, str(error)
    except MailUnavailableError:
        if now - outgoing.made_at < GIVE_UP_AFTER:
            raise
        state, detail = MessageState.NOT_SENT, Refusal.MAIL_SERVER_AWAY.value
    with database.transaction(doorkeeper(practice_id)) as session:
        _conclude(session, mail_id, state, now=now, detail=detail)


def _queued(session: Session, mail_id: UUID) -> _Outgoing | None:
    practice_id = practice_of(session)
    row = session.scalar(
        select(AccountMail).where(
            AccountMail.practice_id == practice_id,
            AccountMail.mail_id == mail_id,
            AccountMail.state == MessageState.QUEUED.value,
        )
    )
    if row is None:
        return None
    version = session.scalar(
        select(Account.credentials_version).where(
            Account.practice_id == practice_id, Account.account_id == row.subject_id
        )
    )
    return _Outgoing(
        template=AccountMailTemplate(row.template),
        subject_id=row.subject_id,
        to_address=row.to_address,
        language=row.language,
        made_at=row.made_at,
        practice=practice_contact(session),
        credentials_version=version or 0,
    )


def _link(
    outgoing: _Outgoing, practice_id: UUID, *, secret_key: str, base_url: str, now: datetime
) -> str:
    match outgoing.template:
        case AccountMailTemplate.RESET:
            tokens = ResetTokens(secret_key)
            token = tokens.make(
                practice_id,
                outgoing.subject_id,
                version=outgoing.credentials_version,
                now=now,
            )
            return f"{base_url}/reset/{token}"
        case AccountMailTemplate.INVITATION:
            token = LinkTokens(secret_key, purpose=INVITATION).make(
                practice_id, outgoing.subject_id
            )
            return f"{base_url}/invited/{token}"
        case _:
            return ""


def _code(outgoing: _Outgoing, secret_key: str) -> str:
    if outgoing.template is not AccountMailTemplate.CODE:
        return ""
    return code_of(secret_key, outgoing.subject_id)


def _conclude(
    session: Session, mail_id: UUID, state: MessageState, *, now: datetime, detail: str = ""
) -> None:
    session.execute(
        update(AccountMail)
        .where(AccountMail.practice_id == practice_of(session), AccountMail.mail_id == mail_id)
        .values(state=state.value, state_at=now, detail=detail)
    )
