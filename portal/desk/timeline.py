"""What happened with a person's bill, newest first: statements, insurance, links, payments, looks.

Each kind of event is read by one function; its sentence stands in templates/desk/timeline.html.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import groupby
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.queries import who_looked
from portal.auth.links import REPORTED, WRONG_DATE
from portal.auth.models import StaffMember, StatementLink, StatementLinkEvent
from portal.db import practice_of
from portal.desk.timeline_events import EVENTS_MAX, TimelineEvent
from portal.desk.timeline_of_cases import events_of_cases
from portal.desk.timeline_of_letters import events_of_letters
from portal.desk.timeline_of_plans import events_of_plans
from portal.domain.claim_position import Outcome
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.domain.link_status import LinkState
from portal.domain.names import in_mixed_case
from portal.domain.payment_channel import PaymentChannel
from portal.domain.payment_status import PaymentState, RefundState
from portal.ledger.models import JournalEntryRow, LedgerPost, LedgerPostEvent, PostingRow
from portal.messages.models import Message
from portal.messages.service import MessageState
from portal.payments.credits.models import PaymentMove
from portal.payments.models import Payment, PaymentEvent, Refund
from portal.practice.decisions import Adjudication
from portal.practice.models import Claim, Hold, Patient, Payer
from portal.statements.models import Statement, StatementVoid

_PAYMENT_KINDS: Final[Mapping[str, str]] = {
    PaymentState.STARTING: "payment_started",
    PaymentState.SUCCEEDED: "payment_settled",
    PaymentState.VOIDED: "payment_voided",
    PaymentState.RETURNED: "check_returned",
    PaymentState.FAILED: "payment_declined",
    PaymentState.EXPIRED: "payment_ended",
    PaymentState.CANCELED: "payment_ended",
}
_REFUND_ENDS: Final[Mapping[RefundState, str]] = {
    RefundState.SUCCEEDED: "refund_paid",
    RefundState.REJECTED: "refund_rejected",
    RefundState.RETURNED: "refund_returned",
    RefundState.FAILED: "refund_failed",
    RefundState.CANCELED: "refund_failed",
}
_VIEW_KINDS: Final[Mapping[str, str]] = {
    "statement": "statement_viewed",
    "guarantor": "person_viewed",
}


@dataclass(frozen=True, slots=True)
class TimelineDay:
    """One day at the practice, its events newest first."""

    on: date
    events: tuple[TimelineEvent, ...]


def timeline(
    session: Session, guarantor_id: UUID, *, address: str, zone: ZoneInfo
) -> tuple[TimelineDay, ...]:
    """The newest events, in the practice's days and hours. ``address`` is where mail goes."""
    names = _staff_names(session)
    events = (
        *_statements(session, guarantor_id, zone=zone),
        *_insurance(session, guarantor_id, zone=zone),
        *_links(session, guarantor_id, address=address, names=names, zone=zone),
        *_messages_not_sent(session, guarantor_id, zone=zone),
        *_payments(session, guarantor_id, zone=zone),
        *_refunds(session, guarantor_id, names=names, zone=zone),
        *_moved(session, guarantor_id, names=names, zone=zone),
        *_credit_used(session, guarantor_id, zone=zone),
        *_posts(session, guarantor_id, zone=zone),
        *_account_holds(session, guarantor_id, names=names, zone=zone),
        *events_of_plans(session, guarantor_id, names=names, zone=zone),
        *events_of_cases(session, guarantor_id, names=names, zone=zone),
        *events_of_letters(session, guarantor_id, zone=zone),
        *_looks(session, guarantor_id, names=names, zone=zone),
    )
    newest = sorted(events, key=lambda event: event.at, reverse=True)[:EVENTS_MAX]
    days = groupby(newest, key=lambda event: event.at.date())
    return tuple(TimelineDay(on, tuple(of_the_day)) for on, of_the_day in days)


