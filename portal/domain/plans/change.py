"""What every change of a running plan starts from and ends with, and how rows are re-divided.

A change never touches what was paid, what is being charged, or the numbers of rows; what it makes
is due tomorrow at the earliest.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from portal.domain.plans.cadence import days_after
from portal.domain.plans.progress import InstallmentProgress, PlanProgress, progress_of
from portal.domain.plans.schedule import (
    Installment,
    counted,
    equal_parts,
    numbered,
)
from portal.domain.plans.versions import PlanVersion, next_version


class ChangeKind(StrEnum):
    """Why there is another version."""

    DATE_MOVED = "date_moved"
    SKIPPED = "skipped"
    PAID_AHEAD = "paid_ahead"
    BALANCE_ADDED = "balance_added"
    CORRECTED = "corrected"  # the insurance decided anew, and less is owed
    PAYMENT_CAME_BACK = "payment_came_back"
    NEW_TERMS = "new_terms"
    RE_AGED = "re_aged"
    RESUMED = "resumed"
    WAIVED = "waived"


NEW_AGREEMENTS = frozenset({ChangeKind.BALANCE_ADDED, ChangeKind.NEW_TERMS})
"""Terms of their own: as many installments as these say may be asked for from then on."""

AGREED_TO_FIRST = NEW_AGREEMENTS | {ChangeKind.RE_AGED}
"""Of no effect before the patient has agreed; of the others they are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A plan as it stands. ``charging``: numbers whose charge was started and is not decided."""

    version: PlanVersion
    paid_cents: int
    charging: frozenset[int] = frozenset()

    @property
    def progress(self) -> PlanProgress:
        return progress_of(self.version.installments, paid_cents=self.paid_cents)

    def movable(self, today: date) -> tuple[InstallmentProgress, ...]:
        """Open, not due before tomorrow, and not being charged."""
        return tuple(row for row in self.untouched() if row.installment.due_on > today)

    def untouched(self) -> tuple[InstallmentProgress, ...]:
        """Open, due or not, and not being charged."""
        return tuple(
            row for row in self.progress.open_rows if row.installment.number not in self.charging
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The next version. ``excess_cents`` were paid and are owed no more: a refund, or a credit.

    ``waived_back_cents`` had been let off, of shares that are no longer owed.
    """

    kind: ChangeKind
    version: PlanVersion
    excess_cents: int = 0
    waived_back_cents: int = 0

    @property
    def needs_consent(self) -> bool:
        return self.kind in AGREED_TO_FIRST


def changed(
    position: Position, installments: Iterable[Installment], *, kind: ChangeKind
) -> Changed:
    """The next version with these rows; a new agreement says how many there may be."""
    version = next_version(position.version, installments)
    if kind in NEW_AGREEMENTS:
        version = replace(version, agreed_count=counted(version.installments))
    progress = progress_of(version.installments, paid_cents=position.paid_cents)
    return Changed(kind=kind, version=version, excess_cents=progress.over_cents)


def with_left(position: Position, left: Mapping[int, int]) -> list[Installment]:
    """All rows, those named with other cents left; what was paid or waived of them stays."""
    return [
        replace(
            row.installment,
            cents=row.installment.cents - row.left_cents + left[row.installment.number],
        )
        if row.installment.number in left
        else row.installment
        for row in position.progress.rows
    ]


def less_from_the_end(rows: Sequence[InstallmentProgress], cents: int) -> dict[int, int]:
    """What is left of each row when the last ones give up ``cents`` first."""
    left = {}
    for row in reversed(rows):
        part = min(cents, row.left_cents)
        left[row.installment.number] = row.left_cents - part
        cents -= part
    return left


def spread(position: Position, cents: int, *, count: int, today: date) -> list[Installment]:
    """All rows, ``cents`` left in equal parts on the movable ones and on new ones at the end.

    ``count`` is how many there are to be, never fewer than are movable now.
    """
    movable = position.movable(today)
    parts = equal_parts(cents, max(count, len(movable)))
    kept = {row.installment.number: part for row, part in zip(movable, parts, strict=False)}
    return with_left(position, kept) + at_the_end(
        position.version, parts[len(movable) :], today=today
    )


def at_the_end(version: PlanVersion, parts: Sequence[int], *, today: date) -> list[Installment]:
    """New rows for these cents, on the next days of the rhythm after all others."""
    last = max([today, *(one.due_on for one in version.installments)])
    days = days_after(version.cadence, last, count=len(parts))
    return list(numbered(days, parts, first_number=version.last_number + 1))
