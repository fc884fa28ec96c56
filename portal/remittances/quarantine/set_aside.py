"""A claim that was set aside, read back whole, and what it comes to when it is decided again.

Reads only: the pages show the outcome before anybody acts, the acts do the same under their locks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, select

from portal.db import new_id
from portal.domain.adjudication import Decision, DecisionContext, decide
from portal.domain.claim_draft import ClaimChanges
from portal.domain.claim_joining import are_two_patients
from portal.domain.claim_position import ClaimPosition, Outcome
from portal.domain.earlier_decisions import Sender
from portal.domain.notices import TakenBack, notices_replaced
from portal.domain.quarantine import (
    ACTS,
    NO_RULING,
    OF_A_PAYMENT,
    QuarantineAct,
    QuarantineReason,
    Ruling,
    accepting,
    charge_above_recorded,
)
from portal.domain.remittance import REVERSAL_STATUS, ClaimPayment
from portal.practice.decisions import Adjudication
from portal.practice.models import Claim, Payer, Practice
from portal.remittances.models import QuarantinedClaim, Remittance
from portal.remittances.posting.charged_visits import charged_visits, may_be_charged
from portal.remittances.posting.claim_matching import find_claim
from portal.remittances.posting.known_claims import KnownClaim
from portal.remittances.posting.positions import claims_numbered, claims_with_ids
from portal.remittances.quarantine.stored_content import claim_of

_NUMBER_IS_ACCOUNT = "account"
_REVIEWED = "review"
_SAYS_NOTHING = frozenset({Outcome.QUARANTINED, Outcome.DUPLICATE})


class QuarantineNotFoundError(LookupError):
    """Nothing of this id was set aside in this practice."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """One row of ``quarantined_claims`` of a claim, with what it came in."""

    quarantine_id: UUID
    reason: QuarantineReason
    claim: ClaimPayment
    claim_id: UUID  # where its money is kept
    patient_id: UUID | None
    guarantor_id: UUID | None
    sender: Sender
    payer_id: UUID
    payer_name: str
    payment_cents: int
    decided_on: date
    is_resolved: bool
    also: tuple[QuarantineReason, ...] = ()  # why it would be, were the reasons before accepted

    @property
    def acts(self) -> frozenset[QuarantineAct]:
        """What may be tried, by why it was set aside; what ends a second fault ends both."""
        if self.is_resolved:
            return frozenset()
        ends_also = frozenset[QuarantineAct]().union(*(ACTS[one] for one in self.also))
        return ACTS[self.reason] | (ends_also - {QuarantineAct.AGAIN, QuarantineAct.MOVED})

    @property
    def accepted(self) -> Ruling:
        """Whatever in it somebody may accept."""
        return accepting(self.reason, *self.also)


@dataclass(frozen=True, slots=True)
class DecidedAgain:
    """The claim it belongs to, and the decision on it as things stand.

    ``notices`` were told of the claim without their money, and are taken back first.
    """

    known: KnownClaim
    before: ClaimPosition
    claim: ClaimPayment
    decision: Decision
    notices: tuple[TakenBack, ...] = ()

    @property
    def changes(self) -> ClaimChanges:
        """All that happens to the claim, to be stored together."""
        after, before = self.decision.position, self.before
        entries = [entry for one in self.notices for entry in one.decision.entries]
        return ClaimChanges(
            after,
            (*entries, *self.decision.entries),
            holds_placed=after.holds - before.holds,
            holds_released=before.holds - after.holds,
        )


def set_aside(connection: Connection, practice_id: UUID, quarantine_id: UUID) -> SetAside:
    """Raises QuarantineNotFoundError, also for a claim of a payment that is withheld whole."""
    row = connection.execute(
        select(
            QuarantinedClaim.code,
            QuarantinedClaim.content,
            QuarantinedClaim.resolved_at,
            Adjudication.claim_id,
            Adjudication.remittance_id,
            Adjudication.payer_id,
            Adjudication.trace_number,
            Adjudication.decided_on,
            Claim.patient_id,
            Claim.guarantor_id,
            Payer.name,
            Remittance.payment_cents,
        )
        .join(
            Adjudication,
            (Adjudication.practice_id == practice_id)
            & (Adjudication.adjudication_id == QuarantinedClaim.quarantine_id),
        )
        .join(Claim, (Claim.practice_id == practice_id) & (Claim.claim_id == Adjudication.claim_id))
        .join(Payer, (Payer.practice_id == practice_id) & (Payer.payer_id == Adjudication.payer_id))
        .join(
            Remittance,
            (Remittance.practice_id == practice_id)
            & (Remittance.remittance_id == Adjudication.remittance_id),
        )
        .where(
            QuarantinedClaim.practice_id == practice_id,
            QuarantinedClaim.quarantine_id == quarantine_id,
            QuarantinedClaim.code.not_in([one.value for one in OF_A_PAYMENT]),
        )
    ).one_or_none()
    if row is None:
        raise QuarantineNotFoundError(quarantine_id)
    return SetAside(
        quarantine_id=quarantine_id,
        reason=QuarantineReason(row.code),
        claim=claim_of(row.content),
        claim_id=row.claim_id,
        patient_id=row.patient_id,
        guarantor_id=row.guarantor_id,
        sender=Sender(str(row.payer_id), row.remittance_id, row.trace_number),
        payer_id=row.payer_id,
        payer_name=row.name,
        payment_cents=row.payment_cents,
        decided_on=row.decided_on,
        is_resolved=row.resolved_at is not None,
    )


def with_every_fault(
    connection: Connection, practice_id: UUID, aside: SetAside, *, today: date
) -> SetAside:
    """What else is wrong with it once what may be accepted is: the first fault hides the next."""
    found = [aside.reason]
    while not aside.is_resolved and QuarantineAct.ACCEPTED in ACTS[found[-1]]:
        ruling = accepting(*found)
        again = decided_again(connection, practice_id, aside, ruling=ruling, today=today)
        fault = again.decision.quarantine
        if fault is None or fault.reason in found:
            break
        found.append(fault.reason)
    return replace(aside, also=tuple(found[1:]))


def decided_again(
    connection: Connection,
    practice_id: UUID,
    aside: SetAside,
    *,
    today: date,
    ruling: Ruling = NO_RULING,
    claim_id: UUID | None = None,
) -> DecidedAgain:
    """As the importer would decide it now. ``claim_id``: on this claim, whatever its number."""
    claim = aside.claim
    if ruling.takes_back is not None:
        claim = replace(claim, status=REVERSAL_STATUS)  # a charge below zero is one in disguise
    known = _claim_for(connection, practice_id, aside, claim_id=claim_id)
    owner = known.position.guarantor_id
    charged = charged_visits(connection, practice_id, {owner} if owner else set())
    known.position = replace(known.position, may_be_charged=may_be_charged(known, charged))
    context = DecisionContext(
        sender=aside.sender,
        today=today,
        new_id=new_id,
        reviews_denials=_policy(connection, practice_id).patient_denials == _REVIEWED,
    )
    notices = notices_replaced(known.position, claim, context=context, ruling=ruling)
    position = notices[-1].decision.position if notices else known.position
    decision = decide(position, claim, context=context, ruling=ruling)
    if claim_id is not None:
        decision = _within_what_was_billed(known.position, claim, decision)
    return DecidedAgain(known, known.position, claim, decision, notices)


def _within_what_was_billed(
    before: ClaimPosition, claim: ClaimPayment, decision: Decision
) -> Decision:
    """On a claim that somebody chose, lines that it does not have are not its further lines."""
    billed_cents = before.charge_cents or 0
    if (decision.position.charge_cents or 0) <= billed_cents:
        return decision
    fault = charge_above_recorded(claim, recorded_cents=billed_cents)
    return replace(decision, quarantine=fault)


def may_be_of(aside: SetAside, known: KnownClaim) -> bool:
    """Whether it may be posted on another claim than its number says: never another patient's."""
    is_other = known.claim_id != aside.claim_id and known.position.joined_to is None
    return is_other and not are_two_patients(aside.patient_id, known.patient_id)


