"""A payment of the desk that is none: voided before its drawer closes, or a check that came back.

Its money is taken from where it stands by now: what waited for a visit, credit, then visits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.roles import Area
from portal.db import Database, Principal, practice_of, principal_of
from portal.domain.allocation import Allocation
from portal.domain.desk_postings import payment_returned, payment_voided
from portal.domain.drawer import VoidAnswer
from portal.domain.journal import NOWHERE, JournalEntry, LedgerAccount
from portal.domain.money import format_usd
from portal.domain.payment_channel import MethodKind
from portal.domain.payment_postings import clearing_account
from portal.domain.payment_status import PaymentState
from portal.domain.refunding import RefundSources, refund_sources
from portal.ledger.journal import post
from portal.ledger.models import VisitDeposit
from portal.ledger.outbox import enqueue_post
from portal.messages.service import MessageTemplate, queue_payment_mail
from portal.payments.counter.access import (
    CounterNotAllowedError,
    desk_payment,
    drawer_of,
    require_area,
    require_desk,
    staff_id_of,
    today_of,
)
from portal.payments.counter.cash_voids import answer_request, waiting_request
from portal.payments.counter.models import DeskPayment, DeskReversal
from portal.payments.counter.paper_checks import CheckPlace, check_place
from portal.payments.counter.voidable import may_void, require_in_time
from portal.payments.credits.remains import (
    Remains,
    end_tasks_of_spent_credit,
    lower_waiting_credit,
    remains_of,
)
from portal.payments.models import Payment
from portal.payments.moves import BooksBusyError, lock_payment, move_to
from portal.payments.refunds.bounds import refunded_cents
from portal.payments.refunds.withdrawing import withdraw_unsent_refunds
from portal.payments.reopened import keep_held
from portal.payments.settlement import keep_allocations, post_details
from portal.practice.import_lock import import_is_running
from portal.practice.tasks import open_task

CHECK_RETURNED_TASK = "check_returned"


_LEFT_FROM: Final = {
    CheckPlace.BANK: LedgerAccount.BANK,
    CheckPlace.MISSING: LedgerAccount.CASH_OVER_SHORT,
}


class VoidReason(StrEnum):
    """Why a payment is voided. A choice, so that nothing about anybody's health is kept with it."""

    WRONG_AMOUNT = "wrong_amount"
    WRONG_PERSON = "wrong_person"
    WRONG_METHOD = "wrong_method"
    TAKEN_TWICE = "taken_twice"
    CHANGED_MIND = "changed_mind"
    OTHER = "other"


class ReturnReason(StrEnum):
    """What the bank said about a check that came back, or that it never saw it."""

    NO_FUNDS = "no_funds"
    STOPPED = "stopped"
    ACCOUNT_CLOSED = "account_closed"
    LOST = "lost"  # before it came to the bank: its drawer was short of it
    OTHER = "other"


class NotUndoableError(RuntimeError):
    """It is no payment (any more), is at the bank, or has been given back in part."""


class SecondPersonError(CounterNotAllowedError):
    """Cash is voided by a manager, never by whoever took it."""


class MoneyUsedError(NotUndoableError):
    """Its credit was used for something else since: undoing it would take that away."""


@dataclass(frozen=True, slots=True)
class _TakenBack:
    """Where the money of a payment stands."""

    remains: Remains
    sources: RefundSources
    deposit_cents: int

    @property
    def parts(self) -> Sequence[Allocation]:
        credit = self.sources.credit_cents
        return (*((Allocation(NOWHERE, credit),) if credit else ()), *self.sources.lines)

    @property
    def cents(self) -> int:
        return sum(part.amount_cents for part in self.parts) + self.deposit_cents


