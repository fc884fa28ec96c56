"""Paying: choose an amount, check it, go to Stripe. What comes of it is apply.py's.

Written down before Stripe is called, with the payment's id as idempotency key: a repeat is the same
call, never a second charge. One attempt of a guarantor is open at Stripe at a time; what a bank is
at work on is taken off what may be paid.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.connectors.payment_gateway import PaymentGateway
from portal.db import Database, Principal, PrincipalKind, new_id, practice_of, principal_of
from portal.domain.journal import Target
from portal.domain.payment_channel import PaymentChannel
from portal.domain.payment_choice import PaymentChoice, most_cents
from portal.domain.payment_status import ONE_AT_A_TIME, PaymentState
from portal.payments.access import (
    Payable,
    StatementDue,
    own_payment,
    payable,
    payable_for,
    payable_on_plan,
)
from portal.payments.apply import CALL_AGAIN_WITHIN, CHECKOUT_LIFETIME
from portal.payments.checkout import Call, close_page, open_page, page_still_open
from portal.payments.lines import targets_in
from portal.payments.models import Payment
from portal.payments.moves import (
    lock_guarantor,
    lock_payment,
    move_to,
    payment_of,
    record_event,
)
from portal.practice.models import Practice

LEAST_CENTS: Final = 50
"""Stripe's own limit for US dollars."""

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
class _Next:
    """What confirming leads to: a call, another attempt in the way, or a look at Stripe."""

    call: Call | None = None
    in_the_way: UUID | None = None
    look_up: bool = False
    is_outgrown: bool = False  # a page found by looking asks for more than is owed by now


def start_payment(
    database: Database,
    principal: Principal,
    *,
    statement_id: UUID,
    amount_cents: int,
    statement_due: StatementDue,
    now: datetime,
    choice: PaymentChoice = PaymentChoice.ALL,
    claim_ids: Collection[UUID] = (),
    channel: PaymentChannel = PaymentChannel.LINK,
) -> UUID:
    """Write down what somebody wants to pay; nothing is asked of anybody yet.

    ``claim_ids`` are the visits of a choice of visits. The same wish again is the same payment.
    Raises StatementNotFoundError and AmountRefusedError.
    """
    with database.transaction(principal) as session:
        due = payable(session, statement_id, statement_due=statement_due)
        lock_guarantor(session, due.guarantor_id)
        due = payable(session, statement_id, statement_due=statement_due)
        lines = _lines_chosen(due, choice, claim_ids)
        _require_payable(amount_cents, _most_cents(due, choice, targets_in(lines)))
        payment = _new_payment(
            principal, due, choice=choice, pays_for=lines, amount_cents=amount_cents, now=now
        )
        payment.channel = channel.value
        return _write_down(session, payment, now=now)


def start_plan_payment(
    database: Database, principal: Principal, *, plan_id: UUID, amount_cents: int, now: datetime
) -> UUID:
    """As `start_payment`, towards a payment plan: its oldest installments come first.

    Raises PlanNotFoundError and AmountRefusedError.
    """
    with database.transaction(principal) as session:
        lock_guarantor(session, payable_on_plan(session, plan_id).guarantor_id)
        due = payable_on_plan(session, plan_id)
        _require_payable(amount_cents, due.due_now_cents)
        payment = _new_payment(
            principal,
            due,
            choice=PaymentChoice.PART,
            pays_for=_lines_chosen(due, PaymentChoice.PART, ()),
            amount_cents=amount_cents,
            now=now,
        )
        return _write_down(session, payment, now=now)


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
    when it is another by now. Raises PaymentNotFoundError, StatementNotFoundError and
    PlanNotFoundError.
    """
    for _ in range(_ROUNDS):
        with database.transaction(principal) as session:
            own_payment(session, payment_id)
            payment = lock_payment(session, payment_id)
            due = payable_for(session, payment, statement_due=statement_due)
            step = _next_step(session, payment, due, due_seen_cents, language=language, now=now)
            if step.call is not None:
                _audit(session, payment, now=now, request_id=request_id)
        if step.in_the_way is None:
            break
        if not close_page(database, gateway, principal.practice_id, step.in_the_way, now=now):
            return None
    if step.call is not None:
        return open_page(database, gateway, principal, step.call, return_url, now=now)
    if not step.look_up:
        return None
    page = page_still_open(database, gateway, principal, payment_id, now=now)
    if page is not None and step.is_outgrown:
        close_page(database, gateway, principal.practice_id, payment_id, now=now)
        return None
    return page


def most_payable_cents(payment: Payment, due: Payable) -> int:
    """What may be paid now for what a payment's payer chose."""
    return _most_cents(due, PaymentChoice(payment.choice), targets_in(payment.pays_for))


def _most_cents(due: Payable, choice: PaymentChoice, lines: Collection[Target]) -> int:
    return most_cents(
        choice,
        {line.claim_id for line in lines if line.claim_id is not None},
        due_now_cents=due.due_now_cents,
        visit_cents=due.visit_cents,
    )


