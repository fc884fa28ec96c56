"""A dispute as the bank tells it: read again, recorded under lock, and what follows from it.

The processor is asked outside any transaction. A late, repeated or stale answer changes nothing.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.connectors.payment_gateway import GatewayEvent
from portal.connectors.settlement_records import Dispute, SettlementRecords
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.dispute_status import (
    CLOSED,
    INQUIRIES,
    TRANSITIONS,
    WAITS_FOR_US,
    DisputeState,
)
from portal.domain.money import format_usd
from portal.domain.payment_channel import MethodKind
from portal.payments.books.payouts import keep_movements
from portal.payments.disputes.models import DisputeEvent, DisputeRow
from portal.payments.disputes.pausing import end_mandate, pause_billing, resume_billing
from portal.payments.disputes.posting import post_lost, post_movements
from portal.payments.disputes.queries import is_disputed
from portal.payments.inbox import note_event
from portal.payments.models import Payment
from portal.payments.moves import lock_payment
from portal.payments.refunds.withdrawing import withdraw_unsent_refunds
from portal.payments.settlement import tell_that_it_did_not_come
from portal.payments.webhooks import NotOursYetError
from portal.practice.directory import practice_by_id
from portal.practice.tasks import end_task, open_task
from portal.request_id import request_id
from portal.web.logs import log

TASK: Final = "dispute"
LOST_TASK: Final = "dispute_lost"
_READ_AGAIN_WITHIN: Final = timedelta(days=2)


def take_dispute_event(
    database: Database,
    practice_id: UUID,
    event: GatewayEvent,
    *,
    records: SettlementRecords,
    now: datetime,
) -> bool:
    """A hint about a dispute; see EventHandler. Raises BooksBusyError while an import runs."""
    take_in_dispute(database, records, practice_id, event.object_id, now=now, event=event)
    return True


def take_in_dispute(
    database: Database,
    records: SettlementRecords,
    practice_id: UUID,
    stripe_dispute_id: str,
    *,
    now: datetime,
    event: GatewayEvent | None = None,
) -> None:
    """Read a dispute and record what is new about it.

    Raises NotOursYetError when its payment is none of ours, GatewayError, and BooksBusyError.
    """
    account = practice_by_id(database, practice_id).stripe_account
    seen = records.dispute(stripe_dispute_id, stripe_account=account)
    with database.transaction(Principal.job(practice_id, role="disputes")) as session:
        payment = lock_payment(session, _payment_id(session, seen))
        if event is None or note_event(session, event, outcome="applied", now=now):
            record_dispute(session, payment, seen, now=now)


def take_in_disputes(
    database: Database, records: SettlementRecords, practice_id: UUID, *, now: datetime
) -> int:
    """Every dispute that is new or not decided; how many. What is none of ours is left alone."""
    account = practice_by_id(database, practice_id).stripe_account
    job = Principal.job(practice_id, role="disputes")
    with database.transaction(job) as session:
        known = session.execute(
            select(DisputeRow.stripe_dispute_id, DisputeRow.opened_at, DisputeRow.closed_at).where(
                DisputeRow.practice_id == practice_id
            )
        ).all()
    since = max(row.opened_at for row in known) - _READ_AGAIN_WITHIN if known else None
    found = [one.id for one in records.disputes_since(since, stripe_account=account)]
    decided = {row.stripe_dispute_id for row in known if row.closed_at is not None}
    to_read = {*found, *(row.stripe_dispute_id for row in known)} - decided
    for stripe_id in sorted(to_read):
        try:
            take_in_dispute(database, records, practice_id, stripe_id, now=now)
        except NotOursYetError:
            log.warning("dispute of a payment that is not ours")
    return len(to_read)


def record_dispute(session: Session, payment: Payment, seen: Dispute, *, now: datetime) -> None:
    """What the bank says about a locked payment. Raises BooksBusyError."""
    dispute, is_news = _kept(session, payment, seen, now=now)
    movements = [replace(one, payment_intent_id=seen.payment_intent_id) for one in seen.movements]
    keep_movements(session, movements)
    post_movements(session, payment, dispute, now=now)
    present = DisputeState(dispute.state)
    is_lost_now = present is DisputeState.LOST and dispute.closed_at is None
    if is_lost_now or is_disputed(session, payment.payment_id):
        withdraw_unsent_refunds(session, payment, now=now)
    if present is DisputeState.LOST and dispute.taken_cents and dispute.lost_entry_id is None:
        post_lost(session, payment, dispute, now=now)
        _say_it_is_lost(session, payment, dispute, now=now)
    if present in CLOSED:
        _close(session, dispute, now=now)
    else:
        if is_news:  # a hold that staff took off stays off
            pause_billing(session, dispute.guarantor_id, now=now)
        _ask_staff_to_answer(session, payment, dispute, now=now)


def note_step(
    session: Session,
    dispute: DisputeRow,
    step: str,
    *,
    now: datetime,
    actor: str = "",
    detail: str = "",
) -> None:
    """Append to the history of a dispute."""
    session.flush()
    session.execute(
        insert(DisputeEvent).values(
            practice_id=practice_of(session),
            event_id=new_id(),
            dispute_id=dispute.dispute_id,
            step=step,
            occurred_at=now,
            actor=actor,
            detail=detail,
        )
    )


def _payment_id(session: Session, seen: Dispute) -> UUID:
    found = session.scalar(
        select(Payment.payment_id).where(
            Payment.practice_id == practice_of(session),
            Payment.payment_intent_id == seen.payment_intent_id,
        )
    )
    if found is None:
        raise NotOursYetError(seen.id)
    return found


def _kept(
    session: Session, payment: Payment, seen: Dispute, *, now: datetime
) -> tuple[DisputeRow, bool]:
    """The row, and whether it was made or moved on; an answer older than it is no news."""
    dispute = session.scalar(
        select(DisputeRow).where(
            DisputeRow.practice_id == practice_of(session),
            DisputeRow.stripe_dispute_id == seen.id,
        )
    )
    if dispute is None:
        return _made(session, payment, seen, now=now), True
    is_news = seen.state in TRANSITIONS[DisputeState(dispute.state)]
    if is_news:
        dispute.state = seen.state.value
        dispute.state_at = now
        dispute.amount_cents, dispute.reason = seen.amount_cents, seen.reason
        dispute.is_refundable, dispute.due_at = seen.is_refundable, seen.due_at
        if seen.state not in CLOSED:
            dispute.closed_at = None
        note_step(session, dispute, seen.state.value, now=now)
    return dispute, is_news


def _made(session: Session, payment: Payment, seen: Dispute, *, now: datetime) -> DisputeRow:
    dispute = DisputeRow(
        practice_id=payment.practice_id,
        dispute_id=new_id(),
        stripe_dispute_id=seen.id,
        guarantor_id=payment.guarantor_id,
        payment_id=payment.payment_id,
        amount_cents=seen.amount_cents,
        reason=seen.reason,
        state=seen.state.value,
        is_refundable=seen.is_refundable,
        opened_at=seen.created_at,
        state_at=now,
        due_at=seen.due_at,
        taken_cents=0,
        fee_cents=0,
    )
    session.add(dispute)
    note_step(session, dispute, seen.state.value, now=now)
    record(
        session,
        action="dispute_opened",
        object_kind="payment",
        object_id=payment.payment_id,
        guarantor_id=payment.guarantor_id,
        now=now,
        request_id=request_id(),
    )
    if payment.method_kind == MethodKind.BANK_DEBIT.value:
        end_mandate(session, payment, now=now)
    return dispute


def _close(session: Session, dispute: DisputeRow, *, now: datetime) -> None:
    if dispute.closed_at is None:
        dispute.closed_at = now
        session.flush()
    end_task(session, kind=TASK, subject_id=dispute.dispute_id, now=now)
    resume_billing(session, dispute.guarantor_id, now=now)


def _ask_staff_to_answer(
    session: Session, payment: Payment, dispute: DisputeRow, *, now: datetime
) -> None:
    state = DisputeState(dispute.state)
    if state not in WAITS_FOR_US:
        end_task(session, kind=TASK, subject_id=dispute.dispute_id, now=now)
        return
    what = "asks about" if state in INQUIRIES else "disputes"
    until = f" by {dispute.due_at:%Y-%m-%d}" if dispute.due_at else ""
    open_task(
        session,
        kind=TASK,
        subject_id=dispute.dispute_id,
        message=f"The bank {what} {format_usd(dispute.amount_cents)} of receipt "
        f"{payment.receipt_number or 'none'} ({dispute.reason}). Answer{until}. Do not refund it.",
        now=now,
    )


def _say_it_is_lost(
    session: Session, payment: Payment, dispute: DisputeRow, *, now: datetime
) -> None:
    note_step(session, dispute, "posted_lost", now=now)
    if payment.method_kind == MethodKind.BANK_DEBIT.value:
        # A bank may send a debit back unasked; who disputes a card payment knows of it.
        tell_that_it_did_not_come(session, payment, now=now)
    open_task(
        session,
        kind=LOST_TASK,
        subject_id=dispute.dispute_id,
        message=f"{format_usd(dispute.taken_cents)} of receipt {payment.receipt_number or 'none'} "
        f"went back to the bank for good ({dispute.reason}). The balance is owed again.",
        now=now,
    )
