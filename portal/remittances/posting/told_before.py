"""What earlier files told of a payment that comes again: its money is there once, whoever tells it.

The parts of a payment add up to BPR02 in the first file that tells it. Another file may only change
what they are: a claim that was set aside, and is told correctly now.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, String, cast, or_, select

from portal.domain.adjudication import Decision
from portal.domain.claim_position import Outcome
from portal.domain.journal import BusinessEvent
from portal.domain.quarantine import QuarantineAct
from portal.domain.remittance import REVERSAL_STATUS, ClaimPayment, ProviderAdjustment
from portal.ledger.models import JournalEntryRow
from portal.practice.decisions import Adjudication
from portal.remittances.models import QuarantinedClaim, QuarantineDecision, Remittance

_NOT_POSTED = frozenset({Outcome.DUPLICATE, Outcome.QUARANTINED})


@dataclass(frozen=True, slots=True)
class SetAsideBefore:
    """A claim whose money an earlier file brought, and that is not in the journal."""

    quarantine_id: UUID
    remittance_id: UUID
    claim_number: str
    is_reversal: bool
    payer_control_number: str
    paid_cents: int
    is_rejected: bool  # by staff: its money is owed back to the payer

    def is_told_by(self, claim: ClaimPayment) -> bool:
        return (
            self.claim_number == claim.number
            and self.is_reversal == (claim.status == REVERSAL_STATUS)
            and self.payer_control_number == claim.payer_control_number
            and self.paid_cents == claim.paid_cents
        )


@dataclass(slots=True)
class ToldBefore:
    """What is left of earlier files' word on one payment, while its claims come in again."""

    set_aside: list[SetAsideBefore] = field(default_factory=list)
    provider_adjustments: Counter[tuple[str, str, int]] = field(default_factory=Counter)

    def take_set_aside(self, claim: ClaimPayment, decision: Decision) -> SetAsideBefore | None:
        """The claim that was set aside and is posted now, each once."""
        posted = decision.adjudication
        if posted.outcome in _NOT_POSTED or not posted.paid_cents:
            return None
        found = next((one for one in self.set_aside if one.is_told_by(claim)), None)
        if found is not None:
            self.set_aside.remove(found)
        return found

    def is_new(self, adjustment: ProviderAdjustment) -> bool:
        """Whether no earlier file told this one; each of theirs counts once."""
        key = (adjustment.reason, adjustment.reference, adjustment.amount_cents)
        if self.provider_adjustments[key] == 0:
            return True
        self.provider_adjustments[key] -= 1
        return False


def told_before(
    connection: Connection, practice_id: UUID, remittance_ids: Collection[UUID]
) -> ToldBefore:
    """Of the payment that these remittances tell."""
    if not remittance_ids:
        return ToldBefore()
    rows = connection.scalars(
        select(Remittance.provider_adjustments).where(
            Remittance.practice_id == practice_id, Remittance.remittance_id.in_(remittance_ids)
        )
    )
    # Files that tell the same payment tell the same adjustments: the most that one of them has.
    adjustments: Counter[tuple[str, str, int]] = Counter()
    for row in rows:
        adjustments |= Counter((one["reason"], one["reference"], one["cents"]) for one in row)
    return ToldBefore(list(_set_aside(connection, practice_id, remittance_ids)), adjustments)


def _set_aside(
    connection: Connection, practice_id: UUID, remittance_ids: Collection[UUID]
) -> Iterator[SetAsideBefore]:
    rows = connection.execute(
        select(
            QuarantinedClaim.quarantine_id,
            QuarantinedClaim.remittance_id,
            QuarantinedClaim.claim_number,
            QuarantinedClaim.paid_cents,
            QuarantinedClaim.resolved_at,
            Adjudication.status,
            Adjudication.payer_control_number,
        )
        .join(
            Adjudication,
            (Adjudication.practice_id == practice_id)
            & (Adjudication.adjudication_id == QuarantinedClaim.quarantine_id),
        )
        .outerjoin(
            QuarantineDecision,
            (QuarantineDecision.practice_id == practice_id)
            & (QuarantineDecision.quarantine_id == QuarantinedClaim.quarantine_id),
        )
        .where(
            QuarantinedClaim.practice_id == practice_id,
            QuarantinedClaim.remittance_id.in_(remittance_ids),
            QuarantinedClaim.paid_cents != 0,
            or_(
                QuarantinedClaim.resolved_at.is_(None),
                (QuarantineDecision.act == QuarantineAct.REJECTED.value)
                & ~_is_taken_back(practice_id),
            ),
        )
        .order_by(QuarantinedClaim.quarantine_id)
    )
    for row in rows:
        yield SetAsideBefore(
            quarantine_id=row.quarantine_id,
            remittance_id=row.remittance_id,
            claim_number=row.claim_number,
            is_reversal=row.status == REVERSAL_STATUS,
            payer_control_number=row.payer_control_number,
            paid_cents=row.paid_cents,
            is_rejected=row.resolved_at is not None,
        )


def _is_taken_back(practice_id: UUID) -> ColumnElement[bool]:
    """Whether a file has told a rejected claim correctly already (``rejection_taken_back``)."""
    key = (
        cast(QuarantinedClaim.remittance_id, String)
        + ":"
        + cast(QuarantinedClaim.quarantine_id, String)
    )
    return (
        select(JournalEntryRow.entry_id)
        .where(
            JournalEntryRow.practice_id == practice_id,
            JournalEntryRow.business_event == BusinessEvent.REMITTANCE_REJECTED.value,
            JournalEntryRow.source_key == key,
        )
        .exists()
    )
