"""What changed from one statement to the next, as rows that add up from one to the other.

Worked out when the later one is issued, and frozen with it. A change is laid to insurance or to us
only where nothing else explains it: not money, a plan, a pause or an agency.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ChangeKind(StrEnum):
    """Why the one asks for something else than the other. Stable: they are frozen."""

    PAID = "paid"  # by the patient, without what payment plans got; above zero: it came back
    CREDIT = "credit"  # of that, kept as a credit
    FROM_CREDIT = "from_credit"  # a credit that was used
    ON_PLAN = "on_plan"  # a payment plan took it over
    PLACED = "placed"  # handed to a collection agency
    RECALLED = "recalled"  # back from one
    NEW_VISIT = "new_visit"
    DECIDED = "decided"  # insurance was still deciding, and has decided
    RESUMED = "resumed"  # it was paused, and is not any more
    OFF_PLAN = "off_plan"  # its payment plan is over
    PAUSED = "paused"  # nobody asks for it while it is looked at
    MORE = "more"  # a visit that was asked for already asks for more now
    LESS = "less"
    OTHER = "other"  # of an older document: all the rest, whatever it was
    # Said only of what happened since a statement was issued (`since_statement`), never frozen.
    ELSEWHERE = "elsewhere"  # of what came or went: not for this statement
    FROM_BEFORE = "from_before"  # paid with money that had come before: a deposit, a moved payment
    EARLIER = "earlier"  # only an older statement asked for it
    ON_ITS_WAY = "on_its_way"  # from a bank


@dataclass(frozen=True, slots=True)
class StatementChange:
    """One row, in cents; ``claim_id``: the visit of the later one that it is about."""

    kind: ChangeKind
    cents: int
    claim_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitSince:
    """A visit that either statement asks for, and what happened to it in between, in cents.

    ``asked_cents`` None: the one before did not ask for it, and ``came_as`` says why the later one
    does. ``moved_cents`` is what a payment plan took over, ``placed_cents`` what went to an agency,
    below zero: came back. ``was_on_plan``: a payment plan of then does not cover it now.
    """

    claim_id: UUID
    asked_cents: int | None
    asks_cents: int
    paid_cents: int = 0
    moved_cents: int = 0
    placed_cents: int = 0
    is_paused: bool = False
    was_on_plan: bool = False
    came_as: ChangeKind = ChangeKind.NEW_VISIT


def changes_since(
    visits: Sequence[VisitSince], *, kept_cents: int, used_credit_cents: int
) -> tuple[StatementChange, ...]:
    """All that leads from what the one before asked for to what the later one does.

    ``kept_cents`` of what was paid since stayed as a credit, and ``used_credit_cents`` of what was
    put to these visits came from one. With what the one before asked for, the rows add up to what
    the later one asks for.
    """
    paid_cents = sum(one.paid_cents for one in visits)
    used_cents = min(used_credit_cents, max(0, paid_cents))
    rows = (
        StatementChange(ChangeKind.PAID, used_cents - paid_cents - kept_cents),
        StatementChange(ChangeKind.CREDIT, kept_cents),
        StatementChange(ChangeKind.FROM_CREDIT, -used_cents),
        StatementChange(ChangeKind.ON_PLAN, -sum(one.moved_cents for one in visits)),
        StatementChange(ChangeKind.PLACED, -sum(max(0, one.placed_cents) for one in visits)),
        *_by_visit(visits),
    )
    return tuple(row for row in rows if row.cents)


def _by_visit(visits: Iterable[VisitSince]) -> Iterator[StatementChange]:
    """Each visit gross of what was paid on it; what is on neither statement by name comes last."""
    unnamed: dict[ChangeKind, int] = {}
    for one in visits:
        back_cents = max(0, -one.placed_cents)
        gone_cents = one.paid_cents + one.moved_cents + max(0, one.placed_cents)
        if one.asked_cents is None:
            yield StatementChange(one.came_as, one.asks_cents + gone_cents, one.claim_id)
            continue
        rest_cents = one.asks_cents + gone_cents - one.asked_cents - back_cents
        told = ((ChangeKind.RECALLED, back_cents), (_kind(one, rest_cents), rest_cents))
        for kind, cents in told:
            if one.asks_cents or kind is ChangeKind.PAUSED:
                yield StatementChange(kind, cents, one.claim_id)
            else:
                unnamed[kind] = unnamed.get(kind, 0) + cents
    for kind, cents in unnamed.items():
        yield StatementChange(kind, cents)


def _kind(one: VisitSince, rest_cents: int) -> ChangeKind:
    """What is left when all that is known was told."""
    if rest_cents < 0 and one.is_paused:
        return ChangeKind.PAUSED
    if rest_cents > 0 and one.was_on_plan:
        return ChangeKind.OFF_PLAN
    return ChangeKind.MORE if rest_cents > 0 else ChangeKind.LESS
