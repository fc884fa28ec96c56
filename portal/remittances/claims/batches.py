"""Every claim of a practice, some hundreds at a time: memory stays flat however many there are."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.practice.models import Claim
from portal.remittances.posting.known_claims import KnownClaim
from portal.remittances.posting.positions import claims_with_ids

_CLAIMS = 1000


def claim_batches(session: Session) -> Iterator[list[KnownClaim]]:
    """Oldest first. Claims that nothing was decided on and nothing was posted for are there too."""
    practice_id = practice_of(session)
    last: UUID | None = None
    while True:
        query = select(Claim.claim_id).where(Claim.practice_id == practice_id)
        if last is not None:
            query = query.where(Claim.claim_id > last)
        claim_ids = session.scalars(query.order_by(Claim.claim_id).limit(_CLAIMS)).all()
        if not claim_ids:
            return
        yield claims_with_ids(session.connection(), practice_id, claim_ids, by_line=False)
        last = claim_ids[-1]
