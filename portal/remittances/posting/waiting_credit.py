"""Credit kept for payers' corrections, as far as payments of its guarantor really left it there.

Refunds lower what waits as they take it, and take it when they are posted. Whatever else uses
credit may not lower it: a correction must not spend it a second time.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import Connection, func, select

from portal.domain.refunding import reduced_waiting_credit
from portal.ledger.credit_going_back import credit_going_back
from portal.ledger.models import Allocation
from portal.practice.models import Claim


def credit_that_is_there(
    connection: Connection, practice_id: UUID, guarantor_ids: Collection[UUID]
) -> dict[UUID, Mapping[str, int]]:
    """Cents by charge ("" for the claim as a whole), by claim, of every claim of theirs.

    Claims that share too little credit are told the same each time, whichever of them is asked for.
    """
    if not guarantor_ids:
        return {}
    kept = _kept(connection, practice_id, guarantor_ids)
    credit = _credit(connection, practice_id, guarantor_ids)
    usable: dict[UUID, Mapping[str, int]] = {}
    for guarantor_id, waiting in kept.items():
        waiting_cents = sum(sum(cents.values()) for cents in waiting.values())
        excess_cents = max(0, waiting_cents - credit.get(guarantor_id, 0))
        usable |= waiting | reduced_waiting_credit(waiting, by_cents=excess_cents, own=())
    return usable


def free_credit(
    connection: Connection, practice_id: UUID, guarantor_ids: Collection[UUID]
) -> dict[UUID, int]:
    """What their payments left as credit that waits for no correction."""
    if not guarantor_ids:
        return {}
    free = _credit(connection, practice_id, guarantor_ids)
    for guarantor_id, waiting in _kept(connection, practice_id, guarantor_ids).items():
        waiting_cents = sum(sum(cents.values()) for cents in waiting.values())
        free[guarantor_id] = free.get(guarantor_id, 0) - waiting_cents
    return free


def _kept(
    connection: Connection, practice_id: UUID, guarantor_ids: Collection[UUID]
) -> dict[UUID, dict[UUID, Mapping[str, int]]]:
    rows = connection.execute(
        select(Claim.guarantor_id, Claim.claim_id, Claim.waiting_credit)
        .where(
            Claim.practice_id == practice_id,
            Claim.guarantor_id == func.any(list(guarantor_ids)),
            func.jsonb_typeof(Claim.waiting_credit) == "object",
        )
        .order_by(Claim.claim_id)
    )
    found: dict[UUID, dict[UUID, Mapping[str, int]]] = defaultdict(dict)
    for guarantor_id, claim_id, waiting in rows:
        if guarantor_id is not None and waiting is not None:
            found[guarantor_id][claim_id] = waiting
    return found


def _credit(
    connection: Connection, practice_id: UUID, guarantor_ids: Collection[UUID]
) -> dict[UUID, int]:
    """What their payments have put to nothing, refunds taken off, also those under way."""
    rows = connection.execute(
        select(Allocation.guarantor_id, func.sum(Allocation.amount_cents).label("cents"))
        .where(
            Allocation.practice_id == practice_id,
            Allocation.guarantor_id == func.any(list(guarantor_ids)),
            Allocation.claim_id.is_(None),
        )
        .group_by(Allocation.guarantor_id)
    )
    credit = {row.guarantor_id: int(row.cents) for row in rows}
    for guarantor_id, leaving in credit_going_back(connection, practice_id, guarantor_ids).items():
        credit[guarantor_id] = credit.get(guarantor_id, 0) - leaving.at_least_cents
    return credit
