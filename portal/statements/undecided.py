"""Why nothing is asked for a visit that was on a statement: nothing due does not mean paid then."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.journal import LedgerAccount
from portal.domain.pending_visit import most_urgent, why_pending
from portal.domain.statement import PendingReason, PendingVisit
from portal.ledger.models import PostingRow
from portal.practice.claims import payer_names
from portal.practice.models import Claim, Hold
from portal.statements.due import StatementDue


def asks_for_something(due: StatementDue) -> bool:
    """Whether it, or a payment plan instead of it, asks for anything; or it was taken back."""
    return bool(due.voided or due.open_cents or due.on_plans_cents)


def undecided_visits(
    session: Session, dues: Iterable[StatementDue]
) -> Mapping[UUID, PendingReason]:
    """Of the visits of what asks for nothing."""
    return undecided_among(
        session, {one for due in dues if not asks_for_something(due) for one in due.visit_cents}
    )


def undecided_among(session: Session, claim_ids: Collection[UUID]) -> Mapping[UUID, PendingReason]:
    """Of these visits, those of which money is with the payer, or a share waits.

    What a payer denied stays open with the payer, and nobody is deciding any more.
    """
    if not claim_ids:
        return {}
    practice_id = practice_of(session)
    cents = func.sum(PostingRow.amount_cents)
    with_payer = cents.filter(PostingRow.account == LedgerAccount.PAYER_RECEIVABLE.value)
    pending = cents.filter(PostingRow.account == LedgerAccount.PATIENT_PENDING.value)
    holds = (
        select(func.array_agg(Hold.kind))
        .where(
            Hold.practice_id == practice_id,
            Hold.claim_id == Claim.claim_id,
            Hold.released_at.is_(None),
        )
        .scalar_subquery()
    )
    rows = session.execute(
        select(Claim.claim_id, holds.label("holds"))
        .join(
            PostingRow,
            (PostingRow.practice_id == practice_id) & (PostingRow.claim_id == Claim.claim_id),
        )
        .where(Claim.practice_id == practice_id, Claim.claim_id.in_(claim_ids))
        .group_by(Claim.practice_id, Claim.claim_id)
        .having(
            (func.coalesce(pending, 0) > 0)
            | ((func.coalesce(with_payer, 0) > 0) & Claim.denied.is_(other=False))
        )
    )
    return {row.claim_id: _why(row.holds or ()) for row in rows}


def waits_for(due: StatementDue, undecided: Mapping[UUID, PendingReason]) -> PendingReason | None:
    """What a statement that asks for nothing waits for; what matters most to its patient first."""
    if asks_for_something(due):
        return None
    return most_urgent(undecided[one] for one in due.visit_cents if one in undecided)


def waiting_visit(
    session: Session,
    due: StatementDue,
    undecided: Mapping[UUID, PendingReason],
    *,
    seen_whole: Collection[UUID],
) -> PendingVisit | None:
    """The visit a statement's first words are about: whose turn it is, but nothing else of it.

    ``seen_whole``: of others nobody is told what they wait for.
    """
    why = waits_for(due, {one: undecided[one] for one in undecided if one in seen_whole})
    if why is None:
        hidden = waits_for(due, undecided)
        return _visit(PendingReason.NOT_SHOWN) if hidden else None
    claim_ids = [one for one in due.visit_cents if one in seen_whole and undecided.get(one) is why]
    return _visit(why, payer_names(session, claim_ids[:1]).get(claim_ids[0], ""))


def _visit(why: PendingReason, payer_name: str = "") -> PendingVisit:
    return PendingVisit("", None, "", payer_name, why=why)


def _why(holds: Collection[str]) -> PendingReason:
    """It was asked for before: without a hold its plan decides once more."""
    if not holds:
        return PendingReason.DECIDING_AGAIN
    return why_pending(holds, (), share_is_released=False)
