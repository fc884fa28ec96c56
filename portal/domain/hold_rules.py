"""When a claim is held: what in a decision raises a concern, and which concerns still stand."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from uuid import UUID

from portal.domain.claim_position import (
    Adjudication,
    ClaimPosition,
    CoverageOnFile,
    Outcome,
)
from portal.domain.hold_kinds import HoldKind
from portal.domain.remittance import ClaimPayment

FORWARDED_STATUSES = frozenset({"19", "20", "21", "23"})
FINAL_STATUSES = frozenset({"1", "2", "3", "4", "19", "20", "21", "22", "23"})
SPECIAL_PAYERS = frozenset({"WC", "AM", "LM", "VA"})
MEDICAID_INDICATOR = "MC"
_PLACED_FROM_OUTSIDE = frozenset(
    {
        HoldKind.STAFF,
        HoldKind.POSSIBLY_ONE_CLAIM,
        HoldKind.ADJUSTMENT_PUT_BACK,
        HoldKind.DISPUTED,
    }
)

_COST_SHARING = frozenset({"1", "2", "3"})
_MEDICAID_BILLABLE = frozenset({"3", "66", "142"})
_NO_SURPRISES = frozenset({"N830", *(f"N{number}" for number in range(859, 880))})
_NO_SURPRISES_STAFF_FIRST = frozenset({"N876", "N878"})

_SAID_NOT_OWED = frozenset({"M27", "M39", "N172", "N364", "N563", "N833", "N842", "N905"})

_BY_REMARK: Mapping[str, HoldKind] = {
    "MA18": HoldKind.CROSSOVER,
    "MA07": HoldKind.CROSSOVER,
    "N89": HoldKind.CROSSOVER,
    "N179": HoldKind.PATIENT_INFORMATION,
    "N781": HoldKind.QUALIFIED_MEDICARE_BENEFICIARY,
    "N782": HoldKind.QUALIFIED_MEDICARE_BENEFICIARY,
    "N783": HoldKind.QUALIFIED_MEDICARE_BENEFICIARY,
    "N192": HoldKind.QUALIFIED_MEDICARE_BENEFICIARY,
    "MA59": HoldKind.REFUND_DUE,
    "MA72": HoldKind.REFUND_DUE,
}
_BY_REASON: Mapping[str, HoldKind] = {
    "19": HoldKind.OTHER_LIABILITY,
    "20": HoldKind.OTHER_LIABILITY,
    "21": HoldKind.OTHER_LIABILITY,
    "22": HoldKind.OTHER_INSURANCE,
    "31": HoldKind.PATIENT_NOT_RECOGNIZED,
    "140": HoldKind.PATIENT_NOT_RECOGNIZED,
    "100": HoldKind.PAID_TO_PATIENT,
    "109": HoldKind.WRONG_PAYER,
    "B11": HoldKind.WRONG_PAYER,
    "133": HoldKind.UNDER_REVIEW,
    "A0": HoldKind.REFUND_DUE,
    "209": HoldKind.QUALIFIED_MEDICARE_BENEFICIARY,
    "303": HoldKind.QUALIFIED_MEDICARE_BENEFICIARY,
    "227": HoldKind.PATIENT_INFORMATION,
}
_BY_REASON_OF_SHARE: Mapping[str, HoldKind] = {
    "45": HoldKind.BALANCE_BILL,
    "187": HoldKind.SPENDING_ACCOUNT,
    "239": HoldKind.SEND_AGAIN,
    "B9": HoldKind.WRONG_PAYER,
}
"""Of these only what the payer leaves to the patient is doubtful; the rest is a denial like any."""
_SEND_AGAIN = "MA130"


def concerns_in(
    claim: ClaimPayment, *, reasons: Iterable[str], share_reasons: frozenset[str]
) -> Iterator[HoldKind]:
    """What a decision says that may hold its claim; ``reasons`` and ``share_reasons`` are CARCs."""
    if claim.status in FORWARDED_STATUSES or claim.crossover_payer is not None:
        yield HoldKind.CROSSOVER
    elif claim.status not in FINAL_STATUSES:
        yield HoldKind.STATUS_UNKNOWN
    if (claim.stated_responsibility_cents or 0) != claim.responsibility_cents:
        yield HoldKind.RESPONSIBILITY_DIFFERS
    if claim.paid_cents < 0:
        yield HoldKind.NEGATIVE_PAYMENT
    if claim.filing_indicator in SPECIAL_PAYERS:
        yield HoldKind.SPECIAL_PAYER
    for reason in reasons:
        if reason in _BY_REASON:
            yield _BY_REASON[reason]
    for reason in share_reasons & _BY_REASON_OF_SHARE.keys():
        yield _BY_REASON_OF_SHARE[reason]
    yield from _concerns_in_remarks(claim, share_reasons)


def _concerns_in_remarks(claim: ClaimPayment, share_reasons: frozenset[str]) -> Iterator[HoldKind]:
    remarks = set(claim.remarks)
    for line in claim.lines:
        remarks.update(line.remarks)
    if not remarks:
        return
    for remark in sorted(remarks & _BY_REMARK.keys()):
        yield _BY_REMARK[remark]
    if share_reasons and remarks & _SAID_NOT_OWED:
        yield HoldKind.SAID_NOT_OWED
    if share_reasons and _SEND_AGAIN in remarks:
        yield HoldKind.SEND_AGAIN
    beyond_cost_sharing = share_reasons - _COST_SHARING
    if remarks & _NO_SURPRISES_STAFF_FIRST or (remarks & _NO_SURPRISES and beyond_cost_sharing):
        yield HoldKind.NO_SURPRISES


def is_patient_denial(paid_cents: int, share_reasons: frozenset[str]) -> bool:
    """Nothing was paid, and the patient is left a share that is not only cost sharing."""
    return paid_cents == 0 and bool(share_reasons - _COST_SHARING)


def concern_of_reason(reason: str) -> HoldKind | None:
    """What a CARC raises whatever its group; None for most."""
    return _BY_REASON.get(reason)


def concern_of_remark(remark: str) -> HoldKind | None:
    """What a RARC raises; None for most."""
    return _BY_REMARK.get(remark)


def standing_holds(position: ClaimPosition) -> frozenset[HoldKind]:
    """Every kind that holds the claim now. What people placed, or other claims raise, stays."""
    if position.joined_to is not None:
        return frozenset()  # nothing is left on it
    standing = set(_PLACED_FROM_OUTSIDE & position.holds)
    if position.guarantor_id is None:
        standing.add(HoldKind.PATIENT_UNKNOWN)
    for kind, adjudication_id in _raised(position):
        if (kind, adjudication_id) not in position.waived:
            standing.add(kind)
    return frozenset(standing)


def holds_of(position: ClaimPosition, kind: HoldKind) -> frozenset[tuple[HoldKind, UUID]]:
    """What raises a kind of hold now: what staff waive when they release it."""
    raised = {one for one in _raised(position) if one[0] is kind}
    if kind is HoldKind.AWAITING_CORRECTION:
        raised |= {(kind, one.adjudication_id) for one in position.awaiting_correction}
    return frozenset(raised) - position.waived


def undecided_coverages(position: ClaimPosition) -> tuple[CoverageOnFile, ...]:
    """Coverages that come after the payer whose share it is, and whose payer has not decided.

    None where that payer settled all: a later one has nothing to decide.
    """
    owners = position.share_owners
    if not any(one.shares or one.denied_cents > 0 or _is_protected(one) for one in owners):
        return ()
    decided = {one.payer_key for one in position.live}
    return tuple(
        one
        for one in position.coverages
        if one.rank > owners[-1].rank and one.payer_key not in decided
    )


def _is_protected(one: Adjudication) -> bool:
    """The share went back to the payers, and Medicaid is next."""
    return HoldKind.QUALIFIED_MEDICARE_BENEFICIARY in one.concerns


def _raised(position: ClaimPosition) -> Iterator[tuple[HoldKind, UUID]]:
    for missing in position.awaiting_correction:
        yield HoldKind.AWAITING_CORRECTION, missing.adjudication_id
    voided = position.voided
    for one in position.adjudications:
        if one.concerns and one.adjudication_id not in voided:
            for kind in _concerns_now(position, one):
                if _STANDS.get(kind, _while_it_stands)(position, one):
                    yield kind, one.adjudication_id
    owners = position.share_owners
    if owners:
        yield from ((kind, owners[-1].adjudication_id) for kind in _by_coverage(position, owners))


def _concerns_now(position: ClaimPosition, one: Adjudication) -> Iterable[HoldKind]:
    """While a decision waits, only that; from the reversal it waited for on, all the rest."""
    if one.adjudication_id in position.taken_up:
        return (kind for kind in one.concerns if kind is not HoldKind.DECIDED_AGAIN)
    return (HoldKind.DECIDED_AGAIN,) if one.outcome is Outcome.WAITING else one.concerns


def _by_coverage(position: ClaimPosition, owners: tuple[Adjudication, ...]) -> Iterator[HoldKind]:
    """What the patient's coverages on the service date say about the share."""
    indicators = {one.filing_indicator for one in position.live}
    indicators.update(coverage.filing_indicator for coverage in position.coverages)
    if undecided_coverages(position):
        yield HoldKind.LATER_COVERAGE
    if any(one.filing_indicator in SPECIAL_PAYERS for one in position.coverages):
        yield HoldKind.SPECIAL_PAYER
    share_reasons = frozenset[str]().union(*(one.share_reasons for one in owners))
    if MEDICAID_INDICATOR in indicators and share_reasons - _MEDICAID_BILLABLE:
        yield HoldKind.MEDICAID


