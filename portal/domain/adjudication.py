"""One payer's decision on one claim: what becomes of it, what it posts. Position in, position out.

What does not hold is quarantined, its money in suspense. Only PR reaches a patient, and only the PR
of the highest live rank. A reversal voids a decision and never nets it. A claim that waits for a
correction bills nothing and never falls back to another payer's share.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from portal.domain import payer_postings, posting_rules, quarantine
from portal.domain.adjustment_classes import STANDARD_WRITE_OFFS, WriteOffList
from portal.domain.billed_lines import Billing, bill, raised
from portal.domain.claim_draft import ClaimDraft
from portal.domain.claim_position import Adjudication, ChargeLine, ClaimPosition, Outcome
from portal.domain.claim_reading import (
    ClaimReading,
    accepted,
    fingerprint,
    follows_earlier_payer,
    read_decision,
    reviewed,
    written_off_up_to,
)
from portal.domain.earlier_decisions import (
    Sender,
    corrected_by,
    decides_again,
    may_be_taken_back,
    pays_again,
    rank_of,
    refused_as_duplicate,
    seen_before,
    taken_back,
    told_with_its_money,
    told_without_money,
)
from portal.domain.hold_kinds import HoldKind
from portal.domain.journal import JournalEntry
from portal.domain.late_reversals import correction_that_waited, replacement_of
from portal.domain.quarantine import (
    NO_RULING,
    WRONG_FIGURES,
    Quarantine,
    QuarantineReason,
    Ruling,
)
from portal.domain.remittance import REVERSAL_STATUS, ClaimPayment


class Disposition(StrEnum):
    """What became of a claim of a file; each has exactly one."""

    POSTED = "posted"
    HELD = "held"  # in the journal, kept off statements
    QUARANTINED = "quarantined"  # not in the journal; its money is in suspense
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """What is the same for all claims of one remittance."""

    sender: Sender
    today: date
    new_id: Callable[[], UUID]
    write_offs: WriteOffList = STANDARD_WRITE_OFFS
    reviews_denials: bool = False  # those that are left to the patient


@dataclass(frozen=True, slots=True)
class Decision:
    """What one CLP does to its claim, to be stored together."""

    disposition: Disposition
    adjudication: Adjudication
    position: ClaimPosition
    entries: tuple[JournalEntry, ...]
    holds_placed: frozenset[HoldKind] = frozenset()
    holds_released: frozenset[HoldKind] = frozenset()
    charge_ids: tuple[UUID | None, ...] = ()  # one a service line
    new_charges: tuple[ChargeLine, ...] = ()
    quarantine: Quarantine | None = None
    duplicate_of: UUID | None = None


def decide(
    position: ClaimPosition,
    claim: ClaimPayment,
    *,
    context: DecisionContext,
    ruling: Ruling = NO_RULING,
) -> Decision:
    """The next thing a payer says about a claim, held against all it and others said before.

    ``ruling``: what a poster says about one that was set aside.
    """
    rank = rank_of(
        position,
        claim,
        payer_key=context.sender.payer_key,
        follows_earlier_payer=follows_earlier_payer(claim),
    )
    record = Adjudication(
        adjudication_id=context.new_id(),
        remittance_id=context.sender.remittance_id,
        payer_key=context.sender.payer_key,
        rank=rank,
        outcome=Outcome.QUARANTINED,
        trace_number=context.sender.trace_number,
        payer_control_number=claim.payer_control_number,
        charge_cents=claim.charge_cents,
        paid_cents=claim.paid_cents,
        fingerprint=fingerprint(claim),
        filing_indicator=claim.filing_indicator,
        received_on=claim.received_on,
    )
    draft = ClaimDraft(position, cause_id=record.adjudication_id, today=context.today)
    earlier = seen_before(position, record) or told_without_money(
        position, record, share_cents=claim.responsibility_cents
    )
    if earlier is not None and not _undoes_its_own_file(position, record, claim):
        return _duplicate(draft, record, earlier)
    fault = quarantine.fault_of(claim, ruling=ruling)
    if fault is not None:
        return _quarantined(draft, record, fault)
    if claim.status == REVERSAL_STATUS:
        return _reverse(draft, record, claim, context, ruling)
    return _adjudicate(draft, record, claim, context, ruling)


def _undoes_its_own_file(
    position: ClaimPosition, record: Adjudication, claim: ClaimPayment
) -> bool:
    """A reversal, seen before, of what the same remittance has just brought again: a pair."""
    if claim.status != REVERSAL_STATUS:
        return False
    voided, _ = taken_back(position, claim, payer_key=record.payer_key)
    return voided is not None and voided.remittance_id == record.remittance_id


def _adjudicate(
    draft: ClaimDraft,
    record: Adjudication,
    claim: ClaimPayment,
    context: DecisionContext,
    ruling: Ruling,
) -> Decision:
    position = draft.position
    fault = _charged_to_patient(position, claim)
    if fault is not None:
        return _quarantined(draft, record, fault)
    billing = bill(position, claim, payer_key=record.payer_key, new_id=context.new_id)
    decided = frozenset(one for one in billing.charge_ids if one is not None)
    earlier = refused_as_duplicate(position, replace(record, charge_ids=decided), claim)
    if earlier is not None:
        return _duplicate(draft, record, earlier)
    if QuarantineReason.CHARGE_ABOVE_RECORDED in ruling.accepts:
        billing = raised(billing, charge_cents=claim.charge_cents)
    if claim.charge_cents > billing.recorded_cents:
        fault = quarantine.charge_above_recorded(claim, recorded_cents=billing.recorded_cents)
        return _quarantined(draft, record, fault)
    reading = _read(claim, billing, context, ruling)
    new = _with_reading(position, record, reading, billing)
    again = decides_again(position, new)
    waiting = _waits_behind(again, new)
    if waiting is not None:
        return _wait(draft, waiting, billing)
    if again:
        # Nothing was paid on it: the new decision takes its place, and staff look at it.
        new = replace(
            new,
            voids=again[0].adjudication_id,
            concerns=(*new.concerns, HoldKind.DECIDED_AGAIN),
        )
    room = room_for_write_offs(position, new, charge_cents=billing.recorded_cents)
    least = sum(min(cents, 0) for _, cents in new.written_off)
    if room < least:
        fault = quarantine.more_than_charged(claim, excess_cents=least - room)
        return _quarantined(draft, record, fault)
    if new.written_off_cents > room:
        new = replace(new, written_off=written_off_up_to(new.written_off, room))
    _record_charge(draft, new, billing)
    if new.paid_cents:
        draft.post(
            payer_postings.remittance_posted(
                draft.occasion, adjudication_id=new.adjudication_id, paid_cents=new.paid_cents
            )
        )
    draft.enter(new)
    return _done(draft, new, billing)


def _charged_to_patient(position: ClaimPosition, claim: ClaimPayment) -> Quarantine | None:
    """Whether it is, or may be, the patient's own: no payer was asked."""
    if position.is_charged_to_patient:
        return quarantine.charged_to_patient(claim)
    if position.may_be_charged and not (position.live or position.awaiting_correction):
        return quarantine.may_be_charged_to_patient(claim)
    return None


