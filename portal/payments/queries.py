"""What pages say about payments: frozen views, amounts positive, times where the practice is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal
from portal.domain.allocation import Allocation
from portal.domain.business_days import BANK_DEBIT_DAYS, business_day_after
from portal.domain.payment_choice import PaymentChoice
from portal.domain.payment_status import PaymentState
from portal.domain.service_kind import ServiceKind
from portal.domain.visit_privacy import Viewer
from portal.ledger.plan_standing import PlanDue
from portal.payments.access import Payable, StatementDue, own_payment, payable_for
from portal.payments.choices import VisitRow, chosen_rows, visit_rows
from portal.payments.lines import allocations_now, seen_parts
from portal.payments.models import Payment
from portal.payments.service import LEAST_CENTS, most_payable_cents
from portal.practice.contact import PracticeContact, practice_contact
from portal.practice.viewing import viewer_of


@dataclass(frozen=True, slots=True)
class AllocationRow:
    """One service a payment is put to."""

    service_kind: ServiceKind
    patient_first_name: str
    service_on: date | None
    provider_name: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class PlanOfPayment:
    """The payment plan that a payment is made for, and the payments of it that this one pays."""

    plan_id: UUID
    number: str
    pays: tuple[PlanDue, ...] = ()


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """A payment before it is money, to check or to wait for.

    ``allocations`` is what it would pay for now, ``chosen`` the visits its payer chose, ``left``
    what each visit still asks for after it. ``expected_on``: when a bank will have answered.
    ``action_url`` is where the payer does what it waits for. Of a payment for a ``plan``,
    ``statement_id`` is where its payer came in, and what is due is what is left of the plan.
    """

    practice: PracticeContact
    statement_id: UUID
    payment_id: UUID
    state: PaymentState
    amount_cents: int
    most_cents: int
    due_now_cents: int
    due_on: date
    started_at: datetime
    allocations: tuple[AllocationRow, ...]
    chosen: tuple[VisitRow, ...]
    left: tuple[VisitRow, ...]
    expected_on: date
    method_brand: str
    method_last4: str
    action_url: str
    plan: PlanOfPayment | None = None

    @property
    def is_payable(self) -> bool:
        """Whether this much is still due, for what was chosen."""
        return LEAST_CENTS <= self.amount_cents <= self.most_cents


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

    Raises PaymentNotFoundError, StatementNotFoundError, PlanNotFoundError.
    """
    with database.transaction(principal) as session:
        payment = own_payment(session, payment_id)
        note_view(session, payment, now=now, request_id=request_id)
        due = payable_for(session, payment, statement_due=statement_due)
        practice = practice_contact(session)
        viewer = viewer_of(session, today=local_time(now, practice).date())
        parts = allocations_now(session, payment)
        is_of_visits = payment.choice == PaymentChoice.VISITS.value
        state_at = local_time(payment.state_at, practice)
        return PaymentPage(
            practice=practice,
            statement_id=due.statement_id,
            payment_id=payment_id,
            state=PaymentState(payment.state),
            amount_cents=payment.amount_cents,
            most_cents=most_payable_cents(payment, due),
            due_now_cents=due.due_now_cents,
            due_on=due.due_on,
            started_at=local_time(payment.started_at or payment.created_at, practice),
            allocations=allocation_rows(session, parts, viewer),
            chosen=chosen_rows(session, payment, due, viewer) if is_of_visits else (),
            left=_left(session, payment, due, parts, viewer) if due.plan is None else (),
            expected_on=business_day_after(state_at.date(), BANK_DEBIT_DAYS),
            method_brand=payment.method_brand or "",
            method_last4=payment.method_last4 or "",
            action_url=(payment.checkout_url or "") if payment.action_needed else "",
            plan=plan_of(due, pays_cents=payment.amount_cents),
        )


def plan_of(due: Payable, *, pays_cents: int = 0) -> PlanOfPayment | None:
    """What it pays of its plan while it is not on its way; None for a payment of a statement."""
    if due.plan is None:
        return None
    return PlanOfPayment(due.plan.plan_id, due.plan.number, due.plan.pays(pays_cents))


def _left(
    session: Session,
    payment: Payment,
    due: Payable,
    parts: Sequence[Allocation],
    viewer: Viewer,
) -> tuple[VisitRow, ...]:
    """What each visit still asks for after a payment; none when it does not come to the rest."""
    left = dict(due.visit_cents)
    for part in parts:
        if part.target.claim_id in left:
            left[part.target.claim_id] -= part.amount_cents
    rows = visit_rows(session, due, left, viewer)
    rest_cents = due.due_now_cents - payment.amount_cents
    return rows if sum(row.cents for row in rows) == rest_cents else ()


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


def allocation_rows(
    session: Session, parts: Sequence[Allocation], viewer: Viewer
) -> tuple[AllocationRow, ...]:
    """Those that name a service the principal may see, as the viewer sees them."""
    return tuple(
        AllocationRow(
            service_kind=line.service_kind,
            patient_first_name=line.patient_first_name,
            service_on=line.service_on,
            provider_name=line.provider_name,
            amount_cents=cents,
        )
        for line, cents in seen_parts(session, parts, viewer)
    )


def local_time(at: datetime, practice: PracticeContact) -> datetime:
    """An instant where the practice is."""
    return at.astimezone(ZoneInfo(practice.time_zone))
