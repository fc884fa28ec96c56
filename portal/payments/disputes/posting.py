"""What a dispute does to the books: money taken, given again, or lost; each once."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.allocation import Allocation
from portal.domain.dispute_postings import DisputeMovement, dispute_lost, dispute_moved
from portal.domain.gateway_movements import MovementKind
from portal.domain.journal import NOWHERE, BusinessEvent
from portal.domain.money import format_usd
from portal.domain.payment_postings import clearing_account
from portal.domain.payment_status import PaymentState
from portal.domain.refunding import refund_sources
from portal.ledger.journal import post
from portal.ledger.outbox import enqueue_post
from portal.payments.books.models import MovementRow
from portal.payments.credits.remains import (
    end_tasks_of_spent_credit,
    lower_waiting_credit,
    remains_of,
)
from portal.payments.disputes.models import DisputeRow
from portal.payments.models import Payment
from portal.payments.moves import BooksBusyError
from portal.payments.reopened import keep_held
from portal.payments.settlement import keep_allocations, post_details, practice_day
from portal.payments.suspense.tasks import end_task_when_nothing_waits
from portal.practice.import_lock import import_is_running
from portal.practice.tasks import open_task

UNEXPLAINED_TASK: Final = "dispute_unexplained"
_KINDS: Final = (MovementKind.DISPUTE.value, MovementKind.DISPUTE_REVERSED.value)


def post_movements(
    session: Session, payment: Payment, dispute: DisputeRow, *, now: datetime
) -> None:
    """All that is known to have been taken and given, and what that comes to."""
    effective_on = practice_day(session, now)
    movements = session.scalars(
        select(MovementRow).where(
            MovementRow.practice_id == practice_of(session),
            MovementRow.source_id == dispute.stripe_dispute_id,
            MovementRow.kind.in_(_KINDS),
        )
    ).all()
    for one in movements:
        entry = dispute_moved(
            dispute.dispute_id,
            DisputeMovement(one.movement_id, one.amount_cents, one.fee_cents),
            guarantor_id=dispute.guarantor_id,
            effective_on=effective_on,
            clearing=clearing_account(payment.method_kind),
        )
        post(session, entry, now=now)
    dispute.taken_cents = -sum(one.amount_cents for one in movements)
    dispute.fee_cents = sum(one.fee_cents for one in movements)
    session.flush()


def post_lost(session: Session, payment: Payment, dispute: DisputeRow, *, now: datetime) -> None:
    """What the bank keeps is owed again, on the lines it had paid. Tell the practice's system.

    Raises BooksBusyError while a remittance is imported.
    """
    if import_is_running(session):
        raise BooksBusyError(payment.payment_id)
    effective_on = practice_day(session, now)
    remains = remains_of(session, payment, now=now)
    sources = refund_sources(dispute.taken_cents, remains.of_payment)
    credit = (Allocation(NOWHERE, sources.credit_cents),) if sources.credit_cents else ()
    taken = (*credit, *sources.lines)
    entry = dispute_lost(
        dispute.dispute_id,
        taken,
        unexplained_cents=sources.unexplained_cents,
        guarantor_id=payment.guarantor_id,
        effective_on=effective_on,
    )
    dispute.lost_entry_id = post(session, entry, now=now)
    session.flush()
    lower_waiting_credit(session, remains, sources)
    keep_held(
        session,
        sources.lines,
        cause_id=dispute.dispute_id,
        guarantor_id=payment.guarantor_id,
        effective_on=effective_on,
        now=now,
    )
    if taken:
        _tell_practice(session, payment, dispute.dispute_id, dispute.lost_entry_id, taken, now=now)
    end_tasks_of_spent_credit(session, payment.guarantor_id, now=now)
    if payment.state == PaymentState.SUSPENDED.value:
        end_task_when_nothing_waits(session, payment, now=now)
    elif sources.unexplained_cents:
        _ask_staff(session, dispute, sources.unexplained_cents, now=now)


def _tell_practice(
    session: Session,
    payment: Payment,
    dispute_id: UUID,
    entry_id: UUID,
    taken: tuple[Allocation, ...],
    *,
    now: datetime,
) -> None:
    given_back = [Allocation(part.target, -part.amount_cents) for part in taken]
    keep_allocations(session, payment, entry_id, given_back)
    enqueue_post(
        session,
        guarantor_id=payment.guarantor_id,
        entry_id=entry_id,
        subject_id=dispute_id,
        kind=BusinessEvent.DISPUTE_LOST.value,
        amount_cents=sum(part.amount_cents for part in given_back),
        effective_on=practice_day(session, now),
        details=post_details(session, payment, given_back),
        now=now,
    )


def _ask_staff(
    session: Session, dispute: DisputeRow, unexplained_cents: int, *, now: datetime
) -> None:
    open_task(
        session,
        kind=UNEXPLAINED_TASK,
        subject_id=dispute.dispute_id,
        message=f"{format_usd(unexplained_cents)} of a lost dispute are not left of its payment: "
        "it was sent back or used before. They wait in suspense. Decide who owes them.",
        now=now,
    )
