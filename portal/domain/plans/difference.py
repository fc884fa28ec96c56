"""What one version of a plan changes of another, row by row: for people to read."""

from collections.abc import Iterable
from dataclasses import dataclass

from portal.domain.plans.schedule import Installment, in_order


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row as it was and as it is; None where there was none, or is none any more."""

    before: Installment | None
    after: Installment | None


def row_changes(
    before: Iterable[Installment], after: Iterable[Installment]
) -> tuple[RowChange, ...]:
    """Only rows whose day, amount or kind is another, in the order of their days."""
    old = {one.number: one for one in before}
    new = {one.number: one for one in after}
    changed = [
        RowChange(old.get(number), new.get(number))
        for number in old.keys() | new.keys()
        if _told(old.get(number)) != _told(new.get(number))
    ]
    order = [one.number for one in in_order([*new.values(), *_gone(old, new)])]
    places = {number: place for place, number in enumerate(order)}
    return tuple(sorted(changed, key=lambda one: places[_number(one)]))


def _gone(old: dict[int, Installment], new: dict[int, Installment]) -> Iterable[Installment]:
    return (one for number, one in old.items() if number not in new)


def _told(one: Installment | None) -> tuple[object, ...]:
    return () if one is None else (one.due_on, one.asked_cents, one.kind)


def _number(change: RowChange) -> int:
    one = change.after or change.before
    if one is None:
        raise ValueError(change)
    return one.number
