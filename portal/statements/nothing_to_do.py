"""Whether the reader of a statement is told that there is nothing to do, of all they can see."""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.nothing_to_do import is_nothing_to_do
from portal.domain.pending_visit import ASKS_THE_PATIENT
from portal.practice.models import Claim, Hold
from portal.statements.coming import ChargesToCome
from portal.statements.due import AccountNow, StatementDue, agencies_by_visit, not_asked_for


def nothing_to_do(
    session: Session,
    account: AccountNow,
    owed: StatementDue,
    charges: ChargesToCome | None,
    *,
    only: frozenset[UUID] | None,
) -> bool:
    """``only``: the visits of who may see this statement alone; None for the whole account."""
    to_pay_cents = charges.left_cents if charges else owed.due_now_cents
    if to_pay_cents > 0:
        return False
    placed = frozenset(agencies_by_visit(session, account))
    if only is not None:
        placed, account = placed & only, _only(account, only)
    return is_nothing_to_do(
        to_pay_cents=to_pay_cents,
        new_cents=not_asked_for(account, owed),
        has_plan=bool(account.plans),
        is_placed=bool(placed),
        is_asked_something=_patient_is_asked(session, account.guarantor_id, only),
    )


def _only(account: AccountNow, claim_ids: Collection[UUID]) -> AccountNow:
    """What it has of these visits."""
    plans = (
        plan
        for plan in account.plans
        if any(line.target.claim_id in claim_ids for line in plan.covered.lines)
    )
    shares = (share for share in account.shares if share.claim_id in claim_ids)
    return replace(account, plans=tuple(plans), shares=tuple(shares))


def _patient_is_asked(session: Session, guarantor_id: UUID, only: Collection[UUID] | None) -> bool:
    practice_id = practice_of(session)
    held = (
        select(Hold.hold_id)
        .join(Claim, (Claim.practice_id == practice_id) & (Claim.claim_id == Hold.claim_id))
        .where(
            Hold.practice_id == practice_id,
            Claim.guarantor_id == guarantor_id,
            Hold.kind.in_(ASKS_THE_PATIENT),
            Hold.released_at.is_(None),
        )
    )
    if only is not None:
        held = held.where(Claim.claim_id.in_(only))
    return bool(session.scalar(select(exists(held.subquery().select()))))