def _while_it_stands(position: ClaimPosition, one: Adjudication) -> bool:
    """Until the decision is voided."""
    del position, one
    return True


def _while_it_owns_the_share(position: ClaimPosition, one: Adjudication) -> bool:
    return one in position.share_owners


def _until_a_later_rank(position: ClaimPosition, one: Adjudication) -> bool:
    return all(other.rank <= one.rank for other in position.live)


def _until_an_earlier_rank(position: ClaimPosition, one: Adjudication) -> bool:
    return all(other.rank >= one.rank for other in position.live)


def _until_another_payer(position: ClaimPosition, one: Adjudication) -> bool:
    """A decision of another payer that came after this one."""
    live = position.live
    after = live[live.index(one) + 1 :] if one in live else live
    return all(other.payer_key == one.payer_key for other in after)


def _until_the_later_payer_decides_again(position: ClaimPosition, one: Adjudication) -> bool:
    live = position.live
    place = live.index(one) if one in live else len(live)
    relied_on_it = any(other.rank > one.rank for other in live[:place])
    decided_since = any(other.rank > one.rank for other in live[place:])
    return relied_on_it and not decided_since


_STANDS: Mapping[HoldKind, Callable[[ClaimPosition, Adjudication], bool]] = {
    HoldKind.CROSSOVER: _until_a_later_rank,
    HoldKind.FIRST_PAYER_NOT_SEEN: _until_an_earlier_rank,
    HoldKind.OTHER_INSURANCE: _until_another_payer,
    HoldKind.WRONG_PAYER: _until_another_payer,
    HoldKind.EARLIER_PLAN_CHANGED: _until_the_later_payer_decides_again,
    HoldKind.SECONDARY_DENIED: _while_it_owns_the_share,
    HoldKind.RESPONSIBILITY_DIFFERS: _while_it_owns_the_share,
    HoldKind.NEGATIVE_RESPONSIBILITY: _while_it_owns_the_share,
    HoldKind.BALANCE_BILL: _while_it_owns_the_share,
    HoldKind.SAID_NOT_OWED: _while_it_owns_the_share,
    HoldKind.NO_SURPRISES: _while_it_owns_the_share,
    HoldKind.PAID_TO_PATIENT: _while_it_owns_the_share,
    HoldKind.SPENDING_ACCOUNT: _while_it_owns_the_share,
    HoldKind.SEND_AGAIN: _while_it_owns_the_share,
    HoldKind.DENIAL_REVIEW: _while_it_owns_the_share,
}
"""How long a concern lasts, where that is not simply until its decision is voided."""
