"""What the front desk does: finds, looks, sends, sends anew, revokes; each leaves an audit row."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.audit.record import record
from portal.auth.link_delivery import CannotSendError, link_address, queue_statement_link
from portal.auth.link_tokens import LinkTokens
from portal.auth.links import UnknownLinkError
from portal.auth.links_apart import queue_links_apart
from portal.auth.models import StatementLink
from portal.db import Database, Principal, practice_of
from portal.desk.queries import PersonPage, Sendable, SendPanel, read_person, send_panel
from portal.desk.search import SearchPage, find_people
from portal.desk.search_terms import read_term
from portal.messages.service import MessageRenderer, MessageTemplate, Refusal
from portal.payments.receipts.lists import has_receipts
from portal.practice.contact import practice_contact
from portal.statements.queries import statement_due, statement_patient_ids

_HIDDEN = "…"  # stands for the token where staff read the message


class UnknownPersonError(LookupError):
    """No such guarantor in this practice."""


class UnknownStatementError(LookupError):
    """No such statement in this practice, or one that was taken back."""


@dataclass(frozen=True, slots=True)
class Sending:
    """Whose link was asked for, and why it did not go out (nothing when it did)."""

    guarantor_id: UUID
    refusals: tuple[Refusal, ...]


def search_people(
    database: Database, principal: Principal, typed: str, *, now: datetime, request_id: str
) -> SearchPage:
    """Find people. The audit log learns that somebody searched, not for what."""
    with database.transaction(principal) as session:
        today = now.astimezone(ZoneInfo(practice_contact(session).time_zone)).date()
        found = find_people(session, typed, read_term(typed, today=today))
        record(
            session,
            action="search",
            object_kind="guarantor",
            object_id=None,
            guarantor_id=None,
            now=now,
            request_id=request_id,
        )
        return found


def view_person(
    database: Database,
    principal: Principal,
    guarantor_id: UUID,
    *,
    renderer: MessageRenderer,
    base_url: str,
    now: datetime,
    request_id: str,
) -> PersonPage:
    """Everything of one person, with a row in the audit log. Raises UnknownPersonError."""
    with database.transaction(principal) as session:
        found = read_person(session, guarantor_id, now=now)
        if found is None:
            raise UnknownPersonError(guarantor_id)
        page, sendable = found
        record(
            session,
            action="view",
            object_kind="guarantor",
            object_id=guarantor_id,
            guarantor_id=guarantor_id,
            now=now,
            request_id=request_id,
        )
    if sendable is None:
        return page
    return replace(page, send=_panel(sendable, renderer, base_url, address=page.email))


def send_link(
    database: Database,
    principal: Principal,
    statement_id: UUID,
    *,
    tokens: LinkTokens,
    now: datetime,
    request_id: str,
) -> Sending:
    """Make a new link to a statement and queue its e-mail, unless something stands against it.

    Patients who are reached apart get one of their own. Earlier links to it stop opening. Raises
    UnknownStatementError.
    """
    with database.transaction(principal) as session:
        due = statement_due(session, statement_id)
        if due is None or due.voided:
            raise UnknownStatementError(statement_id)
        patient_ids = statement_patient_ids(session, statement_id)
        asked_cents = due.due_now_cents + due.on_plans_cents
        is_of_use = asked_cents > 0 or has_receipts(session, statement_id)
    if not is_of_use:
        return Sending(due.guarantor_id, (Refusal.NOTHING_DUE,))
    queue_links_apart(
        database,
        principal,
        tokens=tokens,
        guarantor_id=due.guarantor_id,
        statement_id=statement_id,
        patient_ids=patient_ids,
        now=now,
        request_id=request_id,
    )
    try:
        queue_statement_link(
            database,
            principal,
            tokens=tokens,
            guarantor_id=due.guarantor_id,
            statement_id=statement_id,
            patient_ids=patient_ids,
            now=now,
            request_id=request_id,
        )
    except CannotSendError as error:
        return Sending(due.guarantor_id, error.refusals)
    return Sending(due.guarantor_id, ())


def statement_of_link(database: Database, principal: Principal, link_id: UUID) -> UUID:
    """What a link leads to. Raises UnknownLinkError."""
    with database.transaction(principal) as session:
        statement_id = session.scalar(
            select(StatementLink.statement_id).where(
                StatementLink.practice_id == practice_of(session), StatementLink.link_id == link_id
            )
        )
    if statement_id is None:
        raise UnknownLinkError(link_id)
    return statement_id


def _panel(
    sendable: Sendable, renderer: MessageRenderer, base_url: str, *, address: str
) -> SendPanel:
    words = renderer.render(
        MessageTemplate.STATEMENT_LINK,
        language=sendable.language,
        practice=sendable.practice,
        link=link_address(base_url, _HIDDEN),
    )
    return send_panel(sendable, words, address=address)
