"""What pages say about payments: frozen views, amounts positive, times where the practice is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal
from portal.domain.allocation import Allocation
from portal.domain.payment_status import PaymentState
from portal.domain.service_kind import ServiceKind
from portal.payments.access import StatementDue, own_payment, payable
from portal.payments.lines import allocations_now, line_facts
from portal.payments.models import Payment
from portal.payments.moves import payment_of
from portal.payments.service import LEAST_CENTS, attempt_at_stripe
from portal.practice.contact import PracticeContact, practice_contact

_MAY_HAVE_A_PROBLEM: Final = frozenset(
    {
        PaymentState.PREPARED,
        PaymentState.OPEN,  # the payer came back from Stripe without paying
        PaymentState.EXPIRED,
        PaymentState.CANCELED,
        PaymentState.FAILED,
    }
)


class Problem(StrEnum):
    """Why a payment did not, or does not, go on; each has its own words on the page."""

    DECLINED = "declined"
    CANCELED = "canceled"
    EXPIRED = "expired"
    NOT_STARTED = "not_started"
    OPEN_ELSEWHERE = "open_elsewhere"
    OPEN_ON_ANOTHER = "open_on_another"
    CHANGED = "changed"
    NOTHING_DUE = "nothing_due"


@dataclass(frozen=True, slots=True)
class AmountPage:
    practice: PracticeContact
    statement_id: UUID
    due_now_cents: int
    due_on: date

    @property
    def can_pay(self) -> bool:
        return self.due_now_cents >= LEAST_CENTS


@dataclass(frozen=True, slots=True)
class AllocationRow:
    """One service a payment is put to."""

    service_kind: ServiceKind
    patient_first_name: str
    service_on: date | None
    provider_name: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """A payment before it is money, to check or to wait for.

    ``allocations`` is what it would pay for now.
    """

    practice: PracticeContact
    statement_id: UUID
    payment_id: UUID
    state: PaymentState
    amount_cents: int
    due_now_cents: int
    due_on: date
    started_at: datetime
    allocations: tuple[AllocationRow, ...]

    @property
    def is_payable(self) -> bool:
        """Whether this much is still due."""
        return LEAST_CENTS <= self.amount_cents <= self.due_now_cents


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """Why a payment does not go on. ``payment_id`` is the one to go on with instead, if any."""

    practice: PracticeContact
    statement_id: UUID
    payment_id: UUID
    kind: Problem
    amount_cents: int
    due_now_cents: int
    method_brand: str
    method_last4: str


def amount_page(
    database: Database,
    principal: Principal,
    statement_id: UUID,
    *,
    statement_due: StatementDue,
    now: datetime,
    request_id: str,
) -> AmountPage:
    """What may be paid, with a row in the audit log. Raises StatementNotFoundError."""
    with database.transaction(principal) as session:
        due = payable(session, statement_id, statement_due=statement_due)
        record(
            session,
            action="view_amount",
            object_kind="statement",
            object_id=statement_id,
            guarantor_id=due.guarantor_id,
            now=now,
            request_id=request_id,
        )
        return AmountPage(
            practice=practice_contact(session),
            statement_id=statement_id,
            due_now_cents=due.due_now_cents,
            due_on=due.due_on,
        )


def payment_state(database: Database, principal: Principal, payment_id: UUID) -> PaymentState:
    """Raises PaymentNotFoundError."""
    with database.transaction(principal) as session:
        return PaymentState(own_payment(session, payment_id).state)


def payment_page(
    database: Database,
    principal: Principal,
    payment_id: UUID,
    *,
    statement_due: StatementDue,
    now: datetime,
    request_id: str,
) -> PaymentPage:
    """Any payment, whatever its state, with a row in the audit log: it names visits.

    Raises PaymentNotFoundError, StatementNotFoundError.
    """
    with database.transaction(principal) as session:
        payment = own_payment(session, payment_id)
        note_view(session, payment, now=now, request_id=request_id)
        due = payable(session, payment.statement_id, statement_due=statement_due)
        practice = practice_contact(session)
        return PaymentPage(
            practice=practice,
            statement_id=payment.statement_id,
            payment_id=payment_id,
            state=PaymentState(payment.state),
            amount_cents=payment.amount_cents,
            due_now_cents=due.due_now_cents,
            due_on=due.due_on,
            started_at=local_time(payment.started_at or payment.created_at, practice),
            allocations=allocation_rows(session, allocations_now(session, payment)),
        )


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

    Raises PaymentNotFoundError, StatementNotFoundError.
    """
    with database.transaction(principal) as session:
        payment = own_payment(session, payment_id)
        due = payable(session, payment.statement_id, statement_due=statement_due)
        kind = _problem(session, payment, due.due_now_cents)
        if kind is None:
            return None
        other_id = attempt_at_stripe(session, payment.guarantor_id)
        if kind is Problem.OPEN_ELSEWHERE and other_id is not None:
            other = payment_of(session, other_id)
            if other.statement_id == payment.statement_id:
                payment = other
            else:  # this link does not open that statement, nor anything of it
                kind = Problem.OPEN_ON_ANOTHER
        note_view(session, payment, now=now, request_id=request_id)
        return ProblemPage(
            practice=practice_contact(session),
            statement_id=payment.statement_id,
            payment_id=payment.payment_id,
            kind=kind,
            amount_cents=payment.amount_cents,
            due_now_cents=due.due_now_cents,
            method_brand=payment.method_brand or "",
            method_last4=payment.method_last4 or "",
        )


def note_view(session: Session, payment: Payment, *, now: datetime, request_id: str) -> None:
    """The audit log learns who looked at a payment."""
    record(
        session,
        action="view",
        object_kind="payment",
        object_id=payment.payment_id,
        guarantor_id=payment.guarantor_id,
        now=now,
        request_id=request_id,
    )


def _problem(session: Session, payment: Payment, due_now_cents: int) -> Problem | None:
    state = PaymentState(payment.state)
    if state not in _MAY_HAVE_A_PROBLEM:
        return None
    if due_now_cents < LEAST_CENTS:
        return Problem.NOTHING_DUE
    if payment.amount_cents > due_now_cents:
        return Problem.CHANGED
    if state is PaymentState.PREPARED:
        other_id = attempt_at_stripe(session, payment.guarantor_id)
        return Problem.OPEN_ELSEWHERE if other_id else None
    return _why_not_paid(payment, state)


def _why_not_paid(payment: Payment, state: PaymentState) -> Problem:
    if state is PaymentState.EXPIRED:
        return Problem.EXPIRED
    if payment.checkout_session_id is None:
        return Problem.NOT_STARTED
    declined = payment.decline_code is not None or state is PaymentState.FAILED
    return Problem.DECLINED if declined else Problem.CANCELED


def allocation_rows(session: Session, parts: Sequence[Allocation]) -> tuple[AllocationRow, ...]:
    """Those that name a service the principal may see."""
    facts = line_facts(session, {part.target for part in parts})
    return tuple(
        AllocationRow(
            service_kind=facts[part.target].service_kind,
            patient_first_name=facts[part.target].patient_first_name,
            service_on=facts[part.target].service_on,
            provider_name=facts[part.target].provider_name,
            amount_cents=part.amount_cents,
        )
        for part in parts
        if part.target in facts
    )


def local_time(at: datetime, practice: PracticeContact) -> datetime:
    """An instant where the practice is."""
    return at.astimezone(ZoneInfo(practice.time_zone))
