"""The job that makes charges on their day: written down first, bounded by what is due, then called.

Nothing here charges twice: the payment's id is the idempotency key, a guarantor has one attempt at
Stripe at a time, a charge is tried once a day, and an outcome that is not known is looked up by the
sweep, never asked for again.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.connectors.payment_gateway import (
    CardDeclined,
    GatewayError,
    GatewayRefused,
    GatewayUnavailable,
    PaymentGateway,
)
from portal.connectors.saved_methods import SavedMethods
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.charge_schedule import (
    LATE_AFTER,
    TO_COME,
    ScheduledOrigin,
    ScheduledReason,
    ScheduledState,
)
from portal.domain.payment_channel import PaymentChannel
from portal.domain.payment_status import PaymentState
from portal.messages.service import MessageTemplate
from portal.payments.access import StatementDue
from portal.payments.apply import apply_payment
from portal.payments.methods.customers import customer_of
from portal.payments.methods.models import SavedMethod
from portal.payments.models import Payment
from portal.payments.moves import BooksBusyError, lock_payment, move_to, record_event
from portal.payments.scheduled.endings import stop_scheduled
from portal.payments.scheduled.follow import after_refusal
from portal.payments.scheduled.installments import InstallmentDue
from portal.payments.scheduled.models import ScheduledPayment, ScheduledTry
from portal.payments.scheduled.moves import (
    lock_scheduled,
    move_scheduled_to,
    scheduled_of,
)
from portal.payments.scheduled.readiness import (
    DueNow,
    Left,
    WhoKnows,
    ask_anew,
    due_now,
    is_being_paid_elsewhere,
    reason_not_to,
    tell,
)
from portal.payments.service import LEAST_CENTS
from portal.payments.settlement import practice_day
from portal.practice.contact import practice_contact
from portal.request_id import request_id
from portal.web.logs import log

CHARGES_FROM: Final = time(8)
"""Not in the middle of the practice's night: what follows is an e-mail."""

_REUSED_KEY: Final = "idempotency_error"
_CHANNELS: Final = {
    ScheduledOrigin.PAY_LATER: PaymentChannel.SCHEDULED,
    ScheduledOrigin.AUTOPAY: PaymentChannel.AUTOPAY,
    ScheduledOrigin.PLAN: PaymentChannel.PLAN,
}


