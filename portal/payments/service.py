"""Paying: choose an amount, check it, go to Stripe. What comes of it is apply.py's.

Written down before Stripe is called, with the payment's id as idempotency key: a repeat is the same
call, never a second charge. One attempt of a guarantor is at Stripe at a time.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.connectors.payment_gateway import (
    CheckoutSession,
    GatewayError,
    GatewayRefused,
    GatewayUnavailable,
    PaymentGateway,
)
from portal.db import Database, Principal, PrincipalKind, new_id, practice_of
from portal.domain.payment_status import AT_THE_PROCESSOR, PaymentState
from portal.payments.access import Payable, StatementDue, own_payment, payable
from portal.payments.apply import (
    CALL_AGAIN_WITHIN,
    CHECKOUT_LIFETIME,
    apply_payment,
    record_checkout,
)
from portal.payments.models import Payment
from portal.payments.moves import (
    BooksBusyError,
    lock_guarantor,
    lock_payment,
    move_to,
    payment_of,
    record_event,
)
from portal.practice.models import Practice

LEAST_CENTS: Final = 50
"""Stripe's own limit for US dollars."""

_REUSED_KEY: Final = "idempotency_error"
_ROUNDS: Final = 3


class AmountRefusedError(ValueError):
    """An amount that may not be paid; ``most_cents`` is what may."""

    def __init__(self, most_cents: int) -> None:
        super().__init__(most_cents)
        self.most_cents = most_cents


class AmountTooSmallError(AmountRefusedError):
    """Less than Stripe takes."""


class AmountTooLargeError(AmountRefusedError):
    """More than the statement asks for now."""


class NothingDueError(AmountRefusedError):
    """Nothing, or too little to pay by card."""


class BalanceChangedError(RuntimeError):
    """What is due is not what the payer saw when they agreed."""


@dataclass(frozen=True, slots=True)
class _Call:
    """Everything Stripe is told, the same in every repeat."""

    payment_id: UUID
    amount_cents: int
    expires_at: datetime
    language: str
    stripe_account: str | None


@dataclass(frozen=True, slots=True)
class _Next:
    """What confirming leads to: a call, another attempt in the way, or a look at Stripe."""

    call: _Call | None = None
    in_the_way: UUID | None = None
    look_up: bool = False


def start_payment(
    database: Database,
    principal: Principal,
    *,
    statement_id: UUID,
    amount_cents: int,
    statement_due: StatementDue,
    now: datetime,
) -> UUID:
    """Write down what somebody wants to pay; nothing is asked of anybody yet.

    The same wish again is the same payment. Raises StatementNotFoundError and AmountRefusedError.
    """
    with database.transaction(principal) as session:
        due = payable(session, statement_id, statement_due=statement_due)
        lock_guarantor(session, due.guarantor_id)
        due = payable(session, statement_id, statement_due=statement_due)
        _require_payable(amount_cents, due)
        prepared = _prepared(session, principal, statement_id, amount_cents=amount_cents)
        if prepared is not None:
            return prepared
        payment = _new_payment(principal, statement_id, due, amount_cents=amount_cents, now=now)
        session.add(payment)
        record_event(session, payment, now=now)
        return payment.payment_id


def confirm_payment(
    database: Database,
    gateway: PaymentGateway,
    principal: Principal,
    *,
    payment_id: UUID,
    due_seen_cents: int,
    return_url: str,
    language: str,
    statement_due: StatementDue,
    now: datetime,
    request_id: str,
) -> str | None:
    """The address of Stripe's page for this payment; None when the payment's state says why not.

    ``due_seen_cents`` is the amount due on the page that was agreed to: raises BalanceChangedError
    when it is another by now. Raises PaymentNotFoundError and StatementNotFoundError.
    """
    for _ in range(_ROUNDS):
        with database.transaction(principal) as session:
            own_payment(session, payment_id)
            payment = lock_payment(session, payment_id)
            due = payable(session, payment.statement_id, statement_due=statement_due)
            step = _next_step(session, payment, due, due_seen_cents, language=language, now=now)
            if step.call is not None:
                _audit(session, payment, now=now, request_id=request_id)
        if step.in_the_way is None:
            break
        if not _close(database, gateway, principal.practice_id, step.in_the_way, now=now):
            return None
    if step.call is not None:
        return _call_stripe(database, gateway, principal, step.call, return_url, now=now)
    if step.look_up:
        return _page_still_open(database, gateway, principal, payment_id, now=now)
    return None


def _require_payable(amount_cents: int, due: Payable) -> None:
    most_cents = due.due_now_cents
    if most_cents < LEAST_CENTS:
        raise NothingDueError(most_cents)
    if amount_cents < LEAST_CENTS:
        raise AmountTooSmallError(most_cents)
    if amount_cents > most_cents:
        raise AmountTooLargeError(most_cents)