def _waits_behind(again: tuple[Adjudication, ...], new: Adjudication) -> Adjudication | None:
    """What may not take the place of earlier decisions; without its money where that is theirs."""
    if told_with_its_money(again, new) and not new.is_notice:
        return replace(new, paid_cents=0)
    if len(again) > 1 or any(one.paid_cents or new.is_notice for one in again):
        return new
    return None


def _read(
    claim: ClaimPayment, billing: Billing, context: DecisionContext, ruling: Ruling
) -> ClaimReading:
    """What it says, as the practice and the poster want it taken."""
    reading = read_decision(claim, charge_ids=billing.charge_ids, write_offs=context.write_offs)
    if ruling.accepts & WRONG_FIGURES:
        reading = accepted(reading, claim)
    return reviewed(reading, claim) if context.reviews_denials else reading


def _with_reading(
    position: ClaimPosition, record: Adjudication, reading: ClaimReading, billing: Billing
) -> Adjudication:
    """The record as a posted decision, with what the claim's history adds to its concerns."""
    new = replace(
        record,
        outcome=Outcome.POSTED,
        written_off=reading.written_off,
        denied_cents=reading.denied_cents,
        shares=reading.shares,
        share_reasons=reading.share_reasons,
        charge_ids=frozenset(one for one in billing.charge_ids if one is not None),
    )
    concerns = list(reading.concerns)
    if billing.covers_less:
        concerns.append(HoldKind.CHARGE_DIFFERS)
    if new.rank > 1:
        concerns.append(HoldKind.FIRST_PAYER_NOT_SEEN)
        if reading.denied_cents > 0:
            concerns.append(HoldKind.SECONDARY_DENIED)
    if rank_is_disputed(position, new):
        concerns.append(HoldKind.SAME_RANK_TWICE)
    corrects = corrected_by(position, new)
    if _changes_an_earlier_word(position, new, corrects):
        concerns.append(HoldKind.EARLIER_PLAN_CHANGED)
    if not concerns and not corrects:
        return new
    return replace(new, concerns=tuple(concerns), corrects=corrects)


