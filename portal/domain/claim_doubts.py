"""Claims under one number that may be one: two payers decided, and person or lines do not agree.

While that is open the claim with the earlier place in line bills nothing: the other payer may have
paid what it would ask for.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias
from uuid import UUID

from portal.domain.claim_identity import ClaimOnRecord, days_of
from portal.domain.claim_position import Adjudication, ClaimPosition
from portal.domain.hold_kinds import HoldKind


@dataclass(frozen=True, slots=True)
class _Told:
    """What of a claim matters here, worked out once: each is held against many."""

    claim: ClaimOnRecord
    decided: tuple[Adjudication, ...]  # what stands or is awaited anew
    plans: frozenset[tuple[str, int]]  # a payer may insure a person twice, at two places in line
    first_rank: int
    days: frozenset[date]

    @classmethod
    def of(cls, claim: ClaimOnRecord) -> "_Told":
        decided = (*claim.position.live, *claim.position.awaiting_correction)
        return cls(
            claim=claim,
            decided=decided,
            plans=frozenset((one.payer_key, one.rank) for one in decided),
            first_rank=min((one.rank for one in decided), default=0),
            days=frozenset(days_of(claim)),
        )


def may_be_one(one: ClaimOnRecord, other: ClaimOnRecord, *, number_is_account: bool) -> bool:
    """Of one number: no plan has decided both, and their days meet.

    A number that names an account is shared by many claims, so all that was billed must agree too.
    """
    ours, theirs = _Told.of(one), _Told.of(other)
    return bool(ours.decided and theirs.decided) and _may_be_one(
        ours, theirs, number_is_account=number_is_account
    )


def days_meet(one: ClaimOnRecord, other: ClaimOnRecord) -> bool:
    """On a day that both have; of an unknown day nothing can be said against it."""
    ours, theirs = days_of(one), days_of(other)
    return not ours or not theirs or not ours.isdisjoint(theirs)


def doubts(
    known: ClaimOnRecord, others: Iterable[ClaimOnRecord], *, number_is_account: bool
) -> frozenset[UUID]:
    """Decisions of other claims, of the same or a later place in line, that may be of this one.

    Without those that staff set apart from it.
    """
    told = [_Told.of(one) for one in others]
    return _doubts(_Told.of(known), _by_plans(told), number_is_account=number_is_account)


def doubts_among(
    claims: Iterable[ClaimOnRecord], *, number_is_account: bool
) -> list[frozenset[UUID]]:
    """``doubts`` of each about all the others. Claims that the same plans decided cost nothing."""
    told = [_Told.of(one) for one in claims]
    by_plans = _by_plans(told)
    return [_doubts(one, by_plans, number_is_account=number_is_account) for one in told]


_ByPlans: TypeAlias = Mapping[frozenset[tuple[str, int]], Sequence[_Told]]


def _by_plans(told: Iterable[_Told]) -> _ByPlans:
    found: dict[frozenset[tuple[str, int]], list[_Told]] = defaultdict(list)
    for one in told:
        if one.decided:
            found[one.plans].append(one)
    return found


def _doubts(known: _Told, others: _ByPlans, *, number_is_account: bool) -> frozenset[UUID]:
    if not known.decided:
        return frozenset()
    found = {
        decision.adjudication_id
        for plans, group in others.items()
        if plans.isdisjoint(known.plans)
        for other in group
        if known.first_rank <= other.first_rank
        and _may_be_one(known, other, number_is_account=number_is_account)
        for decision in other.decided
    }
    set_apart = {
        decision_id
        for kind, decision_id in known.claim.position.waived
        if kind is HoldKind.POSSIBLY_ONE_CLAIM
    }
    return frozenset(found - set_apart)


def _may_be_one(one: _Told, other: _Told, *, number_is_account: bool) -> bool:
    """Both were decided."""
    if one.claim.position.claim_id == other.claim.position.claim_id:
        return False
    if not one.plans.isdisjoint(other.plans):
        return False
    if one.days and other.days and one.days.isdisjoint(other.days):
        return False
    return not number_is_account or _billed_alike(one.claim, other.claim)


def _billed_alike(one: ClaimOnRecord, other: ClaimOnRecord) -> bool:
    if one.charge_cents != other.charge_cents:
        return False
    ours, theirs = _lines(one.position), _lines(other.position)
    return not ours or not theirs or ours == theirs


def _lines(position: ClaimPosition) -> Counter[tuple[str, int]]:
    return Counter((line.code, line.charge_cents) for line in position.charges)
