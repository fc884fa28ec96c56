"""What a refund takes its money from: what its own payment still pays, no more than there is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from portal.domain.allocation import Allocation
from portal.domain.journal import Target

CREDIT_WAITS_FOR: Final = timedelta(days=30)
"""How long credit that a reversal released is kept for the payer's correction."""


def waits_until(released_on: date) -> date:
    """The first day on which credit without its correction is free: given back, or used."""
    return released_on + CREDIT_WAITS_FOR


@dataclass(frozen=True, slots=True)
class PaymentRemains:
    """What is left of one payment, and the credit of its guarantor that it shares with others."""

    unapplied_cents: int  # of this payment
    awaited_cents: int  # of those: released by a reversal not long ago
    lines: Sequence[Allocation]  # what it still pays, in the order it was put there
    credit_cents: int  # the guarantor's unapplied credit, as the ledger has it
    all_awaited_cents: int  # of that: what waits for corrections

    @property
    def backed_cents(self) -> int:
        """The payment's unapplied part as far as the ledger has the credit."""
        return max(0, min(self.unapplied_cents, self.credit_cents))

    @property
    def free_cents(self) -> int:
        """What of the unapplied part waits for no payer's correction, of this claim or another."""
        own = self.backed_cents - self.awaited_cents
        return max(0, min(own, self.credit_cents - self.all_awaited_cents))

    @property
    def on_lines_cents(self) -> int:
        return sum(line.amount_cents for line in self.lines)


@dataclass(frozen=True, slots=True)
class RefundSources:
    """Where a refund is taken from; the four together are the refund."""

    free_cents: int
    lines: tuple[Allocation, ...]
    awaited_cents: int  # only of money that is out of the door already
    unexplained_cents: int  # nothing of the payment is left for it: suspense, and staff

    @property
    def credit_cents(self) -> int:
        return self.free_cents + self.awaited_cents


def refundable_cents(remains: PaymentRemains) -> int:
    """What staff may give back: never credit that waits for a payer's correction."""
    return remains.free_cents + remains.on_lines_cents


def refund_sources(
    amount_cents: int, remains: PaymentRemains, *, chosen: Sequence[Allocation] = ()
) -> RefundSources:
    """What staff chose, as far as it is there still; then free credit, then lines, the last first.

    Credit that waits for a correction only at the end. ``chosen`` are positive amounts.
    """
    on_line = {line.target: line.amount_cents for line in remains.lines}
    lines: dict[Target, int] = {}
    left, free = amount_cents, 0
    for part in chosen:
        if part.is_unapplied:
            cents = min(left, part.amount_cents, remains.free_cents - free)
            free += cents
        else:
            there = on_line.get(part.target, 0) - lines.get(part.target, 0)
            cents = min(left, part.amount_cents, there)
            lines[part.target] = lines.get(part.target, 0) + cents
        left -= cents
    more = min(left, remains.free_cents - free)
    free, left = free + more, left - more
    for line in reversed(remains.lines):
        more = min(left, line.amount_cents - lines.get(line.target, 0))
        lines[line.target] = lines.get(line.target, 0) + more
        left -= more
    awaited = min(left, remains.backed_cents - remains.free_cents)
    taken = tuple(Allocation(target, cents) for target, cents in lines.items() if cents)
    return RefundSources(free, taken, awaited, left - awaited)


def reduced_waiting_credit(
    waiting: Mapping[UUID, Mapping[str, int]], *, by_cents: int, own: Sequence[UUID]
) -> dict[UUID, dict[str, int]]:
    """The claims whose waiting credit changes, and what is left of it by charge.

    The claims this payment's credit came from give first.
    """
    changed = {}
    left = by_cents
    first = [claim_id for claim_id in own if claim_id in waiting]
    for claim_id in [*first, *(claim_id for claim_id in waiting if claim_id not in first)]:
        kept = dict(waiting[claim_id])
        for charge, cents in waiting[claim_id].items():
            part = min(left, cents)
            kept[charge] -= part
            left -= part
        if kept != waiting[claim_id]:
            changed[claim_id] = {charge: cents for charge, cents in kept.items() if cents}
    return changed
