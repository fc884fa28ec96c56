"""What a refund does to the books: its own payment's money is taken back, credit and lines."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.allocation import Allocation
from portal.domain.journal import NOWHERE, BusinessEvent
from portal.domain.money import format_usd
from portal.domain.patient_share import ShareMove
from portal.domain.posting_rules import ClaimOccasion, refund_held, refund_paid
from portal.domain.refunding import refund_sources
from portal.ledger.journal import post
from portal.ledger.outbox import enqueue_post
from portal.payments.models import Payment, Refund
from portal.payments.moves import BooksBusyError
from portal.payments.remains import (
    end_tasks_of_spent_credit,
    lower_waiting_credit,
    remains_of,
)
from portal.payments.settlement import keep_allocations, post_details, practice_day
from portal.practice.import_lock import import_is_running
from portal.practice.models import Hold
from portal.practice.tasks import open_task


def post_refund(session: Session, payment: Payment, refund: Refund, *, now: datetime) -> None:
    """A refund of a locked payment is out of the door: post it once, tell the practice's system.

    Raises BooksBusyError while a remittance is imported.
    """
    if import_is_running(session):
        raise BooksBusyError(payment.payment_id)
    effective_on = practice_day(session, now)
    remains = remains_of(session, payment, now=now)
    sources = refund_sources(refund.amount_cents, remains.of_payment)
    credit = (Allocation(NOWHERE, sources.credit_cents),) if sources.credit_cents else ()
    taken = (*credit, *sources.lines)
    entry = refund_paid(
        refund.refund_id,
        taken,
        unexplained_cents=sources.unexplained_cents,
        guarantor_id=payment.guarantor_id,
        effective_on=effective_on,
    )
    entry_id = post(session, entry, now=now)
    given_back = [Allocation(part.target, -part.amount_cents) for part in taken]
    if given_back:
        keep_allocations(session, payment, entry_id, given_back)
    lower_waiting_credit(session, remains, sources)
    end_tasks_of_spent_credit(session, payment.guarantor_id, now=now)
    _keep_held(session, refund, sources.lines, effective_on=effective_on, now=now)
    if sources.unexplained_cents:
        _ask_staff(session, refund, sources.unexplained_cents, now=now)
    enqueue_post(
        session,
        guarantor_id=payment.guarantor_id,
        entry_id=entry_id,
        subject_id=refund.refund_id,
        kind=BusinessEvent.REFUND_PAID.value,
        amount_cents=-refund.amount_cents,
        effective_on=effective_on,
        details=post_details(session, payment, given_back),
        now=now,
    )


def _keep_held(
    session: Session,
    refund: Refund,
    lines: Sequence[Allocation],
    *,
    effective_on: date,
    now: datetime,
) -> None:
    """What is open again on a held claim may not be billed while the hold stands."""
    moves: dict[UUID, list[ShareMove]] = {}
    for line in lines:
        claim_id, cents = line.target.claim_id, line.amount_cents
        if claim_id is not None:
            moves.setdefault(claim_id, []).append(ShareMove(line.target.charge_id, cents, -cents))
    held = session.scalars(
        select(Hold.claim_id)
        .distinct()
        .where(
            Hold.practice_id == practice_of(session),
            Hold.claim_id.in_(moves.keys()),
            Hold.released_at.is_(None),
        )
    )
    for claim_id in held:
        if claim_id is not None:
            occasion = ClaimOccasion(claim_id, refund.guarantor_id, effective_on)
            entry = refund_held(occasion, refund_id=refund.refund_id, share=moves[claim_id])
            post(session, entry, now=now)


def _ask_staff(session: Session, refund: Refund, unexplained_cents: int, *, now: datetime) -> None:
    open_task(
        session,
        kind="refund_unexplained",
        subject_id=refund.refund_id,
        message=f"{format_usd(unexplained_cents)} of a refund are not left of its payment: the "
        "credit was used for something else. They wait in suspense. Decide who owes them.",
        now=now,
    )
