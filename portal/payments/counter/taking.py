"""Money handed over at the desk: written down, posted, put to visits and receipted in one commit.

The payment's id comes with the form, so that a form sent twice is one payment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.roles import Area
from portal.db import Database, Principal, practice_of
from portal.domain.allocation import Allocation
from portal.domain.desk_postings import deposit_taken
from portal.domain.journal import NOWHERE, BusinessEvent, Target
from portal.domain.payment_channel import MethodKind, PaymentChannel
from portal.domain.payment_postings import clearing_account
from portal.domain.payment_status import PaymentState
from portal.ledger.journal import post
from portal.ledger.models import VisitDeposit
from portal.ledger.outbox import enqueue_post
from portal.ledger.plan_cover import cents_on_plans, standing_cover
from portal.ledger.plan_standing import standing_plans
from portal.ledger.queries import on_its_way_cents, receivable_cents
from portal.ledger.visit_deposits import meet_deposits
from portal.messages.service import queue_payment_receipt
from portal.payments.counter.access import (
    DeskPaymentNotFoundError,
    lock_own_drawer,
    require_area,
    require_desk,
    staff_id_of,
    today_of,
)
from portal.payments.counter.models import DeskPayment, Drawer
from portal.payments.lines import allocations_now, open_targets
from portal.payments.models import Payment
from portal.payments.moves import BooksBusyError, lock_guarantor, record_event
from portal.payments.settlement import mark_settled, post_details, settle
from portal.practice.import_lock import import_is_running
from portal.request_id import request_id


class DueChangedError(RuntimeError):
    """What is due is not what stood on the page that was agreed to."""


class PlanOverError(LookupError):
    """No such payment plan runs on this account, or none any more."""


class OverNotAgreedError(RuntimeError):
    """It is more than is due, and nobody said that this is meant."""


class TooLittleCashError(ValueError):
    """Less was handed over than is to be paid."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What somebody hands over, and what for.

    ``claim_ids`` are the visits it is for, none the oldest first; ``visit_on`` makes it money for a
    visit to come, ``plan_id`` for a payment plan. ``tendered_cents`` is the cash that was handed
    over, else the amount.
    """

    guarantor_id: UUID
    method: MethodKind
    amount_cents: int
    tendered_cents: int
    check_number: str = ""
    approval_code: str = ""
    claim_ids: tuple[UUID, ...] = ()
    visit_on: date | None = None
    plan_id: UUID | None = None

    @property
    def change_cents(self) -> int:
        return self.tendered_cents - self.amount_cents


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the clerk agreed to: the amount due that was shown, and whether more is meant."""

    payment_id: UUID
    due_seen_cents: int
    may_exceed: bool


def take_money(
    database: Database,
    principal: Principal,
    money: HandedOver,
    agreed: Agreed,
    *,
    now: datetime,
) -> None:
    """Take it into the clerk's own drawer; a form that was sent before is done already.

    Raises DeskElsewhereError, CounterNotAllowedError, NoDrawerError, DrawerNotOpenError,
    DrawerOfAnotherDayError, DueChangedError, PlanOverError, OverNotAgreedError, TooLittleCashError,
    PaymentNotFoundError for nobody's account, DeskPaymentNotFoundError for another payment's id,
    and BooksBusyError while a remittance is imported.
    """
    require_area(principal, Area.DRAWER)
    with database.transaction(principal) as session:
        require_desk(session)
        lock_guarantor(session, money.guarantor_id)
        if _is_taken(session, money, agreed.payment_id):
            return
        drawer = lock_own_drawer(session, today=today_of(session, now))
        if import_is_running(session):
            raise BooksBusyError(agreed.payment_id)
        _require_agreed(session, money, agreed)
        payment = _write_down(session, principal, money, agreed.payment_id, drawer, now=now)
        if money.visit_on is None:
            settle(session, payment, now=now)
        else:
            _keep_for_visit(session, payment, money.visit_on, now=now)


def due_at_desk_cents(session: Session, guarantor_id: UUID) -> int:
    """What is owed outside payment plans and not being paid by bank debit already."""
    owed_cents = receivable_cents(session, guarantor_id) - on_its_way_cents(session, guarantor_id)
    return max(0, owed_cents - sum(cents_on_plans(session, guarantor_id).values()))


def due_for(session: Session, money: HandedOver) -> int:
    """What is asked for where the money is to go: on its plan, else outside of all plans.

    Raises PlanOverError.
    """
    if money.plan_id is None:
        return due_at_desk_cents(session, money.guarantor_id)
    plans = standing_plans(session, money.guarantor_id)
    found = next((plan for plan in plans if plan.plan_id == money.plan_id), None)
    if found is None:
        raise PlanOverError(money.plan_id)
    return found.left_cents


