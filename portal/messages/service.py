"""Messages to guarantors: queued with what they follow from, sent by a job, their fate recorded.

A message says nothing about a person, a visit or an amount; its text is never kept.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from portal import queue
from portal.connectors.mailer import Mail, Mailer, MailRefusedError, MailUnavailableError
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.account_holds import AccountHoldKind
from portal.messages.models import Message
from portal.practice.claims import has_account_hold
from portal.practice.contact import PracticeContact, practice_contact
from portal.practice.models import Guarantor
from portal.practice.tasks import open_task

GIVE_UP_AFTER = timedelta(hours=1)  # of a mail server that cannot be reached


class MessageTemplate(StrEnum):
    """What a message says; also the name of its template, and ``send_<template>`` its job."""

    STATEMENT_LINK = "statement_link"
    PAYMENT_RECEIPT = "payment_receipt"
    PAYMENT_ON_ITS_WAY = "payment_on_its_way"
    PAYMENT_SENT_BACK = "payment_sent_back"
    PAYMENT_VOIDED = "payment_voided"
    REFUND_STOPPED = "refund_stopped"
    METHOD_SAVED = "method_saved"
    METHOD_EXPIRING = "method_expiring"
    CHARGE_AGREED = "charge_agreed"
    CHARGE_NOTICE = "charge_notice"
    CHARGE_DECLINED = "charge_declined"
    CHARGE_NEEDS_YOU = "charge_needs_you"
    CHARGE_NOT_NEEDED = "charge_not_needed"
    CHARGE_STOPPED = "charge_stopped"
    AUTOPAY_ON = "autopay_on"
    AUTOPAY_OFF = "autopay_off"
    PLAN_OFFERED = "plan_offered"
    PLAN_AGREED = "plan_agreed"
    PLAN_CHANGED = "plan_changed"
    PLAN_DONE = "plan_done"
    PLAN_DUE_SOON = "plan_due_soon"
    PLAN_PAST_DUE = "plan_past_due"
    PLAN_ENDING = "plan_ending"
    PLAN_ENDED = "plan_ended"
    FINAL_NOTICE = "final_notice"
    CASE_OPENED = "case_opened"
    CASE_ANSWERED = "case_answered"


ABOUT_CASES: Final = (MessageTemplate.CASE_OPENED, MessageTemplate.CASE_ANSWERED)
"""They ask for nothing, and answer what the person asked us, at that person's own address."""

CASE_NOT_TOLD_TASK: Final = "case_not_told"
"""About a case: its person was not reached by mail about it. It says nothing of who pays."""

_THEIR_OWN_WISH: Final = frozenset({AccountHoldKind.ASSISTANCE_PENDING, AccountHoldKind.DISPUTED})
"""Holds that somebody asked for by a case: they keep back no answer to it."""


class MessageState(StrEnum):
    """Where a message is. Only a queued one is ever sent."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"  # a mail server reported it
    BOUNCED = "bounced"
    NOT_SENT = "not_sent"


class Refusal(StrEnum):
    """Why a message may not, or cannot, be sent."""

    NO_EMAIL = "no_email"
    NO_CONSENT = "no_consent"
    NO_BIRTH_DATE = "no_birth_date"
    NOTHING_DUE = "nothing_due"
    ON_HOLD = "on_hold"
    LINK_ENDED = "link_ended"
    MAIL_SERVER_AWAY = "mail_server_away"
    REACHED_APART = "reached_apart"  # all of it is about patients who are reached elsewhere


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """The words of a message."""

    subject: str
    text: str
    html: str


class MessageRenderer(Protocol):
    """Whoever turns a template into words (rendering.py; it needs an app context)."""

    def render(
        self,
        template: StrEnum,
        *,
        language: str,
        practice: PracticeContact,
        link: str,
        on: date | None = None,
        code: str = "",
    ) -> RenderedMessage:
        """The message in a language. ``link`` is empty for a message without one.

        ``on`` is the day that a message speaks of, where it speaks of one; so is ``code``.
        """
        ...


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What a job needs to know of a queued message."""

    name: str  # on its way, and in reports
    message_id: UUID
    guarantor_id: UUID
    subject_id: UUID
    to_address: str
    language: str
    practice: PracticeContact
    queued_at: datetime
    refusals: tuple[Refusal, ...]


