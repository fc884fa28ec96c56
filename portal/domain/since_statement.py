"""What happened since a statement was issued, as rows from what it asked for to what is left.

They say the same kinds as `statement_changes` does from one statement to the next: something is
laid to insurance or to us only where nothing else explains it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from portal.domain.statement_changes import ChangeKind


@dataclass(frozen=True, slots=True)
class SinceRow:
    """One row, in cents, above zero where it makes what is left more.

    ``on``: the day of a payment, or of the older statement ``statement_id``. ``claim_id``: the
    visit it is about.
    """

    kind: ChangeKind
    cents: int
    on: date | None = None
    claim_id: UUID | None = None
    statement_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneySince:
    """What came (below zero: went), by day, and what of it or of a credit went to which visit.

    ``kept_cents`` of what came stayed as a credit. ``paid`` (and not to a part that a payment plan
    asked for all along) and ``from_credit`` are of all visits of the account.
    """

    received: Sequence[tuple[date, int]]
    kept_cents: int
    paid: Mapping[UUID, int]
    from_credit: Mapping[UUID, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitLeft:
    """A visit of the statement: what it asked for, what of that is left, and what may explain it.

    ``on_plan_cents`` a payment plan took over since, ``placed_cents`` went to an agency since;
    below zero: it left the plan, or came back from the agency. More may be left than was asked for:
    money from before came back, for one.
    """

    claim_id: UUID
    asked_cents: int
    left_cents: int
    on_plan_cents: int = 0
    placed_cents: int = 0
    is_paused: bool = False


def rows_since(visits: Sequence[VisitLeft], money: MoneySince) -> tuple[SinceRow, ...]:
    """With what it asked for they add up to what is left of its own visits."""
    counted = paid_of_visits(visits, money.paid)
    rows = (*_of_money(counted, money), *_of_visits(visits, counted))
    return tuple(row for row in rows if row.cents)


def paid_of_visits(visits: Sequence[VisitLeft], paid: Mapping[UUID, int]) -> dict[UUID, int]:
    """What of ``paid`` lowered each visit: no more than what it was asked for.

    What was paid of a visit beyond that counts for the others, the last first. What came back
    counts as far as more is left of its visit than was asked for.
    """
    counted, beyond_cents = {}, 0
    for one in visits:
        cents = paid.get(one.claim_id, 0)
        least_cents = min(0, one.asked_cents - one.left_cents)
        counted[one.claim_id] = min(one.asked_cents, max(cents, least_cents))
        beyond_cents += max(0, cents - one.asked_cents)
    for one in reversed(visits):
        part_cents = min(beyond_cents, one.asked_cents - counted[one.claim_id])
        counted[one.claim_id] += part_cents
        beyond_cents -= part_cents
    return counted


def _of_money(counted: Mapping[UUID, int], money: MoneySince) -> Iterator[SinceRow]:
    """``counted``: what lowered each visit. What came for anything else is off again."""
    used_cents = sum(
        max(0, min(cents, money.from_credit.get(claim_id, 0)))
        for claim_id, cents in counted.items()
    )
    came_cents = sum(cents for _, cents in money.received)
    beside_cents = came_cents + used_cents - sum(counted.values())
    kept_cents = max(0, min(money.kept_cents, beside_cents))
    went_cents = -sum(cents for _, cents in money.received if cents < 0)
    elsewhere_cents = max(beside_cents - kept_cents, -went_cents)
    for on, cents in money.received:
        yield SinceRow(ChangeKind.PAID, -cents, on)
    yield SinceRow(ChangeKind.CREDIT, kept_cents)
    yield SinceRow(ChangeKind.ELSEWHERE, elsewhere_cents)
    yield SinceRow(ChangeKind.FROM_CREDIT, -used_cents)
    yield SinceRow(ChangeKind.FROM_BEFORE, beside_cents - kept_cents - elsewhere_cents)


def _of_visits(visits: Iterable[VisitLeft], counted: Mapping[UUID, int]) -> Iterator[SinceRow]:
    """What is gone of each visit and was not paid: each explains no more than what is gone."""
    on_plan_cents = placed_cents = 0
    by_visit = []
    for one in visits:
        gone_cents = one.asked_cents - one.left_cents - counted[one.claim_id]
        moved_cents = _part(one.on_plan_cents, gone_cents)
        given_cents = _part(one.placed_cents, gone_cents - moved_cents)
        on_plan_cents += moved_cents
        placed_cents += given_cents
        rest_cents = gone_cents - moved_cents - given_cents
        kind = ChangeKind.PAUSED if one.is_paused else ChangeKind.LESS
        kind = kind if rest_cents > 0 else ChangeKind.MORE
        by_visit.append(SinceRow(kind, -rest_cents, claim_id=one.claim_id))
    yield SinceRow(ChangeKind.ON_PLAN if on_plan_cents > 0 else ChangeKind.OFF_PLAN, -on_plan_cents)
    yield SinceRow(ChangeKind.PLACED if placed_cents > 0 else ChangeKind.RECALLED, -placed_cents)
    yield from by_visit


def _part(cents: int, whole_cents: int) -> int:
    """What ``cents`` explain of a whole: nothing where they go the other way."""
    if whole_cents > 0:
        return min(whole_cents, max(0, cents))
    return max(whole_cents, min(0, cents))
