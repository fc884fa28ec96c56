"""Putting a payment to other lines: staff say what it should pay, the books say what it may.

One entry moves it; what a line loses is open again (and waits with the claim's hold), the rest is
credit. Money that goes back soon, is on its way at a bank, or waits for a correction stays put.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.roles import REACH, Area
from portal.db import Database, Principal, PrincipalKind, practice_of, principal_of
from portal.domain.allocation import Allocation
from portal.domain.journal import BusinessEvent, Target
from portal.domain.money import format_usd
from portal.domain.payment_postings import payment_reallocated
from portal.domain.payment_status import PaymentState
from portal.domain.reallocating import Movable, MovableLine, moves
from portal.ledger.credit_going_back import credit_going_back
from portal.ledger.journal import post
from portal.ledger.outbox import enqueue_post
from portal.ledger.queries import on_its_way_cents, unapplied_credit_cents
from portal.payments.credits.models import PaymentMove
from portal.payments.credits.remains import (
    awaited_credit,
    end_tasks_of_spent_credit,
    lower_waiting,
    remains_of,
    waiting_beyond,
    waiting_credit,
)
from portal.payments.disputes.queries import is_disputed
from portal.payments.lines import open_targets
from portal.payments.models import Payment
from portal.payments.moves import BooksBusyError, lock_payment
from portal.payments.refunds.bounds import promised_parts
from portal.payments.reopened import keep_held
from portal.payments.settlement import keep_allocations, post_details, practice_day
from portal.practice.import_lock import import_is_running
from portal.practice.tasks import UNAPPLIED_CREDIT_TASK, open_task


class MoveNotAllowedError(PermissionError):
    """Only some of the staff move payments, and only those that came and nobody disputes."""


class NothingMovesError(ValueError):
    """What is wanted is what is."""


def movable_of(session: Session, payment: Payment, *, now: datetime) -> Movable:
    """What a payment that came pays now, and what it could pay; lines oldest service first."""
    remains = remains_of(session, payment, now=now).of_payment
    paid = {line.target: line.amount_cents for line in remains.lines}
    open_lines = open_targets(session, payment.guarantor_id)
    could = {one.target: one.open_cents for one in open_lines}
    promised = promised_parts(session, payment.payment_id)
    leaving = credit_going_back(
        session.connection(), practice_of(session), [payment.guarantor_id]
    ).get(payment.guarantor_id)
    going_back_cents = leaving.at_most_cents if leaving else 0
    targets = [*paid, *(target for target in could if target not in paid)]
    return Movable(
        lines=[
            MovableLine(
                target=target,
                now_cents=paid.get(target, 0),
                open_cents=could.get(target, 0),
                promised_cents=min(paid.get(target, 0), promised.get(target, 0)),
            )
            for target in targets
        ],
        credit_cents=remains.unapplied_cents,
        free_cents=max(0, remains.free_cents - going_back_cents),
        asked_cents=sum(could.values()) - on_its_way_cents(session, payment.guarantor_id),
    )


def move_payment(
    database: Database,
    principal: Principal,
    payment_id: UUID,
    wanted: Mapping[Target, int],
    *,
    move_id: UUID,
    reason: str,
    now: datetime,
    request_id: str,
) -> None:
    """From now on it pays ``wanted``, line by line; the rest is credit. Twice sent is one.

    Raises MoveNotAllowedError, NotMovableError, NothingMovesError, PaymentNotFoundError, and
    BooksBusyError while a remittance is imported.
    """
    if principal.kind is not PrincipalKind.STAFF or principal.role not in REACH[Area.CREDIT]:
        raise MoveNotAllowedError(payment_id)
    with database.transaction(principal) as session:
        payment = lock_payment(session, payment_id)
        if payment.state != PaymentState.SUCCEEDED.value or is_disputed(session, payment_id):
            raise MoveNotAllowedError(payment_id)
        if _is_done(session, move_id):
            return
        if import_is_running(session):
            raise BooksBusyError(payment_id)
        changes = moves(movable_of(session, payment, now=now), wanted)
        if not changes:
            raise NothingMovesError(payment_id)
        entry_id = _post(session, payment, move_id, changes, now=now)
        _keep(session, payment, move_id, entry_id, reason, now=now)
        record(
            session,
            action="move_payment",
            object_kind="payment",
            object_id=payment_id,
            guarantor_id=payment.guarantor_id,
            now=now,
            request_id=request_id,
        )


def _is_done(session: Session, move_id: UUID) -> bool:
    found = session.scalar(
        select(PaymentMove.move_id).where(
            PaymentMove.practice_id == practice_of(session), PaymentMove.move_id == move_id
        )
    )
    return found is not None


def _post(
    session: Session,
    payment: Payment,
    move_id: UUID,
    changes: Sequence[Allocation],
    *,
    now: datetime,
) -> UUID:
    effective_on = practice_day(session, now)
    waiting = waiting_credit(session, payment.guarantor_id)
    awaited = awaited_credit(session, waiting, today=effective_on)
    entry = payment_reallocated(
        move_id, changes, guarantor_id=payment.guarantor_id, effective_on=effective_on
    )
    entry_id = post(session, entry, now=now)
    keep_allocations(session, payment, entry_id, changes)
    lowered = [
        Allocation(change.target, -change.amount_cents)
        for change in changes
        if change.amount_cents < 0 and not change.is_unapplied
    ]
    keep_held(
        session,
        lowered,
        cause_id=move_id,
        guarantor_id=payment.guarantor_id,
        effective_on=effective_on,
        now=now,
    )
    by_cents = waiting_beyond(waiting, unapplied_credit_cents(session, payment.guarantor_id))
    overdue = [claim_id for claim_id in waiting if claim_id not in awaited]
    lower_waiting(session, waiting, by_cents=by_cents, own=overdue)
    _ask_what_becomes_of_credit(session, payment, changes, now=now)
    enqueue_post(
        session,
        guarantor_id=payment.guarantor_id,
        entry_id=entry_id,
        subject_id=move_id,
        kind=BusinessEvent.PAYMENT_REALLOCATED.value,
        amount_cents=0,
        effective_on=effective_on,
        details=post_details(session, payment, changes),
        now=now,
    )
    return entry_id


def _ask_what_becomes_of_credit(
    session: Session, payment: Payment, changes: Sequence[Allocation], *, now: datetime
) -> None:
    freed_cents = sum(change.amount_cents for change in changes if change.is_unapplied)
    if freed_cents > 0:
        open_task(
            session,
            kind=UNAPPLIED_CREDIT_TASK,
            subject_id=payment.payment_id,
            message=f"{format_usd(freed_cents)} of receipt {payment.receipt_number} was taken off "
            "what it had paid. Refund it or use it for another bill.",
            now=now,
        )
    else:
        end_tasks_of_spent_credit(session, payment.guarantor_id, now=now)


def _keep(
    session: Session,
    payment: Payment,
    move_id: UUID,
    entry_id: UUID,
    reason: str,
    *,
    now: datetime,
) -> None:
    session.execute(
        insert(PaymentMove).values(
            practice_id=practice_of(session),
            move_id=move_id,
            guarantor_id=payment.guarantor_id,
            payment_id=payment.payment_id,
            entry_id=entry_id,
            reason=reason,
            moved_by=principal_of(session).actor_id,
            moved_at=now,
        )
    )
