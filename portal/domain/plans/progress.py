"""How far a plan has come: what was paid on it fills its installments in order, oldest first.

Which installment a payment was meant for does not matter; only extra money has a row of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from portal.domain.plans.schedule import Installment, in_order

LEAST_ASKED_CENTS: Final = 50
"""Stripe's least for US dollars; what is less goes as a small balance, or is paid at the desk."""


@dataclass(frozen=True, slots=True)
class InstallmentProgress:
    """Paid, left and waived of one installment: together its cents."""

    installment: Installment
    paid_cents: int
    left_cents: int

    @property
    def is_open(self) -> bool:
        return self.left_cents > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanProgress:
    """All rows in order. ``over_cents`` were paid, and no installment asks for them."""

    rows: tuple[InstallmentProgress, ...]
    over_cents: int

    @property
    def principal_cents(self) -> int:
        return sum(row.installment.cents for row in self.rows)

    @property
    def paid_cents(self) -> int:
        """Without ``over_cents``."""
        return sum(row.paid_cents for row in self.rows)

    @property
    def waived_cents(self) -> int:
        return sum(row.installment.waived_cents for row in self.rows)

    @property
    def left_cents(self) -> int:
        return sum(row.left_cents for row in self.rows)

    @property
    def is_finished(self) -> bool:
        """Less than can be paid by card is no reason to keep a plan: it stays on the account."""
        return self.left_cents < LEAST_ASKED_CENTS

    @property
    def open_rows(self) -> tuple[InstallmentProgress, ...]:
        return tuple(row for row in self.rows if row.is_open)

    def row(self, number: int) -> InstallmentProgress | None:
        return next((row for row in self.rows if row.installment.number == number), None)

    def paid_by(self, cents: int) -> tuple[tuple[InstallmentProgress, int], ...]:
        """Which rows a further payment of so much would pay, the oldest first, and what of each."""
        parts, money = [], cents
        for row in self.open_rows:
            part = min(money, row.left_cents)
            if part > 0:
                parts.append((row, part))
            money -= part
        return tuple(parts)

    def next_due(self, today: date) -> InstallmentProgress | None:
        """The first that is open and due today or later."""
        return next((row for row in self.open_rows if row.installment.due_on >= today), None)

    def due_cents(self, by: date) -> int:
        """Open, of everything due by that day, the day itself included."""
        return sum(row.left_cents for row in self.open_rows if row.installment.due_on <= by)

    def overdue_since(self, today: date) -> date | None:
        """The day of the oldest installment that is open and was due before today."""
        oldest = next(iter(self.open_rows), None)
        if oldest is None or oldest.installment.due_on >= today:
            return None
        return oldest.installment.due_on

    def extra_cents(self, cents: int, *, today: date) -> int:
        """The part of a payment that is neither due by today nor the next installment's."""
        following = next((r for r in self.open_rows if r.installment.due_on > today), None)
        asked = self.due_cents(today)
        if not asked and following is not None:
            asked = following.left_cents
        return max(cents - asked, 0)


def progress_of(installments: Iterable[Installment], *, paid_cents: int) -> PlanProgress:
    """``paid_cents``: what stands on the plan today, refunds and returns taken off."""
    rows: list[InstallmentProgress] = []
    money = paid_cents
    for one in in_order(installments):
        paid = min(money, one.asked_cents)
        rows.append(InstallmentProgress(one, paid, one.asked_cents - paid))
        money -= paid
    return PlanProgress(rows=tuple(rows), over_cents=money)