def put_to(session: Session, money: HandedOver) -> Sequence[Allocation]:
    """What it would pay at this moment."""
    if money.visit_on is not None:
        return ()
    planned = Payment(
        guarantor_id=money.guarantor_id,
        amount_cents=money.amount_cents,
        pays_for=_lines(session, money),
    )
    return allocations_now(session, planned)


def _is_taken(session: Session, money: HandedOver, payment_id: UUID) -> bool:
    found = session.execute(
        select(Payment.guarantor_id, Payment.channel).where(
            Payment.practice_id == practice_of(session), Payment.payment_id == payment_id
        )
    ).one_or_none()
    if found is None:
        return False
    if found.guarantor_id != money.guarantor_id or found.channel != PaymentChannel.DESK.value:
        raise DeskPaymentNotFoundError(payment_id)
    return True


def _require_agreed(session: Session, money: HandedOver, agreed: Agreed) -> None:
    if money.change_cents < 0:
        raise TooLittleCashError(money.tendered_cents)
    if money.visit_on is not None:
        return
    due_cents = due_for(session, money)
    if due_cents != agreed.due_seen_cents:
        raise DueChangedError(agreed.payment_id)
    if money.amount_cents > due_cents and not agreed.may_exceed:
        raise OverNotAgreedError(agreed.payment_id)


def _write_down(
    session: Session,
    principal: Principal,
    money: HandedOver,
    payment_id: UUID,
    drawer: Drawer,
    *,
    now: datetime,
) -> Payment:
    payment = Payment(
        practice_id=practice_of(session),
        payment_id=payment_id,
        guarantor_id=money.guarantor_id,
        statement_id=None,
        plan_id=money.plan_id,
        channel=PaymentChannel.DESK.value,
        amount_cents=money.amount_cents,
        pays_for=_lines(session, money),
        method_kind=money.method.value,
        state=PaymentState.PREPARED.value,
        created_at=now,
        state_at=now,
    )
    session.add(payment)
    record_event(session, payment, now=now)
    session.add(
        DeskPayment(
            practice_id=practice_of(session),
            payment_id=payment_id,
            guarantor_id=money.guarantor_id,
            drawer_id=drawer.drawer_id,
            taken_by=staff_id_of(principal),
            tendered_cents=money.tendered_cents,
            check_number=money.check_number,
            approval_code=money.approval_code,
            visit_on=money.visit_on,
        )
    )
    session.flush()
    return payment


def _lines(session: Session, money: HandedOver) -> list[dict[str, str | None]]:
    """The open lines of the plan or of the chosen visits, as a payment's row keeps them."""
    return [
        {
            "claim_id": str(target.claim_id),
            "charge_id": str(target.charge_id) if target.charge_id else None,
        }
        for target in _targets(session, money)
    ]


def _targets(session: Session, money: HandedOver) -> Sequence[Target]:
    if money.plan_id is not None:
        plan = standing_cover(session, money.guarantor_id).get(money.plan_id)
        return [line.target for line in plan.lines if line.left_cents] if plan else []
    if not money.claim_ids:
        return []
    targets = open_targets(session, money.guarantor_id)
    return [one.target for one in targets if one.target.claim_id in money.claim_ids]


def _keep_for_visit(session: Session, payment: Payment, visit_on: date, *, now: datetime) -> None:
    """It waits for the share of that visit and pays nothing else."""
    today, practice_id = today_of(session, now), practice_of(session)
    entry = deposit_taken(
        payment.payment_id,
        payment.amount_cents,
        guarantor_id=payment.guarantor_id,
        effective_on=today,
        arrived_in=clearing_account(payment.method_kind),
    )
    entry_id = post(session, entry, now=now)
    session.add(
        VisitDeposit(
            practice_id=practice_id,
            receipt_id=payment.payment_id,
            guarantor_id=payment.guarantor_id,
            claim_number="",
            service_on=visit_on,
            taken_on=today,
            left_cents=payment.amount_cents,
        )
    )
    mark_settled(session, payment, now=now)
    enqueue_post(
        session,
        guarantor_id=payment.guarantor_id,
        entry_id=entry_id,
        subject_id=payment.payment_id,
        kind=BusinessEvent.DEPOSIT_TAKEN.value,
        amount_cents=payment.amount_cents,
        effective_on=today,
        details=post_details(session, payment, [Allocation(NOWHERE, payment.amount_cents)]),
        now=now,
    )
    queue_payment_receipt(
        session, guarantor_id=payment.guarantor_id, payment_id=payment.payment_id, now=now
    )
    record(
        session,
        action="deposit_taken",
        object_kind="payment",
        object_id=payment.payment_id,
        guarantor_id=payment.guarantor_id,
        now=now,
        request_id=request_id(),
    )
    session.flush()
    meet_deposits(
        session.connection(),
        practice_id,
        today=today,
        now=now,
        guarantor_ids=[payment.guarantor_id],
    )
