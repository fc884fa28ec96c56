"""What a patient's payment is put to: oldest service first, to the cent, the rest unapplied."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.domain.journal import NOWHERE, Target


@dataclass(frozen=True, slots=True)
class OpenTarget:
    """A service line, or a claim as a whole, that may be billed now, and what is open on it.

    Lines that are held, disputed, placed or covered by a plan are not among them.
    """

    target: Target
    service_on: date | None
    open_cents: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """Part of a payment. Without a target it stays as unapplied credit."""

    target: Target
    amount_cents: int

    @property
    def is_unapplied(self) -> bool:
        return self.target.claim_id is None


def allocate(payment_cents: int, open_targets: Sequence[OpenTarget]) -> tuple[Allocation, ...]:
    """Oldest service date first, undated last, ties as given; the sum is the payment.

    ``open_targets`` are those the payment is for: all that may be billed, or the visits the payer
    chose. Raises ValueError for a payment that is not above zero.
    """
    if payment_cents <= 0:
        message = f"a payment is above zero, not {payment_cents} cents"
        raise ValueError(message)
    left = payment_cents
    allocations = []
    for one in sorted(open_targets, key=lambda one: one.service_on or date.max):
        part = min(left, one.open_cents)
        if part > 0:
            allocations.append(Allocation(one.target, part))
            left -= part
    if left:
        allocations.append(Allocation(NOWHERE, left))
    return tuple(allocations)