def _staff_names(session: Session) -> dict[str, str]:
    rows = session.execute(
        select(StaffMember.staff_id, StaffMember.name).where(
            StaffMember.practice_id == practice_of(session)
        )
    )
    return {str(staff_id): name for staff_id, name in rows}


def _statements(session: Session, guarantor_id: UUID, *, zone: ZoneInfo) -> Iterator[TimelineEvent]:
    practice_id = practice_of(session)
    rows = session.execute(
        select(Statement, StatementVoid.voided_at)
        .outerjoin(
            StatementVoid,
            (StatementVoid.practice_id == practice_id)
            & (StatementVoid.statement_id == Statement.statement_id),
        )
        .where(Statement.practice_id == practice_id, Statement.guarantor_id == guarantor_id)
        .order_by(Statement.as_of.desc())
        .limit(EVENTS_MAX)
    )
    for statement, voided_at in rows:
        yield TimelineEvent(
            statement.issued_at.astimezone(zone),
            "statement_issued",
            reference=statement.number,
            count=len(statement.document.get("visits", ())),
            amount_cents=statement.amount_due_cents,
        )
        if voided_at is not None:
            yield TimelineEvent(
                voided_at.astimezone(zone), "statement_voided", reference=statement.number
            )


def _insurance(session: Session, guarantor_id: UUID, *, zone: ZoneInfo) -> Iterator[TimelineEvent]:
    """Decisions that count; a payer gives a day, not an hour."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(
            Adjudication.decided_on,
            Adjudication.responsibility_cents,
            Payer.name,
            Patient.first_name,
            Claim.service_on,
        )
        .join(Payer, (Payer.practice_id == practice_id) & (Payer.payer_id == Adjudication.payer_id))
        .join(Claim, (Claim.practice_id == practice_id) & (Claim.claim_id == Adjudication.claim_id))
        .outerjoin(
            Patient,
            (Patient.practice_id == practice_id) & (Patient.patient_id == Claim.patient_id),
        )
        .where(
            Adjudication.practice_id == practice_id,
            Adjudication.guarantor_id == guarantor_id,
            Adjudication.disposition == Outcome.POSTED.value,
        )
        .order_by(Adjudication.decided_on.desc(), Adjudication.adjudication_id.desc())
        .limit(EVENTS_MAX)
    )
    for row in rows:
        yield TimelineEvent(
            datetime.combine(row.decided_on, time.min, tzinfo=zone),
            "insurance_decided",
            payer_name=in_mixed_case(row.name),
            patient_first_name=in_mixed_case(row.first_name or ""),
            service_on=row.service_on,
            amount_cents=row.responsibility_cents,
        )


def _links(
    session: Session,
    guarantor_id: UUID,
    *,
    address: str,
    names: Mapping[str, str],
    zone: ZoneInfo,
) -> Iterator[TimelineEvent]:
    practice_id = practice_of(session)
    rows = session.execute(
        select(
            StatementLinkEvent.occurred_at,
            StatementLinkEvent.state,
            StatementLinkEvent.detail,
            StatementLink.created_by,
        )
        .join(
            StatementLink,
            (StatementLink.practice_id == practice_id)
            & (StatementLink.link_id == StatementLinkEvent.link_id),
        )
        .where(
            StatementLinkEvent.practice_id == practice_id,
            StatementLinkEvent.guarantor_id == guarantor_id,
            # The payment itself is shown.
            StatementLinkEvent.state.not_in((LinkState.PART_PAID.value, LinkState.PAID.value)),
        )
        .order_by(StatementLinkEvent.event_id.desc())
        .limit(EVENTS_MAX)
    )
    for row in rows:
        if row.state == LinkState.TRIED and row.detail != WRONG_DATE:
            continue  # the right date at the first try: shown as opened
        is_answered = row.state == LinkState.DELIVERED and row.detail != REPORTED
        actors = {LinkState.SENT.value: row.created_by, "revoked": row.detail}
        yield TimelineEvent(
            row.occurred_at.astimezone(zone),
            "link_arrived" if is_answered else f"link_{row.state}",
            actor=names.get(actors.get(row.state, ""), ""),
            address=address,
        )


def _messages_not_sent(
    session: Session, guarantor_id: UUID, *, zone: ZoneInfo
) -> Iterator[TimelineEvent]:
    rows = session.execute(
        select(Message.state_at, Message.template)
        .where(
            Message.practice_id == practice_of(session),
            Message.guarantor_id == guarantor_id,
            Message.state == MessageState.NOT_SENT.value,
        )
        .order_by(Message.message_id.desc())
        .limit(EVENTS_MAX)
    )
    for row in rows:
        yield TimelineEvent(row.state_at.astimezone(zone), f"{row.template}_not_sent")


def _payments(session: Session, guarantor_id: UUID, *, zone: ZoneInfo) -> Iterator[TimelineEvent]:
    practice_id = practice_of(session)
    rows = session.execute(
        select(
            PaymentEvent.occurred_at,
            PaymentEvent.state,
            Payment.receipt_number,
            Payment.amount_cents,
            Payment.channel,
        )
        .join(
            Payment,
            (Payment.practice_id == practice_id) & (Payment.payment_id == PaymentEvent.payment_id),
        )
        .where(
            PaymentEvent.practice_id == practice_id,
            PaymentEvent.guarantor_id == guarantor_id,
            PaymentEvent.state.in_(_PAYMENT_KINDS),
        )
        .order_by(PaymentEvent.event_id.desc())
        .limit(EVENTS_MAX)
    )
    for row in rows:
        kind = _PAYMENT_KINDS[row.state]
        if kind == "payment_settled" and row.channel == PaymentChannel.DESK.value:
            kind = "payment_taken"
        yield TimelineEvent(
            row.occurred_at.astimezone(zone),
            kind,
            reference=row.receipt_number or "",
            amount_cents=row.amount_cents,
        )


def _refunds(
    session: Session, guarantor_id: UUID, *, names: Mapping[str, str], zone: ZoneInfo
) -> Iterator[TimelineEvent]:
    """Asked for by somebody, and then how it ended."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(Refund, Payment.receipt_number)
        .join(
            Payment,
            (Payment.practice_id == practice_id) & (Payment.payment_id == Refund.payment_id),
        )
        .where(Refund.practice_id == practice_id, Refund.guarantor_id == guarantor_id)
        .order_by(Refund.refund_id.desc())
        .limit(EVENTS_MAX)
    )
    for refund, receipt_number in rows:
        end = _REFUND_ENDS.get(RefundState(refund.state))
        known = (("refund_asked", refund.created_at), (end, refund.state_at))
        for kind, at in known:
            if kind is not None:
                yield TimelineEvent(
                    at.astimezone(zone),
                    kind,
                    actor=names.get(refund.requested_by, "") if kind == "refund_asked" else "",
                    reference=receipt_number or "",
                    amount_cents=refund.amount_cents,
                )