def told_elsewhere(connection: Connection, practice_id: UUID, aside: SetAside) -> UUID | None:
    """Another remittance of the same payment that has the claim, posted: the newest."""
    if not aside.sender.trace_number:
        return None
    return connection.scalar(
        select(Remittance.remittance_id)
        .join(
            Adjudication,
            (Adjudication.practice_id == practice_id)
            & (Adjudication.remittance_id == Remittance.remittance_id),
        )
        .join(Claim, (Claim.practice_id == practice_id) & (Claim.claim_id == Adjudication.claim_id))
        .where(
            Remittance.practice_id == practice_id,
            Remittance.remittance_id != aside.sender.remittance_id,
            *_same_payment(aside),
            *_same_claim(aside),
            Adjudication.disposition.not_in([one.value for one in _SAYS_NOTHING]),
        )
        .order_by(Remittance.remittance_id.desc())
        .limit(1)
    )


def _same_payment(aside: SetAside) -> Sequence[ColumnElement[bool]]:
    return (
        Remittance.payer_id == aside.payer_id,
        Remittance.trace_number == aside.sender.trace_number,
        Remittance.payment_cents == aside.payment_cents,
    )


def _same_claim(aside: SetAside) -> Sequence[ColumnElement[bool]]:
    """Its number, and the same money both ways: a correction is not the reversal beside it."""
    is_reversal = Adjudication.status == REVERSAL_STATUS
    return (
        Claim.claim_number == aside.claim.number
        if aside.claim.number
        else Claim.claim_id == aside.claim_id,
        is_reversal if aside.claim.status == REVERSAL_STATUS else ~is_reversal,
        Adjudication.payer_control_number == aside.claim.payer_control_number,
        Adjudication.paid_cents == aside.claim.paid_cents,
    )


def _claim_for(
    connection: Connection, practice_id: UUID, aside: SetAside, *, claim_id: UUID | None
) -> KnownClaim:
    """The claim it is about: more may be known of it now than when the file came in."""
    if claim_id is not None:
        found = claims_with_ids(connection, practice_id, [claim_id])
        if not found:
            raise QuarantineNotFoundError(claim_id)
        return _as_decided(found[0])
    if not aside.claim.number:
        return _as_decided(claims_with_ids(connection, practice_id, [aside.claim_id])[0])
    numbered = [
        _as_decided(one) for one in claims_numbered(connection, practice_id, {aside.claim.number})
    ]
    found_again = find_claim(
        numbered,
        aside.claim,
        payer_key=aside.sender.payer_key,
        patient_id=aside.patient_id,
        number_is_account=_policy(connection, practice_id).claim_number_is == _NUMBER_IS_ACCOUNT,
    )
    return found_again or next(one for one in numbered if one.claim_id == aside.claim_id)


def _policy(connection: Connection, practice_id: UUID) -> Row[str, str]:
    """What the practice says its numbers are, and of denials left to the patient."""
    return connection.execute(
        select(Practice.claim_number_is, Practice.patient_denials).where(
            Practice.practice_id == practice_id
        )
    ).one()


def _as_decided(known: KnownClaim) -> KnownClaim:
    """Without what was set aside or only repeated: it is itself one of those."""
    position = known.position
    said = tuple(one for one in position.adjudications if one.outcome not in _SAYS_NOTHING)
    known.position = replace(position, adjudications=said)
    return known
