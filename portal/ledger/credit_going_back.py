"""Credit that refunds will take: it is in the books until they are posted, not to spend.

Refunds are rows of payments, above this layer; of them only their amount and state matter here.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, case, column, func, select, table

from portal.db import Base
from portal.domain.payment_status import PROMISED
from portal.ledger.models import Allocation

_REFUNDS: Final = table(
    "refunds",
    column("practice_id"),
    column("guarantor_id"),
    column("payment_id"),
    column("amount_cents"),
    column("state"),
    schema=Base.metadata.schema,
)
_PROMISED: Final = tuple(sorted(state.value for state in PROMISED))


@dataclass(frozen=True, slots=True)
class CreditGoingBack:
    """``at_least_cents`` is what no line of the payments can give, ``at_most_cents`` all of it."""

    at_least_cents: int = 0
    at_most_cents: int = 0


def credit_going_back(
    connection: Connection, practice_id: UUID, guarantor_ids: Collection[UUID]
) -> Mapping[UUID, CreditGoingBack]:
    """By guarantor, of those who have refunds under way."""
    refunds = _under_way(connection, practice_id, guarantor_ids)
    if not refunds:
        return {}
    parts = _parts(connection, practice_id, [payment_id for _, payment_id in refunds])
    found: dict[UUID, CreditGoingBack] = defaultdict(CreditGoingBack)
    for (guarantor_id, payment_id), cents in refunds.items():
        credit_cents, line_cents = parts.get(payment_id, (0, 0))
        so_far = found[guarantor_id]
        found[guarantor_id] = CreditGoingBack(
            so_far.at_least_cents + max(0, min(credit_cents, cents - line_cents)),
            so_far.at_most_cents + max(0, min(credit_cents, cents)),
        )
    return found


def _under_way(
    connection: Connection, practice_id: UUID, guarantor_ids: Collection[UUID]
) -> dict[tuple[UUID, UUID], int]:
    rows = connection.execute(
        select(
            _REFUNDS.c.guarantor_id,
            _REFUNDS.c.payment_id,
            func.sum(_REFUNDS.c.amount_cents).label("cents"),
        )
        .where(
            _REFUNDS.c.practice_id == practice_id,
            _REFUNDS.c.guarantor_id == func.any(list(guarantor_ids)),
            _REFUNDS.c.state.in_(_PROMISED),
        )
        .group_by(_REFUNDS.c.guarantor_id, _REFUNDS.c.payment_id)
    )
    return {(row.guarantor_id, row.payment_id): int(row.cents) for row in rows}


def _parts(
    connection: Connection, practice_id: UUID, payment_ids: Collection[UUID]
) -> dict[UUID, tuple[int, int]]:
    """What of each payment is credit, and what is on lines."""
    is_credit = Allocation.claim_id.is_(None)
    rows = connection.execute(
        select(
            Allocation.payment_id,
            func.sum(case((is_credit, Allocation.amount_cents), else_=0)).label("credit_cents"),
            func.sum(case((is_credit, 0), else_=Allocation.amount_cents)).label("line_cents"),
        )
        .where(Allocation.practice_id == practice_id, Allocation.payment_id.in_(payment_ids))
        .group_by(Allocation.payment_id)
    )
    return {row.payment_id: (int(row.credit_cents), int(row.line_cents)) for row in rows}
