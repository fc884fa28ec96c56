"""Money at Stripe that becomes a payment of ours: looked up again, then put under a payment row."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.connectors.payment_gateway import IntentState, IntentStatus, PaymentGateway
from portal.db import new_id, practice_of
from portal.domain.payment_channel import PaymentChannel
from portal.domain.payment_status import PaymentState
from portal.payments.models import Payment
from portal.payments.moves import lock_payment, record_event
from portal.payments.suspense.decisions import MoneyChangedError, NotInSuspenseError
from portal.payments.verdict import CURRENCY
from portal.practice.models import Practice


def looked_up(
    gateway: PaymentGateway, intent_id: str, account: str | None, *, in_our_currency: bool = True
) -> IntentState:
    intent = gateway.look_up_payment_intent(intent_id, stripe_account=account)
    is_ours = intent.currency == CURRENCY or not in_our_currency
    if (
        intent.status is not IntentStatus.SUCCEEDED
        or intent.amount_refunded_cents
        or intent.disputed
        or not is_ours
    ):
        raise MoneyChangedError(intent_id)
    return intent


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
        payment_id = new_id()
        session.add(
            Payment(
                practice_id=practice_of(session),
                payment_id=payment_id,
                guarantor_id=guarantor_id,
                channel=PaymentChannel.FOUND.value,
                amount_cents=intent.amount_received_cents,
                pays_for=[],
                state=PaymentState.SUSPENDED.value,
                created_at=now,
                state_at=now,
                payment_intent_id=intent.id,
                stripe_account=account,
                method_kind=intent.method.kind if intent.method else None,
                method_brand=intent.method.brand if intent.method else None,
                method_last4=intent.method.last4 if intent.method else None,
            )
        )
        session.flush()
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


def payment_with(session: Session, intent_id: str) -> UUID | None:
    return session.scalar(
        select(Payment.payment_id).where(
            Payment.practice_id == practice_of(session), Payment.payment_intent_id == intent_id
        )
    )


def stripe_account(session: Session) -> str | None:
    return session.scalar(
        select(Practice.stripe_account).where(Practice.practice_id == practice_of(session))
    )
