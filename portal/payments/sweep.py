"""What runs by itself: every attempt that has not ended is looked up at Stripe and finished.

It is what completes a payment when the payer never came back and no webhook arrived. Whatever
befalls one of them, the others go on, and the next sweep tries it again.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.connectors.payment_gateway import (
    GatewayError,
    GatewayRefused,
    PaymentGateway,
)
from portal.db import Database, Principal, practice_of
from portal.domain.money import format_usd
from portal.domain.payment_status import AT_THE_PROCESSOR, UNDONE, PaymentState, RefundState
from portal.payments.apply import apply_payment, ask_staff_about
from portal.payments.inbox import parked_event, parked_event_ids
from portal.payments.lines import open_cents_on
from portal.payments.models import Payment
from portal.payments.moves import BooksBusyError, lock_payment, move_to, payment_of
from portal.payments.refunds.asking import apply_refund, ask_for_refund, unfinished_refunds
from portal.payments.refunds.untold import untold_refunds
from portal.payments.webhooks import (
    NO_HANDLERS,
    EventHandlers,
    WebhookOutcome,
    act_on,
)
from portal.practice.tasks import open_task
from portal.web.logs import log

LEFT_ALONE_FOR: Final = timedelta(minutes=3)
"""Younger attempts are still in their payer's hands."""

PREPARED_FOR: Final = timedelta(hours=24)
BANKS_ANSWER_WITHIN: Final = timedelta(days=10)
"""Four business days, with the longest holidays; an account to be confirmed has ten days."""

WEBHOOKS_RETRIED_FOR: Final = timedelta(days=7)
REFUNDS_LOOKED_FOR: Final = timedelta(days=30)
"""How long one that Stripe's books have is looked for among ours."""

_ENDED: Final = frozenset(PaymentState) - AT_THE_PROCESSOR - UNDONE - {PaymentState.SUCCEEDED}

S = TypeVar("S")
T = TypeVar("T")


class _Left(Enum):
    """Why one thing is left to the next sweep."""

    UNANSWERED = auto()  # Stripe could not say, or the books are busy
    FAILED = auto()  # nobody expected it: somebody has to look at the log


@dataclass(frozen=True, slots=True)
class SweepCounts:
    """What one sweep found and did; ``unanswered`` and ``failed`` are left to the next one."""

    looked_up: int = 0
    succeeded: int = 0
    ended: int = 0
    still_open: int = 0
    unanswered: int = 0
    prepared_expired: int = 0
    refunds_asked: int = 0
    webhooks_applied: int = 0
    webhooks_parked: int = 0
    failed: int = 0

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
    handlers: EventHandlers = NO_HANDLERS,
) -> SweepCounts:
    """Finish what can be finished; ``everything``: attempts of the last minutes too."""
    before = now if everything else now - LEFT_ALONE_FOR
    job = Principal.job(practice_id, role="payments sweep")
    with database.transaction(job) as session:
        attempts = _attempts(session, before=before)
        refunds = unfinished_refunds(session, before=before)
        parked = parked_event_ids(session, since=now - WEBHOOKS_RETRIED_FOR)
        forgotten = _forgotten(session, before=now - PREPARED_FOR)
        untold = untold_refunds(session, since=now - REFUNDS_LOOKED_FOR)
    states = _each(
        attempts,
        lambda payment_id: _finish(database, gateway, job, payment_id, now=now),
        failed=lambda payment_id: log.exception("not swept", payment_id=payment_id),
    )
    asked = _each(
        refunds,
        lambda refund_id: ask_for_refund(database, gateway, practice_id, refund_id, now=now),
        failed=lambda refund_id: log.exception("not swept", refund_id=refund_id),
    )
    outcomes = _each(
        parked,
        lambda event_id: _retry(database, gateway, job, event_id, now=now, handlers=handlers),
        failed=lambda event_id: log.exception("not swept", stripe_event_id=event_id),
    )
    expired = _each(
        forgotten,
        lambda payment_id: _expire(database, job, payment_id, now=now),
        failed=lambda payment_id: log.exception("not swept", payment_id=payment_id),
    )
    taken_over = _each(
        untold,
        lambda one: apply_refund(
            database, gateway, practice_id, one.payment_id, one.stripe_refund_id, now=now
        ),
        failed=lambda one: log.exception("not swept", payment_id=one.payment_id),
    )
    everything_done: list[object] = [*states, *asked, *outcomes, *expired, *taken_over]
    return SweepCounts(
        looked_up=len(states),
        succeeded=states.count(PaymentState.SUCCEEDED),
        ended=sum(state in _ENDED for state in states),
        still_open=sum(state in AT_THE_PROCESSOR for state in states),
        unanswered=everything_done.count(_Left.UNANSWERED) + asked.count(RefundState.REQUESTED),
        prepared_expired=expired.count(PaymentState.EXPIRED),
        refunds_asked=len(asked),
        webhooks_applied=outcomes.count(WebhookOutcome.APPLIED),
        webhooks_parked=sum(
            outcome not in (WebhookOutcome.APPLIED, _Left.FAILED) for outcome in outcomes
        ),
        failed=everything_done.count(_Left.FAILED),
    )