def _moved(
    session: Session, guarantor_id: UUID, *, names: Mapping[str, str], zone: ZoneInfo
) -> Iterator[TimelineEvent]:
    """Payments that staff put to other visits."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(PaymentMove.moved_at, PaymentMove.moved_by, Payment.receipt_number)
        .join(
            Payment,
            (Payment.practice_id == practice_id) & (Payment.payment_id == PaymentMove.payment_id),
        )
        .where(PaymentMove.practice_id == practice_id, PaymentMove.guarantor_id == guarantor_id)
        .order_by(PaymentMove.move_id.desc())
        .limit(EVENTS_MAX)
    )
    for row in rows:
        yield TimelineEvent(
            row.moved_at.astimezone(zone),
            "payment_moved",
            actor=names.get(str(row.moved_by), ""),
            reference=row.receipt_number or "",
        )


def _credit_used(
    session: Session, guarantor_id: UUID, *, zone: ZoneInfo
) -> Iterator[TimelineEvent]:
    practice_id = practice_of(session)
    rows = session.execute(
        select(JournalEntryRow.recorded_at, PostingRow.amount_cents)
        .join(
            PostingRow,
            (PostingRow.practice_id == practice_id)
            & (PostingRow.entry_id == JournalEntryRow.entry_id),
        )
        .where(
            JournalEntryRow.practice_id == practice_id,
            JournalEntryRow.guarantor_id == guarantor_id,
            JournalEntryRow.business_event == BusinessEvent.CREDIT_APPLIED.value,
            PostingRow.account == LedgerAccount.UNAPPLIED_CREDIT.value,
        )
        .order_by(JournalEntryRow.entry_id.desc())
        .limit(EVENTS_MAX)
    )
    for row in rows:
        at = row.recorded_at.astimezone(zone)
        yield TimelineEvent(at, "credit_used", amount_cents=row.amount_cents)


def _account_holds(
    session: Session, guarantor_id: UUID, *, names: Mapping[str, str], zone: ZoneInfo
) -> Iterator[TimelineEvent]:
    rows = session.scalars(
        select(Hold)
        .where(
            Hold.practice_id == practice_of(session),
            Hold.guarantor_id == guarantor_id,
            Hold.claim_id.is_(None),
        )
        .order_by(Hold.hold_id.desc())
        .limit(EVENTS_MAX)
    )
    for hold in rows:
        placed_by = names.get(hold.placed_by, "")
        at = hold.placed_at.astimezone(zone)
        yield TimelineEvent(at, "hold_placed", actor=placed_by, reference=hold.kind)
        if hold.released_at is not None:
            ended_by = names.get(hold.released_by or "", "")
            at = hold.released_at.astimezone(zone)
            yield TimelineEvent(at, "hold_ended", actor=ended_by, reference=hold.kind)


def _posts(session: Session, guarantor_id: UUID, *, zone: ZoneInfo) -> Iterator[TimelineEvent]:
    practice_id = practice_of(session)
    rows = session.execute(
        select(LedgerPostEvent.occurred_at, LedgerPostEvent.state)
        .join(
            LedgerPost,
            (LedgerPost.practice_id == practice_id)
            & (LedgerPost.post_id == LedgerPostEvent.post_id),
        )
        .where(
            LedgerPostEvent.practice_id == practice_id,
            LedgerPost.guarantor_id == guarantor_id,
            LedgerPostEvent.state.in_(("sent", "acknowledged", "confirmed", "rejected")),
        )
        .order_by(LedgerPostEvent.event_id.desc())
        .limit(EVENTS_MAX)
    )
    for row in rows:
        yield TimelineEvent(row.occurred_at.astimezone(zone), f"post_{row.state}")


def _looks(
    session: Session, guarantor_id: UUID, *, names: Mapping[str, str], zone: ZoneInfo
) -> Iterable[TimelineEvent]:
    """The last look of each member of staff at each thing on each day: who, not how often."""
    numbers = _statement_numbers(session, guarantor_id)
    last: dict[tuple[date, str, str, str], TimelineEvent] = {}
    for entry in who_looked(session, guarantor_id, limit=EVENTS_MAX):
        kind = _VIEW_KINDS.get(entry.object_kind)
        actor = names.get(str(entry.actor_id), "")
        if entry.action != "view" or kind is None or not actor:
            continue
        event = TimelineEvent(
            entry.occurred_at.astimezone(zone),
            kind,
            actor=actor,
            reference=numbers.get(entry.object_id, ""),
        )
        last.setdefault((event.at.date(), kind, actor, event.reference), event)
    return last.values()


def _statement_numbers(session: Session, guarantor_id: UUID) -> dict[UUID | None, str]:
    rows = session.execute(
        select(Statement.statement_id, Statement.number).where(
            Statement.practice_id == practice_of(session), Statement.guarantor_id == guarantor_id
        )
    )
    return {row.statement_id: row.number for row in rows}
