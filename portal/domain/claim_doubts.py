"""Claims under one number that may be one: two payers decided, and person or lines do not agree.

While that is open the claim with the earlier place in line bills nothing: the other payer may have
paid what it would ask for.
"""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from portal.domain.claim_identity import ClaimOnRecord, days_of
from portal.domain.claim_position import Adjudication, ClaimPosition
from portal.domain.hold_kinds import HoldKind


def may_be_one(one: ClaimOnRecord, other: ClaimOnRecord, *, number_is_account: bool) -> bool:
    """Of one number: no plan has decided both, and their days meet.

    A number that names an account is shared by many claims, so all that was billed must agree too.
    """
    ours, theirs = _decided(one.position), _decided(other.position)
    if not ours or not theirs or one.position.claim_id == other.position.claim_id:
        return False
    if not _plans(ours).isdisjoint(_plans(theirs)):
        return False
    return days_meet(one, other) and (not number_is_account or _billed_alike(one, other))


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
    found = {
        decision.adjudication_id
        for other in others
        if may_be_one(known, other, number_is_account=number_is_account)
        and _first_rank(known.position) <= _first_rank(other.position)
        for decision in _decided(other.position)
    }
    set_apart = {
        decision_id
        for kind, decision_id in known.position.waived
        if kind is HoldKind.POSSIBLY_ONE_CLAIM
    }
    return frozenset(found - set_apart)


def _decided(position: ClaimPosition) -> tuple[Adjudication, ...]:
    """What stands or is awaited anew."""
    return (*position.live, *position.awaiting_correction)


def _plans(decided: Iterable[Adjudication]) -> set[tuple[str, int]]:
    """A payer may insure a person twice, at two places in line."""
    return {(one.payer_key, one.rank) for one in decided}


def _first_rank(position: ClaimPosition) -> int:
    return min(one.rank for one in _decided(position))


def _billed_alike(one: ClaimOnRecord, other: ClaimOnRecord) -> bool:
    if one.charge_cents != other.charge_cents:
        return False
    ours, theirs = _lines(one.position), _lines(other.position)
    return not ours or not theirs or ours == theirs


def _lines(position: ClaimPosition) -> Counter[tuple[str, int]]:
    return Counter((line.code, line.charge_cents) for line in position.charges)
