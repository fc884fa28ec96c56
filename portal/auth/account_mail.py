"""Mail to who pays about their account: no name, no amount, no visit; a link to the rest.

Each names the statement link that leads to the account, if there is one that opens.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.auth.link_delivery import link_address
from portal.auth.link_tokens import LinkTokens, token_hash
from portal.auth.links import ended, record_step
from portal.auth.models import StatementLink
from portal.connectors.mailer import Mailer
from portal.db import Database, Principal, practice_of
from portal.domain.link_status import WRONG_TRIES_MAX, LinkState
from portal.messages.service import (
    MessageRenderer,
    MessageState,
    MessageTemplate,
    conclude,
    hand_over,
    mail_refusals,
    queue_message,
    queued,
    refused,
)


def queue_mail(
    session: Session,
    template: MessageTemplate,
    *,
    guarantor_id: UUID,
    now: datetime,
    statement_id: UUID | None = None,
) -> UUID | None:
    """The message; None for who has no address, has not agreed, or is on hold."""
    if mail_refusals(session, guarantor_id, template=template):
        return None
    link_id = live_link(session, guarantor_id, statement_id=statement_id)
    return queue_message(
        session,
        template=template,
        guarantor_id=guarantor_id,
        subject_id=link_id or guarantor_id,
        now=now,
    )


def live_link(
    session: Session,
    guarantor_id: UUID,
    *,
    statement_id: UUID | None = None,
    for_patient_id: UUID | None = None,
) -> UUID | None:
    """The newest link of who pays that opens, to this statement or else to any.

    With ``for_patient_id`` the newest that went to this patient's own address.
    """
    links = (
        select(StatementLink.link_id)
        .where(
            StatementLink.practice_id == practice_of(session),
            StatementLink.guarantor_id == guarantor_id,
            StatementLink.for_patient_id.is_not_distinct_from(for_patient_id),
            StatementLink.revoked_at.is_(None),
            StatementLink.wrong_tries < WRONG_TRIES_MAX,
        )
        .order_by(StatementLink.link_id.desc())
        .limit(1)
    )
    if statement_id is not None:
        links = links.where(StatementLink.statement_id == statement_id)
    return session.scalar(links)


def send_account_mail(
    database: Database,
    template: MessageTemplate,
    *,
    practice_id: UUID,
    message_id: UUID,
    tokens: LinkTokens,
    base_url: str,
    mailer: Mailer,
    renderer: MessageRenderer,
    now: datetime,
) -> None:
    """The job of each of these templates. Safe to run twice; raises while the server is away."""
    principal = Principal.job(practice_id, role=f"send_{template.value}")
    with database.transaction(principal) as session:
        outgoing = queued(session, message_id)
        if outgoing is None or refused(session, outgoing, outgoing.refusals, now=now):
            return
        link = _opening_link(session, outgoing.subject_id, tokens=tokens, now=now)
    token = tokens.make(practice_id, link.link_id) if link else ""
    words = renderer.render(
        template,
        language=outgoing.language,
        practice=outgoing.practice,
        link=link_address(base_url, token) if token else "",
    )
    state, detail = hand_over(mailer, outgoing, words, now=now)
    with database.transaction(principal) as session:
        conclude(session, outgoing, state, now=now, detail=detail)
        if link and link.state == LinkState.MADE.value and state is MessageState.SENT:
            record_step(session, link.link_id, LinkState.SENT, now=now)


def _opening_link(
    session: Session, link_id: UUID, *, tokens: LinkTokens, now: datetime
) -> StatementLink | None:
    link = session.scalar(
        select(StatementLink).where(
            StatementLink.practice_id == practice_of(session), StatementLink.link_id == link_id
        )
    )
    if link is None or ended(session, link, now=now) is not None:
        return None
    made_with_this_key = token_hash(tokens.make(link.practice_id, link_id)) == link.token_hash
    return link if made_with_this_key else None
