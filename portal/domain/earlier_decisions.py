"""How a new CLP stands to earlier ones: whose turn, seen before, taking back, deciding again."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from portal.domain.claim_position import Adjudication, ClaimPosition, Outcome
from portal.domain.remittance import PATIENT_RESPONSIBILITY, ClaimPayment

RANK_OF_STATUS = {"1": 1, "19": 1, "2": 2, "20": 2, "3": 3, "21": 3}
_DUPLICATE_REASON = "18"
_DECIDED = frozenset({Outcome.POSTED, Outcome.WAITING})
_TAKES_MONEY_BACK_FROM = _DECIDED | {Outcome.PAID_TWICE}


@dataclass(frozen=True, slots=True)
class Sender:
    """Which payer speaks, in which remittance, under which trace number (TRN02)."""

    payer_key: str
    remittance_id: UUID
    trace_number: str


def rank_of(
    position: ClaimPosition, claim: ClaimPayment, *, payer_key: str, follows_earlier_payer: bool
) -> int:
    """1 pays first. CLP02 says so, or (4, 22, 23, unknown) what is known of the payer does."""
    if claim.status in RANK_OF_STATUS:
        return RANK_OF_STATUS[claim.status]
    for one in reversed(position.adjudications):
        if one.payer_key == payer_key and one.outcome is Outcome.POSTED:
            return one.rank
    for coverage in position.coverages:
        if coverage.payer_key == payer_key:
            return coverage.rank
    earlier = max((one.rank for one in position.live), default=0)
    if earlier or not follows_earlier_payer:
        return earlier + 1
    return 2


def seen_before(position: ClaimPosition, new: Adjudication) -> Adjudication | None:
    """The equal decision that came in the same payment by another file, or that stands.

    Not a decision that was taken back and is awaited: the equal one is its correction.
    """
    equal = [
        one
        for one in reversed(position.adjudications)
        if one.fingerprint == new.fingerprint and one.payer_key == new.payer_key
    ]
    if not equal:
        return None
    awaited = {one.adjudication_id for one in position.awaiting_correction}
    for one in equal:
        in_another_file = one.remittance_id != new.remittance_id
        if in_another_file and _is_same_payment(one, new) and one.adjudication_id not in awaited:
            return one
    voided = position.voided
    for one in equal:
        stands = one.outcome in _DECIDED and one.adjudication_id not in voided
        if stands and one.rank == new.rank:
            return one
    return None


def told_without_money(
    position: ClaimPosition, new: Adjudication, *, share_cents: int
) -> Adjudication | None:
    """The standing decision of a remittance that a notice tells again: same amounts throughout.

    A notice names no lines of ours and not every reason, so it is never equal to the letter.
    """
    if not new.is_notice:
        return None
    for one in reversed(position.live):
        same_payer = one.payer_key == new.payer_key and one.rank == new.rank
        same_amounts = one.charge_cents == new.charge_cents and one.paid_cents == new.paid_cents
        if same_payer and same_amounts and one.share_cents == share_cents and not one.is_notice:
            return one
    return None


def pays_again(earlier: Adjudication, new: Adjudication) -> bool:
    """An equal decision that brings new money: of another payment, or twice in one remittance.

    A notice brings none.
    """
    if new.paid_cents == 0 or new.is_notice or earlier.outcome not in _DECIDED:
        return False
    return not _is_same_payment(earlier, new) or earlier.remittance_id == new.remittance_id


def refused_as_duplicate(
    position: ClaimPosition, new: Adjudication, claim: ClaimPayment
) -> Adjudication | None:
    """The standing decision that the payer points to when it refuses a claim as sent twice (18).

    Lines that it decides for the first time are no repeat, whatever it calls them.
    """
    reasons = {
        one.reason
        for one in claim.all_adjustments()
        if one.amount_cents and one.group != PATIENT_RESPONSIBILITY
    }
    if claim.paid_cents or claim.responsibility_cents or reasons != {_DUPLICATE_REASON}:
        return None
    return next(
        (
            one
            for one in reversed(position.live)
            if one.payer_key == new.payer_key and not is_other_part(one, new)
        ),
        None,
    )


def taken_back(
    position: ClaimPosition, claim: ClaimPayment, *, payer_key: str
) -> tuple[Adjudication | None, bool]:
    """What a reversal (CLP02 22) voids, and whether its amounts agree.

    By CLP07 or REF*F8 where one fits, else the newest; then the amounts must be the same, negated.
    One that waits to be posted comes after those that stand.
    """
    standing = may_be_taken_back(position, payer_key=payer_key)
    names = {claim.payer_control_number, claim.reference("F8")} - {""}
    named = [one for one in standing if one.payer_control_number in names]
    candidates = named or standing
    for one in sorted(candidates, key=lambda one: one.outcome is Outcome.WAITING):
        same_charge = abs(claim.charge_cents) == abs(one.charge_cents)
        if same_charge and claim.paid_cents == -one.paid_cents:
            return one, True
    return (candidates[0], False) if candidates else (None, False)


def may_be_taken_back(position: ClaimPosition, *, payer_key: str) -> list[Adjudication]:
    """The payer's decisions that stand with their money, newest first."""
    voided = position.voided
    return [
        one
        for one in reversed(position.adjudications)
        if one.payer_key == payer_key
        and one.outcome in _TAKES_MONEY_BACK_FROM
        and one.adjudication_id not in voided
    ]


def decides_again(position: ClaimPosition, new: Adjudication) -> tuple[Adjudication, ...]:
    """Standing decisions of the same payer and rank on the same lines, without a reversal.

    Another CLP07 on other lines is a part of one decision: parts add up.
    """
    return tuple(
        one
        for one in position.live
        if one.payer_key == new.payer_key and one.rank == new.rank and not is_other_part(one, new)
    )


def told_with_its_money(again: Iterable[Adjudication], new: Adjudication) -> bool:
    """Whether another file of the same payment told one of these decisions, be it differently.

    The payment came once, and what was paid is told with the first.
    """
    return bool(new.trace_number) and any(
        one.remittance_id != new.remittance_id and _is_same_payment(one, new) for one in again
    )


def corrected_by(position: ClaimPosition, new: Adjudication) -> tuple[UUID, ...]:
    """Decisions the same payer took back that this one decides anew: line by line where known."""
    return tuple(
        one.adjudication_id
        for one in position.awaiting_correction
        if one.payer_key == new.payer_key
        and not (one.charge_ids and new.charge_ids and one.charge_ids.isdisjoint(new.charge_ids))
    )


def is_other_part(one: Adjudication, new: Adjudication) -> bool:
    """Another CLP07 with other lines: the two add up."""
    return (
        one.payer_control_number != new.payer_control_number
        and bool(one.charge_ids)
        and bool(new.charge_ids)
        and one.charge_ids.isdisjoint(new.charge_ids)
    )


def _is_same_payment(one: Adjudication, new: Adjudication) -> bool:
    """The trace number (TRN02) of the payment and the payer's own number of the claim (CLP07)."""
    return (
        one.trace_number == new.trace_number
        and one.payer_control_number == new.payer_control_number
    )
