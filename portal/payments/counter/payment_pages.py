"""What the pages of one payment of the desk show: taking it, checking it, its receipt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.roles import REACH, Area
from portal.db import Database, Principal, practice_of, principal_of
from portal.domain.allocation import Allocation
from portal.domain.drawer import DrawerState
from portal.domain.journal import BusinessEvent, Target
from portal.domain.payment_status import PaymentState
from portal.domain.service_kind import ServiceKind
from portal.ledger.models import Allocation as AllocationRecord
from portal.ledger.models import JournalEntryRow
from portal.ledger.plan_standing import plan_numbers, standing_plans
from portal.ledger.queries import on_its_way_cents, unapplied_credit_cents
from portal.messages.service import mail_refusals
from portal.payments.counter.access import (
    DeskPaymentNotFoundError,
    desk_payment,
    drawer_in_use,
    oversees,
    require_desk,
    staff_names,
    today_of,
    zone_of,
)
from portal.payments.counter.cash_voids import waiting_request
from portal.payments.counter.models import DeskPayment, DeskReversal, Drawer, VoidRequest
from portal.payments.counter.paper_checks import CheckPlace, check_place
from portal.payments.counter.taking import HandedOver, due_at_desk_cents, due_for, put_to
from portal.payments.counter.voidable import may_be_voided, may_void
from portal.payments.lines import line_facts, open_targets
from portal.payments.models import Payment
from portal.payments.moves import PaymentNotFoundError
from portal.payments.queries import AllocationRow, allocation_rows
from portal.payments.refunds.page import Account, account_of
from portal.payments.service import attempt_at_stripe
from portal.practice.contact import PracticeContact, practice_contact
from portal.practice.viewing import payer_of, viewer_of


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit with something open on it."""

    claim_id: UUID
    service_on: date | None
    service_kind: ServiceKind
    patient_first_name: str
    provider_name: str
    open_cents: int


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A payment plan that money may be taken for, and what it asks for first."""

    plan_id: UUID
    number: str
    left_cents: int
    past_due_cents: int
    next_on: date
    next_cents: int


@dataclass(frozen=True, slots=True)
class TakePage:
    """Who pays, what is owed, and what stands against taking money now.

    ``why_not``: not_yours (a role without a drawer), no_drawer, counted, old; empty when nothing.
    ``pays_online``: an attempt of theirs is open at Stripe this moment.
    """

    account: Account
    due_now_cents: int
    on_the_way_cents: int
    credit_cents: int
    visits: tuple[VisitRow, ...]
    drawer_name: str
    drawer_id: UUID | None
    why_not: str
    pays_online: bool
    today: date
    plans: tuple[PlanRow, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckPage:
    """What would be written down: what it pays, what is too much, the change that goes back."""

    take: TakePage
    money: HandedOver
    allocations: tuple[AllocationRow, ...]
    unapplied_cents: int
    over_cents: int
    due_cents: int  # where the money is to go
    plan_number: str = ""


@dataclass(frozen=True, slots=True)
class Undone:
    """A payment that is none any more."""

    state: PaymentState
    reason: str
    at: datetime
    staff_name: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A wish to void cash that waits for a manager; ``is_mine`` of whoever looks."""

    reason: str
    at: datetime
    staff_name: str
    is_mine: bool


@dataclass(frozen=True, slots=True)
class DeskReceiptPage:
    """A payment of the desk as it was written down, and what became of it.

    ``may_find``: its check is missing, and whoever looks may say that it was found, or is lost.
    """

    practice: PracticeContact
    account: Account
    payment_id: UUID
    receipt_number: str
    amount_cents: int
    method: str
    tendered_cents: int
    reference: str
    taken_at: datetime
    staff_name: str
    drawer_id: UUID
    allocations: tuple[AllocationRow, ...]
    unapplied_cents: int
    visit_on: date | None
    left_cents: int
    is_mailed: bool
    undone: Undone | None
    may_void: bool
    may_ask_for_void: bool
    asked: Asked | None
    may_return: bool
    may_find: bool
    plan_number: str = ""  # of the payment plan it was taken for

    @property
    def change_cents(self) -> int:
        return self.tendered_cents - self.amount_cents


