"""Money at the processor that no attempt of ours made: a payment row that waits in suspense.

With a row, whatever happens to the money on the processor's own pages finds it.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.connectors.payment_gateway import IntentState
from portal.db import new_id, practice_of
from portal.domain.payment_channel import PaymentChannel
from portal.domain.payment_status import PaymentState
from portal.payments.models import Payment
from portal.payments.moves import record_event
from portal.payments.settlement import suspend_money

_ELSEWHERE = ("payment made elsewhere",)


def book_stray(session: Session, named: Payment, intent: IntentState, *, now: datetime) -> None:
    """Keep money apart that names a locked payment and was made elsewhere; once."""
    suspend_money(session, named, intent, differences=_ELSEWHERE, now=now)
    if payment_with(session, intent.id) is None:
        write_down(session, named.guarantor_id, intent, named.stripe_account, now=now)


def write_down(
    session: Session,
    guarantor_id: UUID,
    intent: IntentState,
    stripe_account: str | None,
    *,
    now: datetime,
) -> UUID:
    """The payment row of such money; its id."""
    method = intent.method
    payment = Payment(
        practice_id=practice_of(session),
        payment_id=new_id(),
        guarantor_id=guarantor_id,
        channel=PaymentChannel.FOUND.value,
        amount_cents=intent.amount_received_cents,
        pays_for=[],
        state=PaymentState.SUSPENDED.value,
        created_at=now,
        state_at=now,
        payment_intent_id=intent.id,
        stripe_account=stripe_account,
        method_kind=method.kind if method else None,
        method_brand=method.brand if method else None,
        method_last4=method.last4 if method else None,
    )
    session.add(payment)
    record_event(session, payment, now=now)
    return payment.payment_id


def payment_with(session: Session, intent_id: str) -> UUID | None:
    """Whose money this is, as far as we know."""
    return session.scalar(
        select(Payment.payment_id).where(
            Payment.practice_id == practice_of(session), Payment.payment_intent_id == intent_id
        )
    )
