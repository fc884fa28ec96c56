"""Papers that have to go by mail because their law asks for them in writing.

Who has agreed to get papers electronically (15 USC 7001(c)) has theirs on a page or in an e-mail.
For everybody else each agreement to a payment plan or to autopay becomes one task: staff print it
and mail it. A final notice goes by e-mail only with that consent (collections/agency/noticing.py);
of who took it back before the mail left, it becomes a task here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.db import Database, Principal, practice_of
from portal.domain.paper_delivery import DocumentKind, may_go_electronically
from portal.messages.models import Message
from portal.messages.service import MessageState, MessageTemplate
from portal.payments.scheduled.models import AutopayAgreement
from portal.plans.models import PlanConsent
from portal.plans.offering.terms import ONLINE, SPOKEN
from portal.practice.final_notices import FINAL_NOTICE_TO_MAIL
from portal.practice.models import Task
from portal.practice.tasks import open_task
from portal.statements.delivery.queries import deliveries

PLAN_PAPER_TASK: Final = "plan_paper_to_mail"
MANDATE_TASK: Final = "mandate_to_mail"

_LOOKS_BACK: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class _Papers:
    """One kind of paper: those made lately, each with whose it is."""

    task: str
    document: DocumentKind
    message: str
    made: Select[UUID, UUID]


def ask_for_papers(database: Database, practice_id: UUID, *, now: datetime) -> int:
    """A task for each paper since the last time; how many. Who signed on paper has a copy."""
    with database.transaction(Principal.job(practice_id, role="papers in writing")) as session:
        kinds = _kinds(practice_id, since=now - _LOOKS_BACK)
        return sum(_ask(session, papers, now=now) for papers in kinds)


def _ask(session: Session, papers: _Papers, *, now: datetime) -> int:
    """Of what staff were not asked yet."""
    asked = select(Task.subject_id).where(
        Task.practice_id == practice_of(session), Task.kind == papers.task
    )
    subject = papers.made.selected_columns[0]
    made = session.execute(papers.made.where(subject.not_in(asked)).order_by(subject)).all()
    people = deliveries(session, {guarantor_id for _, guarantor_id in made})
    to_mail = [
        subject_id
        for subject_id, guarantor_id in made
        if not may_go_electronically(papers.document, people[guarantor_id].standing)
    ]
    for subject_id in to_mail:
        open_task(session, kind=papers.task, subject_id=subject_id, message=papers.message, now=now)
    return len(to_mail)


def _kinds(practice_id: UUID, *, since: datetime) -> Iterator[_Papers]:
    yield _Papers(
        PLAN_PAPER_TASK,
        DocumentKind.PLAN_DISCLOSURE,
        "Print the agreement of a payment plan and mail it.",
        select(PlanConsent.consent_id, PlanConsent.guarantor_id).where(
            PlanConsent.practice_id == practice_id,
            PlanConsent.kind.in_((ONLINE, SPOKEN)),
            PlanConsent.given_at > since,
        ),
    )
    yield _Papers(
        MANDATE_TASK,
        DocumentKind.DEBIT_MANDATE,
        "Print the agreement to autopay and mail it.",
        select(AutopayAgreement.consent_id, AutopayAgreement.guarantor_id).where(
            AutopayAgreement.practice_id == practice_id,
            AutopayAgreement.ended_at.is_(None),
            AutopayAgreement.started_at > since,
        ),
    )
    yield _Papers(
        FINAL_NOTICE_TO_MAIL,
        DocumentKind.COLLECTION_NOTICE,
        "A final notice went by e-mail. Mail a letter that says the same.",
        select(Message.message_id, Message.guarantor_id).where(
            Message.practice_id == practice_id,
            Message.template == MessageTemplate.FINAL_NOTICE.value,
            Message.state.in_((MessageState.SENT.value, MessageState.DELIVERED.value)),
            Message.state_at > since,
        ),
    )
