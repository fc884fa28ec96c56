"""Documents up to version 3 froze no changes: what can still be told of them from two of them.

They say what was paid in all, not what for: the rest is laid to nobody.
"""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from portal.domain.statement import PendingVisit, StatementDocument, Visit
from portal.domain.statement_changes import ChangeKind, StatementChange


def changes_between(
    earlier: StatementDocument | None, later: StatementDocument
) -> tuple[StatementChange, ...]:
    """As the later one froze them, or worked out. A first statement changed nothing."""
    if later.since_last is not None:
        return later.since_last
    if earlier is None:
        return ()
    rows = [
        StatementChange(ChangeKind.PAID, -later.payments_since_cents),
        StatementChange(ChangeKind.ON_PLAN, -later.moved_to_plans_cents),
        *_new_visits(earlier, later),
    ]
    told_cents = earlier.amount_due_cents + sum(row.cents for row in rows)
    rows.append(StatementChange(ChangeKind.OTHER, later.amount_due_cents - told_cents))
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
    """What a pending visit is known by: these documents kept no number of it."""
    return visit.patient_first_name, visit.service_on, visit.provider_name
