"""A check that its drawer was short of, and that somebody found: it goes to the bank on its own."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.roles import Area
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.desk_postings import check_found
from portal.domain.payment_status import PaymentState
from portal.ledger.journal import post
from portal.payments.counter.access import (
    desk_payment,
    require_area,
    require_desk,
    staff_id_of,
    today_of,
)
from portal.payments.counter.models import DeskDeposit, FoundCheck
from portal.payments.counter.paper_checks import CheckPlace, check_place
from portal.payments.models import Payment
from portal.payments.moves import lock_payment
from portal.practice.counters import next_number


class NotMissingError(RuntimeError):
    """No deposit went to the bank without this check, or it is no payment any more."""


def deposit_found_check(
    database: Database,
    principal: Principal,
    payment_id: UUID,
    *,
    reason: str,
    now: datetime,
    request_id: str,
) -> None:
    """What its drawer was short is made good, under a deposit of its own. By a manager.

    While its drawer is not at the bank it is counted again instead. Twice is once. Raises
    DeskPaymentNotFoundError, CounterNotAllowedError, DeskElsewhereError, NotMissingError.
    """
    require_area(principal, Area.BOOKS)
    with database.transaction(principal) as session:
        require_desk(session)
        desk_payment(session, payment_id)
        payment = lock_payment(session, payment_id)
        if _is_found(session, payment_id):
            return
        place = check_place(session, payment, desk_payment(session, payment_id)[1])
        if place is not CheckPlace.MISSING or payment.state != PaymentState.SUCCEEDED.value:
            raise NotMissingError(payment_id)
        deposit = _deposit(session, payment, principal, now=now)
        session.add(
            FoundCheck(
                practice_id=practice_of(session),
                payment_id=payment_id,
                guarantor_id=payment.guarantor_id,
                desk_deposit_id=deposit.desk_deposit_id,
                reason=reason,
                found_at=now,
                found_by=staff_id_of(principal),
            )
        )
        session.flush()
        record(
            session,
            action="check_found",
            object_kind="payment",
            object_id=payment_id,
            guarantor_id=payment.guarantor_id,
            now=now,
            request_id=request_id,
        )


def _is_found(session: Session, payment_id: UUID) -> bool:
    found = session.scalar(
        select(FoundCheck.payment_id).where(
            FoundCheck.practice_id == practice_of(session), FoundCheck.payment_id == payment_id
        )
    )
    return found is not None


def _deposit(
    session: Session, payment: Payment, principal: Principal, *, now: datetime
) -> DeskDeposit:
    today = today_of(session, now)
    entry = check_found(payment.payment_id, amount_cents=payment.amount_cents, effective_on=today)
    deposit = DeskDeposit(
        practice_id=practice_of(session),
        desk_deposit_id=new_id(),
        number=f"D-{today.year}-{next_number(session, 'desk_deposit'):05d}",
        made_on=today,
        made_at=now,
        made_by=staff_id_of(principal),
        cash_cents=0,
        checks_cents=payment.amount_cents,
        entry_id=post(session, entry, now=now),
    )
    session.add(deposit)
    session.flush()
    return deposit
