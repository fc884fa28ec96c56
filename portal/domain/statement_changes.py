"""What changed from one statement to the next, as rows that add up from one to the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from portal.domain.statement import PendingVisit, StatementDocument, Visit


class ChangeKind(StrEnum):
    """Why the one asks for something else than the other."""

    PAID = "paid"  # by the patient, without what payment plans got
    ON_PLAN = "on_plan"  # a payment plan took it over
    NEW_VISIT = "new_visit"
    DECIDED = "decided"  # insurance was still deciding, and has decided
    MORE = "more"  # a visit that was asked for already asks for more now
    LESS = "less"


@dataclass(frozen=True, slots=True)
class StatementChange:
    """One row, in cents; ``claim_id``: the visit of the later one that it is about."""

    kind: ChangeKind
    cents: int
    claim_id: UUID | None = None


def changes_between(
    earlier: StatementDocument | None, later: StatementDocument
) -> tuple[StatementChange, ...]:
    """All that leads from what the earlier one asked for to what the later one does.

    Its cents and what the earlier one asked for add up to what the later one asks for. A first
    statement changed nothing.
    """
    if earlier is None:
        return ()
    paid, moved = later.payments_since_cents, later.moved_to_plans_cents
    rows = [
        StatementChange(ChangeKind.PAID, -paid),
        StatementChange(ChangeKind.ON_PLAN, -moved),
        *_new_visits(earlier, later),
    ]
    told_cents = earlier.amount_due_cents + sum(row.cents for row in rows)
    rest_cents = later.amount_due_cents - told_cents
    kind = ChangeKind.MORE if rest_cents > 0 else ChangeKind.LESS
    rows.append(StatementChange(kind, rest_cents))
    return tuple(row for row in rows if row.cents)


def _new_visits(earlier: StatementDocument, later: StatementDocument) -> Iterator[StatementChange]:
    known: set[UUID] = {visit.claim_id for visit in earlier.visits}
    waiting = {_marks(visit) for visit in earlier.pending}
    for visit in later.visits:
        if visit.claim_id not in known:
            was_pending = _marks(visit) in waiting
            kind = ChangeKind.DECIDED if was_pending else ChangeKind.NEW_VISIT
            yield StatementChange(kind, visit.figures.you_owe_cents, visit.claim_id)


def _marks(visit: Visit | PendingVisit) -> tuple[str, date | None, str]:
    """What a pending visit is known by: statements of old kept no number of it."""
    return visit.patient_first_name, visit.service_on, visit.provider_name
