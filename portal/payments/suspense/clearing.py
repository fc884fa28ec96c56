"""Money that went back though no payment had it any more: taken from the person's credit."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, insert, select, union_all
from sqlalchemy.orm import Session

from portal.db import Database, Principal, new_id, practice_of
from portal.domain.allocation import Allocation
from portal.domain.journal import NOWHERE, BusinessEvent
from portal.domain.payment_postings import suspense_cleared
from portal.ledger.credit_going_back import credit_going_back
from portal.ledger.journal import post
from portal.ledger.models import Allocation as AllocationRow
from portal.ledger.outbox import enqueue_post
from portal.ledger.queries import unapplied_credit_cents
from portal.payments.credits.remains import (
    awaited_credit,
    end_tasks_of_spent_credit,
    lower_waiting,
    waiting_beyond,
    waiting_credit,
)
from portal.payments.disputes.models import DisputeRow
from portal.payments.models import Refund
from portal.payments.moves import BooksBusyError
from portal.payments.settlement import account_details, practice_day
from portal.payments.suspense.decisions import (
    CreditTooSmallError,
    Decision,
    NotInSuspenseError,
    keep,
    open_item,
    require_may,
)
from portal.payments.suspense.items import SuspenseAct, SuspenseKind
from portal.practice.import_lock import import_is_running
from portal.practice.tasks import end_task


def take_from_credit(
    database: Database, principal: Principal, subject: UUID, decision: Decision
) -> None:
    """What went back too much is taken from the person's free credit.

    Raises SuspenseNotAllowedError, NotInSuspenseError, CreditTooSmallError, and BooksBusyError
    while a remittance is imported.
    """
    require_may(principal, subject)
    with database.transaction(principal) as session:
        item = open_item(session, subject, SuspenseKind.GONE, lock=True)
        if item.guarantor_id is None:
            raise NotInSuspenseError(subject)
        if import_is_running(session):
            raise BooksBusyError(subject)
        cents, today = -item.amount_cents, practice_day(session, decision.now)
        waiting = waiting_credit(session, item.guarantor_id)
        awaited = awaited_credit(session, waiting, today=today)
        leaving = credit_going_back(
            session.connection(), practice_of(session), [item.guarantor_id]
        ).get(item.guarantor_id)
        free_cents = unapplied_credit_cents(session, item.guarantor_id) - sum(awaited.values())
        free_cents -= leaving.at_most_cents if leaving else 0
        if free_cents < cents:
            raise CreditTooSmallError(max(0, free_cents))
        clear(session, item.guarantor_id, cents, subject, decision)
        by_cents = waiting_beyond(waiting, unapplied_credit_cents(session, item.guarantor_id))
        overdue = [claim_id for claim_id in waiting if claim_id not in awaited]
        lower_waiting(session, waiting, by_cents=by_cents, own=overdue)
        end_tasks_of_spent_credit(session, item.guarantor_id, now=decision.now)
        for kind in ("refund_unexplained", "dispute_unexplained"):
            end_task(session, kind=kind, subject_id=subject, now=decision.now)


def clear(
    session: Session, guarantor_id: UUID, cents: int, subject: UUID, decision: Decision
) -> None:
    """Take it from credit that is there; ``subject`` is the refund or the dispute."""
    today = practice_day(session, decision.now)
    entry = suspense_cleared(
        decision.decision_id, amount_cents=cents, guarantor_id=guarantor_id, effective_on=today
    )
    entry_id = post(session, entry, now=decision.now)
    taken = _credit_of_payments(session, guarantor_id, subject)
    if _take_off(session, guarantor_id, entry_id, cents, taken):
        enqueue_post(
            session,
            guarantor_id=guarantor_id,
            entry_id=entry_id,
            subject_id=decision.decision_id,
            kind=BusinessEvent.SUSPENSE_CLEARED.value,
            amount_cents=-cents,
            effective_on=today,
            details=account_details(session, guarantor_id, [Allocation(NOWHERE, -cents)]),
            now=decision.now,
        )
    keep(
        session,
        decision,
        str(subject),
        SuspenseAct.FROM_CREDIT,
        cents=cents,
        guarantor_id=guarantor_id,
    )


def _credit_of_payments(
    session: Session, guarantor_id: UUID, subject: UUID
) -> Sequence[tuple[UUID, int]]:
    """What of each payment pays nothing: that of the refund or dispute first, then the oldest."""
    practice_id = practice_of(session)
    refunded = session.scalar(
        union_all(
            select(Refund.payment_id).where(
                Refund.practice_id == practice_id, Refund.refund_id == subject
            ),
            select(DisputeRow.payment_id).where(
                DisputeRow.practice_id == practice_id, DisputeRow.dispute_id == subject
            ),
        )
    )
    unused = func.sum(AllocationRow.amount_cents)
    rows = session.execute(
        select(AllocationRow.payment_id, unused.label("cents"))
        .where(
            AllocationRow.practice_id == practice_id,
            AllocationRow.guarantor_id == guarantor_id,
            AllocationRow.claim_id.is_(None),
        )
        .group_by(AllocationRow.payment_id)
        .having(unused > 0)
        .order_by(AllocationRow.payment_id)
    )
    credit = [(row.payment_id, int(row.cents)) for row in rows]
    return sorted(credit, key=lambda one: one[0] != refunded)


def _take_off(
    session: Session,
    guarantor_id: UUID,
    entry_id: UUID,
    cents: int,
    credit: Sequence[tuple[UUID, int]],
) -> bool:
    """False where the credit came from no payment of ours: then no allocation says so either."""
    values, left = [], cents
    for payment_id, unused_cents in credit:
        part = min(left, unused_cents)
        left -= part
        if part:
            values.append(
                {
                    "practice_id": practice_of(session),
                    "allocation_id": new_id(),
                    "guarantor_id": guarantor_id,
                    "payment_id": payment_id,
                    "entry_id": entry_id,
                    "claim_id": None,
                    "charge_id": None,
                    "amount_cents": -part,
                }
            )
    if left:  # all or nothing: an entry and its allocations say the same
        return False
    session.execute(insert(AllocationRow).values(values))
    return True
