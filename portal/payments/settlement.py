"""Money that came: into the journal, onto the lines, into the outbox, all in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.links import keep_links_open, record_step
from portal.connectors.payment_gateway import IntentState
from portal.db import new_id, practice_of
from portal.domain.allocation import Allocation, without_gone
from portal.domain.journal import BusinessEvent
from portal.domain.link_status import LinkState
from portal.domain.money import format_usd
from portal.domain.payment_channel import PaymentChannel
from portal.domain.payment_postings import (
    clearing_account,
    payment_settled,
    payment_suspended,
)
from portal.domain.payment_status import PaymentState
from portal.ledger import models as ledger
from portal.ledger.journal import post, reverse
from portal.ledger.outbox import enqueue_post
from portal.messages.service import (
    MessageTemplate,
    queue_payment_mail,
    queue_payment_receipt,
)
from portal.payments.lines import allocations_now, line_facts, open_cents_on
from portal.payments.models import Payment
from portal.payments.moves import BooksBusyError, move_to
from portal.practice.counters import next_number
from portal.practice.import_lock import import_is_running
from portal.practice.models import Guarantor, Practice, Task
from portal.practice.tasks import UNAPPLIED_CREDIT_TASK, open_task
from portal.request_id import request_id

_SUSPENDED: Final = "payment_suspended"


def settle(session: Session, payment: Payment, *, now: datetime, gone_cents: int = 0) -> None:
    """A locked payment's money is there: post it once and tell everybody who must know.

    ``gone_cents`` of it left before anybody knew whose it was: they pay nothing and are credit.
    Raises BooksBusyError while a remittance is imported.
    """
    if import_is_running(session):
        raise BooksBusyError(payment.payment_id)
    effective_on = practice_day(session, now)
    _take_out_of_suspense(session, payment, effective_on=effective_on, now=now)
    parts = without_gone(allocations_now(session, payment), gone_cents)
    entry = payment_settled(
        payment.payment_id,
        parts,
        guarantor_id=payment.guarantor_id,
        effective_on=effective_on,
        arrived_in=clearing_account(payment.method_kind),
    )
    entry_id = post(session, entry, now=now)
    keep_allocations(session, payment, entry_id, parts)
    mark_settled(session, payment, now=now)
    enqueue_post(
        session,
        guarantor_id=payment.guarantor_id,
        entry_id=entry_id,
        subject_id=payment.payment_id,
        kind=BusinessEvent.PAYMENT_SETTLED.value,
        amount_cents=payment.amount_cents,
        effective_on=effective_on,
        details=post_details(session, payment, parts),
        now=now,
    )
    _tell(session, payment, parts, now=now)


def mark_settled(session: Session, payment: Payment, *, now: datetime) -> None:
    """Give a locked payment, whose money is in the journal, its receipt number."""
    effective_on, receipt_prefix = _practice_day(session, now)
    number = next_number(session, "receipt")
    payment.receipt_number = f"{receipt_prefix}-{effective_on.year}-{number:06d}"
    payment.settled_at = now
    move_to(session, payment, PaymentState.SUCCEEDED, now=now)


def suspend(
    session: Session,
    payment: Payment,
    intent: IntentState,
    *,
    differences: Sequence[str],
    now: datetime,
) -> None:
    """The money of this attempt is not the money we asked for: keep it apart, ask staff."""
    suspend_money(session, payment, intent, differences=differences, now=now)
    move_to(session, payment, PaymentState.SUSPENDED, now=now, detail=" ".join(differences))


def suspend_money(
    session: Session,
    payment: Payment,
    intent: IntentState,
    *,
    differences: Sequence[str],
    now: datetime,
) -> None:
    """Book money of this guarantor that no attempt explains; the attempt itself stays as it is.

    What a payment was settled with, or staff have placed, is explained: nothing is done.
    """
    if _is_explained(session, payment, intent.id):
        return
    effective_on, _ = _practice_day(session, now)
    entry = payment_suspended(
        intent.id,
        amount_cents=intent.amount_received_cents,
        guarantor_id=payment.guarantor_id,
        effective_on=effective_on,
        arrived_in=clearing_account(intent.method.kind if intent.method else None),
    )
    entry_id = post(session, entry, now=now)
    words = ", ".join(differences)
    open_task(
        session,
        kind=_SUSPENDED,
        subject_id=entry_id,  # a payment may have several strays
        message=f"Stripe holds {format_usd(intent.amount_received_cents)} as {intent.id}, "
        f"which differs from what we asked for: {words}. Refund it or post it by hand.",
        now=now,
    )


def _is_explained(session: Session, payment: Payment, intent_id: str) -> bool:
    is_placed = (Payment.payment_id != payment.payment_id) & (
        Payment.state == PaymentState.SUSPENDED.value
    )
    found = session.scalar(
        select(Payment.payment_id).where(
            Payment.practice_id == practice_of(session),
            Payment.payment_intent_id == intent_id,
            Payment.settled_at.is_not(None) | is_placed,
        )
    )
    return found is not None


def _take_out_of_suspense(
    session: Session, payment: Payment, *, effective_on: date, now: datetime
) -> None:
    """An event named this money before its payment could be found: it is explained by now."""
    practice_id = practice_of(session)
    entry_id = session.scalar(
        select(ledger.JournalEntryRow.entry_id).where(
            ledger.JournalEntryRow.practice_id == practice_id,
            ledger.JournalEntryRow.business_event == BusinessEvent.PAYMENT_SUSPENDED.value,
            ledger.JournalEntryRow.source_key == payment.payment_intent_id,
        )
    )
    if entry_id is None:
        return
    event = BusinessEvent.PAYMENT_SUSPENDED
    reverse(session, entry_id, business_event=event, effective_on=effective_on, now=now)
    session.execute(
        update(Task)
        .where(
            Task.practice_id == practice_id,
            Task.kind == _SUSPENDED,
            Task.subject_id == entry_id,
            Task.done_at.is_(None),
        )
        .values(done_at=now)
    )


def keep_allocations(
    session: Session, payment: Payment, entry_id: UUID, parts: Sequence[Allocation]
) -> None:
    """One row a part, beside the entry that posts them."""
    rows = [
        {
            "practice_id": practice_of(session),
            "allocation_id": new_id(),
            "guarantor_id": payment.guarantor_id,
            "payment_id": payment.payment_id,
            "entry_id": entry_id,
            "claim_id": part.target.claim_id,
            "charge_id": part.target.charge_id,
            "amount_cents": part.amount_cents,
        }
        for part in parts
    ]
    session.execute(insert(ledger.Allocation).values(rows))


def post_details(
    session: Session, payment: Payment, parts: Sequence[Allocation]
) -> Mapping[str, Any]:
    """What the practice's system needs to book it: its own numbers and cents, no names."""
    details = account_details(session, payment.guarantor_id, parts)
    receipt_number, method = payment.receipt_number, payment.method_kind or ""
    return {**details, "receipt_number": receipt_number, "method": method}


