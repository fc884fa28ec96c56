"""From one statement to the next: what was paid on it, and what payment plans took over of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.journal import Target
from portal.ledger.as_of import paid_on_lines_since, payments_since
from portal.ledger.plan_cover import CoveredLine, standing_cover
from portal.statements.draft import Account
from portal.statements.models import Statement, StatementShare


@dataclass(frozen=True, slots=True)
class SinceLast:
    """``paid_cents`` is without what was paid to payment plans."""

    paid_cents: int = 0
    moved_to_plans_cents: int = 0


def read_since(session: Session, account: Account, previous: Statement | None) -> SinceLast:
    """Up to the day of a statement that is about to be issued; nothing before the first one."""
    if previous is None:
        return SinceLast()
    guarantor_id = account.guarantor.guarantor_id
    received = payments_since(
        session,
        guarantor_id,
        as_of=previous.as_of,
        issued_at=previous.issued_at,
        to_on=account.as_of,
    )
    paid_cents = sum(one.amount_cents for one in received)
    plans = standing_cover(session, guarantor_id).values()
    covered = {line.target: line for plan in plans for line in plan.lines}
    if not covered:
        return SinceLast(paid_cents)
    paid = paid_on_lines_since(
        session,
        [target.claim_id for target in covered if target.claim_id is not None],
        as_of=previous.as_of,
        issued_at=previous.issued_at,
        to_on=account.as_of,
    )
    # Of a line's money the plan's is what came since it began, and since the statement.
    to_plans = {
        target: max(0, min(line.since_paid_cents, paid.get(target, 0)))
        for target, line in covered.items()
    }
    asked = asked_on(session, previous.statement_id)
    moved_cents = sum(
        _moved(line, asked[target], paid.get(target, 0) - to_plans[target])
        for target, line in covered.items()
        if target in asked
    )
    return SinceLast(paid_cents - sum(to_plans.values()), moved_cents)


def _moved(line: CoveredLine, asked_cents: int, paid_before_cents: int) -> int:
    """What of a line that was asked for its plan has taken over."""
    return max(0, min(line.covered_cents, asked_cents - paid_before_cents))


def asked_on(session: Session, statement_id: UUID) -> Mapping[Target, int]:
    """What a statement asked for when it was issued, by line."""
    rows = session.scalars(
        select(StatementShare).where(
            StatementShare.practice_id == practice_of(session),
            StatementShare.statement_id == statement_id,
        )
    )
    return {Target(row.claim_id, row.charge_id): row.owed_cents for row in rows}
