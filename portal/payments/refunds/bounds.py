"""How much of a payment may be given back, and by whom: asked by the page and by the use case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.allocation import Allocation
from portal.domain.journal import NOWHERE, Target
from portal.domain.payment_status import GIVEN_UP, PROMISED, PaymentState, RefundState
from portal.domain.refund_ways import RefundWay, way_back
from portal.domain.refunding import refundable_cents
from portal.ledger.visit_deposits import deposit_of
from portal.payments.credits.remains import remains_of
from portal.payments.models import Payment, Refund
from portal.payments.settlement import practice_day
from portal.practice.models import Practice


@dataclass(frozen=True, slots=True)
class Refundable:
    """``most_cents`` may be given back now; ``awaited_cents`` not before a payer's correction.

    ``deposit_cents`` wait for a visit, and not before staff say that it did not take place.

    ``of_payment_cents`` is what of the payment has not been given back. ``parts`` are the credit
    (no target) and the lines it may be taken from, oldest first, without what is promised.
    """

    of_payment_cents: int
    most_cents: int
    awaited_cents: int
    parts: tuple[Allocation, ...]
    deposit_cents: int = 0


def refundable_now(
    session: Session, payment: Payment, *, now: datetime, but_for: UUID | None = None
) -> Refundable:
    """Of a payment that came, after the refunds that are promised (``but_for`` one of them)."""
    others = [] if but_for is None else [Refund.refund_id != but_for]
    left = payment.amount_cents - _cents(
        session, payment.payment_id, Refund.state.not_in(GIVEN_UP), *others
    )
    if payment.state == PaymentState.SUSPENDED.value:
        return Refundable(left, left, 0, ())
    remains = remains_of(session, payment, now=now).of_payment
    promised = _cents(session, payment.payment_id, Refund.state.in_(PROMISED), *others)
    most_cents = max(0, min(left, refundable_cents(remains) - promised))
    chosen = promised_parts(session, payment.payment_id, but_for=but_for)
    parts = [Allocation(NOWHERE, remains.free_cents), *remains.lines]
    deposit = deposit_of(session, payment.payment_id)
    return Refundable(
        of_payment_cents=left,
        most_cents=most_cents,
        awaited_cents=remains.backed_cents - remains.free_cents,
        parts=tuple(
            Allocation(part.target, cents)
            for part in parts
            if (cents := min(most_cents, part.amount_cents - chosen.get(part.target, 0))) > 0
        ),
        deposit_cents=deposit.left_cents if deposit else 0,
    )


def promised_parts(
    session: Session, payment_id: UUID, *, but_for: UUID | None = None
) -> Mapping[Target, int]:
    """What refunds that are not out yet were chosen to take from, by line."""
    rows = session.execute(
        select(Refund.refund_id, Refund.taken_from).where(
            Refund.practice_id == practice_of(session),
            Refund.payment_id == payment_id,
            Refund.state.in_(PROMISED),
        )
    )
    promised: dict[Target, int] = {}
    for row in rows:
        if row.refund_id != but_for:
            for part in chosen_parts(row.taken_from):
                promised[part.target] = promised.get(part.target, 0) + part.amount_cents
    return promised


def chosen_parts(taken_from: Sequence[Mapping[str, Any]] | None) -> tuple[Allocation, ...]:
    """As a refund's row keeps them; nothing where staff chose nothing."""
    return tuple(
        Allocation(
            Target(
                UUID(part["claim_id"]) if part["claim_id"] else None,
                UUID(part["charge_id"]) if part["charge_id"] else None,
            ),
            part["amount_cents"],
        )
        for part in taken_from or ()
    )


def kept_parts(chosen: Sequence[Allocation]) -> list[dict[str, Any]] | None:
    """For a refund's row."""
    return [
        {
            "claim_id": str(part.target.claim_id) if part.target.claim_id else None,
            "charge_id": str(part.target.charge_id) if part.target.charge_id else None,
            "amount_cents": part.amount_cents,
        }
        for part in chosen
    ] or None


def way_of(session: Session, payment: Payment, *, now: datetime) -> RefundWay:
    """How money of a settled payment goes back: it is closed when the processor could not."""
    failed = session.scalar(
        select(func.count()).where(
            Refund.practice_id == practice_of(session),
            Refund.payment_id == payment.payment_id,
            Refund.way == RefundWay.ORIGINAL.value,
            Refund.stripe_refund_id.is_not(None),
            Refund.state.in_((RefundState.FAILED, RefundState.RETURNED)),
        )
    )
    return way_back(
        payment.method_kind,
        paid_on=practice_day(session, payment.settled_at or now),
        today=practice_day(session, now),
        is_closed=bool(failed),
    )


def alone_cents(session: Session, payment: Payment) -> int:
    """What of it one person may still give back without a second one."""
    limit = session.scalars(
        select(Practice.refund_alone_up_to_cents).where(
            Practice.practice_id == practice_of(session)
        )
    ).one()
    return max(0, limit - refunded_cents(session, payment.payment_id))


def refunded_cents(session: Session, payment_id: UUID) -> int:
    """What was given back, is being given back, or is promised."""
    return _cents(session, payment_id, Refund.state.not_in(GIVEN_UP))


def _cents(session: Session, payment_id: UUID, *which: ColumnElement[bool]) -> int:
    total = session.scalar(
        select(func.coalesce(func.sum(Refund.amount_cents), 0)).where(
            Refund.practice_id == practice_of(session), Refund.payment_id == payment_id, *which
        )
    )
    return int(total or 0)
