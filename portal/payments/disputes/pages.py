"""Pages of disputes: which are open and until when, and one with all that can be done about it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.models import StaffMember
from portal.db import Database, Principal, practice_of
from portal.domain.dispute_evidence import EvidenceItem, evidence_text, helpful, sentences
from portal.domain.dispute_status import INQUIRIES, WAITS_FOR_US, DisputeState
from portal.payments.disputes.answers import DisputeNotFoundError, standing_answer
from portal.payments.disputes.facts import evidence_facts
from portal.payments.disputes.models import DisputeAnswer, DisputeEvent, DisputeRow
from portal.payments.models import Payment
from portal.payments.moves import payment_of
from portal.practice.contact import practice_contact
from portal.practice.models import Guarantor

_MOST_CLOSED: Final = 60


@dataclass(frozen=True, slots=True)
class DisputeItem:
    """One dispute in a list."""

    dispute_id: UUID
    guarantor_id: UUID
    guarantor_name: str
    account_number: str
    payment_id: UUID
    receipt_number: str
    amount_cents: int
    reason: str
    state: DisputeState
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None

    @property
    def waits_for_us(self) -> bool:
        """The bank waits for an answer."""
        return self.state in WAITS_FOR_US

    @property
    def is_inquiry(self) -> bool:
        """The bank only asks; no money moved."""
        return self.state in INQUIRIES


@dataclass(frozen=True, slots=True)
class DisputesPage:
    """To answer (soonest due first), at the bank, and those that ended, newest first."""

    to_answer: tuple[DisputeItem, ...]
    at_the_bank: tuple[DisputeItem, ...]
    ended: tuple[DisputeItem, ...]


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One thing that can be said, in the words that would leave; empty when nothing is known."""

    item: EvidenceItem
    helps: bool
    text: str


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """What was approved, by whom; ``sent_at`` is None until the processor has it."""

    kind: str
    text: str
    approved_by: str
    approved_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened; ``by`` is a name, or empty."""

    step: str
    at: datetime
    by: str
    detail: str


@dataclass(frozen=True, slots=True)
class DisputePage:
    """One dispute: facts, checklist, what was answered, history."""

    dispute: DisputeItem
    stripe_dispute_id: str
    paid_cents: int
    taken_cents: int
    fee_cents: int
    is_owed_again: bool
    checklist: tuple[ChecklistItem, ...]
    answer: GivenAnswer | None
    steps: tuple[Step, ...]

    @property
    def may_be_answered(self) -> bool:
        """Once, while the bank waits."""
        return self.dispute.waits_for_us and self.answer is None


def disputes_page(
    database: Database, principal: Principal, *, now: datetime, request_id: str
) -> DisputesPage:
    """With a row in the audit log: it names people."""
    with database.transaction(principal) as session:
        _note(session, None, None, now=now, request_id=request_id)
        still_open = _items(session, _disputes(session).where(DisputeRow.closed_at.is_(None)))
        ended = _disputes(session).where(DisputeRow.closed_at.is_not(None)).limit(_MOST_CLOSED)
        return DisputesPage(
            to_answer=tuple(one for one in still_open if one.waits_for_us),
            at_the_bank=tuple(one for one in still_open if not one.waits_for_us),
            ended=tuple(reversed(_items(session, ended))),
        )


def dispute_page(
    database: Database,
    principal: Principal,
    dispute_id: UUID,
    *,
    now: datetime,
    request_id: str,
) -> DisputePage:
    """With a row in the audit log. Raises DisputeNotFoundError."""
    with database.transaction(principal) as session:
        dispute, item = _one(session, dispute_id)
        _note(session, dispute_id, dispute.guarantor_id, now=now, request_id=request_id)
        payment = payment_of(session, dispute.payment_id)
        answer = standing_answer(session, dispute)
        names = _staff_names(session)
        return DisputePage(
            dispute=item,
            stripe_dispute_id=dispute.stripe_dispute_id,
            paid_cents=payment.amount_cents,
            taken_cents=dispute.taken_cents,
            fee_cents=dispute.fee_cents,
            is_owed_again=dispute.lost_entry_id is not None,
            checklist=_checklist(session, payment, dispute.reason),
            answer=_given(answer, names, _zone(session)) if answer else None,
            steps=_steps(session, dispute_id, names),
        )


def draft(
    database: Database, principal: Principal, dispute_id: UUID, items: Collection[EvidenceItem]
) -> str:
    """The text that the chosen items make, for somebody to read. Raises DisputeNotFoundError."""
    with database.transaction(principal) as session:
        dispute, _ = _one(session, dispute_id)
        payment = payment_of(session, dispute.payment_id)
        return evidence_text(evidence_facts(session, payment, zone=_zone(session)), items)


def _disputes(session: Session) -> Select[DisputeRow, Guarantor, Payment]:
    practice_id = practice_of(session)
    return (
        select(DisputeRow, Guarantor, Payment)
        .join(
            Guarantor,
            (Guarantor.practice_id == practice_id)
            & (Guarantor.guarantor_id == DisputeRow.guarantor_id),
        )
        .join(
            Payment,
            (Payment.practice_id == practice_id) & (Payment.payment_id == DisputeRow.payment_id),
        )
        .where(DisputeRow.practice_id == practice_id)
        .order_by(DisputeRow.due_at.nulls_last(), DisputeRow.opened_at)
    )


def _one(session: Session, dispute_id: UUID) -> tuple[DisputeRow, DisputeItem]:
    query = _disputes(session).where(DisputeRow.dispute_id == dispute_id)
    found = session.execute(query).one_or_none()
    if found is None:
        raise DisputeNotFoundError(dispute_id)
    dispute: DisputeRow = found[0]
    return dispute, _items(session, query)[0]


def _items(
    session: Session, query: Select[DisputeRow, Guarantor, Payment]
) -> tuple[DisputeItem, ...]:
    zone = _zone(session)
    return tuple(
        DisputeItem(
            dispute_id=dispute.dispute_id,
            guarantor_id=dispute.guarantor_id,
            guarantor_name=f"{guarantor.first_name} {guarantor.last_name}",
            account_number=guarantor.account_number,
            payment_id=dispute.payment_id,
            receipt_number=payment.receipt_number or "",
            amount_cents=dispute.amount_cents,
            reason=dispute.reason,
            state=DisputeState(dispute.state),
            opened_at=dispute.opened_at.astimezone(zone),
            due_at=dispute.due_at.astimezone(zone) if dispute.due_at else None,
            closed_at=dispute.closed_at.astimezone(zone) if dispute.closed_at else None,
        )
        for dispute, guarantor, payment in session.execute(query)
    )


def _checklist(session: Session, payment: Payment, reason: str) -> tuple[ChecklistItem, ...]:
    facts = evidence_facts(session, payment, zone=_zone(session))
    first = helpful(reason)
    order = [*first, *(item for item in EvidenceItem if item not in first)]
    return tuple(ChecklistItem(item, item in first, sentences(facts, item)) for item in order)


def _given(answer: DisputeAnswer, names: dict[str, str], zone: ZoneInfo) -> GivenAnswer:
    return GivenAnswer(
        kind=answer.kind,
        text=answer.text,
        approved_by=names.get(str(answer.approved_by), ""),
        approved_at=answer.approved_at.astimezone(zone),
        sent_at=answer.sent_at.astimezone(zone) if answer.sent_at else None,
    )


def _steps(session: Session, dispute_id: UUID, names: dict[str, str]) -> tuple[Step, ...]:
    zone = _zone(session)
    rows = session.scalars(
        select(DisputeEvent)
        .where(
            DisputeEvent.practice_id == practice_of(session),
            DisputeEvent.dispute_id == dispute_id,
        )
        .order_by(DisputeEvent.event_id)
    )
    return tuple(
        Step(row.step, row.occurred_at.astimezone(zone), names.get(row.actor, ""), row.detail)
        for row in rows
    )


def _staff_names(session: Session) -> dict[str, str]:
    rows = session.execute(
        select(StaffMember.staff_id, StaffMember.name).where(
            StaffMember.practice_id == practice_of(session)
        )
    )
    return {str(row.staff_id): row.name for row in rows}


def _zone(session: Session) -> ZoneInfo:
    return ZoneInfo(practice_contact(session).time_zone)


def _note(
    session: Session,
    dispute_id: UUID | None,
    guarantor_id: UUID | None,
    *,
    now: datetime,
    request_id: str,
) -> None:
    record(
        session,
        action="view",
        object_kind="dispute" if dispute_id else "disputes",
        object_id=dispute_id,
        guarantor_id=guarantor_id,
        now=now,
        request_id=request_id,
    )