def rank_is_disputed(position: ClaimPosition, new: Adjudication) -> bool:
    """Another payer of the same rank did more than refuse."""
    return any(
        one.rank == new.rank
        and one.payer_key != new.payer_key
        and (one.paid_cents or one.shares or one.written_off)
        for one in position.live
    )


def _changes_an_earlier_word(
    position: ClaimPosition, new: Adjudication, corrects: tuple[UUID, ...]
) -> bool:
    return any(
        one.adjudication_id in corrects and one.fingerprint != new.fingerprint
        for one in position.adjudications
    )


def room_for_write_offs(position: ClaimPosition, new: Adjudication, *, charge_cents: int) -> int:
    """What is left for write-offs after all payments, earlier write-offs and the share."""
    after = replace(position, adjudications=(*position.adjudications, new))
    shares = sum(one.share_cents for one in after.share_owners)
    taken = after.paid_cents + after.adjusted_cents - new.written_off_cents + shares
    return charge_cents - taken


def _record_charge(draft: ClaimDraft, new: Adjudication, billing: Billing) -> None:
    if billing.added_cents:
        cause_id = None if billing.is_first else new.adjudication_id
        draft.post(
            posting_rules.charge_recorded(
                draft.occasion, charge_cents=billing.added_cents, adjudication_id=cause_id
            )
        )
    draft.position = replace(
        draft.position,
        charge_cents=billing.recorded_cents,
        charges=draft.position.charges + billing.new_charges,
    )


def _reverse(
    draft: ClaimDraft,
    record: Adjudication,
    claim: ClaimPayment,
    context: DecisionContext,
    ruling: Ruling,
) -> Decision:
    replacement = replacement_of(draft.position, claim, payer_key=record.payer_key)
    if replacement is not None and ruling.takes_back is None:
        return _confirm(draft, record, replacement)
    voided, agrees = taken_back(draft.position, claim, payer_key=record.payer_key)
    if ruling.takes_back is not None:
        standing = may_be_taken_back(draft.position, payer_key=record.payer_key)
        voided = next((one for one in standing if one.adjudication_id == ruling.takes_back), None)
        agrees = True
    if voided is None or (record.is_notice and not voided.is_notice):
        return _quarantined(draft, record, quarantine.reversal_unmatched(claim))
    if not agrees:
        fault = quarantine.reversal_amounts_differ(claim, paid_cents=voided.paid_cents)
        return _quarantined(draft, record, fault)
    reversal = replace(
        record, outcome=Outcome.REVERSAL, rank=voided.rank, voids=voided.adjudication_id
    )
    _take_money_back(draft, reversal, voided)
    draft.enter(reversal)
    waited = correction_that_waited(draft.position, reversal)
    if waited is not None:
        draft.settle()  # what was paid waits for the correction first, as if that came now
        draft.cause_id = context.new_id()
        reversal = draft.take_up(waited, after=reversal)
    return _done(draft, reversal, None)


