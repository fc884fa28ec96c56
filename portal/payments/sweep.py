"""What runs by itself: every attempt that has not ended is looked up at Stripe and finished.

It is what completes a payment when the payer never came back and no webhook arrived.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.connectors.payment_gateway import (
    GatewayError,
    GatewayEvent,
    GatewayRefused,
    PaymentGateway,
)
from portal.db import Database, Principal, practice_of
from portal.domain.payment_status import AT_THE_PROCESSOR, PaymentState, RefundState
from portal.payments.apply import apply_payment
from portal.payments.inbox import parked_events
from portal.payments.lines import open_cents_on
from portal.payments.models import Payment
from portal.payments.moves import BooksBusyError, lock_payment, move_to, payment_of
from portal.payments.refunds import ask_for_refund, unfinished_refunds
from portal.payments.webhooks import WebhookOutcome, act_on
from portal.practice.tasks import open_task
from portal.web.logs import log

LEFT_ALONE_FOR: Final = timedelta(minutes=3)
"""Younger attempts are still in their payer's hands."""

PREPARED_FOR: Final = timedelta(hours=24)
WEBHOOKS_RETRIED_FOR: Final = timedelta(days=7)
_ENDED: Final = frozenset(PaymentState) - AT_THE_PROCESSOR - {PaymentState.SUCCEEDED}


@dataclass(frozen=True, slots=True)
class SweepCounts:
    """What one sweep found and did; ``unanswered`` is left to the next one."""

    looked_up: int = 0
    succeeded: int = 0
    ended: int = 0
    still_open: int = 0
    unanswered: int = 0
    prepared_expired: int = 0
    refunds_asked: int = 0
    webhooks_applied: int = 0
    webhooks_parked: int = 0

    def as_json(self) -> dict[str, int]:
        """As `portal payments sweep --json` prints it."""
        return asdict(self)


def sweep(
    database: Database,
    gateway: PaymentGateway,
    practice_id: UUID,
    *,
    now: datetime,
    everything: bool = False,
) -> SweepCounts:
    """Finish what can be finished; ``everything``: attempts of the last minutes too."""
    before = now if everything else now - LEFT_ALONE_FOR
    job = Principal.job(practice_id, role="payments sweep")
    with database.transaction(job) as session:
        attempts = _attempts(session, before=before)
        refunds = unfinished_refunds(session, before=before)
        parked = parked_events(session, since=now - WEBHOOKS_RETRIED_FOR)
    states = [_finish(database, gateway, job, payment_id, now=now) for payment_id in attempts]
    asked = [_ask(database, gateway, practice_id, refund_id, now=now) for refund_id in refunds]
    outcomes = [_retry(database, gateway, practice_id, event, now=now) for event in parked]
    return SweepCounts(
        looked_up=len(states),
        succeeded=states.count(PaymentState.SUCCEEDED),
        ended=sum(state in _ENDED for state in states),
        still_open=sum(state in AT_THE_PROCESSOR for state in states),
        unanswered=states.count(None)
        + asked.count(None)
        + asked.count(RefundState.REQUESTED)
        + outcomes.count(None),
        prepared_expired=_expire_prepared(database, job, now=now),
        refunds_asked=len(asked),
        webhooks_applied=outcomes.count(WebhookOutcome.APPLIED),
        webhooks_parked=len(outcomes) - outcomes.count(WebhookOutcome.APPLIED),
    )


def _attempts(session: Session, *, before: datetime) -> Sequence[UUID]:
    return session.scalars(
        select(Payment.payment_id)
        .where(
            Payment.practice_id == practice_of(session),
            Payment.state.in_([state.value for state in AT_THE_PROCESSOR]),
            Payment.state_at <= before,
        )
        .order_by(Payment.state_at)
    ).all()


def _finish(
    database: Database,
    gateway: PaymentGateway,
    job: Principal,
    payment_id: UUID,
    *,
    now: datetime,
) -> PaymentState | None:
    """Where an attempt is now; None when Stripe could not say."""
    try:
        state = apply_payment(database, gateway, job.practice_id, payment_id, now=now)
        if state is PaymentState.OPEN and _close_if_outgrown(database, gateway, job, payment_id):
            state = apply_payment(database, gateway, job.practice_id, payment_id, now=now)
    except GatewayRefused as refusal:
        with database.transaction(job) as session:
            _ask_staff(session, payment_id, refusal, now=now)
        return None
    except (GatewayError, BooksBusyError):
        return None
    except Exception:  # noqa: BLE001 - the others must not wait for whoever mends this one
        log.exception("attempt not swept", payment_id=payment_id)
        return None
    return state


def _ask(
    database: Database,
    gateway: PaymentGateway,
    practice_id: UUID,
    refund_id: UUID,
    *,
    now: datetime,
) -> RefundState | None:
    try:
        return ask_for_refund(database, gateway, practice_id, refund_id, now=now)
    except BooksBusyError:
        return None
    except Exception:  # noqa: BLE001 - as above
        log.exception("refund not swept", refund_id=refund_id)
        return None


def _close_if_outgrown(
    database: Database, gateway: PaymentGateway, job: Principal, payment_id: UUID
) -> bool:
    """Close Stripe's page when less is owed by now than would be paid there."""
    with database.transaction(job) as session:
        payment = payment_of(session, payment_id)
        outgrown = open_cents_on(session, payment) < payment.amount_cents
    if not outgrown or payment.checkout_session_id is None:
        return False
    gateway.expire_checkout(payment.checkout_session_id, stripe_account=payment.stripe_account)
    return True


def _ask_staff(
    session: Session, payment_id: UUID, refusal: GatewayRefused, *, now: datetime
) -> None:
    open_task(
        session,
        kind="payment_unknown",
        subject_id=payment_id,
        message=f"Stripe does not tell what became of a payment ({refusal.code}). "
        "Look it up there.",
        now=now,
    )


def _retry(
    database: Database,
    gateway: PaymentGateway,
    practice_id: UUID,
    event: GatewayEvent,
    *,
    now: datetime,
) -> WebhookOutcome | None:
    try:
        return act_on(database, gateway, practice_id, event, now=now)
    except (GatewayError, BooksBusyError):
        return None
    except Exception:  # noqa: BLE001 - as above
        log.exception("webhook not swept", stripe_event_id=event.id)
        return None


def _expire_prepared(database: Database, job: Principal, *, now: datetime) -> int:
    """Forms nobody came back to; Stripe never heard of them."""
    with database.transaction(job) as session:
        forgotten = session.scalars(
            select(Payment.payment_id).where(
                Payment.practice_id == job.practice_id,
                Payment.state == PaymentState.PREPARED.value,
                Payment.state_at <= now - PREPARED_FOR,
            )
        ).all()
    for payment_id in forgotten:
        with database.transaction(job) as session:
            payment = lock_payment(session, payment_id)
            if payment.state == PaymentState.PREPARED.value:
                move_to(session, payment, PaymentState.EXPIRED, now=now)
    return len(forgotten)
