"""What a claim the practice sent does to the claim on record: recorded, equal, replaced, voided.

The practice's word on a charge stands against a payer's, but never changes what a payer has decided
on: that is for staff.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from portal.domain import posting_rules
from portal.domain.claim_draft import ClaimDraft
from portal.domain.claim_position import ChargeLine, ChargeSource, ClaimPosition
from portal.domain.hold_kinds import HoldKind
from portal.domain.journal import JournalEntry
from portal.domain.line_matching import match_lines
from portal.domain.money import format_usd
from portal.domain.sent_claim import SentClaim, SentPerson, as_told_back


class SentOutcome(StrEnum):
    """What became of a claim of an 837; each has exactly one. Stored: never change a value."""

    NEW = "new"  # its charge is in the journal by it
    EQUAL = "equal"  # as on record
    DIFFERING = "differing"  # not as on record, or decided already: nothing posted, staff look
    REPLACED = "replaced"  # CLM05-3 7
    VOIDED = "voided"  # CLM05-3 8
    QUARANTINED = "quarantined"  # its own figures do not hold, or nothing was billed
    DUPLICATE = "duplicate"  # the same transaction was told before


_CHARGED_TO_PATIENT = (
    "It is on the books as the patient's own, by the practice's feed. Void that row in the feed, "
    "then import the claim again."
)


@dataclass(frozen=True, slots=True)
class SentEffect:
    """What a sent claim does, to be stored together."""

    outcome: SentOutcome
    position: ClaimPosition
    entries: tuple[JournalEntry, ...] = ()
    holds_placed: frozenset[HoldKind] = frozenset()
    holds_released: frozenset[HoldKind] = frozenset()
    new_charges: tuple[ChargeLine, ...] = ()
    gone_charges: tuple[ChargeLine, ...] = ()  # lines of what was replaced or voided
    reason: str = ""  # why staff have to look


@dataclass(frozen=True, slots=True)
class Sending:
    """What is the same for all claims of one file, and the id of this one."""

    sent_claim_id: UUID
    today: date
    new_id: Callable[[], UUID]


def take_claim(position: ClaimPosition, claim: SentClaim, *, sending: Sending) -> SentEffect:
    """The claim against what is on record; a position without a charge is of a claim not known.

    The claim's own figures hold: the caller has seen to that.
    """
    if position.is_charged_to_patient:
        return SentEffect(SentOutcome.DIFFERING, position, reason=_CHARGED_TO_PATIENT)
    return _take(position, claim, sending)


def _take(position: ClaimPosition, claim: SentClaim, sending: Sending) -> SentEffect:
    if claim.is_void:
        return _void(position, claim, sending)
    if position.charge_cents is None or _is_voided(position):
        return _record(position, claim, sending)
    difference = difference_to(position, claim)
    if difference is None:
        return _agree(position, claim, sending)
    if not claim.is_replacement:
        return SentEffect(SentOutcome.DIFFERING, position, reason=difference)
    if position.adjudications:
        reason = "It replaces a claim that a payer has decided on; compare the two. " + difference
        return SentEffect(SentOutcome.DIFFERING, position, reason=reason)
    return _replace(position, claim, sending)


def difference_to(position: ClaimPosition, claim: SentClaim) -> str | None:
    """What of charge and service lines is not as on record, in a sentence; None: nothing."""
    recorded_cents = position.charge_cents or 0
    if claim.charge_cents != recorded_cents:
        return (
            f"{format_usd(claim.charge_cents)} was sent, {format_usd(recorded_cents)} is on record."
        )
    if not position.charges:
        return None
    told = as_told_back(claim).lines
    matched = match_lines(told, position.charges)
    charges = {one.charge_id: one for one in position.charges}
    if None in matched or sorted(map(str, matched)) != sorted(map(str, charges)):
        return "The service lines sent are not those on record."
    for line, charge_id in zip(told, matched, strict=True):
        charge = charges[charge_id] if charge_id else None
        if charge is None or charge.charge_cents != line.charge_cents:
            return f"Service line {line.number} was sent with another charge than is on record."
        if charge.service_on and line.service_from and charge.service_on != line.service_from:
            return f"Service line {line.number} was sent with another day than is on record."
    return None


def guarantor_of(claim: SentClaim) -> SentPerson | None:
    """Who owes for the patient when nobody has said so: never a minor.

    A patient of age owes for themself, so that nobody reads of another adult's visits. For a child
    it is the subscriber, else the responsible party (NM1*QD); None: nobody can be told.
    """
    day = claim.service_from
    patient, subscriber = claim.patient, claim.plan.subscriber
    if patient.is_of_age(day):
        return patient
    if patient == subscriber and patient.born_on is None:
        return patient
    if patient == subscriber:  # a minor, or nobody knows on which day
        return claim.responsible
    if subscriber.name.last_name and (subscriber.born_on is None or subscriber.is_of_age(day)):
        return subscriber
    return claim.responsible


def _record(position: ClaimPosition, claim: SentClaim, sending: Sending) -> SentEffect:
    """The first word on the charge, or the first after it was voided."""
    draft = _draft(position, sending)
    if claim.charge_cents:
        again_id = None if position.charge_cents is None else sending.sent_claim_id
        draft.post(
            posting_rules.charge_recorded(
                draft.occasion, charge_cents=claim.charge_cents, adjudication_id=again_id
            )
        )
    return _done(draft, SentOutcome.NEW, claim, sending, known=position.charges)


def _agree(position: ClaimPosition, claim: SentClaim, sending: Sending) -> SentEffect:
    """Nothing to post. A claim decided as a whole gets its lines."""
    lines = position.charges or _charges(claim, sending)
    added = () if position.charges else lines
    known = replace(position, charge_source=ChargeSource.PRACTICE, charges=lines)
    return SentEffect(SentOutcome.EQUAL, known, new_charges=added)


def _replace(position: ClaimPosition, claim: SentClaim, sending: Sending) -> SentEffect:
    draft = _draft(position, sending)
    draft.post(
        posting_rules.charge_replaced(
            draft.occasion,
            sent_claim_id=sending.sent_claim_id,
            voided_cents=position.charge_cents or 0,
            charge_cents=claim.charge_cents,
        )
    )
    return _done(draft, SentOutcome.REPLACED, claim, sending, known=position.charges)


def _void(position: ClaimPosition, claim: SentClaim, sending: Sending) -> SentEffect:
    if _is_voided(position):
        return SentEffect(SentOutcome.EQUAL, position)
    if position.adjudications or position.charge_cents is None:
        reason = "It voids a claim that a payer has decided on; wait for the payer's reversal."
        return SentEffect(SentOutcome.DIFFERING, position, reason=reason)
    draft = _draft(position, sending)
    if position.charge_cents:
        draft.post(
            posting_rules.charge_voided(
                draft.occasion,
                charge_cents=position.charge_cents,
                sent_claim_id=sending.sent_claim_id,
            )
        )
    nothing = replace(claim, charge_cents=0, lines=())
    return _done(draft, SentOutcome.VOIDED, nothing, sending, known=position.charges)


def _is_voided(position: ClaimPosition) -> bool:
    is_empty = position.charge_cents == 0 and not position.charges
    return is_empty and position.charge_source is ChargeSource.PRACTICE


def _draft(position: ClaimPosition, sending: Sending) -> ClaimDraft:
    return ClaimDraft(position, cause_id=sending.sent_claim_id, today=sending.today)


def _done(
    draft: ClaimDraft,
    outcome: SentOutcome,
    claim: SentClaim,
    sending: Sending,
    *,
    known: tuple[ChargeLine, ...],
) -> SentEffect:
    """The charge is what the claim says, line by line."""
    charges = _charges(claim, sending)
    draft.position = replace(
        draft.position,
        charge_cents=claim.charge_cents,
        charge_source=ChargeSource.PRACTICE,
        charges=charges,
    )
    draft.settle()
    changes = draft.changes()
    return SentEffect(
        outcome,
        changes.position,
        changes.entries,
        changes.holds_placed,
        changes.holds_released,
        new_charges=charges,
        gone_charges=known,
    )


def _charges(claim: SentClaim, sending: Sending) -> tuple[ChargeLine, ...]:
    return tuple(
        ChargeLine(
            charge_id=sending.new_id(),
            number=line.number,
            control_number=line.control_number,
            qualifier=line.qualifier,
            code=line.code,
            modifiers=line.modifiers,
            service_on=line.service_from,
            charge_cents=line.charge_cents,
            description=sent.description,
        )
        for line, sent in zip(as_told_back(claim).lines, claim.lines, strict=True)
    )