def account_details(
    session: Session, guarantor_id: UUID, parts: Sequence[Allocation]
) -> Mapping[str, Any]:
    """As `post_details`, of what is no payment."""
    facts = line_facts(session, {part.target for part in parts})
    account_number = session.scalar(
        select(Guarantor.account_number).where(
            Guarantor.practice_id == practice_of(session), Guarantor.guarantor_id == guarantor_id
        )
    )
    return {
        "account_number": account_number,
        "receipt_number": "",
        "method": "",
        "allocations": [
            {
                "claim_number": facts[part.target].claim_number if part.target in facts else "",
                "line_control_number": (
                    facts[part.target].control_number if part.target in facts else ""
                ),
                "amount_cents": part.amount_cents,
            }
            for part in parts
        ],
    }


def begin_commitment(session: Session, payment: Payment, *, now: datetime) -> None:
    """A bank is at work on it: nobody asks for this much meanwhile. One that ended begins anew."""
    made = {"made_at": now, "ended_at": None}
    commitment = insert(ledger.Commitment).values(
        practice_id=practice_of(session),
        commitment_id=new_id(),
        guarantor_id=payment.guarantor_id,
        subject_id=payment.payment_id,
        plan_id=payment.plan_id,
        amount_cents=payment.amount_cents,
        **made,
    )
    session.execute(
        commitment.on_conflict_do_update(index_elements=["practice_id", "subject_id"], set_=made)
    )


def tell_that_it_is_on_its_way(session: Session, payment: Payment, *, now: datetime) -> None:
    """By e-mail, with the words and the day of the permission that a bank debit was made by.

    Only to whoever gave it just now: a standing one has notices of its own, and a guest no address.
    """
    if payment.channel != PaymentChannel.LINK.value:
        return
    queue_payment_mail(
        session,
        MessageTemplate.PAYMENT_ON_ITS_WAY,
        guarantor_id=payment.guarantor_id,
        payment_id=payment.payment_id,
        now=now,
    )


def tell_that_it_did_not_come(session: Session, payment: Payment, *, now: datetime) -> None:
    """By e-mail: its payer was told to do nothing, days ago. A guest has no address."""
    if payment.channel == PaymentChannel.GUEST.value:
        return
    queue_payment_mail(
        session,
        MessageTemplate.PAYMENT_SENT_BACK,
        guarantor_id=payment.guarantor_id,
        payment_id=payment.payment_id,
        now=now,
    )


def end_commitment(session: Session, payment: Payment, *, now: datetime) -> None:
    """It is here, or it will not come."""
    session.execute(
        update(ledger.Commitment)
        .where(
            ledger.Commitment.practice_id == practice_of(session),
            ledger.Commitment.subject_id == payment.payment_id,
            ledger.Commitment.ended_at.is_(None),
        )
        .values(ended_at=now)
    )


def practice_day(session: Session, now: datetime) -> date:
    """The posting day: today where the practice is."""
    return _practice_day(session, now)[0]


def _practice_day(session: Session, now: datetime) -> tuple[date, str]:
    zone, receipt_prefix = session.execute(
        select(Practice.time_zone, Practice.receipt_prefix).where(
            Practice.practice_id == practice_of(session)
        )
    ).one()
    return now.astimezone(ZoneInfo(zone)).date(), receipt_prefix


def _tell(
    session: Session, payment: Payment, parts: Sequence[Allocation], *, now: datetime
) -> None:
    """The payer by e-mail, the front desk by the link's history, staff when money is left over."""
    queue_payment_receipt(
        session, guarantor_id=payment.guarantor_id, payment_id=payment.payment_id, now=now
    )
    if payment.statement_id is not None:
        keep_links_open(session, payment.statement_id, now=now)
    if payment.link_id is not None and payment.statement_id is not None:
        step = LinkState.PART_PAID if open_cents_on(session, payment) else LinkState.PAID
        record_step(session, payment.link_id, step, now=now)
    unapplied_cents = sum(part.amount_cents for part in parts if part.is_unapplied)
    if unapplied_cents:
        open_task(
            session,
            kind=UNAPPLIED_CREDIT_TASK,
            subject_id=payment.payment_id,
            message=f"{format_usd(unapplied_cents)} of receipt {payment.receipt_number} is more "
            "than what was owed. Refund it or use it for another bill.",
            now=now,
        )
    record(
        session,
        action="payment_settled",
        object_kind="payment",
        object_id=payment.payment_id,
        guarantor_id=payment.guarantor_id,
        now=now,
        request_id=request_id(),
    )
