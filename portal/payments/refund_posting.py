"""What a refund does to the books: from which credit and which lines the money is taken."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.allocation import Allocation
from portal.domain.journal import NOWHERE, BusinessEvent, Target
from portal.domain.posting_rules import refund_paid
from portal.ledger import models as ledger
from portal.ledger.journal import post
from portal.ledger.outbox import enqueue_post
from portal.ledger.queries import unapplied_credit_cents
from portal.payments.lines import line_facts
from portal.payments.models import Payment, Refund
from portal.payments.settlement import keep_allocations, post_details, practice_day


def post_refund(session: Session, payment: Payment, refund: Refund, *, now: datetime) -> None:
    """A refund of a locked payment is out of the door: post it once, tell the practice's system."""
    effective_on = practice_day(session, now)
    taken = _taken_from(session, payment, refund.amount_cents)
    entry = refund_paid(
        refund.refund_id, taken, guarantor_id=payment.guarantor_id, effective_on=effective_on
    )
    entry_id = post(session, entry, now=now)
    given_back = [Allocation(part.target, -part.amount_cents) for part in taken]
    keep_allocations(session, payment, entry_id, given_back)
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


def _taken_from(session: Session, payment: Payment, amount_cents: int) -> Sequence[Allocation]:
    """Credit nobody used first, then the lines this payment paid, newest service first."""
    parts = []
    left = amount_cents
    credit = min(left, max(0, unapplied_credit_cents(session, payment.guarantor_id)))
    if credit:
        parts.append(Allocation(NOWHERE, credit))
        left -= credit
    for target, paid_cents in _paid_lines(session, payment):
        part = min(left, paid_cents)
        if part > 0:
            parts.append(Allocation(target, part))
            left -= part
    if left:
        # What it paid was released and used since: the account itself owes it back.
        parts.append(Allocation(NOWHERE, left))
    return _joined(parts)


def _joined(parts: Sequence[Allocation]) -> Sequence[Allocation]:
    sums: dict[Target, int] = {}
    for part in parts:
        sums[part.target] = sums.get(part.target, 0) + part.amount_cents
    return [Allocation(target, cents) for target, cents in sums.items()]


def _paid_lines(session: Session, payment: Payment) -> Sequence[tuple[Target, int]]:
    total = func.sum(ledger.Allocation.amount_cents)
    rows = session.execute(
        select(ledger.Allocation.claim_id, ledger.Allocation.charge_id, total.label("cents"))
        .where(
            ledger.Allocation.practice_id == practice_of(session),
            ledger.Allocation.payment_id == payment.payment_id,
            ledger.Allocation.claim_id.is_not(None),
        )
        .group_by(ledger.Allocation.claim_id, ledger.Allocation.charge_id)
    )
    paid = {Target(row.claim_id, row.charge_id): int(row.cents) for row in rows}
    facts = line_facts(session, paid.keys())
    oldest_first = sorted(
        facts, key=lambda target: (str(facts[target].service_on or "9"), facts[target].line_number)
    )
    return [(target, paid[target]) for target in reversed(oldest_first)]
