"""What a refund takes its money from: what its own payment still pays, no more than there is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from portal.domain.allocation import Allocation

CREDIT_WAITS_FOR: Final = timedelta(days=30)
"""How long credit that a reversal released is kept for the payer's correction."""


ALONE_UP_TO_CENTS: Final = 50_000
"""What of one payment a manager may give back without an administrator."""


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


def refund_sources(amount_cents: int, remains: PaymentRemains) -> RefundSources:
    """Free credit first, then lines, the last paid first; credit that waits only at the end."""
    left = amount_cents
    free = min(left, remains.free_cents)
    left -= free
    lines = []
    for line in reversed(remains.lines):
        part = min(left, line.amount_cents)
        if part > 0:
            lines.append(Allocation(line.target, part))
            left -= part
    awaited = min(left, remains.backed_cents - remains.free_cents)
    return RefundSources(free, tuple(lines), awaited, left - awaited)


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
