"""Mail about a case: to the person who opened it and to nobody else; nothing of what it says.

A patient is mailed where they asked to be reached, and never where who pays is (45 CFR
164.522(b)). Where nothing can be mailed an answer becomes a task: somebody calls them.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.auth.account_mail import live_link
from portal.auth.accounts.models import Account, AccountAccess
from portal.auth.link_delivery import link_address
from portal.auth.link_tokens import LinkTokens, token_hash
from portal.auth.links import ended, lock_link, record_step
from portal.auth.links_apart import own_address, reached_apart
from portal.auth.models import StatementLink
from portal.cases.models import Case
from portal.cases.store import case_of, person_of
from portal.connectors.mailer import Mailer
from portal.db import Database, Principal, practice_of
from portal.domain.account_access import AccessState
from portal.domain.case_people import PATIENTS, CasePerson, PersonKind
from portal.domain.link_status import LinkState
from portal.messages.models import Message
from portal.messages.service import (
    CASE_NOT_TOLD_TASK,
    MessageRenderer,
    MessageState,
    MessageTemplate,
    Outgoing,
    Refusal,
    hand_over,
    mail_refusals,
    queue_message,
    queued,
    record_fate,
)
from portal.practice.models import Task
from portal.practice.tasks import open_task


@dataclass(frozen=True, slots=True)
class MailTrouble:
    """Whoever opened a case is not reached by mail; ``came_back_at`` None: nothing went out."""

    came_back_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Mailbox:
    """Where a person's mail goes, and in which language."""

    address: str
    language: str


def tell_person(session: Session, case: Case, template: MessageTemplate, *, now: datetime) -> None:
    """Queue it. Of a case that was opened nobody need be told who cannot be: they saw its number.

    Where they are reached is for jobs to read, so the job asks once more.
    """
    person = person_of(case)
    if _is_reached(session, case, person, template):
        queue_message(
            session,
            template=template,
            guarantor_id=case.guarantor_id,
            subject_id=case.case_id,
            now=now,
        )
    elif template is MessageTemplate.CASE_ANSWERED:
        _ask_staff(session, case.case_id, now=now)


def send_case_mail(
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
        if outgoing is None:
            return
        case = case_of(session, outgoing.subject_id)
        outgoing = _addressed(session, outgoing, case)
        if outgoing.refusals:
            detail = " ".join(sorted(outgoing.refusals))
            _conclude(session, outgoing, MessageState.NOT_SENT, now=now, detail=detail)
            return
        link = _opening_link(session, case, tokens=tokens, now=now)
    token = tokens.make(practice_id, link.link_id) if link else ""
    words = renderer.render(
        template,
        language=outgoing.language,
        practice=outgoing.practice,
        link=link_address(base_url, token) if token else "",
    )
    state, detail = hand_over(mailer, outgoing, words, now=now)
    with database.transaction(principal) as session:
        _conclude(session, outgoing, state, now=now, detail=detail)
        if link and link.state == LinkState.MADE.value and state is MessageState.SENT:
            record_step(session, link.link_id, LinkState.SENT, now=now)


def mail_trouble(session: Session, case: Case, *, zone: ZoneInfo) -> MailTrouble | None:
    """What the last of its mails met with; None where it went well, or somebody has called them."""
    practice_id = practice_of(session)
    newest = session.execute(
        select(Message.state, Message.state_at)
        .where(
            Message.practice_id == practice_id,
            Message.guarantor_id == case.guarantor_id,
            Message.subject_id == case.case_id,
            Message.state != MessageState.QUEUED.value,
        )
        .order_by(Message.state_at.desc(), Message.message_id.desc())
        .limit(1)
    ).one_or_none()
    if newest is not None and newest.state == MessageState.BOUNCED.value:
        return MailTrouble(newest.state_at.astimezone(zone))
    is_asked = select(Task.task_id).where(
        Task.practice_id == practice_id,
        Task.kind == CASE_NOT_TOLD_TASK,
        Task.subject_id == case.case_id,
        Task.done_at.is_(None),
    )
    return MailTrouble(None) if session.scalar(is_asked) else None


def _is_reached(
    session: Session, case: Case, person: CasePerson, template: MessageTemplate
) -> bool:
    """As far as whoever acts may know it."""
    if person.kind is PersonKind.GUARANTOR:
        return not mail_refusals(session, case.guarantor_id, template=template)
    if person.kind in PATIENTS:
        return bool(reached_apart(session, [person.person_id]))
    return True


def _addressed(session: Session, outgoing: Outgoing, case: Case) -> Outgoing:
    """To the person's own address; of who pays the one that it has already."""
    person = person_of(case)
    if person.kind is PersonKind.GUARANTOR:
        return outgoing
    mailbox = (
        _Mailbox(own_address(session, case.guarantor_id, person.person_id), case.language)
        if person.kind in PATIENTS
        else _of_account(session, case, person.person_id)
    )
    # What who pays agreed to says nothing of others; what stands against any mail does.
    refusals = set(outgoing.refusals) & {Refusal.ON_HOLD}
    if not mailbox.address:
        refusals.add(Refusal.NO_EMAIL)
    return replace(
        outgoing,
        to_address=mailbox.address,
        language=mailbox.language,
        refusals=tuple(refusals),
    )


def _of_account(session: Session, case: Case, account_id: UUID) -> _Mailbox:
    """Of an account that still acts for who pays."""
    practice_id = practice_of(session)
    row = session.execute(
        select(Account.email, Account.language)
        .join(
            AccountAccess,
            (AccountAccess.practice_id == practice_id)
            & (AccountAccess.account_id == Account.account_id),
        )
        .where(
            Account.practice_id == practice_id,
            Account.account_id == account_id,
            Account.ended_at.is_(None),
            AccountAccess.guarantor_id == case.guarantor_id,
            AccountAccess.state == AccessState.ACTIVE.value,
        )
    ).one_or_none()
    return _Mailbox(row.email, row.language) if row else _Mailbox("", case.language)


def _opening_link(
    session: Session, case: Case, *, tokens: LinkTokens, now: datetime
) -> StatementLink | None:
    """The newest that leads this person to their page; an account signs in."""
    person = person_of(case)
    if person.kind is PersonKind.PROXY:
        return None
    patient_id = person.person_id if person.kind in PATIENTS else None
    link_id = live_link(session, case.guarantor_id, for_patient_id=patient_id)
    if link_id is None:
        return None
    link = lock_link(session, link_id)
    made_with_this_key = token_hash(tokens.make(link.practice_id, link_id)) == link.token_hash
    opens = made_with_this_key and ended(session, link, now=now) is None
    return link if opens else None


def _conclude(
    session: Session, outgoing: Outgoing, state: MessageState, *, now: datetime, detail: str
) -> None:
    record_fate(session, outgoing.message_id, state, now=now, detail=detail)
    if state is not MessageState.SENT:
        _ask_staff(session, outgoing.subject_id, now=now)


def _ask_staff(session: Session, case_id: UUID, *, now: datetime) -> None:
    open_task(
        session,
        kind=CASE_NOT_TOLD_TASK,
        subject_id=case_id,
        message="Whoever opened a case could not be mailed about it.",
        now=now,
    )