def void_payment(
    database: Database,
    principal: Principal,
    payment_id: UUID,
    *,
    reason: VoidReason,
    now: datetime,
    request_id: str,
) -> None:
    """Undo a payment on its day before its drawer is counted: by whoever took it, or a manager.

    Cash only by a manager who did not take it (`ask_for_void`). The payer is told by e-mail.
    Twice is once. Raises DeskPaymentNotFoundError, CounterNotAllowedError (SecondPersonError),
    DrawerNotOpenError, DrawerOfAnotherDayError, NotUndoableError, and BooksBusyError while a
    remittance is imported.
    """
    require_area(principal, Area.MONEY)
    with database.transaction(principal) as session:
        payment, desk = _locked(session, payment_id)
        if not may_void(principal, payment, desk):
            is_cash = payment.method_kind == MethodKind.CASH.value
            raise (SecondPersonError if is_cash else CounterNotAllowedError)(payment_id)
        if payment.state == PaymentState.VOIDED.value:
            return
        drawer = drawer_of(session, desk.drawer_id, locked=True)
        require_in_time(session, payment, drawer, now=now)
        _require_money(session, payment)
        if desk.terminal_batch_id is not None or refunded_cents(session, payment_id):
            raise NotUndoableError(payment_id)
        back = _taken_back(session, payment, now=now)
        if back.sources.unexplained_cents:
            raise MoneyUsedError(payment_id)
        entry = payment_voided(
            payment_id,
            back.parts,
            deposit_cents=back.deposit_cents,
            guarantor_id=payment.guarantor_id,
            effective_on=today_of(session, now),
            left_from=clearing_account(payment.method_kind),
        )
        _undo(session, payment, back, entry, reason=reason, now=now, request_id=request_id)
        request = waiting_request(session, payment_id)
        if request is not None:
            answer_request(session, request, VoidAnswer.AGREED, by=principal, now=now)
        _tell_payer(session, payment, now=now)


def return_check(
    database: Database,
    principal: Principal,
    payment_id: UUID,
    *,
    reason: ReturnReason,
    now: datetime,
    request_id: str,
) -> None:
    """The bank took a deposited check's money back: it is owed again, without a fee. By a manager.

    Nobody presents it again. One that its drawer was short of never was at the bank: it can only be
    LOST, and leaves what the drawer was short. Twice is once. Raises DeskPaymentNotFoundError,
    CounterNotAllowedError, NotUndoableError, and BooksBusyError while a remittance is imported.
    """
    require_area(principal, Area.BOOKS)
    with database.transaction(principal) as session:
        payment, desk = _locked(session, payment_id)
        if payment.state == PaymentState.RETURNED.value:
            return
        _require_money(session, payment)
        place = check_place(session, payment, desk)
        wanted = CheckPlace.MISSING if reason is ReturnReason.LOST else CheckPlace.BANK
        if place is not wanted:
            raise NotUndoableError(payment_id)
        back = _taken_back(session, payment, now=now)
        entry = payment_returned(
            payment_id,
            back.parts,
            deposit_cents=back.deposit_cents,
            unexplained_cents=back.sources.unexplained_cents,
            guarantor_id=payment.guarantor_id,
            effective_on=today_of(session, now),
            left_from=_LEFT_FROM[place],
        )
        _undo(session, payment, back, entry, reason=reason, now=now, request_id=request_id)
        withdraw_unsent_refunds(session, payment, now=now)
        _ask_staff(session, payment, desk, back, now=now)


def _locked(session: Session, payment_id: UUID) -> tuple[Payment, DeskPayment]:
    require_desk(session)
    desk_payment(session, payment_id)
    payment = lock_payment(session, payment_id)
    return payment, desk_payment(session, payment_id)[1]


def _require_money(session: Session, payment: Payment) -> None:
    if payment.state != PaymentState.SUCCEEDED.value:
        raise NotUndoableError(payment.payment_id)
    if import_is_running(session):
        raise BooksBusyError(payment.payment_id)


def _taken_back(session: Session, payment: Payment, *, now: datetime) -> _TakenBack:
    """All of it, less what went back to the payer already."""
    deposit_cents = session.scalar(
        select(VisitDeposit.left_cents).where(
            VisitDeposit.practice_id == practice_of(session),
            VisitDeposit.receipt_id == payment.payment_id,
        )
    )
    remains = remains_of(session, payment, now=now)
    cents = payment.amount_cents - (deposit_cents or 0)
    return _TakenBack(remains, refund_sources(cents, remains.of_payment), deposit_cents or 0)


