"""What somebody chose to pay for, and what may be paid for it."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from uuid import UUID


class PaymentChoice(StrEnum):
    """How an amount came to be."""

    ALL = "all"  # everything the statement asks for
    PART = "part"  # an amount, put to the oldest visit first
    VISITS = "visits"  # these visits, or an amount of them


def most_cents(
    choice: PaymentChoice,
    claim_ids: Collection[UUID],
    *,
    due_now_cents: int,
    visit_cents: Mapping[UUID, int],
) -> int:
    """The most that may be paid now for a choice; ``visit_cents`` is what each visit asks for.

    Never more than the statement asks for, even where its visits come to more: money may be on its
    way that belongs to no visit of it.
    """
    if choice is not PaymentChoice.VISITS:
        return due_now_cents
    chosen_cents = sum(visit_cents.get(claim_id, 0) for claim_id in set(claim_ids))
    return min(due_now_cents, chosen_cents)
