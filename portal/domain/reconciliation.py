"""Four books beside each other: the processor's, our payments, our journal, the practice's system.

One row is one payment, refund or dispute with what each book says; a difference has a name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final


class Difference(StrEnum):
    """Stable names: the CSV and the command line print them."""

    ONLY_AT_STRIPE = "only_at_stripe"
    ONLY_WITH_US = "only_with_us"
    AMOUNT_DIFFERS = "amount_differs"
    NOT_IN_PRACTICE_SYSTEM = "not_in_practice_system"
    REFUSED_BY_PRACTICE_SYSTEM = "refused_by_practice_system"
    ON_ITS_WAY = "on_its_way"  # a bank decides for days; posted when it has
    ANOTHER_DAY = "another_day"


EXPECTED: Final = frozenset({Difference.ON_ITS_WAY, Difference.ANOTHER_DAY})
"""Named so that the day's totals tie, and nothing that anybody has to mend."""


class PracticeState(StrEnum):
    """How far the practice's system is with what it must know of a row, the least of all posts."""

    NOTHING_TO_TELL = "nothing_to_tell"
    WAITING = "waiting"
    REFUSED = "refused"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class FourSides:
    """What the books say about one thing. None: the book does not know it.

    ``stripe_day_cents`` and ``journal_day_cents`` are the parts that fell on the day looked at.
    """

    stripe_cents: int | None
    ours_cents: int | None
    journal_cents: int | None
    practice: PracticeState
    is_on_its_way: bool = False
    stripe_day_cents: int = 0
    journal_day_cents: int = 0


def differences(sides: FourSides) -> tuple[Difference, ...]:
    """Everything that does not agree; none is a row that is matched."""
    found = [*_between_books(sides)]
    if not found and sides.stripe_day_cents != sides.journal_day_cents:
        found.append(Difference.ANOTHER_DAY)
    if sides.practice is PracticeState.WAITING:
        found.append(Difference.NOT_IN_PRACTICE_SYSTEM)
    elif sides.practice is PracticeState.REFUSED:
        found.append(Difference.REFUSED_BY_PRACTICE_SYSTEM)
    return tuple(found)


def _between_books(sides: FourSides) -> Iterable[Difference]:
    if sides.stripe_cents is None:
        if sides.journal_cents or sides.ours_cents:
            yield Difference.ONLY_WITH_US
    elif sides.journal_cents is None:
        if sides.is_on_its_way:
            yield Difference.ON_ITS_WAY
        elif sides.stripe_cents or sides.ours_cents:
            yield Difference.ONLY_AT_STRIPE
    elif not sides.stripe_cents == sides.journal_cents == (sides.ours_cents or 0):
        yield Difference.AMOUNT_DIFFERS


@dataclass(frozen=True, slots=True)
class DayTotals:
    """What the books say of one day, each added up by itself. Cents, signs as at the processor."""

    day: date
    stripe_cents: int
    fee_cents: int
    journal_cents: int
    rows_stripe_cents: int
    rows_journal_cents: int

    @property
    def ties(self) -> bool:
        """The rows explain both totals, to the cent."""
        return (
            self.stripe_cents == self.rows_stripe_cents
            and self.journal_cents == self.rows_journal_cents
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in clearing, and what the processor says it holds."""

    clearing_cents: int
    balance_cents: int
    payouts_under_way_cents: int
    fees_to_come_cents: int
    not_in_books_cents: int

    @property
    def unexplained_cents(self) -> int:
        """Zero when clearing is what the processor has not paid out."""
        return self.clearing_cents - (
            self.balance_cents
            + self.payouts_under_way_cents
            + self.fees_to_come_cents
            - self.not_in_books_cents
        )
