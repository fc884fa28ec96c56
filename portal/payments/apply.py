"""What became of an attempt: one function for the webhook, the return page and the sweep.

Stripe is asked outside any transaction; what it says is then recorded under lock, once. A late,
repeated or stale answer changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from portal.connectors.payment_gateway import (
    CheckoutSession,
    CheckoutState,
    GatewayEvent,
    GatewayRefused,
    IntentState,
    IntentStatus,
    PaymentGateway,
    UnknownObject,
)
from portal.db import Database, Principal
from portal.domain.payment_channel import OFF_SESSION
from portal.domain.payment_status import TRANSITIONS, PaymentState
from portal.payments.found import book_stray
from portal.payments.inbox import note_event
from portal.payments.models import Payment
from portal.payments.moves import lock_payment, move_to, payment_of, record_event
from portal.payments.scheduled.follow import follow_payment
from portal.payments.settlement import (
    begin_commitment,
    end_commitment,
    settle,
    suspend,
    tell_that_it_did_not_come,
    tell_that_it_is_on_its_way,
)
from portal.payments.verdict import Verdict, judge, judge_off_session
from portal.practice.tasks import open_task

CALL_AGAIN_WITHIN: Final = timedelta(minutes=25)
"""How long after the first call to Stripe the same call may be repeated."""

NEVER_MADE_AFTER: Final = CALL_AGAIN_WITHIN + timedelta(minutes=10)
"""A page of Stripe's that is not there by then was never made: no call is under way any more."""

CHECKOUT_LIFETIME: Final = timedelta(minutes=60)
"""How long Stripe's page can be paid on."""

_UNKNOWN_AFTER: Final[Mapping[PaymentState, timedelta]] = {
    PaymentState.STARTING: CHECKOUT_LIFETIME + timedelta(days=1),
    PaymentState.OPEN: CHECKOUT_LIFETIME + timedelta(days=1),
    PaymentState.PROCESSING: timedelta(days=14),  # a bank takes days
}
"""How old an attempt is when nobody waits any longer for a Stripe that does not know it."""

_CLOCKS_DIFFER_BY: Final = timedelta(minutes=10)
_MONEY: Final = frozenset({PaymentState.SUCCEEDED, PaymentState.SUSPENDED})


@dataclass(frozen=True, slots=True)
class _Sought:
    """What is needed to find a payment at Stripe."""

    payment_id: UUID
    session_id: str | None
    intent_id: str | None
    is_off_session: bool  # no page was ever made for it
    started_at: datetime | None
    stripe_account: str | None


@dataclass(frozen=True, slots=True)
class _Found:
    """The payment's page at Stripe, and money that names the payment and was not made there.

    ``intent``: of a payment made with nobody present, which has no page.
    """

    checkout: CheckoutState | None
    stray: IntentState | None
    intent: IntentState | None = None


def apply_payment(
    database: Database,
    gateway: PaymentGateway,
    practice_id: UUID,
    payment_id: UUID,
    *,
    now: datetime,
    event: GatewayEvent | None = None,
) -> PaymentState:
    """Ask Stripe and record the answer; the state the payment is in afterwards.

    ``event`` is the signed hint that led here, kept in the same commit. Raises
    PaymentNotFoundError; and, having changed nothing, GatewayError when Stripe gave no answer and
    BooksBusyError while a remittance is imported: both mean later. An attempt that Stripe does not
    know, long after its page is closed, is given up.
    """
    principal = Principal.job(practice_id, role="apply payment")
    with database.transaction(principal) as session:
        payment = payment_of(session, payment_id)
        if _has_its_money(payment, event):
            if event is not None:
                note_event(session, event, outcome="applied", now=now)
            return PaymentState(payment.state)
        sought = _sought(payment, event)
    try:
        found = _look_up(gateway, sought, event)
    except UnknownObject as refusal:
        with database.transaction(principal) as session:
            payment = lock_payment(session, payment_id)
            if event is not None or not _give_up_when_unknown(session, payment, refusal, now=now):
                raise
            follow_payment(session, payment, now=now)
            return PaymentState(payment.state)
    with database.transaction(principal) as session:
        payment = lock_payment(session, payment_id)
        if event is None or note_event(session, event, outcome="applied", now=now):
            _record(session, payment, found, now=now)
            advice_code = found.intent.advice_code if found.intent is not None else None
            follow_payment(session, payment, now=now, advice_code=advice_code)
        return PaymentState(payment.state)


