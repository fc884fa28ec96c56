"""Every change of a payment's state: under lock, along the table of moves, with an event row."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ScalarSelect, insert, select
from sqlalchemy.orm import Session

from portal.db import new_id, practice_of
from portal.domain.payment_status import (
    REFUND_TRANSITIONS,
    TRANSITIONS,
    PaymentState,
    RefundState,
    is_move,
)
from portal.payments.models import Payment, PaymentEvent, Refund
from portal.practice.models import Guarantor


class PaymentNotFoundError(LookupError):
    """No such payment, or not this person's."""


class BooksBusyError(RuntimeError):
    """A remittance is being imported: what is open changes under our hands. Try again later."""


def lock_guarantor(session: Session, guarantor_id: UUID) -> None:
    """Whoever starts or settles a payment of this guarantor waits here for the one before.

    Always taken before a payment's own lock. Raises PaymentNotFoundError.
    """
    if not _wait_for(session, guarantor_id):
        raise PaymentNotFoundError(guarantor_id)


def payment_of(session: Session, payment_id: UUID) -> Payment:
    """As it is now, unlocked. Raises PaymentNotFoundError."""
    found = session.scalar(
        select(Payment).where(
            Payment.practice_id == practice_of(session), Payment.payment_id == payment_id
        )
    )
    if found is None:
        raise PaymentNotFoundError(payment_id)
    return found


def lock_payment(session: Session, payment_id: UUID) -> Payment:
    """The payment with its guarantor locked, for changing it. Raises PaymentNotFoundError."""
    practice_id = practice_of(session)
    payer = select(Payment.guarantor_id).where(
        Payment.practice_id == practice_id, Payment.payment_id == payment_id
    )
    if not _wait_for(session, payer.scalar_subquery()):
        raise PaymentNotFoundError(payment_id)
    return session.scalars(
        select(Payment)
        .where(Payment.practice_id == practice_id, Payment.payment_id == payment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _wait_for(session: Session, guarantor_id: UUID | ScalarSelect[UUID]) -> bool:
    """Whether there is such a guarantor, who is locked now.

    Rows that only point at the guarantor can still be added meanwhile.
    """
    found = session.scalar(
        select(Guarantor.guarantor_id)
        .where(
            Guarantor.practice_id == practice_of(session), Guarantor.guarantor_id == guarantor_id
        )
        .with_for_update(key_share=True)
    )
    return found is not None


def move_to(
    session: Session, payment: Payment, state: PaymentState, *, now: datetime, detail: str = ""
) -> None:
    """Move a locked payment and write the event; one already there stays.

    Raises UnknownMoveError.
    """
    if not is_move(TRANSITIONS, PaymentState(payment.state), wanted=state):
        return
    payment.state = state.value
    payment.state_at = now
    record_event(session, payment, now=now, detail=detail)


def record_event(session: Session, payment: Payment, *, now: datetime, detail: str = "") -> None:
    """Append what happened to a payment, in its present state."""
    session.flush()
    session.execute(
        insert(PaymentEvent).values(
            practice_id=practice_of(session),
            event_id=new_id(),
            guarantor_id=payment.guarantor_id,
            payment_id=payment.payment_id,
            state=payment.state,
            occurred_at=now,
            detail=detail,
        )
    )


def move_refund_to(session: Session, refund: Refund, state: RefundState, *, now: datetime) -> bool:
    """Whether a refund, whose payment is locked, has come into this state just now.

    Raises UnknownMoveError.
    """
    if not is_move(REFUND_TRANSITIONS, RefundState(refund.state), wanted=state):
        return False
    refund.state = state.value
    refund.state_at = now
    session.flush()
    return True