def queue_message(
    session: Session,
    *,
    template: MessageTemplate,
    guarantor_id: UUID,
    subject_id: UUID,
    now: datetime,
) -> UUID:
    """Write a message and its job into this transaction; the job's arguments are two ids."""
    practice_id = practice_of(session)
    message_id = new_id()
    session.execute(
        insert(Message).values(
            practice_id=practice_id,
            message_id=message_id,
            guarantor_id=guarantor_id,
            channel="email",
            template=template.value,
            subject_id=subject_id,
            state=MessageState.QUEUED.value,
            state_at=now,
            created_at=now,
        )
    )
    queue.enqueue(
        session.connection(),
        f"send_{template.value}",
        lock=f"mail:{guarantor_id}",  # apart from money: a mail server that is away holds it up
        practice_id=str(practice_id),
        message_id=str(message_id),
    )
    return message_id


def queue_payment_receipt(
    session: Session, *, guarantor_id: UUID, payment_id: UUID, now: datetime
) -> UUID | None:
    """Queue "your payment was received" with the payment; None for who has not agreed to e-mail."""
    return queue_payment_mail(
        session,
        MessageTemplate.PAYMENT_RECEIPT,
        guarantor_id=guarantor_id,
        payment_id=payment_id,
        now=now,
    )


def queue_payment_mail(
    session: Session,
    template: MessageTemplate,
    *,
    guarantor_id: UUID,
    payment_id: UUID,
    now: datetime,
) -> UUID | None:
    """Queue what became of a payment, with it; None for who has not agreed to e-mail."""
    if mail_refusals(session, guarantor_id):
        return None
    return queue_message(
        session, template=template, guarantor_id=guarantor_id, subject_id=payment_id, now=now
    )


def mail_refusals(
    session: Session, guarantor_id: UUID, *, template: str = ""
) -> tuple[Refusal, ...]:
    """What forbids an e-mail to this guarantor: address, consent, a hold on the account.

    Without a ``template``, any e-mail.
    """
    practice_id = practice_of(session)
    email, agreed_at = session.execute(
        select(Guarantor.email, Guarantor.email_agreed_at).where(
            Guarantor.practice_id == practice_id, Guarantor.guarantor_id == guarantor_id
        )
    ).one()
    found = []
    if not email:
        found.append(Refusal.NO_EMAIL)
    elif agreed_at is None:
        found.append(Refusal.NO_CONSENT)
    if has_account_hold(
        session, guarantor_id, but=_THEIR_OWN_WISH if template in ABOUT_CASES else frozenset()
    ):
        found.append(Refusal.ON_HOLD)
    return tuple(found)


def message_state(session: Session, message_id: UUID) -> MessageState:
    """Where a message of this practice is."""
    found = session.scalars(
        select(Message.state).where(
            Message.practice_id == practice_of(session), Message.message_id == message_id
        )
    ).one()
    return MessageState(found)


def queued(session: Session, message_id: UUID) -> Outgoing | None:
    """A message that waits, with what stands against it now; None when it was dealt with."""
    practice_id = practice_of(session)
    row = session.execute(
        select(
            Message.guarantor_id,
            Message.subject_id,
            Message.template,
            Message.created_at,
            Guarantor.email,
            Guarantor.language,
        )
        .join(
            Guarantor,
            (Guarantor.practice_id == Message.practice_id)
            & (Guarantor.guarantor_id == Message.guarantor_id),
        )
        .where(
            Message.practice_id == practice_id,
            Guarantor.practice_id == practice_id,
            Message.message_id == message_id,
            Message.state == MessageState.QUEUED.value,
        )
    ).one_or_none()
    if row is None:
        return None
    return Outgoing(
        name=mail_name(practice_id, message_id),
        message_id=message_id,
        guarantor_id=row.guarantor_id,
        subject_id=row.subject_id,
        to_address=row.email or "",
        language=row.language,
        practice=practice_contact(session),
        queued_at=row.created_at,
        refusals=mail_refusals(session, row.guarantor_id, template=row.template),
    )


