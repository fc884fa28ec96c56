"""Sending a statement link by e-mail: asked for by the desk, done by a job that checks again.

Later a mail server may report what became of it; until then only an answer shows that it arrived.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.link_tokens import LinkTokens, token_hash
from portal.auth.links import (
    REPORTED,
    ended,
    has_birth_date,
    lock_link,
    make_link,
    record_step,
)
from portal.auth.links_apart import all_reached_apart, own_address, reached_apart, refusals_apart
from portal.auth.models import StatementLink
from portal.connectors.delivery_reports import DeliveryReport
from portal.connectors.mailer import Mailer
from portal.db import Database, Principal
from portal.domain.link_status import NOT_ANSWERED, LinkState
from portal.ledger.queries import has_paid, on_its_way_cents, receivable_cents
from portal.messages.delivery import note_report, read_mail_names, status_of
from portal.messages.service import (
    MessageRenderer,
    MessageState,
    MessageTemplate,
    Outgoing,
    Refusal,
    conclude,
    hand_over,
    mail_refusals,
    queue_message,
    queued,
    refused,
)

_STEPS = {MessageState.SENT: LinkState.SENT, MessageState.BOUNCED: LinkState.BOUNCED}


class CannotSendError(RuntimeError):
    """The link may not, or cannot, go out; ``refusals`` say why."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__(" ".join(refusals))
        self.refusals = tuple(refusals)


def link_address(base_url: str, token: str) -> str:
    """The page that a token opens: on the configured base, never on a request's host."""
    return f"{base_url}/s/{token}"


def link_refusals(
    session: Session, guarantor_id: UUID, patient_ids: Sequence[UUID]
) -> tuple[Refusal, ...]:
    """Everything that stands against sending the payer a link now.

    Who owes nothing may ask for one to the receipts of what they paid. A statement of nobody but
    patients who are reached apart goes to them alone.
    """
    found = list(mail_refusals(session, guarantor_id))
    if all_reached_apart(session, patient_ids):
        found.append(Refusal.REACHED_APART)
    if not has_birth_date(session, guarantor_id, patient_ids):
        found.append(Refusal.NO_BIRTH_DATE)
    due_cents = receivable_cents(session, guarantor_id) - on_its_way_cents(session, guarantor_id)
    if due_cents <= 0 and not has_paid(session, guarantor_id):
        found.append(Refusal.NOTHING_DUE)
    return tuple(found)


def queue_statement_link(
    database: Database,
    principal: Principal,
    *,
    tokens: LinkTokens,
    guarantor_id: UUID,
    statement_id: UUID,
    patient_ids: Sequence[UUID],
    now: datetime,
    request_id: str,
) -> UUID:
    """Make a link and queue its e-mail, in one transaction; returns the link's id.

    Raises CannotSendError.
    """
    with database.transaction(principal) as session:
        refusals = link_refusals(session, guarantor_id, patient_ids)
        if refusals:
            raise CannotSendError(refusals)
        link_id = make_link(
            session,
            tokens=tokens,
            guarantor_id=guarantor_id,
            statement_id=statement_id,
            patient_ids=patient_ids,
            now=now,
        )
        queue_message(
            session,
            template=MessageTemplate.STATEMENT_LINK,
            guarantor_id=guarantor_id,
            subject_id=link_id,
            now=now,
        )
        record(
            session,
            action="send",
            object_kind="statement_link",
            object_id=link_id,
            guarantor_id=guarantor_id,
            now=now,
            request_id=request_id,
        )
    return link_id


def send_statement_link(
    database: Database,
    *,
    practice_id: UUID,
    message_id: UUID,
    tokens: LinkTokens,
    base_url: str,
    mailer: Mailer,
    renderer: MessageRenderer,
    now: datetime,
) -> None:
    """The job ``send_statement_link``. Safe to run twice; raises while the mail server is away.

    Consent, address, balance, holds and the link itself are looked at again: hours may have passed.
    """
    principal = Principal.job(practice_id, role="send_statement_link")
    with database.transaction(principal) as session:
        outgoing = queued(session, message_id)
        if outgoing is None:
            return
        link = lock_link(session, outgoing.subject_id)
        token = tokens.make(practice_id, link.link_id)
        outgoing, refusals = _addressed(session, outgoing, link)
        made_with_this_key = token_hash(token) == link.token_hash
        if ended(session, link, now=now) or not made_with_this_key:
            refusals.add(Refusal.LINK_ENDED)
        if refused(session, outgoing, refusals, now=now):
            return
    words = renderer.render(
        MessageTemplate.STATEMENT_LINK,
        language=outgoing.language,
        practice=outgoing.practice,
        link=link_address(base_url, token),
    )
    state, detail = hand_over(mailer, outgoing, words, now=now)
    with database.transaction(principal) as session:
        conclude(session, outgoing, state, now=now, detail=detail)
        step = _STEPS.get(state)
        if step is not None:
            record_step(session, outgoing.subject_id, step, now=now, detail=detail)


def _addressed(
    session: Session, outgoing: Outgoing, link: StatementLink
) -> tuple[Outgoing, set[Refusal]]:
    """Where a link goes, and what stands against it: the payer's address, or a patient's own."""
    if link.for_patient_id is None:
        return outgoing, set(link_refusals(session, link.guarantor_id, link.patient_ids))
    address = own_address(session, link.guarantor_id, link.for_patient_id)
    refusals = set(refusals_apart(session, link.guarantor_id, link.for_patient_id))
    if link.for_patient_id not in reached_apart(session, [link.for_patient_id]):
        refusals.add(Refusal.LINK_ENDED)  # they are reached as before
    return replace(outgoing, to_address=address), refusals


def take_report(database: Database, report: DeliveryReport, *, now: datetime) -> MessageState:
    """Record what a mail server says became of a message; returns where the message is now.

    The same report again changes nothing, and none moves a link that somebody has answered. Raises
    UnknownMessageError.
    """
    practice_id, message_id = read_mail_names(report.names)
    with database.transaction(Principal.job(practice_id, role="mail report")) as session:
        reported = note_report(session, message_id, report, now=now)
        if reported.has_moved and reported.template is MessageTemplate.STATEMENT_LINK:
            link = lock_link(session, reported.subject_id)
            is_bounce = reported.state is MessageState.BOUNCED
            if LinkState(link.state) in NOT_ANSWERED:
                record_step(
                    session,
                    link.link_id,
                    LinkState.BOUNCED if is_bounce else LinkState.DELIVERED,
                    now=now,
                    detail=status_of(report) if is_bounce else REPORTED,
                )
        return reported.state