def _require_payable(amount_cents: int, most: int) -> None:
    if most < LEAST_CENTS:
        raise NothingDueError(most)
    if amount_cents < LEAST_CENTS:
        raise AmountTooSmallError(most)
    if amount_cents > most:
        raise AmountTooLargeError(most)


def _lines_chosen(
    due: Payable, choice: PaymentChoice, claim_ids: Collection[UUID]
) -> list[dict[str, Any]]:
    """The open lines of the statement, or of the visits chosen, as a payment's row keeps them."""
    return [
        {
            "claim_id": str(line.claim_id),
            "charge_id": str(line.charge_id) if line.charge_id else None,
        }
        for line in sorted(due.lines, key=str)
        if choice is not PaymentChoice.VISITS or line.claim_id in claim_ids
    ]


def _write_down(session: Session, wish: Payment, *, now: datetime) -> UUID:
    prepared = _prepared(session, wish)
    if prepared is not None:
        return prepared
    session.add(wish)
    record_event(session, wish, now=now)
    return wish.payment_id


def _prepared(session: Session, wish: Payment) -> UUID | None:
    """A double click, or the same choice again."""
    return session.scalar(
        select(Payment.payment_id)
        .where(
            Payment.practice_id == practice_of(session),
            Payment.statement_id.is_not_distinct_from(wish.statement_id),
            Payment.plan_id.is_not_distinct_from(wish.plan_id),
            Payment.state == PaymentState.PREPARED.value,
            Payment.amount_cents == wish.amount_cents,
            Payment.choice == wish.choice,
            Payment.pays_for == wish.pays_for,
            Payment.link_id.is_not_distinct_from(wish.link_id),
            Payment.channel == wish.channel,
        )
        .order_by(Payment.payment_id.desc())
        .limit(1)
    )


def _new_payment(
    principal: Principal,
    due: Payable,
    *,
    choice: PaymentChoice,
    pays_for: list[dict[str, Any]],
    amount_cents: int,
    now: datetime,
) -> Payment:
    return Payment(
        practice_id=principal.practice_id,
        payment_id=new_id(),
        guarantor_id=due.guarantor_id,
        statement_id=None if due.plan else due.statement_id,
        plan_id=due.plan.plan_id if due.plan else None,
        channel=PaymentChannel.LINK.value,
        link_id=_link_id(principal),
        choice=choice.value,
        amount_cents=amount_cents,
        pays_for=pays_for,
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
    outgrown = payment.amount_cents > most_payable_cents(payment, due)
    if state is PaymentState.PREPARED:
        if due.due_now_cents != due_seen_cents or outgrown:
            raise BalanceChangedError(payment.payment_id)
        other = attempt_at_stripe(session, payment.guarantor_id)
        if other is not None:
            return _Next() if _is_kept_out(session, payment, other) else _Next(in_the_way=other)
        _start(session, payment, language=language, now=now)
        return _Next(call=_call(payment))
    if state in ONE_AT_A_TIME and _keeps_for_another(session, payment):
        return _Next(in_the_way=payment.payment_id)
    if state is PaymentState.OPEN and outgrown:
        return _Next(in_the_way=payment.payment_id)
    if state is PaymentState.STARTING and not outgrown and _may_call_again(payment, now):
        return _Next(call=_call(payment))
    look_up = state in (PaymentState.STARTING, PaymentState.OPEN)
    return _Next(look_up=look_up, is_outgrown=outgrown)


def _is_kept_out(session: Session, payment: Payment, other_id: UUID) -> bool:
    """A guest never closes the page of whoever owes, nor holds up what they agreed to."""
    guest = PaymentChannel.GUEST.value
    return payment.channel == guest and payment_of(session, other_id).channel != guest


def _keeps_for_another(session: Session, payment: Payment) -> bool:
    """Its page keeps what it is paid with, as the account's holder ticked: it is theirs alone."""
    return payment.customer_id is not None and not principal_of(session).is_holder


def _may_call_again(payment: Payment, now: datetime) -> bool:
    return payment.started_at is not None and now < payment.started_at + CALL_AGAIN_WITHIN


def attempt_at_stripe(session: Session, guarantor_id: UUID) -> UUID | None:
    """The one attempt of a guarantor that may turn into money by what its payer does."""
    return session.scalar(
        select(Payment.payment_id).where(
            Payment.practice_id == practice_of(session),
            Payment.guarantor_id == guarantor_id,
            Payment.state.in_([state.value for state in ONE_AT_A_TIME]),
        )
    )


def _start(session: Session, payment: Payment, *, language: str, now: datetime) -> None:
    payment.started_at = now
    payment.checkout_language = language
    payment.stripe_account = session.scalar(
        select(Practice.stripe_account).where(Practice.practice_id == practice_of(session))
    )
    move_to(session, payment, PaymentState.STARTING, now=now)


def _call(payment: Payment) -> Call:
    if payment.started_at is None:
        raise ValueError(payment.payment_id)
    return Call(
        payment_id=payment.payment_id,
        amount_cents=payment.amount_cents,
        expires_at=payment.started_at + CHECKOUT_LIFETIME,
        language=payment.checkout_language or "en",
        stripe_account=payment.stripe_account,
        customer_id=payment.customer_id,
    )


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