def _undo(
    session: Session,
    payment: Payment,
    back: _TakenBack,
    entry: JournalEntry,
    *,
    reason: VoidReason | ReturnReason,
    now: datetime,
    request_id: str,
) -> None:
    is_void = isinstance(reason, VoidReason)
    entry_id = post(session, entry, now=now)
    given_back = [Allocation(part.target, -part.amount_cents) for part in back.parts]
    if given_back:
        keep_allocations(session, payment, entry_id, given_back)
    _lower_deposit(session, payment, back.deposit_cents)
    lower_waiting_credit(session, back.remains, back.sources)
    end_tasks_of_spent_credit(session, payment.guarantor_id, now=now)
    keep_held(
        session,
        back.sources.lines,
        cause_id=payment.payment_id,
        guarantor_id=payment.guarantor_id,
        effective_on=entry.effective_on,
        now=now,
    )
    state = PaymentState.VOIDED if is_void else PaymentState.RETURNED
    move_to(session, payment, state, now=now, detail=reason.value)
    session.add(_reversal(session, payment, entry_id, reason, now=now))
    _tell_practice(session, payment, back, entry, entry_id, now=now)
    record(
        session,
        action=entry.business_event.value,
        object_kind="payment",
        object_id=payment.payment_id,
        guarantor_id=payment.guarantor_id,
        now=now,
        request_id=request_id,
    )


def _reversal(
    session: Session,
    payment: Payment,
    entry_id: UUID,
    reason: VoidReason | ReturnReason,
    *,
    now: datetime,
) -> DeskReversal:
    return DeskReversal(
        practice_id=practice_of(session),
        payment_id=payment.payment_id,
        guarantor_id=payment.guarantor_id,
        state=payment.state,
        reason=reason.value,
        reversed_at=now,
        reversed_by=staff_id_of(principal_of(session)),
        entry_id=entry_id,
    )


def _lower_deposit(session: Session, payment: Payment, by_cents: int) -> None:
    if by_cents:
        session.execute(
            update(VisitDeposit)
            .where(
                VisitDeposit.practice_id == practice_of(session),
                VisitDeposit.receipt_id == payment.payment_id,
            )
            .values(left_cents=VisitDeposit.left_cents - by_cents)
        )


def _tell_practice(
    session: Session,
    payment: Payment,
    back: _TakenBack,
    entry: JournalEntry,
    entry_id: UUID,
    *,
    now: datetime,
) -> None:
    waited = (Allocation(NOWHERE, back.deposit_cents),) if back.deposit_cents else ()
    parts = [Allocation(part.target, -part.amount_cents) for part in (*back.parts, *waited)]
    enqueue_post(
        session,
        guarantor_id=payment.guarantor_id,
        entry_id=entry_id,
        subject_id=payment.payment_id,
        kind=entry.business_event.value,
        amount_cents=-back.cents,
        effective_on=entry.effective_on,
        details=post_details(session, payment, parts),
        now=now,
    )


def _ask_staff(
    session: Session, payment: Payment, desk: DeskPayment, back: _TakenBack, *, now: datetime
) -> None:
    message = (
        f"Check {desk.check_number} of receipt {payment.receipt_number} came back unpaid. "
        f"{format_usd(payment.amount_cents)} is owed again. Ask for another way to pay; do not "
        "take the same check to the bank again."
    )
    if back.sources.unexplained_cents:
        message += (
            f" {format_usd(back.sources.unexplained_cents)} of it had been used for something "
            "else, and waits in suspense. Decide who owes it."
        )
    open_task(
        session,
        kind=CHECK_RETURNED_TASK,
        subject_id=payment.payment_id,
        message=message,
        now=now,
    )


def _tell_payer(session: Session, payment: Payment, *, now: datetime) -> None:
    """Whoever has not got the money back can say so."""
    queue_payment_mail(
        session,
        MessageTemplate.PAYMENT_VOIDED,
        guarantor_id=payment.guarantor_id,
        payment_id=payment.payment_id,
        now=now,
    )
