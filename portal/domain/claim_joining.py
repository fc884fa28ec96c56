"""Two claims that turn out to be one: what payers decided on the other is moved to the first.

Nothing is edited. On the other claim each decision is reversed and the charge voided; on the first
it is decided again, as if it had come there, on the same remittance's money. What the patient had
paid on either pays the share that is left.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum
from uuid import UUID

from portal.domain import payer_postings, posting_rules
from portal.domain.adjudication import rank_is_disputed, room_for_write_offs
from portal.domain.claim_draft import ClaimChanges, ClaimDraft
from portal.domain.claim_position import Adjudication, ChargeLine, ClaimPosition, LetOff, Outcome
from portal.domain.claim_reading import written_off_up_to
from portal.domain.earlier_decisions import corrected_by, decides_again
from portal.domain.hold_kinds import HoldKind
from portal.domain.line_matching import match_lines
from portal.domain.remittance import ServiceLine

_UNSETTLED = frozenset({Outcome.WAITING, Outcome.PAID_TWICE})


class NotJoinableError(ValueError):
    """The two cannot be one claim as they stand: a payer has to correct something first."""


@dataclass(frozen=True, slots=True)
class MovedDecision:
    """One decision: as it stood on the other claim, its reversal there, and on the first."""

    original: Adjudication
    reversal: Adjudication
    again: Adjudication


@dataclass(frozen=True, slots=True)
class JoinedClaims:
    """What the joining does to both, to be stored together."""

    other: ClaimChanges
    first: ClaimChanges
    moved: tuple[MovedDecision, ...]
    charge_ids: Mapping[UUID, UUID]  # lines of the other, and the same lines of the first
    # What was paid, and no share is left for: of each claim's own guarantor.
    other_credit_cents: int
    first_credit_cents: int


class Whose(IntEnum):
    """How well a claim's patient is known; the practice's own word counts most."""

    NOBODY = 0
    FROM_A_FILE = 1  # made from a payer's file: it may be another spelling of a patient of ours
    OUR_PATIENT = 2


def are_two_patients(one: UUID | None, other: UUID | None) -> bool:
    """Both known, and not the same: nothing of the one may come to the other."""
    return one is not None and other is not None and one != other


def moves_into(
    other: ClaimPosition,
    first: ClaimPosition,
    *,
    others: Whose,
    firsts: Whose,
) -> bool:
    """Whether ``other`` is the one to be emptied, whichever of the two somebody looks at.

    A known patient stays known, with what they paid. Else what was billed higher stays, since
    nothing higher can move into it; else the earlier place in line, else the older claim.
    """

    def place(position: ClaimPosition, whose: Whose) -> tuple[int, int, int, UUID]:
        ranks = [one.rank for one in (*position.live, *position.awaiting_correction)]
        billed_cents = position.charge_cents or 0
        return (-whose, -billed_cents, min(ranks, default=0), position.claim_id)

    return place(first, firsts) < place(other, others)


def join_claims(
    first: ClaimPosition, other: ClaimPosition, *, new_id: Callable[[], UUID], today: date
) -> JoinedClaims:
    """Move every decision that stands. Raises NotJoinableError, before anything is changed."""
    _require_settled(first, other)
    charge_ids = _same_lines(other.charges, first.charges)
    leaving = ClaimDraft(other, cause_id=new_id(), today=today)
    taking = ClaimDraft(first, cause_id=new_id(), today=today)
    moved = []
    for original in sorted(other.live, key=lambda one: one.rank):
        again = _again(taking.position, original, charge_ids, adjudication_id=new_id())
        reversal = _reversal(original, adjudication_id=new_id(), moved_to=first.claim_id)
        for draft, one in ((leaving, reversal), (taking, again)):
            draft.cause_id = one.adjudication_id
            if one.paid_cents:
                draft.post(
                    payer_postings.remittance_posted(
                        draft.occasion,
                        adjudication_id=one.adjudication_id,
                        paid_cents=one.paid_cents,
                    )
                )
            draft.enter(one)
        moved.append(MovedDecision(original, reversal, again))
    if other.charge_cents:
        leaving.post(posting_rules.charge_voided(leaving.occasion, charge_cents=other.charge_cents))
    leaving.position = replace(leaving.position, charge_cents=0)
    leaving.settle()
    is_one_account = other.guarantor_id == first.guarantor_id
    if is_one_account:
        _let_off_goes_along(taking, leaving.put_back)
    taking.settle()
    freed = _freed_cents(other, leaving.position)
    goes_along = freed if is_one_account else 0
    own = _freed_cents(first, taking.position)
    unspent = _put_to_share(taking, goes_along + own, cause_id=new_id())
    return JoinedClaims(
        other=leaving.changes(),
        first=taking.changes(),
        moved=tuple(moved),
        charge_ids=charge_ids,
        other_credit_cents=freed - goes_along,
        first_credit_cents=unspent,
    )


def _require_settled(first: ClaimPosition, other: ClaimPosition) -> None:
    if first.claim_id == other.claim_id or first.joined_to or other.joined_to:
        raise NotJoinableError("They are one claim already.")
    if not first.live or not other.live:
        raise NotJoinableError("No payer's decision stands on one of them.")
    voided = other.voided
    unsettled = (
        one.outcome in _UNSETTLED and one.adjudication_id not in voided
        for one in other.adjudications
    )
    if any(unsettled) or other.awaiting_correction or other.staff_written_off_cents:
        raise NotJoinableError("Something else about the other claim has to be settled first.")
    if (other.charge_cents or 0) > (first.charge_cents or 0):
        raise NotJoinableError("The other claim was billed higher.")


def _freed_cents(before: ClaimPosition, after: ClaimPosition) -> int:
    """What had paid the claim, or waited for it, and is plain credit now."""
    return before.put_to_it_cents - after.put_to_it_cents


def _let_off_goes_along(taking: ClaimDraft, let_off: LetOff) -> None:
    """What the practice took off the other claim is taken off the share that is left."""
    if let_off:
        waiting = dict(taking.position.waiting_let_off)
        cents = dict(waiting.get(None, ()))
        for account, more in let_off:
            cents[account] = cents.get(account, 0) + more
        waiting[None] = tuple(cents.items())
        taking.position = replace(taking.position, waiting_let_off=waiting)


def _put_to_share(taking: ClaimDraft, cents: int, *, cause_id: UUID) -> int:
    """Credit pays what is open, at once or when no hold is left; what it has no use for."""
    position = taking.position
    waiting_cents = sum(position.waiting_credit.values())
    open_cents = position.patient_pending_cents + position.patient_receivable_cents
    room = cents if position.awaiting_correction else max(0, open_cents - waiting_cents)
    used = min(cents, room)
    if used > 0:
        waiting = dict(position.waiting_credit)
        waiting[None] = waiting.get(None, 0) + used
        taking.position = replace(position, waiting_credit=waiting)
        taking.cause_id = cause_id
        taking.settle()
    return cents - used


def _same_lines(lines: tuple[ChargeLine, ...], of: tuple[ChargeLine, ...]) -> dict[UUID, UUID]:
    found = match_lines([_as_sent(one) for one in lines], of)
    pairs = zip(lines, found, strict=True)
    return {line.charge_id: charge_id for line, charge_id in pairs if charge_id is not None}


def _as_sent(charge: ChargeLine) -> ServiceLine:
    return ServiceLine(
        number=charge.number,
        qualifier=charge.qualifier,
        code=charge.code,
        modifiers=charge.modifiers,
        charge_cents=charge.charge_cents,
        paid_cents=0,
        service_from=charge.service_on,
        control_number=charge.control_number,
    )


def _reversal(original: Adjudication, *, adjudication_id: UUID, moved_to: UUID) -> Adjudication:
    return Adjudication(
        adjudication_id=adjudication_id,
        remittance_id=original.remittance_id,
        payer_key=original.payer_key,
        rank=original.rank,
        outcome=Outcome.REVERSAL,
        trace_number=original.trace_number,
        payer_control_number=original.payer_control_number,
        charge_cents=-original.charge_cents,
        paid_cents=-original.paid_cents,
        fingerprint="",  # no CLP says so
        voids=original.adjudication_id,
        moved_to=moved_to,
    )


def _again(
    position: ClaimPosition,
    original: Adjudication,
    charge_ids: Mapping[UUID, UUID],
    *,
    adjudication_id: UUID,
) -> Adjudication:
    """The decision as it would have been made on the first claim."""
    shares: dict[UUID | None, int] = {}
    for target, cents in original.shares:
        ours = charge_ids.get(target) if target is not None else None
        shares[ours] = shares.get(ours, 0) + cents
    again = replace(
        original,
        adjudication_id=adjudication_id,
        shares=tuple((target, cents) for target, cents in shares.items() if cents),
        charge_ids=frozenset(charge_ids[one] for one in original.charge_ids if one in charge_ids),
        voids=None,
        corrects=(),
    )
    if decides_again(position, again):
        raise NotJoinableError("The same payer has decided both.")
    concerns = set(original.concerns)
    if rank_is_disputed(position, again):
        concerns.add(HoldKind.SAME_RANK_TWICE)
    if _covers_less(position, again):
        concerns.add(HoldKind.CHARGE_DIFFERS)
    again = replace(again, concerns=tuple(sorted(concerns)), corrects=corrected_by(position, again))
    return _within_the_charge(position, again)


def _covers_less(position: ClaimPosition, again: Adjudication) -> bool:
    """A smaller charge than the first claim's, not explained by whole lines of it."""
    decided = [one for one in position.charges if one.charge_id in again.charge_ids]
    is_whole_lines = sum(one.charge_cents for one in decided) == again.charge_cents
    return again.charge_cents < (position.charge_cents or 0) and not is_whole_lines


def _within_the_charge(position: ClaimPosition, again: Adjudication) -> Adjudication:
    room = room_for_write_offs(position, again, charge_cents=position.charge_cents or 0)
    if room < sum(min(cents, 0) for _, cents in again.written_off):
        raise NotJoinableError("Together the payers would have settled more than was billed.")
    if again.written_off_cents > room:
        return replace(again, written_off=written_off_up_to(again.written_off, room))
    return again
