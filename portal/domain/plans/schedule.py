"""Installments: equal cents, the spare cents on the first, and together exactly what is owed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from portal.domain.plans.cadence import Cadence, days_from

DOWN_PAYMENT_NUMBER: Final = 0


class InstallmentKind(StrEnum):
    """What a row of a schedule stands for."""

    REGULAR = "regular"
    DOWN_PAYMENT = "down_payment"  # paid when the plan is agreed to
    EXTRA = "extra"  # paid ahead, dated the day it came
    SKIPPED = "skipped"  # nothing is due; its cents stand at the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Installment:
    """One row of one version of a plan.

    ``number`` is its identity through all versions, never given to another. ``waived_cents`` of
    ``cents`` are let off. ``moved_from``: when it was due before somebody moved it.
    """

    number: int
    due_on: date
    cents: int
    kind: InstallmentKind = InstallmentKind.REGULAR
    waived_cents: int = 0
    moved_from: date | None = None

    @property
    def asked_cents(self) -> int:
        return self.cents - self.waived_cents


def equal_parts(cents: int, count: int) -> tuple[int, ...]:
    """As equal as whole cents can be, the larger ones first."""
    base, spare = divmod(cents, count)
    return (base + 1,) * spare + (base,) * (count - spare)


def schedule(
    cents: int, *, count: int, cadence: Cadence, agreed_on: date, down_payment_cents: int = 0
) -> tuple[Installment, ...]:
    """All rows of a new plan over ``cents``; the down payment is due as it is agreed to.

    Raises ValueError for a rhythm that begins on the day of the agreement or before.
    """
    if cadence.starts_on <= agreed_on:
        message = f"nothing is due before the day after {agreed_on}"
        raise ValueError(message)
    parts = equal_parts(cents - down_payment_cents, count)
    regular = numbered(days_from(cadence, count=count), parts, first_number=1)
    if not down_payment_cents:
        return regular
    down = Installment(
        number=DOWN_PAYMENT_NUMBER,
        due_on=agreed_on,
        cents=down_payment_cents,
        kind=InstallmentKind.DOWN_PAYMENT,
    )
    return (down, *regular)


def numbered(
    days: Sequence[date], parts: Sequence[int], *, first_number: int
) -> tuple[Installment, ...]:
    """One regular installment for each day and amount."""
    return tuple(
        Installment(number=number, due_on=day, cents=cents)
        for number, (day, cents) in enumerate(zip(days, parts, strict=True), start=first_number)
    )


def in_order(installments: Iterable[Installment]) -> tuple[Installment, ...]:
    """As money fills them: by day, ties by number."""
    return tuple(sorted(installments, key=lambda one: (one.due_on, one.number)))


def counted(installments: Iterable[Installment]) -> int:
    """How many the law counts: neither the down payment, nor extra money, nor what was skipped."""
    return sum(one.kind is InstallmentKind.REGULAR and one.cents > 0 for one in installments)