def _each(
    subjects: Iterable[S], act: Callable[[S], T], *, failed: Callable[[S], Any]
) -> list[T | _Left]:
    """Act on each of them, whatever befalls the one before; ``failed`` tells the log which."""
    results: list[T | _Left] = []
    for subject in subjects:
        try:
            results.append(act(subject))
        except (GatewayError, BooksBusyError):
            results.append(_Left.UNANSWERED)
        except Exception:  # noqa: BLE001 - the others must not wait for whoever mends this one
            failed(subject)
            results.append(_Left.FAILED)
    return results


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


def _forgotten(session: Session, *, before: datetime) -> Sequence[UUID]:
    """Forms nobody came back to; Stripe never heard of them."""
    return session.scalars(
        select(Payment.payment_id).where(
            Payment.practice_id == practice_of(session),
            Payment.state == PaymentState.PREPARED.value,
            Payment.state_at <= before,
        )
    ).all()


def _finish(
    database: Database,
    gateway: PaymentGateway,
    job: Principal,
    payment_id: UUID,
    *,
    now: datetime,
) -> PaymentState:
    """Where an attempt is now. Raises GatewayError when Stripe could not say."""
    try:
        state = apply_payment(database, gateway, job.practice_id, payment_id, now=now)
        if state is PaymentState.OPEN and _close_if_outgrown(database, gateway, job, payment_id):
            state = apply_payment(database, gateway, job.practice_id, payment_id, now=now)
        if state is PaymentState.PROCESSING:
            _ask_about_a_slow_bank(database, job, payment_id, now=now)
    except GatewayRefused as refusal:
        with database.transaction(job) as session:
            ask_staff_about(session, payment_id, refusal, now=now)
        raise
    return state


def _ask_about_a_slow_bank(
    database: Database, job: Principal, payment_id: UUID, *, now: datetime
) -> None:
    """Nobody is asked to pay what is on its way, so it must not be on its way for ever."""
    with database.transaction(job) as session:
        payment = payment_of(session, payment_id)
        if now < payment.state_at + BANKS_ANSWER_WITHIN:
            return
        open_task(
            session,
            kind="payment_slow",
            subject_id=payment_id,
            message=f"A bank has had {format_usd(payment.amount_cents)} for more than "
            f"{BANKS_ANSWER_WITHIN.days} days without an answer. Look the payment up at Stripe.",
            now=now,
        )


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


def _retry(
    database: Database,
    gateway: PaymentGateway,
    job: Principal,
    event_id: str,
    *,
    now: datetime,
    handlers: EventHandlers,
) -> WebhookOutcome:
    with database.transaction(job) as session:
        event = parked_event(session, event_id)
    return act_on(database, gateway, job.practice_id, event, now=now, handlers=handlers)


def _expire(database: Database, job: Principal, payment_id: UUID, *, now: datetime) -> PaymentState:
    with database.transaction(job) as session:
        payment = lock_payment(session, payment_id)
        if payment.state == PaymentState.PREPARED.value:
            move_to(session, payment, PaymentState.EXPIRED, now=now)
        return PaymentState(payment.state)