def _confirm(draft: ClaimDraft, record: Adjudication, replacement: Adjudication) -> Decision:
    """The payer takes back what its later decision has replaced already: no doubt is left."""
    reversal = replace(
        record,
        outcome=Outcome.REVERSAL,
        rank=replacement.rank,
        takes_up=replacement.adjudication_id,
    )
    draft.enter(reversal)
    return _done(draft, reversal, None)


def _take_money_back(draft: ClaimDraft, reversal: Adjudication, voided: Adjudication) -> None:
    """From where it was put. What a matched reversal takes more or less is between payer and us."""
    stands = voided in draft.position.live  # also one that had waited
    rule = _MONEY_RULES[Outcome.POSTED if stands else voided.outcome]
    put_back = -voided.paid_cents
    differs = reversal.paid_cents - put_back
    if put_back:
        draft.post(
            rule(draft.occasion, adjudication_id=reversal.adjudication_id, paid_cents=put_back)
        )
    if differs:
        draft.post(
            payer_postings.takeback_differs(
                draft.occasion, adjudication_id=reversal.adjudication_id, more_cents=differs
            )
        )


_MONEY_RULES = {
    Outcome.POSTED: payer_postings.remittance_posted,
    Outcome.WAITING: payer_postings.remittance_suspended,
    Outcome.PAID_TWICE: payer_postings.duplicate_paid,
}
"""Money goes back from where it was put."""


def _wait(draft: ClaimDraft, new: Adjudication, billing: Billing) -> Decision:
    """Decided again, differently, after a payment: the first stands, held; the new money waits."""
    concerns = {*new.concerns, HoldKind.DECIDED_AGAIN, HoldKind.EARLIER_PLAN_CHANGED}
    waiting = replace(new, outcome=Outcome.WAITING, concerns=tuple(sorted(concerns)), corrects=())
    _suspend(draft, waiting)
    draft.enter(waiting)
    decision = _done(draft, waiting, None)
    return decision if billing.new_charges else replace(decision, charge_ids=billing.charge_ids)


def _duplicate(draft: ClaimDraft, record: Adjudication, earlier: Adjudication) -> Decision:
    paid_twice = pays_again(earlier, record)
    repeat = replace(record, outcome=Outcome.PAID_TWICE if paid_twice else Outcome.DUPLICATE)
    if paid_twice:
        draft.post(
            payer_postings.duplicate_paid(
                draft.occasion,
                adjudication_id=repeat.adjudication_id,
                paid_cents=repeat.paid_cents,
            )
        )
    draft.enter(repeat)
    changes = draft.changes()
    return Decision(
        Disposition.DUPLICATE,
        repeat,
        changes.position,
        changes.entries,
        duplicate_of=earlier.adjudication_id,
    )


def _quarantined(draft: ClaimDraft, record: Adjudication, fault: Quarantine) -> Decision:
    _suspend(draft, record)
    draft.enter(record)
    changes = draft.changes()
    return Decision(
        Disposition.QUARANTINED, record, changes.position, changes.entries, quarantine=fault
    )


def _suspend(draft: ClaimDraft, record: Adjudication) -> None:
    if record.paid_cents:
        draft.post(
            payer_postings.remittance_suspended(
                draft.occasion,
                adjudication_id=record.adjudication_id,
                paid_cents=record.paid_cents,
            )
        )


def _done(draft: ClaimDraft, record: Adjudication, billing: Billing | None) -> Decision:
    draft.settle()
    changes = draft.changes()
    return Decision(
        disposition=Disposition.HELD if changes.position.holds else Disposition.POSTED,
        adjudication=record,
        position=changes.position,
        entries=changes.entries,
        holds_placed=changes.holds_placed,
        holds_released=changes.holds_released,
        charge_ids=billing.charge_ids if billing else (),
        new_charges=billing.new_charges if billing else (),
    )
