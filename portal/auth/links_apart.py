"""Links for patients who asked to be reached apart from who pays (45 CFR 164.522(b)).

Theirs go to the address they named and to no other; where that cannot be, nothing goes and staff
are told.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.link_tokens import LinkTokens
from portal.auth.links import make_link
from portal.auth.models import StatementLink
from portal.db import Database, Principal, practice_of
from portal.messages.models import Message
from portal.messages.service import ABOUT_CASES, MessageTemplate, Refusal, queue_message
from portal.practice.claims import has_account_hold
from portal.practice.models import Guarantor, Patient
from portal.practice.tasks import open_task
from portal.practice.viewing_acts import reached_at

NOT_REACHED_TASK = "patient_not_reached"


def reached_apart(session: Session, patient_ids: Sequence[UUID]) -> tuple[UUID, ...]:
    """Of these patients those who asked for it."""
    return tuple(
        session.scalars(
            select(Patient.patient_id)
            .where(
                Patient.practice_id == practice_of(session),
                Patient.patient_id.in_(patient_ids),
                Patient.is_reached_apart,
            )
            .order_by(Patient.patient_id)
        )
    )


def all_reached_apart(session: Session, patient_ids: Sequence[UUID]) -> bool:
    """Whether a statement of these patients is nobody's but of patients reached apart."""
    return bool(patient_ids) and len(reached_apart(session, patient_ids)) == len(patient_ids)


def went_to_payer(practice_id: UUID, message: type[Message] = Message) -> ColumnElement[bool]:
    """Mail to the address of who pays: its fate says nothing of a patient's own, nor theirs of it.

    Mail about cases goes to whoever opened one: a patient, somebody who acts for who pays.
    """
    apart = select(StatementLink.link_id).where(
        StatementLink.practice_id == practice_id, StatementLink.for_patient_id.is_not(None)
    )
    about_cases = [template.value for template in ABOUT_CASES]
    return message.template.not_in(about_cases) & message.subject_id.not_in(apart)


def own_address(session: Session, guarantor_id: UUID, patient_id: UUID) -> str:
    """Their e-mail address; empty where there is none, or where it is the payer's after all."""
    of_payer = session.scalar(
        select(Guarantor.email).where(
            Guarantor.practice_id == practice_of(session), Guarantor.guarantor_id == guarantor_id
        )
    )
    return reached_at(session, patient_id).email_beside(of_payer)


def refusals_apart(session: Session, guarantor_id: UUID, patient_id: UUID) -> tuple[Refusal, ...]:
    """What stands against mailing a patient now. They asked for it: that is their consent."""
    found = []
    if not own_address(session, guarantor_id, patient_id):
        found.append(Refusal.NO_EMAIL)
    born_on = session.scalar(
        select(Patient.born_on).where(
            Patient.practice_id == practice_of(session), Patient.patient_id == patient_id
        )
    )
    if born_on is None:
        found.append(Refusal.NO_BIRTH_DATE)
    if has_account_hold(session, guarantor_id):
        found.append(Refusal.ON_HOLD)
    return tuple(found)


def queue_links_apart(
    database: Database,
    principal: Principal,
    *,
    tokens: LinkTokens,
    guarantor_id: UUID,
    statement_id: UUID,
    patient_ids: Sequence[UUID],
    now: datetime,
    request_id: str,
) -> int:
    """Queue a link for each of these patients who is reached apart; how many went on their way.

    Who cannot be reached there is not reached elsewhere: who has a street gets a letter, of whom
    nothing is known staff get a task.
    """
    queued = 0
    with database.transaction(principal) as session:
        for patient_id in reached_apart(session, patient_ids):
            if refusals_apart(session, guarantor_id, patient_id):
                if not reached_at(session, patient_id).address_line:  # else the next letters
                    ask_for_address_apart(session, patient_id, now=now)
                continue
            link_id = make_link(
                session,
                tokens=tokens,
                guarantor_id=guarantor_id,
                statement_id=statement_id,
                patient_ids=[patient_id],
                now=now,
                for_patient_id=patient_id,
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
                action="send_apart",
                object_kind="statement_link",
                object_id=link_id,
                guarantor_id=guarantor_id,
                now=now,
                request_id=request_id,
            )
            queued += 1
    return queued


def ask_for_address_apart(session: Session, patient_id: UUID, *, now: datetime) -> None:
    """A task of staff: nothing of theirs may go to who pays instead."""
    open_task(
        session,
        kind=NOT_REACHED_TASK,
        subject_id=patient_id,
        message="A patient is to be reached apart, and has no address of their own.",
        now=now,
    )