def ask_staff_about(
    session: Session, payment_id: UUID, refusal: GatewayRefused, *, now: datetime
) -> None:
    """Somebody who may look into Stripe's own pages has to find out."""
    open_task(
        session,
        kind="payment_unknown",
        subject_id=payment_id,
        message=f"Stripe does not tell what became of a payment ({refusal.code}). "
        "Look it up there.",
        now=now,
    )


def record_checkout(
    session: Session, payment: Payment, checkout: CheckoutSession, *, now: datetime
) -> None:
    """Keep the page that Stripe made for a locked payment, unless more is known already."""
    if PaymentState(payment.state) is not PaymentState.STARTING:
        return
    payment.checkout_session_id = checkout.id
    payment.checkout_url = checkout.url
    payment.payment_intent_id = checkout.payment_intent_id
    move_to(session, payment, PaymentState.OPEN, now=now)


def _has_its_money(payment: Payment, event: GatewayEvent | None) -> bool:
    """Nothing that Stripe could say of this payment would change it, and no other is named."""
    named = event.payment_intent_id if event is not None else None
    return PaymentState(payment.state) in _MONEY and named in (None, payment.payment_intent_id)


def _sought(payment: Payment, event: GatewayEvent | None) -> _Sought:
    session_id = payment.checkout_session_id
    if session_id is None and event is not None and event.object_kind == "checkout.session":
        session_id = event.object_id
    return _Sought(
        payment_id=payment.payment_id,
        session_id=session_id,
        intent_id=payment.payment_intent_id,
        is_off_session=payment.channel in OFF_SESSION,
        started_at=payment.started_at,
        stripe_account=payment.stripe_account,
    )


def _look_up(gateway: PaymentGateway, sought: _Sought, event: GatewayEvent | None) -> _Found:
    told = event.payment_intent_id if event is not None else None
    if sought.is_off_session:
        return _look_up_off_session(gateway, sought, told)
    checkout = _look_up_checkout(gateway, sought)
    if checkout is None and told is not None:
        checkout = _page_of_intent(gateway, sought, told)
    known = checkout.session.payment_intent_id if checkout is not None else None
    if told in (None, known):
        return _Found(checkout, None)
    stray = gateway.look_up_payment_intent(told, stripe_account=sought.stripe_account)
    return _Found(checkout, stray)


def _look_up_off_session(gateway: PaymentGateway, sought: _Sought, told: str | None) -> _Found:
    """By the id that the call or an event told; else by our reference, around the call."""
    account, intent_id = sought.stripe_account, sought.intent_id or told
    if intent_id is not None:
        intent = gateway.look_up_payment_intent(intent_id, stripe_account=account)
        if told in (None, intent_id):
            return _Found(None, None, intent)
        return _Found(None, gateway.look_up_payment_intent(told, stripe_account=account), intent)
    if sought.started_at is None:
        return _Found(None, None)
    found = gateway.find_intent(
        sought.payment_id,
        created_from=sought.started_at - _CLOCKS_DIFFER_BY,
        created_until=sought.started_at + NEVER_MADE_AFTER,
        stripe_account=account,
    )
    return _Found(None, None, found)


def _look_up_checkout(gateway: PaymentGateway, sought: _Sought) -> CheckoutState | None:
    if sought.session_id is not None:
        return gateway.look_up_checkout(sought.session_id, stripe_account=sought.stripe_account)
    if sought.started_at is None:
        return None
    found = gateway.find_by_reference(
        sought.payment_id,
        created_from=sought.started_at - _CLOCKS_DIFFER_BY,
        created_until=sought.started_at + NEVER_MADE_AFTER,
        stripe_account=sought.stripe_account,
    )
    return found[0] if found else None


def _page_of_intent(
    gateway: PaymentGateway, sought: _Sought, intent_id: str
) -> CheckoutState | None:
    """Our own page, though we know of none: a restored backup forgot that it was opened."""
    found = gateway.find_by_intent(intent_id, stripe_account=sought.stripe_account)
    return found if found is not None and found.reference == str(sought.payment_id) else None


