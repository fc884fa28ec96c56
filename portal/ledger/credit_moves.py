"""Payments follow the journal: what a decision takes off a share goes back to them as credit.

An allocation never changes; a move is two further rows of the same payment, under the entry that
moved the money.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, SQLColumnExpression, func, insert, select
from sqlalchemy.orm import aliased

from portal.db import new_id
from portal.domain.journal import NOWHERE, BusinessEvent, JournalEntry, LedgerAccount, Target
from portal.ledger.models import Allocation, JournalEntryRow

MOVES_CREDIT = frozenset({BusinessEvent.CREDIT_RELEASED, BusinessEvent.CREDIT_APPLIED})


def move_credit(
    connection: Connection,
    practice_id: UUID,
    entry: JournalEntry,
    entry_id: UUID,
    *,
    of_payments: Collection[UUID] | None = None,
) -> None:
    """Move allocations as a written entry of MOVES_CREDIT says; of these payments, or of any.

    Credit comes from the newest payments. What a decision had taken off a claim goes back to it
    first, so that a plan's payments stay the plan's; else the oldest credit is used first.
    """
    rows = []
    taken: dict[tuple[UUID, Target], int] = {}
    for posting in entry.postings:
        if posting.account is not LedgerAccount.PATIENT_RECEIVABLE:
            continue
        released = posting.amount_cents > 0
        source, goal = (posting.target, NOWHERE) if released else (NOWHERE, posting.target)
        left = abs(posting.amount_cents)
        order = (
            (Allocation.payment_id.desc(),)
            if released
            else (_was_taken_off(practice_id, goal).desc(), Allocation.payment_id)
        )
        for payment_id, on_source in _allocated(
            connection, practice_id, entry, target=source, order=order
        ):
            if of_payments is not None and payment_id not in of_payments:
                continue
            cents = min(left, on_source - taken.get((payment_id, source), 0))
            if cents > 0:
                taken[payment_id, source] = taken.get((payment_id, source), 0) + cents
                left -= cents
                rows += [_row(payment_id, source, -cents), _row(payment_id, goal, cents)]
    if rows:
        common = {
            "practice_id": practice_id,
            "guarantor_id": entry.guarantor_id,
            "entry_id": entry_id,
        }
        connection.execute(insert(Allocation), [common | row for row in rows])


def _allocated(
    connection: Connection,
    practice_id: UUID,
    entry: JournalEntry,
    *,
    target: Target,
    order: Iterable[SQLColumnExpression[Any]],
) -> Iterator[tuple[UUID, int]]:
    """What each payment of the guarantor has on a target now."""
    cents = func.sum(Allocation.amount_cents)
    payment = Allocation.payment_id
    rows = connection.execute(
        select(payment, cents.label("cents"))
        .where(
            Allocation.practice_id == practice_id,
            Allocation.guarantor_id == entry.guarantor_id,
            Allocation.claim_id.is_not_distinct_from(target.claim_id),
            Allocation.charge_id.is_not_distinct_from(target.charge_id),
        )
        .group_by(payment)
        .having(cents > 0)
        .order_by(*order)
    )
    for row in rows:
        yield row.payment_id, int(row.cents)


def _was_taken_off(practice_id: UUID, target: Target) -> ColumnElement[bool]:
    """Whether a decision about the target's claim made credit of what it had paid there."""
    before = aliased(Allocation)
    return (
        select(before.allocation_id)
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == before.entry_id),
        )
        .where(
            before.practice_id == practice_id,
            before.claim_id == target.claim_id,
            before.payment_id == Allocation.payment_id,
            JournalEntryRow.business_event == BusinessEvent.CREDIT_RELEASED.value,
        )
        .correlate(Allocation)
        .exists()
    )


def _row(payment_id: UUID, target: Target, cents: int) -> dict[str, object]:
    return {
        "allocation_id": new_id(),
        "payment_id": payment_id,
        "claim_id": target.claim_id,
        "charge_id": target.charge_id,
        "amount_cents": cents,
    }
