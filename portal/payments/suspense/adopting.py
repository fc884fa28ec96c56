"""Money at Stripe that becomes a payment of ours: looked up again, then put under a payment row."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.connectors.payment_gateway import (
    IntentState,
    IntentStatus,
    PaymentGateway,
    RefundState,
)
from portal.db import practice_of
from portal.domain.payment_status import PaymentState
from portal.payments.disputes.models import DisputeRow
from portal.payments.found import payment_with, write_down
from portal.payments.models import Payment
from portal.payments.moves import BooksBusyError, lock_payment, record_event
from portal.payments.refunds.asking import take_over_refund
from portal.payments.suspense.decisions import MoneyChangedError, NotInSuspenseError
from portal.payments.verdict import CURRENCY
from portal.practice.import_lock import import_is_running
from portal.practice.models import Practice


@dataclass(frozen=True, slots=True)
class Seen:
    """What Stripe says of money that came, with all that went back of it there."""

    intent: IntentState
    refunds: tuple[RefundState, ...]


def looked_up(
    gateway: PaymentGateway, intent_id: str, account: str | None, *, in_our_currency: bool = True
) -> Seen:
    """Raises MoneyChangedError for what is no money (any more), and GatewayError."""
    intent = gateway.look_up_payment_intent(intent_id, stripe_account=account)
    is_ours = intent.currency == CURRENCY or not in_our_currency
    if intent.status is not IntentStatus.SUCCEEDED or not is_ours:
        raise MoneyChangedError(intent_id)
    return Seen(intent, gateway.refunds_of(intent_id, stripe_account=account))


def adopt(
    session: Session,
    guarantor_id: UUID,
    intent: IntentState,
    account: str | None,
    *,
    now: datetime,
) -> Payment:
    """The payment whose money it is: the one that was suspended, or else a new one, locked."""
    payment_id = payment_with(session, intent.id)
    if payment_id is None:
        payment_id = write_down(session, guarantor_id, intent, account, now=now)
    payment = lock_payment(session, payment_id)
    if payment.state != PaymentState.SUSPENDED.value or payment.guarantor_id != guarantor_id:
        raise NotInSuspenseError(intent.id)
    if payment.amount_cents != intent.amount_received_cents:
        record_event(
            session,
            payment,
            now=now,
            detail=f"{intent.amount_received_cents} cents came, not {payment.amount_cents}",
        )
        payment.amount_cents = intent.amount_received_cents
    return payment


def catch_up(session: Session, payment: Payment, seen: Seen, *, now: datetime) -> bool:
    """Take in what happened to it on Stripe's own pages; whether anything of that was news.

    A dispute that we have not heard of is read with the disputes. Raises BooksBusyError while a
    remittance is imported.
    """
    if import_is_running(session):
        raise BooksBusyError(payment.payment_id)
    news = [take_over_refund(session, payment, one, now=now) for one in seen.refunds]
    return any(news) or (seen.intent.disputed and not _has_dispute(session, payment))


def _has_dispute(session: Session, payment: Payment) -> bool:
    found = session.scalar(
        select(DisputeRow.dispute_id)
        .where(
            DisputeRow.practice_id == practice_of(session),
            DisputeRow.payment_id == payment.payment_id,
        )
        .limit(1)
    )
    return found is not None


def stripe_account(session: Session) -> str | None:
    return session.scalar(
        select(Practice.stripe_account).where(Practice.practice_id == practice_of(session))
    )