def take_page(
    database: Database, principal: Principal, guarantor_id: UUID, *, now: datetime, request_id: str
) -> TakePage:
    """With a row in the audit log. Raises DeskElsewhereError, PaymentNotFoundError for nobody."""
    with database.transaction(principal) as session:
        return _take(session, principal, guarantor_id, now=now, request_id=request_id)


def check_page(
    database: Database, principal: Principal, money: HandedOver, *, now: datetime, request_id: str
) -> CheckPage:
    """As `take_page`, with what the money would be put to; nothing is written down.

    Raises PlanOverError.
    """
    with database.transaction(principal) as session:
        take = _take(session, principal, money.guarantor_id, now=now, request_id=request_id)
        parts = put_to(session, money)
        due_cents = due_for(session, money)
        viewer = viewer_of(session, today=now.astimezone(zone_of(session)).date())
        over_cents = 0 if money.visit_on else money.amount_cents - due_cents
        numbers = {plan.plan_id: plan.number for plan in take.plans}
        return CheckPage(
            take=take,
            money=money,
            allocations=allocation_rows(session, parts, viewer),
            unapplied_cents=sum(part.amount_cents for part in parts if part.is_unapplied),
            over_cents=max(0, over_cents),
            due_cents=due_cents,
            plan_number=numbers.get(money.plan_id, "") if money.plan_id else "",
        )


def desk_receipt_page(
    database: Database, principal: Principal, payment_id: UUID, *, now: datetime, request_id: str
) -> DeskReceiptPage:
    """With a row in the audit log; it is printed for who pays, and shows what they may see.

    Raises DeskElsewhereError, DeskPaymentNotFoundError.
    """
    with database.transaction(principal) as session:
        require_desk(session)
        payment, desk = desk_payment(session, payment_id)
        account = account_of(session, payment.guarantor_id)
        if account is None:
            raise DeskPaymentNotFoundError(payment_id)
        _note(session, "payment", payment_id, account, now=now, request_id=request_id)
        parts = _posted_parts(session, payment_id)
        today = now.astimezone(zone_of(session)).date()
        payer = payer_of(session, payment.guarantor_id, today=today)
        place = check_place(session, payment, desk)
        is_check_of_manager = oversees(principal) and payment.state == PaymentState.SUCCEEDED.value
        asked = waiting_request(session, payment_id)
        may = may_be_voided(session, payment, desk, now=now)
        return DeskReceiptPage(
            practice=practice_contact(session),
            account=account,
            payment_id=payment_id,
            receipt_number=payment.receipt_number or "",
            amount_cents=payment.amount_cents,
            method=payment.method_kind or "",
            tendered_cents=desk.tendered_cents,
            reference=desk.check_number or desk.approval_code,
            taken_at=payment.created_at.astimezone(zone_of(session)),
            staff_name=staff_names(session).get(desk.taken_by, ""),
            drawer_id=desk.drawer_id,
            allocations=allocation_rows(session, parts, payer),
            unapplied_cents=sum(part.amount_cents for part in parts if part.is_unapplied),
            visit_on=desk.visit_on,
            left_cents=due_at_desk_cents(session, payment.guarantor_id),
            plan_number=_plan_number(session, payment),
            is_mailed=not mail_refusals(session, payment.guarantor_id),
            undone=_undone(session, payment_id),
            may_void=may and may_void(principal, payment, desk),
            may_ask_for_void=may and asked is None and _may_ask(principal, payment, desk),
            asked=_asked(session, asked),
            may_return=is_check_of_manager and place is CheckPlace.BANK,
            may_find=is_check_of_manager and place is CheckPlace.MISSING,
        )


def _plan_number(session: Session, payment: Payment) -> str:
    if payment.plan_id is None:
        return ""
    return plan_numbers(session, [payment.plan_id]).get(payment.plan_id, "")


def _take(
    session: Session, principal: Principal, guarantor_id: UUID, *, now: datetime, request_id: str
) -> TakePage:
    require_desk(session)
    account = account_of(session, guarantor_id)
    if account is None:
        raise PaymentNotFoundError(guarantor_id)
    _note(session, "guarantor", guarantor_id, account, now=now, request_id=request_id)
    drawer, today = drawer_in_use(session), today_of(session, now)
    return TakePage(
        account=account,
        due_now_cents=due_at_desk_cents(session, guarantor_id),
        on_the_way_cents=on_its_way_cents(session, guarantor_id),
        credit_cents=unapplied_credit_cents(session, guarantor_id),
        visits=_visits(session, guarantor_id),
        drawer_name=drawer.name if drawer else "",
        drawer_id=drawer.drawer_id if drawer else None,
        why_not=_why_not(principal, drawer, today=today),
        pays_online=attempt_at_stripe(session, guarantor_id) is not None,
        today=today,
        plans=_plans(session, guarantor_id, today=today),
    )


