"""What moved on a plan's lines since it was last looked at: said by sums, kept nowhere else."""

from dataclasses import dataclass

from portal.ledger.plan_cover import CoveredPlan
from portal.plans.store import LoadedPlan


@dataclass(frozen=True, slots=True)
class Moved:
    """Of a plan's lines since they were last looked at.

    ``more_cents`` are asked for beside the plan. ``released_cents`` were paid on it and are a
    credit by now; ``returned_cents`` were paid and are gone again.
    """

    more_cents: int
    released_cents: int
    returned_cents: int


@dataclass(frozen=True, slots=True)
class Sums:
    """Of all lines of a plan: what a later look is compared with.

    ``received_cents`` came from the patient, towards the plan or not.
    """

    changed_cents: int
    paid_cents: int
    received_cents: int
    beside_cents: int


def moved(loaded: LoadedPlan) -> Moved:
    """A plan that nobody looked at before was as it was agreed; so is a line that joins one."""
    plan, sums = loaded.plan, sums_of(loaded.cover)
    share_cents = sums.changed_cents - (plan.seen_changed_cents or 0)
    less_paid_cents = (plan.seen_paid_cents or 0) - sums.paid_cents
    less_received_cents = (plan.seen_received_cents or 0) - sums.received_cents
    gone_cents = max(0, min(less_paid_cents, less_received_cents))
    released_cents = min(gone_cents, max(0, -share_cents))
    return Moved(
        more_cents=max(0, min(share_cents, sums.beside_cents)),
        released_cents=released_cents,
        returned_cents=gone_cents - released_cents,
    )


def sums_of(cover: CoveredPlan) -> Sums:
    """As they are now."""
    return Sums(
        changed_cents=sum(line.changed_cents for line in cover.lines),
        paid_cents=cover.paid_cents,
        received_cents=sum(line.since_paid_cents for line in cover.lines),
        beside_cents=sum(line.open_cents - line.left_cents for line in cover.lines),
    )
