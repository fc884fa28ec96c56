"""`claims list`: every claim of the journal with its figures, straight from sums of postings."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import Database, Principal, practice_of
from portal.domain.ledger_identities import claim_figures
from portal.practice.directory import PracticeRef
from portal.practice.models import Hold
from portal.remittances.claims.batches import claim_batches
from portal.remittances.posting.known_claims import KnownClaim


@dataclass(frozen=True, slots=True)
class ClaimSummary:
    """One claim in cents: the charge is all the others together, but for ``billable_cents``."""

    claim_id: str  # CLP01
    charge_cents: int
    paid_cents: int  # by payers
    adjusted_cents: int  # also what the practice let the patient off
    payer_receivable_cents: int
    patient_pending_cents: int
    patient_receivable_cents: int
    patient_paid_cents: int
    billable_cents: int  # what a statement may ask for now
    holds: tuple[str, ...]
    denied: bool

    def as_json(self) -> dict[str, Any]:
        """As ``claims list --json`` prints it."""
        return asdict(self) | {"holds": list(self.holds)}


def claims_list(database: Database, practice: PracticeRef) -> Iterator[ClaimSummary]:
    """Oldest first, in one transaction that stays open until the last one is taken."""
    principal = Principal.job(practice.practice_id, role="claims list")
    with database.transaction(principal) as session:
        account_holds = _account_holds(session)
        for batch in claim_batches(session):
            for known in batch:
                if known.is_in_journal:
                    yield _summary(known, account_holds)


def _summary(known: KnownClaim, account_holds: dict[UUID, set[str]]) -> ClaimSummary:
    figures = claim_figures(known.sums, patient_paid_cents=known.patient_paid_cents)
    guarantor_id = known.position.guarantor_id
    holds = {kind.value for kind in known.standing}
    holds |= account_holds.get(guarantor_id, set()) if guarantor_id else set()
    return ClaimSummary(
        claim_id=known.claim_number,
        charge_cents=figures.charge_cents,
        paid_cents=figures.paid_cents,
        adjusted_cents=figures.adjusted_cents + figures.let_off_cents,
        payer_receivable_cents=figures.payer_receivable_cents,
        patient_pending_cents=figures.patient_pending_cents,
        patient_receivable_cents=figures.patient_receivable_cents,
        patient_paid_cents=figures.patient_paid_cents,
        billable_cents=0 if holds else figures.patient_receivable_cents,
        holds=tuple(sorted(holds)),
        denied=known.denied and figures.payer_receivable_cents > 0,
    )


def _account_holds(session: Session) -> dict[UUID, set[str]]:
    """Holds on everything of a guarantor."""
    found: dict[UUID, set[str]] = {}
    rows = session.execute(
        select(Hold.guarantor_id, Hold.kind).where(
            Hold.practice_id == practice_of(session),
            Hold.guarantor_id.is_not(None),
            Hold.claim_id.is_(None),
            Hold.released_at.is_(None),
        )
    )
    for row in rows:
        found.setdefault(row.guarantor_id, set()).add(row.kind)
    return found