@dataclass(frozen=True, slots=True)
class ChargeCounts:
    """What one run did. ``unknown``: Stripe gave no answer; the sweep finds out."""

    made: int = 0
    declined: int = 0
    unknown: int = 0
    ended: int = 0
    not_now: int = 0
    failed: int = 0

    def as_json(self) -> dict[str, int]:
        """For the log and for commands."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Call:
    """Everything Stripe is told, as it was written down."""

    payment_id: UUID
    scheduled_id: UUID
    customer_id: str
    method_id: str
    method_kind: str
    amount_cents: int
    stripe_account: str | None


def charge_what_is_due(
    database: Database,
    gateway: PaymentGateway,
    stripe: SavedMethods,
    practice_id: UUID,
    *,
    statement_due: StatementDue,
    installment_due: InstallmentDue,
    now: datetime,
) -> ChargeCounts:
    """Make every charge whose day has come. Whatever befalls one of them, the others go on."""
    principal = Principal.job(practice_id, role="charge what is due")
    with database.transaction(principal) as session:
        local = now.astimezone(ZoneInfo(practice_contact(session).time_zone))
        scheduled_ids = _due_payments(session, local) if local.time() >= CHARGES_FROM else ()
    who_knows = WhoKnows(statement_due, installment_due)
    outcomes: list[str] = []
    for scheduled_id in scheduled_ids:
        try:
            step = _begin(database, principal, scheduled_id, who_knows=who_knows, now=now)
            outcomes.append(
                _make(database, gateway, stripe, principal, step, now=now)
                if isinstance(step, _Call)
                else step.value
            )
        except (GatewayError, BooksBusyError):
            outcomes.append("unknown")
        except Exception:  # noqa: BLE001 - the others must not wait for whoever mends this one
            log.exception("charge not made", scheduled_id=scheduled_id)
            outcomes.append("failed")
    return ChargeCounts(**{name: outcomes.count(name) for name in ChargeCounts().as_json()})


def _due_payments(session: Session, local: datetime) -> Sequence[UUID]:
    return session.scalars(
        select(ScheduledPayment.scheduled_id)
        .where(
            ScheduledPayment.practice_id == practice_of(session),
            ScheduledPayment.state.in_([state.value for state in TO_COME]),
            ScheduledPayment.next_try_on <= local.date(),
        )
        .order_by(ScheduledPayment.next_try_on, ScheduledPayment.scheduled_id)
    ).all()


def _begin(
    database: Database,
    principal: Principal,
    scheduled_id: UUID,
    *,
    who_knows: WhoKnows,
    now: datetime,
) -> _Call | Left:
    """Write the payment down, or say why there is none."""
    with database.transaction(principal) as session:
        planned = lock_scheduled(session, scheduled_id)
        today = practice_day(session, now)
        left = reason_not_to(session, planned, today=today, now=now)
        if left is not None:
            return left
        due = due_now(session, planned, who_knows, today=today, now=now)
        if due is None:
            return Left.ENDED
        if planned.plan_id is not None and is_being_paid_elsewhere(session, planned, due):
            return Left.NOT_NOW
        amount_cents = min(planned.agreed_cents, due.cents)
        if amount_cents < LEAST_CENTS:
            move_scheduled_to(session, planned, ScheduledState.NOT_NEEDED, now=now)
            tell(session, planned, MessageTemplate.CHARGE_NOT_NEEDED, now=now)
            return Left.ENDED
        if today > planned.next_try_on + LATE_AFTER:
            return ask_anew(session, planned, today=today, now=now)
        return _write_down(session, planned, due, amount_cents=amount_cents, now=now)


def _write_down(
    session: Session, planned: ScheduledPayment, due: DueNow, *, amount_cents: int, now: datetime
) -> _Call | Left:
    method = session.scalars(
        select(SavedMethod).where(
            SavedMethod.practice_id == practice_of(session),
            SavedMethod.method_id == planned.method_id,
        )
    ).one()
    customer = customer_of(session, planned.guarantor_id)
    if customer is None or method.removed_at is not None:
        stop_scheduled(session, planned, reason=ScheduledReason.METHOD_REMOVED, now=now)
        tell(session, planned, MessageTemplate.CHARGE_STOPPED, now=now)
        return Left.ENDED
    payment = _payment(session, planned, due, amount_cents=amount_cents, now=now)
    payment.stripe_account, payment.customer_id = customer.stripe_account, customer.customer_id
    session.add(payment)
    record_event(session, payment, now=now)
    session.add(
        ScheduledTry(
            practice_id=practice_of(session),
            payment_id=payment.payment_id,
            guarantor_id=planned.guarantor_id,
            scheduled_id=planned.scheduled_id,
            try_number=_tries(session, planned) + 1,
            tried_on=practice_day(session, now),
            customer_id=customer.customer_id,
            payment_method_id=method.payment_method_id,
            method_kind=method.kind,
        )
    )
    move_scheduled_to(session, planned, ScheduledState.CHARGING, now=now)
    _audit(session, payment, now=now)
    return _Call(
        payment_id=payment.payment_id,
        scheduled_id=planned.scheduled_id,
        customer_id=customer.customer_id,
        method_id=method.payment_method_id,
        method_kind=method.kind,
        amount_cents=amount_cents,
        stripe_account=customer.stripe_account,
    )


def _payment(
    session: Session, planned: ScheduledPayment, due: DueNow, *, amount_cents: int, now: datetime
) -> Payment:
    lines = [
        {
            "claim_id": str(line.claim_id),
            "charge_id": str(line.charge_id) if line.charge_id else None,
        }
        for line in due.lines
    ]
    return Payment(
        practice_id=practice_of(session),
        payment_id=new_id(),
        guarantor_id=planned.guarantor_id,
        statement_id=planned.statement_id,
        plan_id=planned.plan_id,
        channel=_CHANNELS[ScheduledOrigin(planned.origin)].value,
        amount_cents=amount_cents,
        pays_for=lines,
        state=PaymentState.STARTING.value,
        created_at=now,
        state_at=now,
        started_at=now,
    )


def _tries(session: Session, planned: ScheduledPayment) -> int:
    return (
        session.scalar(
            select(func.max(ScheduledTry.try_number)).where(
                ScheduledTry.practice_id == practice_of(session),
                ScheduledTry.scheduled_id == planned.scheduled_id,
            )
        )
        or 0
    )


def _make(
    database: Database,
    gateway: PaymentGateway,
    stripe: SavedMethods,
    principal: Principal,
    call: _Call,
    *,
    now: datetime,
) -> str:
    """Call once. Without an answer the payment stays `starting`: the sweep looks it up."""
    try:
        intent = stripe.charge(
            payment_id=call.payment_id,
            customer_id=call.customer_id,
            method_id=call.method_id,
            method_kind=call.method_kind,
            amount_cents=call.amount_cents,
            stripe_account=call.stripe_account,
        )
    except GatewayUnavailable:
        return "unknown"
    except CardDeclined as declined:
        intent_id, advice = declined.payment_intent_id, declined.advice_code
        _keep_answer(database, principal, call, intent_id, advice_code=advice)
        outcome = "declined"
    except GatewayRefused as refusal:
        return _record_refusal(database, principal, call, refusal, now=now)
    else:
        _keep_answer(database, principal, call, intent.id)
        outcome = "made"
    apply_payment(database, gateway, principal.practice_id, call.payment_id, now=now)
    return outcome


def _keep_answer(
    database: Database,
    principal: Principal,
    call: _Call,
    intent_id: str | None,
    *,
    advice_code: str | None = None,
) -> None:
    """Its id, so that nobody has to search for it, and what the network advises."""
    with database.transaction(principal) as session:
        payment = lock_payment(session, call.payment_id)
        payment.payment_intent_id = payment.payment_intent_id or intent_id
        made = session.scalars(
            select(ScheduledTry).where(
                ScheduledTry.practice_id == practice_of(session),
                ScheduledTry.payment_id == call.payment_id,
            )
        ).one()
        made.advice_code = advice_code or made.advice_code


def _record_refusal(
    database: Database,
    principal: Principal,
    call: _Call,
    refusal: GatewayRefused,
    *,
    now: datetime,
) -> str:
    """Stripe made nothing; unless it did so before, and only the repeat was not the same call."""
    if refusal.code == _REUSED_KEY:
        return "unknown"
    detail = f"Stripe refused: {refusal.code} {refusal.parameter or ''}".strip()
    with database.transaction(principal) as session:
        payment = lock_payment(session, call.payment_id)
        if payment.state == PaymentState.STARTING.value:
            move_to(session, payment, PaymentState.FAILED, now=now, detail=detail)
            after_refusal(session, scheduled_of(session, call.scheduled_id), now=now)
    return "declined"


def _audit(session: Session, payment: Payment, *, now: datetime) -> None:
    record(
        session,
        action="charge",
        object_kind="payment",
        object_id=payment.payment_id,
        guarantor_id=payment.guarantor_id,
        now=now,
        request_id=request_id(),
    )
