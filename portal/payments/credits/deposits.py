"""Money taken for a visit that did not take place, or is on another day: what staff say of it.

Nothing leaves here: a deposit becomes credit of its payment, which is then used or sent back like
any other, or it waits for the other day.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.roles import REACH, Area
from portal.db import Database, Principal, PrincipalKind, practice_of, principal_of
from portal.domain.allocation import Allocation
from portal.domain.journal import NOWHERE, BusinessEvent
from portal.domain.money import format_usd
from portal.domain.payment_status import PaymentState
from portal.domain.visit_deposits import WaitingDeposit, deposit_released
from portal.ledger.journal import post
from portal.ledger.outbox import enqueue_post
from portal.ledger.visit_deposits import deposit_of, end_deposit, meet_deposits, move_deposit
from portal.payments.credits.models import DepositDecision
from portal.payments.models import Payment
from portal.payments.moves import BooksBusyError, lock_payment
from portal.payments.settlement import keep_allocations, post_details, practice_day
from portal.practice.import_lock import import_is_running
from portal.practice.tasks import UNAPPLIED_CREDIT_TASK, open_task


class DepositAct(StrEnum):
    """What staff say about the visit; stable names, they are stored."""

    RELEASED = "released"  # it did not take place
    MOVED = "moved"  # it is on another day


class DepositNotAllowedError(PermissionError):
    """Only some of the staff say what becomes of a deposit."""


class NothingWaitsError(LookupError):
    """Nothing of this payment waits for a visit (any more)."""


@dataclass(frozen=True, slots=True)
class DepositChange:
    """Why, when, and under which id: the form brings it, so that twice sent is one.

    ``service_on``: the visit's other day; None says that it did not take place.
    """

    decision_id: UUID
    reason: str
    now: datetime
    request_id: str
    service_on: date | None = None

    @property
    def act(self) -> DepositAct:
        return DepositAct.RELEASED if self.service_on is None else DepositAct.MOVED


def change_deposit(
    database: Database, principal: Principal, payment_id: UUID, change: DepositChange
) -> None:
    """The visit did not take place, and its money is credit; or it waits for another day.

    Raises DepositNotAllowedError, NothingWaitsError, PaymentNotFoundError, and BooksBusyError while
    a remittance is imported.
    """
    if principal.kind is not PrincipalKind.STAFF or principal.role not in REACH[Area.CREDIT]:
        raise DepositNotAllowedError(payment_id)
    with database.transaction(principal) as session:
        payment = lock_payment(session, payment_id)
        if _is_done(session, change.decision_id):
            return
        if import_is_running(session):
            raise BooksBusyError(payment_id)
        deposit = deposit_of(session, payment_id)
        if deposit is None or payment.state != PaymentState.SUCCEEDED.value:
            raise NothingWaitsError(payment_id)
        if change.service_on is None:
            entry_id = _release(session, payment, deposit, change)
        else:
            entry_id = None
            move_deposit(session, payment_id, service_on=change.service_on)
            _meet(session, payment, change)
        _keep(session, payment, deposit, change, entry_id)


def _is_done(session: Session, decision_id: UUID) -> bool:
    found = session.scalar(
        select(DepositDecision.decision_id).where(
            DepositDecision.practice_id == practice_of(session),
            DepositDecision.decision_id == decision_id,
        )
    )
    return found is not None


def _release(
    session: Session, payment: Payment, deposit: WaitingDeposit, change: DepositChange
) -> UUID:
    """The practice's system is told of no money: it had the payment without a visit before."""
    cents, effective_on = deposit.left_cents, practice_day(session, change.now)
    entry = deposit_released(
        change.decision_id,
        amount_cents=cents,
        guarantor_id=payment.guarantor_id,
        effective_on=effective_on,
    )
    entry_id = post(session, entry, now=change.now)
    keep_allocations(session, payment, entry_id, [Allocation(NOWHERE, cents)])
    end_deposit(session, payment.payment_id)
    enqueue_post(
        session,
        guarantor_id=payment.guarantor_id,
        entry_id=entry_id,
        subject_id=change.decision_id,
        kind=BusinessEvent.DEPOSIT_RELEASED.value,
        amount_cents=0,
        effective_on=effective_on,
        details=post_details(session, payment, []),
        now=change.now,
    )
    open_task(
        session,
        kind=UNAPPLIED_CREDIT_TASK,
        subject_id=payment.payment_id,
        message=f"{format_usd(cents)} of receipt {payment.receipt_number} was taken for a visit "
        "that did not take place. Refund it or use it for another bill.",
        now=change.now,
    )
    return entry_id


def _meet(session: Session, payment: Payment, change: DepositChange) -> None:
    """The share of the other day may be there already."""
    session.flush()
    meet_deposits(
        session.connection(),
        practice_of(session),
        today=practice_day(session, change.now),
        now=change.now,
        guarantor_ids=[payment.guarantor_id],
    )


def _keep(
    session: Session,
    payment: Payment,
    deposit: WaitingDeposit,
    change: DepositChange,
    entry_id: UUID | None,
) -> None:
    session.execute(
        insert(DepositDecision).values(
            practice_id=practice_of(session),
            decision_id=change.decision_id,
            guarantor_id=payment.guarantor_id,
            payment_id=payment.payment_id,
            act=change.act.value,
            amount_cents=deposit.left_cents,
            service_on=change.service_on,
            entry_id=entry_id,
            reason=change.reason,
            decided_by=principal_of(session).actor_id,
            decided_at=change.now,
        )
    )
    record(
        session,
        action=f"deposit_{change.act.value}",
        object_kind="payment",
        object_id=payment.payment_id,
        guarantor_id=payment.guarantor_id,
        now=change.now,
        request_id=change.request_id,
    )