def mail_name(practice_id: UUID, message_id: UUID) -> str:
    """What a message is called on its way, so that a report of it leads to its practice."""
    return f"{practice_id.hex}.{message_id.hex}"


def hand_over(
    mailer: Mailer, outgoing: Outgoing, words: RenderedMessage, *, now: datetime
) -> tuple[MessageState, str]:
    """Give a message to the mail server, outside any transaction; what became of it, and why.

    Raises MailUnavailableError while it is worth trying again.
    """
    mail = Mail(
        message_id=outgoing.name,
        sender_name=outgoing.practice.sender_name,
        to_address=outgoing.to_address,
        language=outgoing.language,
        subject=words.subject,
        text=words.text,
        html=words.html,
        written_at=now,
    )
    try:
        mailer.send(mail)
    except MailRefusedError as error:
        return MessageState.BOUNCED, str(error)
    except MailUnavailableError:
        if now - outgoing.queued_at < GIVE_UP_AFTER:
            raise
        return MessageState.NOT_SENT, Refusal.MAIL_SERVER_AWAY.value
    return MessageState.SENT, ""


def conclude(
    session: Session, outgoing: Outgoing, state: MessageState, *, now: datetime, detail: str = ""
) -> None:
    """Record what became of a message; one that did not go out becomes a task."""
    record_fate(session, outgoing.message_id, state, now=now, detail=detail)
    session.execute(
        update(Message)
        .where(
            Message.practice_id == practice_of(session), Message.message_id == outgoing.message_id
        )
        .values(address_hash=hash_of_address(outgoing.to_address))
    )
    if state is not MessageState.SENT:
        open_task(
            session,
            kind=f"message_{state.value}",
            subject_id=outgoing.guarantor_id,
            message=f"An e-mail did not go out: {detail}.",
            now=now,
        )


def hash_of_address(address: str) -> bytes:
    """Tells one e-mail address from another, in capitals or not."""
    return hashlib.sha256(address.strip().lower().encode()).digest()


def record_fate(
    session: Session, message_id: UUID, state: MessageState, *, now: datetime, detail: str = ""
) -> None:
    """What became of a message, for whoever opens a task of their own about it."""
    session.execute(
        update(Message)
        .where(Message.practice_id == practice_of(session), Message.message_id == message_id)
        .values(state=state.value, state_at=now, detail=detail)
    )


def send_payment_mail(
    database: Database,
    template: MessageTemplate,
    *,
    practice_id: UUID,
    message_id: UUID,
    mailer: Mailer,
    renderer: MessageRenderer,
    now: datetime,
) -> None:
    """The job of each of these templates. Safe to run twice; raises while the server is away.

    The day it speaks of is the one on which it was queued.
    """
    principal = Principal.job(practice_id, role=f"send_{template.value}")
    with database.transaction(principal) as session:
        outgoing = queued(session, message_id)
        if outgoing is None or refused(session, outgoing, outgoing.refusals, now=now):
            return
    words = renderer.render(
        template,
        language=outgoing.language,
        practice=outgoing.practice,
        link="",
        on=outgoing.queued_at.astimezone(ZoneInfo(outgoing.practice.time_zone)).date(),
    )
    state, detail = hand_over(mailer, outgoing, words, now=now)
    with database.transaction(principal) as session:
        conclude(session, outgoing, state, now=now, detail=detail)


def refused(
    session: Session, outgoing: Outgoing, refusals: Collection[Refusal], *, now: datetime
) -> bool:
    """Close a message that may not go out; false when nothing stands against it."""
    if not refusals:
        return False
    detail = " ".join(sorted(refusals))
    conclude(session, outgoing, MessageState.NOT_SENT, now=now, detail=detail)
    return True
