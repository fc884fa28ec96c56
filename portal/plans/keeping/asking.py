"""What each installment of a plan asks for now: one rule for charges, reminders and the nightly."""

from collections.abc import Mapping

from portal.domain.plans.progress import PlanProgress, progress_of
from portal.plans.store import LoadedPlan


def asked_of(loaded: LoadedPlan, *, coming_cents: int) -> Mapping[int, int]:
    """Open cents by number, the oldest first: never more than the lines of the plan still ask for.

    ``coming_cents`` are on their way from banks for this plan: not asked for again.
    """
    progress = with_coming(loaded, coming_cents=coming_cents)
    left_cents = max(0, min(loaded.cover.left_cents - coming_cents, progress.left_cents))
    return {row.installment.number: part for row, part in progress.paid_by(left_cents)}


def with_coming(loaded: LoadedPlan, *, coming_cents: int) -> PlanProgress:
    """As if what is on its way had arrived."""
    paid_cents = loaded.cover.paid_cents + coming_cents
    return progress_of(loaded.version.installments, paid_cents=paid_cents)