def _record(session: Session, payment: Payment, found: _Found, *, now: datetime) -> None:
    if found.stray is not None and found.stray.status is IntentStatus.SUCCEEDED:
        book_stray(session, payment, found.stray, now=now)
    if PaymentState(payment.state) in _MONEY:
        return
    if found.checkout is None and found.intent is None:
        _give_up_when_never_made(session, payment, now=now)
        return
    declined_before, awaited_before = payment.decline_code, payment.action_needed
    if found.checkout is not None:
        _keep_page(payment, found.checkout)
    intent = found.intent or (found.checkout.intent if found.checkout else None)
    _keep_facts(payment, intent)
    if payment.decline_code not in (None, declined_before):
        record_event(session, payment, now=now, detail=f"declined: {payment.decline_code}")
    verdict = _verdict(payment, found)
    if awaited_before and not payment.action_needed and verdict.state is PaymentState.PROCESSING:
        _begin_again_when_confirmed(session, payment, now=now)
    _follow(session, payment, intent, verdict, now=now)


def _begin_again_when_confirmed(session: Session, payment: Payment, *, now: datetime) -> None:
    """Its holder has confirmed the account: the bank begins now, and its days are counted anew."""
    if PaymentState(payment.state) is PaymentState.PROCESSING:
        payment.state_at = now
        record_event(session, payment, now=now, detail="account confirmed")
        end_commitment(session, payment, now=now)
        begin_commitment(session, payment, now=now)
        tell_that_it_is_on_its_way(session, payment, now=now)


def _give_up_when_never_made(session: Session, payment: Payment, *, now: datetime) -> None:
    starting = PaymentState(payment.state) is PaymentState.STARTING
    if starting and payment.started_at and now >= payment.started_at + NEVER_MADE_AFTER:
        detail = "Stripe never made a page for it"
        move_to(session, payment, PaymentState.EXPIRED, now=now, detail=detail)


def _give_up_when_unknown(
    session: Session, payment: Payment, refusal: GatewayRefused, *, now: datetime
) -> bool:
    """Whether it was: else whoever owes could never start another. Late money still counts."""
    present = PaymentState(payment.state)
    wait = _UNKNOWN_AFTER.get(present)
    if wait is None or payment.started_at is None or now < payment.started_at + wait:
        return False
    if present is PaymentState.PROCESSING:
        end_commitment(session, payment, now=now)
    detail = "Stripe does not know it"
    move_to(session, payment, PaymentState.EXPIRED, now=now, detail=detail)
    ask_staff_about(session, payment.payment_id, refusal, now=now)
    return True


def _keep_page(payment: Payment, seen: CheckoutState) -> None:
    payment.checkout_session_id = seen.session.id
    payment.checkout_url = seen.session.url or payment.checkout_url


def _keep_facts(payment: Payment, intent: IntentState | None) -> None:
    if intent is None:
        return
    # Where the payer can go on: a page to pay on, later perhaps one to confirm an account on.
    payment.checkout_url = intent.action_url or payment.checkout_url
    payment.payment_intent_id = intent.id
    payment.decline_code = intent.decline_code
    payment.action_needed = intent.action.value if intent.action else None
    if intent.method is not None:
        payment.method_kind = intent.method.kind
        payment.method_brand = intent.method.brand
        payment.method_last4 = intent.method.last4
        payment.method_wallet = intent.method.wallet
        payment.mandate_id = intent.method.mandate_id


def _verdict(payment: Payment, found: _Found) -> Verdict:
    if found.checkout is not None:
        return judge(payment.payment_id, payment.amount_cents, found.checkout)
    if found.intent is None:
        raise ValueError(payment.payment_id)
    return judge_off_session(payment.payment_id, payment.amount_cents, found.intent)


def _follow(
    session: Session,
    payment: Payment,
    intent: IntentState | None,
    verdict: Verdict,
    *,
    now: datetime,
) -> None:
    """Move to where Stripe says it is; an answer older than what we know moves nothing."""
    present = PaymentState(payment.state)
    if verdict.state not in TRANSITIONS[present]:
        return
    if present is PaymentState.PROCESSING:
        end_commitment(session, payment, now=now)
    if verdict.state is PaymentState.SUCCEEDED:
        settle(session, payment, now=now)
    elif verdict.state is PaymentState.SUSPENDED and intent is not None:
        suspend(session, payment, intent, differences=verdict.differences, now=now)
    else:
        if verdict.state is PaymentState.PROCESSING:
            begin_commitment(session, payment, now=now)
            if payment.action_needed is None:
                tell_that_it_is_on_its_way(session, payment, now=now)
        elif present is PaymentState.PROCESSING and payment.channel not in OFF_SESSION:
            tell_that_it_did_not_come(session, payment, now=now)
        move_to(session, payment, verdict.state, now=now)
