"""Stripe's page of a payment: opened, found again, closed. No transaction is open meanwhile."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from portal.connectors.payment_gateway import (
    CheckoutSession,
    GatewayError,
    GatewayRefused,
    GatewayUnavailable,
    PaymentGateway,
)
from portal.db import Database, Principal
from portal.domain.payment_status import ONE_AT_A_TIME, PaymentState
from portal.payments.access import own_payment
from portal.payments.apply import apply_payment, record_checkout
from portal.payments.moves import BooksBusyError, lock_payment, move_to, payment_of

_REUSED_KEY: Final = "idempotency_error"


@dataclass(frozen=True, slots=True)
class Call:
    """Everything Stripe is told, the same in every repeat."""

    payment_id: UUID
    amount_cents: int
    expires_at: datetime
    language: str
    stripe_account: str | None
    customer_id: str | None = None  # under which it is kept what it is paid with


def open_page(
    database: Database,
    gateway: PaymentGateway,
    principal: Principal,
    call: Call,
    return_url: str,
    *,
    now: datetime,
) -> str | None:
    """Open Stripe's page. Without an answer the payment stays `starting`: it is looked up later."""
    try:
        checkout = gateway.start_checkout(
            payment_id=call.payment_id,
            amount_cents=call.amount_cents,
            success_url=return_url,
            cancel_url=return_url,
            expires_at=call.expires_at,
            locale=call.language,
            stripe_account=call.stripe_account,
            customer_id=call.customer_id,
        )
    except GatewayUnavailable:
        return None
    except GatewayRefused as refusal:
        _record_refusal(database, principal, call.payment_id, refusal, now=now)
        return None
    return _record_opened(database, principal, call.payment_id, checkout, now=now)


def _record_opened(
    database: Database,
    principal: Principal,
    payment_id: UUID,
    checkout: CheckoutSession,
    *,
    now: datetime,
) -> str | None:
    with database.transaction(principal) as session:
        payment = lock_payment(session, payment_id)
        record_checkout(session, payment, checkout, now=now)
        return payment.checkout_url if payment.state == PaymentState.OPEN.value else None


def _record_refusal(
    database: Database,
    principal: Principal,
    payment_id: UUID,
    refusal: GatewayRefused,
    *,
    now: datetime,
) -> None:
    """Stripe made nothing; unless it did so before, and only the repeat was not the same call."""
    if refusal.code == _REUSED_KEY:
        return
    detail = f"Stripe refused: {refusal.code} {refusal.parameter or ''}".strip()
    with database.transaction(principal) as session:
        payment = lock_payment(session, payment_id)
        if payment.state == PaymentState.STARTING.value:
            move_to(session, payment, PaymentState.FAILED, now=now, detail=detail)


def page_still_open(
    database: Database,
    gateway: PaymentGateway,
    principal: Principal,
    payment_id: UUID,
    *,
    now: datetime,
) -> str | None:
    """Lead the payer back to the page that is there already."""
    try:
        state = apply_payment(database, gateway, principal.practice_id, payment_id, now=now)
    except (GatewayError, BooksBusyError):
        return None
    if state is not PaymentState.OPEN:
        return None
    with database.transaction(principal) as session:
        return own_payment(session, payment_id).checkout_url


def close_page(
    database: Database,
    gateway: PaymentGateway,
    practice_id: UUID,
    payment_id: UUID,
    *,
    now: datetime,
) -> bool:
    """Close Stripe's page of an older attempt, so that it cannot be paid as well.

    False when it cannot be closed, or not yet: Stripe does not answer.
    """
    job = Principal.job(practice_id, role="close older attempt")
    try:
        state = apply_payment(database, gateway, practice_id, payment_id, now=now)
        if state is PaymentState.OPEN:
            with database.transaction(job) as session:
                older = payment_of(session, payment_id)
            if older.checkout_session_id is not None:
                gateway.expire_checkout(
                    older.checkout_session_id, stripe_account=older.stripe_account
                )
            state = apply_payment(database, gateway, practice_id, payment_id, now=now)
    except (GatewayError, BooksBusyError):
        return False
    return state not in ONE_AT_A_TIME
