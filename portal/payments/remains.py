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
from portal.practice.models import Claim


@dataclass(frozen=True, slots=True)
class Remains:
    """What is left, and which claims keep credit of the guarantor for a payer's correction."""

    of_payment: PaymentRemains
    waiting: Mapping[UUID, Mapping[str, int]]  # cents by claim and charge
    own: Sequence[UUID]  # the claims among them that this payment had paid


def remains_of(session: Session, payment: Payment, *, now: datetime) -> Remains:
    """Of a locked payment, while no remittance is imported."""
    waiting = _waiting(session, payment.guarantor_id)
    today = practice_day(session, now)
    awaited = {
        claim_id: sum(waiting[claim_id].values())
        for claim_id, released_on in credit_released_on(session, waiting.keys()).items()
        if today < waits_until(released_on)
    }
    released = _released_of(session, payment, awaited.keys())
    unapplied_cents, lines = _allocated(session, payment)
    return Remains(
        PaymentRemains(
            unapplied_cents=unapplied_cents,
            awaited_cents=sum(min(cents, awaited[claim]) for claim, cents in released.items()),
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
    waiting_cents = sum(sum(kept.values()) for kept in remains.waiting.values())
    changed = reduced_waiting_credit(
        remains.waiting,
        by_cents=max(sources.awaited_cents, waiting_cents - max(0, left_cents)),
        own=remains.own,
    )
    for claim_id, kept in changed.items():
        session.execute(
            update(Claim)
            .where(Claim.practice_id == practice_of(session), Claim.claim_id == claim_id)
            .values(waiting_credit=kept or null())
        )


def _waiting(session: Session, guarantor_id: UUID) -> dict[UUID, Mapping[str, int]]:
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
