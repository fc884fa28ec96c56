"""What of a payment did not go where its payer meant it: less was owed by then than was paid."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.allocation import Allocation
from portal.domain.journal import BusinessEvent, Target
from portal.domain.payment_choice import PaymentChoice
from portal.ledger import models as ledger
from portal.ledger.models import JournalEntryRow
from portal.payments.lines import targets_in
from portal.payments.models import Payment


@dataclass(frozen=True, slots=True)
class Unexpected:
    """``elsewhere_cents`` went to visits nobody chose; ``paid_before_at``: it was paid twice."""

    elsewhere_cents: int
    paid_before_at: datetime | None


def unexpected_of(session: Session, payment: Payment) -> Unexpected:
    """As a payment was settled, whatever staff have moved since."""
    parts = _settled_parts(session, payment)
    chosen = targets_in(payment.pays_for)
    is_of_visits = payment.choice == PaymentChoice.VISITS.value
    elsewhere = [part for part in parts if part.target not in chosen and not part.is_unapplied]
    too_much = any(part.is_unapplied for part in parts)
    return Unexpected(
        elsewhere_cents=sum(part.amount_cents for part in elsewhere) if is_of_visits else 0,
        paid_before_at=_paid_before(session, payment) if too_much else None,
    )


def _settled_parts(session: Session, payment: Payment) -> list[Allocation]:
    practice_id = practice_of(session)
    rows = session.execute(
        select(
            ledger.Allocation.claim_id,
            ledger.Allocation.charge_id,
            ledger.Allocation.amount_cents,
        )
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == ledger.Allocation.entry_id),
        )
        .where(
            ledger.Allocation.practice_id == practice_id,
            ledger.Allocation.payment_id == payment.payment_id,
            JournalEntryRow.business_event == BusinessEvent.PAYMENT_SETTLED.value,
        )
    )
    return [Allocation(Target(row.claim_id, row.charge_id), int(row.amount_cents)) for row in rows]


def _paid_before(session: Session, payment: Payment) -> datetime | None:
    """When an earlier payment for the same lines had arrived; the newest of them.

    The payments of a plan are all for the same lines.
    """
    if payment.plan_id is not None:
        return None
    earlier = session.scalars(
        select(Payment)
        .where(
            Payment.practice_id == practice_of(session),
            Payment.guarantor_id == payment.guarantor_id,
            Payment.plan_id.is_(None),
            Payment.settled_at < payment.settled_at,
        )
        .order_by(Payment.settled_at.desc())
    )
    meant = targets_in(payment.pays_for)
    return next((one.settled_at for one in earlier if targets_in(one.pays_for) & meant), None)
