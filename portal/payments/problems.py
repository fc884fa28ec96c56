"""Why a payment did not, or does not, go on: a frozen view for the page that says so."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.connectors.payment_gateway import NeededAction
from portal.db import Database, Principal, practice_of
from portal.domain.decline_words import DeclineReason, decline_reason
from portal.domain.payment_channel import MethodKind
from portal.domain.payment_status import PaymentState
from portal.payments.access import Payable, StatementDue, own_payment, payable_for
from portal.payments.disputes.models import DisputeRow
from portal.payments.models import Payment
from portal.payments.moves import payment_of
from portal.payments.queries import PlanOfPayment, note_view, plan_of
from portal.payments.service import LEAST_CENTS, attempt_at_stripe, most_payable_cents
from portal.practice.contact import PracticeContact, practice_contact

_NOT_YET: Final = frozenset(
    {
        PaymentState.PREPARED,
        PaymentState.OPEN,  # the payer came back from Stripe without paying
        PaymentState.EXPIRED,
        PaymentState.CANCELED,
    }
)


class Problem(StrEnum):
    """Each has its own words on the page."""

    DECLINED = "declined"
    NOT_CONFIRMED = "not_confirmed"
    BANK_SAID_NO = "bank_said_no"
    TAKEN_BACK = "taken_back"
    CANCELED = "canceled"
    EXPIRED = "expired"
    NOT_STARTED = "not_started"
    OPEN_ELSEWHERE = "open_elsewhere"
    OPEN_ON_ANOTHER = "open_on_another"
    CHANGED = "changed"
    ON_ITS_WAY = "on_its_way"
    ALREADY_PAID = "already_paid"
    NOTHING_DUE = "nothing_due"


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """``payment_id`` is the payment to go on with instead, if there is one.

    ``reason``: what the bank meant, of a payment that it refused.
    """

    practice: PracticeContact
    statement_id: UUID
    payment_id: UUID
    kind: Problem
    amount_cents: int
    due_now_cents: int
    on_the_way_cents: int
    method_kind: str
    method_brand: str
    method_last4: str
    method_wallet: str
    reason: DeclineReason
    plan: PlanOfPayment | None = None


def problem_page(
    database: Database,
    principal: Principal,
    payment_id: UUID,
    *,
    statement_due: StatementDue,
    now: datetime,
    request_id: str,
) -> ProblemPage | None:
    """None when nothing is wrong with it, else with a row in the audit log.

    Raises PaymentNotFoundError, StatementNotFoundError, PlanNotFoundError.
    """
    with database.transaction(principal) as session:
        payment = own_payment(session, payment_id)
        due = payable_for(session, payment, statement_due=statement_due)
        kind = _problem(session, payment, due)
        if kind is None:
            return None
        other_id = attempt_at_stripe(session, payment.guarantor_id)
        if kind is Problem.OPEN_ELSEWHERE and other_id is not None:
            other = payment_of(session, other_id)
            if _is_for_the_same(other, payment):
                payment = other
            else:  # this link does not open that statement, nor anything of it
                kind = Problem.OPEN_ON_ANOTHER
        note_view(session, payment, now=now, request_id=request_id)
        return ProblemPage(
            practice=practice_contact(session),
            statement_id=due.statement_id,
            payment_id=payment.payment_id,
            kind=kind,
            amount_cents=payment.amount_cents,
            due_now_cents=due.due_now_cents,
            on_the_way_cents=due.on_the_way_cents,
            method_kind=payment.method_kind or "",
            method_brand=payment.method_brand or "",
            method_last4=payment.method_last4 or "",
            method_wallet=payment.method_wallet or "",
            reason=decline_reason(payment.decline_code, method_kind=payment.method_kind),
            plan=plan_of(due),
        )


def taken_back_cents(session: Session, payment_id: UUID) -> int:
    """What the payer's bank took back for good, after the payment had arrived."""
    found = session.scalar(
        select(func.coalesce(func.sum(DisputeRow.amount_cents), 0)).where(
            DisputeRow.practice_id == practice_of(session),
            DisputeRow.payment_id == payment_id,
            DisputeRow.lost_entry_id.is_not(None),
        )
    )
    return int(found or 0)


def _problem(session: Session, payment: Payment, due: Payable) -> Problem | None:
    state = PaymentState(payment.state)
    if state is PaymentState.SUCCEEDED:
        return Problem.TAKEN_BACK if taken_back_cents(session, payment.payment_id) else None
    if state is PaymentState.FAILED:
        return _why_not_paid(payment, state)
    if state not in _NOT_YET:
        return None
    return _in_the_way(session, payment, due) or _why_not_paid(payment, state)


def _in_the_way(session: Session, payment: Payment, due: Payable) -> Problem | None:
    """What keeps an attempt from going on, whatever has come of it."""
    if due.due_now_cents < LEAST_CENTS:
        return _why_nothing_is_due(session, payment, due)
    if payment.amount_cents > most_payable_cents(payment, due):
        return Problem.CHANGED
    is_open_elsewhere = (
        payment.state == PaymentState.PREPARED.value
        and attempt_at_stripe(session, payment.guarantor_id) is not None
    )
    return Problem.OPEN_ELSEWHERE if is_open_elsewhere else None


def _is_for_the_same(other: Payment, payment: Payment) -> bool:
    return (other.statement_id, other.plan_id) == (payment.statement_id, payment.plan_id)


def _why_nothing_is_due(session: Session, payment: Payment, due: Payable) -> Problem:
    if due.on_the_way_cents:
        return Problem.ON_ITS_WAY
    paid = session.scalar(
        select(Payment.payment_id)
        .where(
            Payment.practice_id == practice_of(session),
            Payment.statement_id.is_not_distinct_from(payment.statement_id),
            Payment.plan_id.is_not_distinct_from(payment.plan_id),
            Payment.settled_at.is_not(None),
        )
        .limit(1)
    )
    return Problem.NOTHING_DUE if paid is None else Problem.ALREADY_PAID


def _why_not_paid(payment: Payment, state: PaymentState) -> Problem | None:
    if state is PaymentState.PREPARED:
        return None
    if state is PaymentState.EXPIRED:
        return Problem.EXPIRED
    if payment.checkout_session_id is None:
        return Problem.NOT_STARTED
    refused = payment.decline_code is not None or state is PaymentState.FAILED
    if refused or payment.action_needed is not None:
        return _what_the_bank_said(payment)
    return Problem.CANCELED


def _what_the_bank_said(payment: Payment) -> Problem:
    if payment.action_needed == NeededAction.CONFIRM.value:
        return Problem.NOT_CONFIRMED
    if payment.method_kind == MethodKind.BANK_DEBIT:
        return Problem.BANK_SAID_NO
    is_unconfirmed = decline_reason(payment.decline_code) is DeclineReason.NOT_CONFIRMED
    return Problem.NOT_CONFIRMED if is_unconfirmed else Problem.DECLINED