def _prepared(
    session: Session, principal: Principal, statement_id: UUID, *, amount_cents: int
) -> UUID | None:
    """A double click, or the same choice again."""
    return session.scalar(
        select(Payment.payment_id)
        .where(
            Payment.practice_id == practice_of(session),
            Payment.statement_id == statement_id,
            Payment.state == PaymentState.PREPARED.value,
            Payment.amount_cents == amount_cents,
            Payment.link_id.is_not_distinct_from(_link_id(principal)),
        )
        .order_by(Payment.payment_id.desc())
        .limit(1)
    )


def _new_payment(
    principal: Principal,
    statement_id: UUID,
    due: Payable,
    *,
    amount_cents: int,
    now: datetime,
) -> Payment:
    lines = [
        {
            "claim_id": str(line.claim_id),
            "charge_id": str(line.charge_id) if line.charge_id else None,
        }
        for line in due.lines
    ]
    return Payment(
        practice_id=principal.practice_id,
        payment_id=new_id(),
        guarantor_id=due.guarantor_id,
        statement_id=statement_id,
        link_id=_link_id(principal),
        amount_cents=amount_cents,
        pays_for=lines,
        state=PaymentState.PREPARED.value,
        created_at=now,
        state_at=now,
    )


def _link_id(principal: Principal) -> UUID | None:
    return principal.actor_id if principal.kind is PrincipalKind.LINK else None


def _next_step(
    session: Session,
    payment: Payment,
    due: Payable,
    due_seen_cents: int,
    *,
    language: str,
    now: datetime,
) -> _Next:
    state = PaymentState(payment.state)
    if state is PaymentState.PREPARED:
        if due.due_now_cents != due_seen_cents or payment.amount_cents > due.due_now_cents:
            raise BalanceChangedError(payment.payment_id)
        other = attempt_at_stripe(session, payment.guarantor_id)
        if other is not None:
            return _Next(in_the_way=other)
        _start(session, payment, language=language, now=now)
        return _Next(call=_call(payment))
    outgrown = payment.amount_cents > due.due_now_cents
    if state is PaymentState.OPEN and outgrown:
        return _Next(in_the_way=payment.payment_id)
    if state is PaymentState.STARTING and not outgrown and _may_call_again(payment, now):
        return _Next(call=_call(payment))
    return _Next(look_up=state in (PaymentState.STARTING, PaymentState.OPEN))


def _may_call_again(payment: Payment, now: datetime) -> bool:
    return payment.started_at is not None and now < payment.started_at + CALL_AGAIN_WITHIN


def attempt_at_stripe(session: Session, guarantor_id: UUID) -> UUID | None:
    """The one attempt of a guarantor that may still turn into money."""
    return session.scalar(
        select(Payment.payment_id).where(
            Payment.practice_id == practice_of(session),
            Payment.guarantor_id == guarantor_id,
            Payment.state.in_([state.value for state in AT_THE_PROCESSOR]),
        )
    )


def _start(session: Session, payment: Payment, *, language: str, now: datetime) -> None:
    payment.started_at = now
    payment.checkout_language = language
    payment.stripe_account = session.scalar(
        select(Practice.stripe_account).where(Practice.practice_id == practice_of(session))
    )
    move_to(session, payment, PaymentState.STARTING, now=now)


def _call(payment: Payment) -> _Call:
    if payment.started_at is None:
        raise ValueError(payment.payment_id)
    return _Call(
        payment_id=payment.payment_id,
        amount_cents=payment.amount_cents,
        expires_at=payment.started_at + CHECKOUT_LIFETIME,
        language=payment.checkout_language or "en",
        stripe_account=payment.stripe_account,
    )


def _call_stripe(
    database: Database,
    gateway: PaymentGateway,
    principal: Principal,
    call: _Call,
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


def _page_still_open(
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


def _close(
    database: Database,
    gateway: PaymentGateway,
    practice_id: UUID,
    payment_id: UUID,
    *,
    now: datetime,
) -> bool:
    """Close Stripe's page of an older attempt, so that it cannot be paid as well.

    False when it cannot be closed, or not yet: a bank is at work, or Stripe does not answer.
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
    return state not in AT_THE_PROCESSOR


def _audit(session: Session, payment: Payment, *, now: datetime, request_id: str) -> None:
    record(
        session,
        action="pay",
        object_kind="payment",
        object_id=payment.payment_id,
        guarantor_id=payment.guarantor_id,
        now=now,
        request_id=request_id,
    )
