"""Which of two decisions of a payer stands, as staff say: the rows of it, and who is owed what."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.claim_draft import ClaimChanges
from portal.domain.claim_position import ClaimPosition
from portal.domain.money import format_usd
from portal.domain.second_decisions import Undone
from portal.practice.tasks import UNAPPLIED_CREDIT_TASK, open_task
from portal.remittances.posting.decision_rows import write_decision
from portal.remittances.posting.freed_credit import frees_credit
from portal.remittances.posting.known_claims import KnownClaim
from portal.remittances.posting.waiting_credit import free_credit
from portal.remittances.quarantine.set_aside import DecidedAgain

TASK_PAYER_CREDIT: Final = "payer_credit_open"


def undo(
    session: Session, known: KnownClaim, undone: Sequence[Undone], *, now: datetime
) -> ClaimChanges:
    """Write the decisions that say what does not stand; the changes are still to be stored."""
    before, after = known.position, undone[-1].decision.position
    for one in undone:
        again = DecidedAgain(known, before, one.reversal, one.decision)
        payer_id = UUID(one.undone.payer_key)
        write_decision(session, again, payer_id=payer_id, decided_on=now.date())
        tell_of_payer_credit(
            session,
            known.claim_number,
            one.decision.adjudication.adjudication_id,
            one.undone.paid_cents,
            now=now,
        )
    return ClaimChanges(
        after,
        tuple(entry for one in undone for entry in one.decision.entries),
        holds_placed=after.holds - before.holds,
        holds_released=before.holds - after.holds,
    )


def tell_of_payer_credit(
    session: Session, claim_number: str, adjudication_id: UUID, cents: int, *, now: datetime
) -> None:
    """``cents`` below zero: the payer has what is ours."""
    if cents > 0:
        words = f"{format_usd(cents)} is owed back to the payer. Return it within 60 days."
    elif cents < 0:
        words = f"The payer took {format_usd(-cents)} that it owes us. Ask for it."
    else:
        return
    open_task(
        session,
        kind=TASK_PAYER_CREDIT,
        subject_id=adjudication_id,
        message=f"Claim {claim_number}: {words}",
        now=now,
    )


def tell_of_freed_credit(
    session: Session, before: ClaimPosition, after: ClaimPosition, *, now: datetime
) -> None:
    """Once the changes are stored: what had paid a share that is not there any more."""
    guarantor_id = after.guarantor_id
    if guarantor_id is None or not frees_credit(before, after):
        return
    free = free_credit(session.connection(), practice_of(session), {guarantor_id})
    cents = free.get(guarantor_id, 0)
    if cents > 0:
        open_task(
            session,
            kind=UNAPPLIED_CREDIT_TASK,
            subject_id=guarantor_id,
            message=f"{format_usd(cents)} of what was paid is more than is owed since payers "
            "decided anew. Refund it or use it for another bill.",
            now=now,
        )
