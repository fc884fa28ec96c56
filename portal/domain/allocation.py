"""What a patient's payment is put to: the lines chosen, then the oldest, the rest unapplied."""

from collections.abc import Collection, Sequence
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


def allocate(
    payment_cents: int,
    open_targets: Sequence[OpenTarget],
    *,
    first: Collection[Target] = (),
) -> tuple[Allocation, ...]:
    """Oldest service date first, undated last, ties as given; the sum is the payment.

    ``first`` are the lines the payer chose: they come before all others, in the same order among
    themselves. Raises ValueError for a payment that is not above zero.
    """
    if payment_cents <= 0:
        message = f"a payment is above zero, not {payment_cents} cents"
        raise ValueError(message)
    chosen = frozenset(first)
    left = payment_cents
    allocations = []
    for one in sorted(
        open_targets, key=lambda one: (one.target not in chosen, one.service_on or date.max)
    ):
        part = min(left, one.open_cents)
        if part > 0:
            allocations.append(Allocation(one.target, part))
            left -= part
    if left:
        allocations.append(Allocation(NOWHERE, left))
    return tuple(allocations)


def without_gone(parts: Sequence[Allocation], gone_cents: int) -> tuple[Allocation, ...]:
    """The same payment when so much of it is gone: that pays no line, and is credit.

    ``parts`` in the order they were put; the last lines go short. Raises ValueError when more is
    gone than came.
    """
    left = sum(part.amount_cents for part in parts) - gone_cents
    if left < 0:
        message = f"{gone_cents} cents are gone of a payment, {-left} too many"
        raise ValueError(message)
    unapplied_cents, kept = gone_cents, []
    for part in parts:
        cents = min(left, part.amount_cents)
        left -= cents
        if part.is_unapplied:
            unapplied_cents += cents
        elif cents:
            kept.append(Allocation(part.target, cents))
    return (*kept, Allocation(NOWHERE, unapplied_cents)) if unapplied_cents else tuple(kept)
