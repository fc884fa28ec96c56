"""What is left of a payment in the books: on lines, as credit, and as credit that is awaited."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, null, select, update
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.allocation import Allocation
from portal.domain.journal import BusinessEvent, Target
from portal.domain.refunding import (
    PaymentRemains,
    RefundSources,
    reduced_waiting_credit,
    waits_until,
)
from portal.ledger import models as ledger
from portal.ledger.queries import credit_released_on, unapplied_credit_cents
from portal.payments.lines import line_facts
from portal.payments.models import Payment
from portal.payments.settlement import practice_day
from portal.practice.models import Claim, Task
from portal.practice.tasks import UNAPPLIED_CREDIT_TASK, end_task


@dataclass(frozen=True, slots=True)
class Remains:
    """What is left, and which claims keep credit of the guarantor for a payer's correction."""

    of_payment: PaymentRemains
    waiting: Mapping[UUID, Mapping[str, int]]  # cents by claim and charge
    own: Sequence[UUID]  # the claims among them that this payment had paid


def remains_of(session: Session, payment: Payment, *, now: datetime) -> Remains:
    """Of a locked payment, while no remittance is imported."""
    waiting = waiting_credit(session, payment.guarantor_id)
    awaited = awaited_credit(session, waiting, today=practice_day(session, now))
    released = _released_of(session, payment, waiting.keys())
    unapplied_cents, lines = _allocated(session, payment)
    return Remains(
        PaymentRemains(
            unapplied_cents=unapplied_cents,
            awaited_cents=sum(
                min(cents, awaited[claim]) for claim, cents in released.items() if claim in awaited
            ),
            lines=lines,
            credit_cents=unapplied_credit_cents(session, payment.guarantor_id),
            all_awaited_cents=sum(awaited.values()),
        ),
        waiting,
        tuple(released),
    )


def lower_waiting_credit(session: Session, remains: Remains, sources: RefundSources) -> None:
    """A correction must not apply what has left: no more waits than there is credit."""
    left_cents = remains.of_payment.credit_cents - sources.credit_cents
    by_cents = max(sources.awaited_cents, waiting_beyond(remains.waiting, left_cents))
    lower_waiting(session, remains.waiting, by_cents=by_cents, own=remains.own)


def waiting_beyond(waiting: Mapping[UUID, Mapping[str, int]], credit_cents: int) -> int:
    """How much more waits than there is credit."""
    waiting_cents = sum(sum(kept.values()) for kept in waiting.values())
    return max(0, waiting_cents - max(0, credit_cents))


def lower_waiting(
    session: Session,
    waiting: Mapping[UUID, Mapping[str, int]],
    *,
    by_cents: int,
    own: Sequence[UUID],
) -> None:
    """Less is kept for corrections, of the claims in ``own`` first."""
    changed = reduced_waiting_credit(waiting, by_cents=by_cents, own=own)
    for claim_id, kept in changed.items():
        session.execute(
            update(Claim)
            .where(Claim.practice_id == practice_of(session), Claim.claim_id == claim_id)
            .values(waiting_credit=kept or null())
        )


def awaited_credit(
    session: Session, waiting: Mapping[UUID, Mapping[str, int]], *, today: date
) -> dict[UUID, int]:
    """What of it may not be used yet, by claim: its correction is awaited."""
    return {
        claim_id: sum(waiting[claim_id].values())
        for claim_id, released_on in credit_released_on(session, waiting.keys()).items()
        if today < waits_until(released_on)
    }


def waiting_credit(session: Session, guarantor_id: UUID) -> dict[UUID, Mapping[str, int]]:
    """What the guarantor's claims keep for corrections, by claim and charge."""
    rows = session.execute(
        select(Claim.claim_id, Claim.waiting_credit)
        .where(
            Claim.practice_id == practice_of(session),
            Claim.guarantor_id == guarantor_id,
            Claim.waiting_credit.is_not(None),
        )
        .order_by(Claim.claim_id)
    )
    return {row.claim_id: row.waiting_credit for row in rows if row.waiting_credit}


def end_tasks_of_spent_credit(session: Session, guarantor_id: UUID, *, now: datetime) -> None:
    """Nothing is left to be decided where all that was too much has been used or given back."""
    practice_id = practice_of(session)
    unspent = (
        select(ledger.Allocation.payment_id)
        .where(
            ledger.Allocation.practice_id == practice_id,
            ledger.Allocation.guarantor_id == guarantor_id,
            ledger.Allocation.claim_id.is_(None),
        )
        .group_by(ledger.Allocation.payment_id)
        .having(func.sum(ledger.Allocation.amount_cents) > 0)
    )
    theirs = select(Payment.payment_id).where(
        Payment.practice_id == practice_id, Payment.guarantor_id == guarantor_id
    )
    session.execute(
        update(Task)
        .where(
            Task.practice_id == practice_id,
            Task.kind == UNAPPLIED_CREDIT_TASK,
            Task.subject_id.in_(theirs),
            Task.subject_id.not_in(unspent),
            Task.done_at.is_(None),
        )
        .values(done_at=now)
    )
    waiting_cents = sum(
        sum(kept.values()) for kept in waiting_credit(session, guarantor_id).values()
    )
    if unapplied_credit_cents(session, guarantor_id) <= waiting_cents:
        end_task(session, kind=UNAPPLIED_CREDIT_TASK, subject_id=guarantor_id, now=now)


def _released_of(
    session: Session, payment: Payment, claim_ids: Collection[UUID]
) -> dict[UUID, int]:
    """What reversals took off these claims of what the payment had paid on them."""
    practice_id = practice_of(session)
    released = -func.sum(ledger.Allocation.amount_cents)
    rows = session.execute(
        select(ledger.Allocation.claim_id, released.label("cents"))
        .join(
            ledger.JournalEntryRow,
            (ledger.JournalEntryRow.practice_id == practice_id)
            & (ledger.JournalEntryRow.entry_id == ledger.Allocation.entry_id),
        )
        .where(
            ledger.Allocation.practice_id == practice_id,
            ledger.Allocation.payment_id == payment.payment_id,
            ledger.Allocation.claim_id.in_(claim_ids),
            ledger.JournalEntryRow.business_event == BusinessEvent.CREDIT_RELEASED.value,
        )
        .group_by(ledger.Allocation.claim_id)
        .order_by(ledger.Allocation.claim_id)
    )
    return {row.claim_id: int(row.cents) for row in rows}


def _allocated(session: Session, payment: Payment) -> tuple[int, Sequence[Allocation]]:
    """The unapplied part, and the lines, oldest service first."""
    total = func.sum(ledger.Allocation.amount_cents)
    rows = session.execute(
        select(ledger.Allocation.claim_id, ledger.Allocation.charge_id, total.label("cents"))
        .where(
            ledger.Allocation.practice_id == practice_of(session),
            ledger.Allocation.payment_id == payment.payment_id,
        )
        .group_by(ledger.Allocation.claim_id, ledger.Allocation.charge_id)
    )
    parts = [
        Allocation(Target(row.claim_id, row.charge_id), int(row.cents)) for row in rows if row.cents
    ]
    on_lines = {part.target: part for part in parts if not part.is_unapplied}
    facts = line_facts(session, on_lines.keys())
    order = sorted(
        facts,
        key=lambda target: (
            facts[target].service_on or date.max,
            facts[target].claim_number,
            facts[target].line_number,
        ),
    )
    unapplied_cents = sum(part.amount_cents for part in parts if part.is_unapplied)
    return unapplied_cents, [
        on_lines[target] for target in order if on_lines[target].amount_cents > 0
    ]
