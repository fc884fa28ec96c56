"""Shares that open again because their money went: on a held claim they wait with it."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.allocation import Allocation
from portal.domain.patient_share import ShareMove
from portal.domain.payment_postings import refund_held
from portal.domain.posting_rules import ClaimOccasion
from portal.ledger.journal import post
from portal.practice.models import Hold


def keep_held(
    session: Session,
    lines: Sequence[Allocation],
    *,
    cause_id: UUID,
    guarantor_id: UUID,
    effective_on: date,
    now: datetime,
) -> None:
    """What is open again on a held claim may not be billed while the hold stands.

    ``lines``: positive amounts, what was taken from where. ``cause_id``: the refund, the payment
    that was undone, or the act of staff.
    """
    moves: dict[UUID, list[ShareMove]] = {}
    for line in lines:
        claim_id, cents = line.target.claim_id, line.amount_cents
        if claim_id is not None:
            moves.setdefault(claim_id, []).append(ShareMove(line.target.charge_id, cents, -cents))
    held = session.scalars(
        select(Hold.claim_id)
        .distinct()
        .where(
            Hold.practice_id == practice_of(session),
            Hold.claim_id.in_(moves.keys()),
            Hold.released_at.is_(None),
        )
    )
    for claim_id in held:
        if claim_id is not None:
            occasion = ClaimOccasion(claim_id, guarantor_id, effective_on)
            post(session, refund_held(occasion, refund_id=cause_id, share=moves[claim_id]), now=now)