def _plans(session: Session, guarantor_id: UUID, *, today: date) -> tuple[PlanRow, ...]:
    """Those that ask for something."""
    return tuple(
        PlanRow(
            plan_id=plan.plan_id,
            number=plan.number,
            left_cents=plan.left_cents,
            past_due_cents=plan.past_due_cents(today),
            next_on=plan.next_due.due_on,
            next_cents=plan.next_due.cents,
        )
        for plan in standing_plans(session, guarantor_id)
        if plan.next_due is not None
    )


def _why_not(principal: Principal, drawer: Drawer | None, *, today: date) -> str:
    if principal.role not in REACH[Area.DRAWER]:
        return "not_yours"
    if drawer is None:
        return "no_drawer"
    if drawer.state != DrawerState.OPEN.value:
        return "counted"
    return "old" if drawer.opened_on != today else ""


def _visits(session: Session, guarantor_id: UUID) -> tuple[VisitRow, ...]:
    """The oldest first, as money is put to them."""
    targets = open_targets(session, guarantor_id)
    facts = line_facts(session, [one.target for one in targets])
    cents: dict[UUID, int] = {}
    first: dict[UUID, Target] = {}
    for one in sorted(targets, key=lambda one: one.service_on or date.max):
        if one.target.claim_id is not None:
            cents[one.target.claim_id] = cents.get(one.target.claim_id, 0) + one.open_cents
            first.setdefault(one.target.claim_id, one.target)
    return tuple(
        VisitRow(
            claim_id=claim_id,
            service_on=facts[target].service_on,
            service_kind=facts[target].service_kind,
            patient_first_name=facts[target].patient_first_name,
            provider_name=facts[target].provider_name,
            open_cents=cents[claim_id],
        )
        for claim_id, target in first.items()
    )


def _posted_parts(session: Session, payment_id: UUID) -> Sequence[Allocation]:
    """As it was settled; what happened to it since stands beside it."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(AllocationRecord.claim_id, AllocationRecord.charge_id, AllocationRecord.amount_cents)
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == AllocationRecord.entry_id),
        )
        .where(
            AllocationRecord.practice_id == practice_id,
            AllocationRecord.payment_id == payment_id,
            JournalEntryRow.business_event == BusinessEvent.PAYMENT_SETTLED.value,
        )
        .order_by(AllocationRecord.allocation_id)
    )
    return [Allocation(Target(row.claim_id, row.charge_id), int(row.amount_cents)) for row in rows]


def _undone(session: Session, payment_id: UUID) -> Undone | None:
    row = session.scalar(
        select(DeskReversal).where(
            DeskReversal.practice_id == practice_of(session),
            DeskReversal.payment_id == payment_id,
        )
    )
    if row is None:
        return None
    return Undone(
        PaymentState(row.state),
        row.reason,
        row.reversed_at.astimezone(zone_of(session)),
        staff_names(session).get(row.reversed_by, ""),
    )


def _may_ask(principal: Principal, payment: Payment, desk: DeskPayment) -> bool:
    return desk.taken_by == principal.actor_id and not may_void(principal, payment, desk)


def _asked(session: Session, request: VoidRequest | None) -> Asked | None:
    if request is None:
        return None
    return Asked(
        request.reason,
        request.asked_at.astimezone(zone_of(session)),
        staff_names(session).get(request.asked_by, ""),
        is_mine=request.asked_by == principal_of(session).actor_id,
    )


def _note(
    session: Session,
    kind: str,
    object_id: UUID,
    account: Account,
    *,
    now: datetime,
    request_id: str,
) -> None:
    record(
        session,
        action="view",
        object_kind=kind,
        object_id=object_id,
        guarantor_id=account.guarantor_id,
        now=now,
        request_id=request_id,
    )
