"""Why a visit asks for nothing yet, from what holds its claim and what its plans said."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from portal.domain.billed_claim import Decision
from portal.domain.explanation import refusals
from portal.domain.hold_kinds import HoldKind
from portal.domain.hold_rules import concern_of_reason, concern_of_remark
from portal.domain.statement import PendingReason, PlanReason

_OF_HOLDS: Mapping[str, PendingReason] = {
    HoldKind.DISPUTED: PendingReason.DISPUTED,
    HoldKind.QUALIFIED_MEDICARE_BENEFICIARY: PendingReason.PROTECTED,
    HoldKind.OTHER_INSURANCE: PendingReason.ANSWER_NEEDED,
    HoldKind.OTHER_LIABILITY: PendingReason.ANSWER_NEEDED,
    HoldKind.PATIENT_NOT_RECOGNIZED: PendingReason.ANSWER_NEEDED,
    HoldKind.PATIENT_INFORMATION: PendingReason.ANSWER_NEEDED,
    HoldKind.AWAITING_CORRECTION: PendingReason.DECIDING_AGAIN,
    HoldKind.DECIDED_AGAIN: PendingReason.DECIDING_AGAIN,
    HoldKind.EARLIER_PLAN_CHANGED: PendingReason.DECIDING_AGAIN,
    HoldKind.CROSSOVER: PendingReason.NEXT_PLAN,
    HoldKind.LATER_COVERAGE: PendingReason.NEXT_PLAN,
    HoldKind.SECONDARY_DENIED: PendingReason.REFUSED,
    HoldKind.UNDER_REVIEW: PendingReason.DECIDING,
    HoldKind.FIRST_PAYER_NOT_SEEN: PendingReason.DECIDING,
    HoldKind.SAME_RANK_TWICE: PendingReason.DECIDING,
    HoldKind.WRONG_PAYER: PendingReason.DECIDING,
}
"""What a patient is told of each kind of hold; of the others, that we look at it first."""

ASKS_THE_PATIENT = frozenset(
    kind for kind, why in _OF_HOLDS.items() if why is PendingReason.ANSWER_NEEDED
)
"""The kinds of hold that only an answer of the patient ends."""

_ORDER = (
    PendingReason.PROTECTED,
    PendingReason.ANSWER_NEEDED,
    PendingReason.DISPUTED,
    PendingReason.DECIDING_AGAIN,
    PendingReason.NEXT_PLAN,
    PendingReason.REFUSED,
    PendingReason.CHECKING,
    PendingReason.DECIDING,
)
"""What matters most to the patient is told where several kinds hold a claim."""

_URGENCY = (
    PendingReason.ANSWER_NEEDED,
    PendingReason.DISPUTED,
    PendingReason.DECIDING_AGAIN,
    PendingReason.REFUSED,
    PendingReason.CHECKING,
    PendingReason.NOT_SHOWN,
    PendingReason.NEXT_PLAN,
    PendingReason.DECIDING,
    PendingReason.PROTECTED,
)
"""Of several visits, first the one that somebody has to do most about."""


def why_pending(
    holds: Collection[str], decisions: Sequence[Decision], *, share_is_released: bool
) -> PendingReason:
    """``decisions`` are those that stand. ``share_is_released``: only the next statement waits."""
    found = {_OF_HOLDS.get(kind, PendingReason.CHECKING) for kind in holds}
    if found:
        return next(why for why in _ORDER if why in found)
    if share_is_released:
        return PendingReason.CHECKING
    return PendingReason.REFUSED if refusals(decisions) else PendingReason.DECIDING


def most_urgent(whys: Iterable[PendingReason]) -> PendingReason | None:
    """What is told first where several visits wait; None where none does."""
    return min(whys, key=_URGENCY.index, default=None)


def reasons_of(why: PendingReason, decisions: Sequence[Decision]) -> tuple[PlanReason, ...]:
    """The reasons (CARC) that say why, whatever their group."""
    if why is PendingReason.REFUSED:
        return refusals(decisions)
    told = (
        PlanReason(amount.group, amount.reason)
        for decision in decisions
        for amount in decision.amounts
        if amount.amount_cents and _OF_HOLDS.get(concern_of_reason(amount.reason) or "") is why
    )
    return tuple(dict.fromkeys(told)) if why in _TOLD_BY_CODES else ()


def remarks_of(why: PendingReason, decisions: Sequence[Decision]) -> tuple[str, ...]:
    """The remarks (RARC) that say why; all of them where the plan did not pay."""
    remarks = dict.fromkeys(
        code for one in decisions for codes in one.remarks.values() for code in codes
    )
    if why is PendingReason.REFUSED:
        return tuple(remarks)
    if why not in _TOLD_BY_CODES:
        return ()
    return tuple(code for code in remarks if _OF_HOLDS.get(concern_of_remark(code) or "") is why)


_TOLD_BY_CODES = frozenset({PendingReason.PROTECTED, PendingReason.ANSWER_NEEDED})
