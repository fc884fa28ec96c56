"""Help with paying: who may get it by the practice's policy, and what it takes off each line.

The federal poverty guidelines are data of a year (42 USC 9902(2)). The policy is the practice's;
the defaults are for it to confirm. Whether 26 CFR 1.501(r) or a state's law asks for more, counsel
says.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from portal.domain.journal import Target

MONTHS_A_YEAR: Final = 12
MOST_PEOPLE: Final = 30
LATE_BILLS_WITHIN: Final = timedelta(days=730)
"""How long after the last covered day of service its bills are still looked for.

A default for a practice to confirm: insurance, an appeal or a dispute may take that long.
"""
_ALL: Final = 100


class IncomePeriod(StrEnum):
    """For what time an income was given; stable names."""

    MONTH = "month"
    YEAR = "year"


class ApplicationState(StrEnum):
    """How an application stands; stable names."""

    ASKED = "asked"
    PROPOSED = "proposed"  # decided by one, above what one may decide: a second one is asked
    GRANTED = "granted"
    STOPPED = "stopped"  # what was given stays; later bills get none
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


TRANSITIONS: Final[Mapping[ApplicationState, frozenset[ApplicationState]]] = {
    ApplicationState.ASKED: frozenset(
        {
            ApplicationState.PROPOSED,
            ApplicationState.GRANTED,
            ApplicationState.DENIED,
            ApplicationState.WITHDRAWN,
        }
    ),
    ApplicationState.PROPOSED: frozenset(
        {
            ApplicationState.ASKED,  # the second one says no, or the first one takes it back
            ApplicationState.GRANTED,
            ApplicationState.DENIED,  # by the second one
            ApplicationState.WITHDRAWN,
        }
    ),
    ApplicationState.GRANTED: frozenset({ApplicationState.STOPPED}),
    ApplicationState.STOPPED: frozenset(),
    ApplicationState.DENIED: frozenset(),
    ApplicationState.WITHDRAWN: frozenset(),
}

UNDECIDED: Final = frozenset({ApplicationState.ASKED, ApplicationState.PROPOSED})
"""The account is held: nothing is asked of the person meanwhile."""


HELPED: Final = frozenset({ApplicationState.GRANTED, ApplicationState.STOPPED})
"""Something may have been taken off: payers' later decisions may still put some of it back."""


class UnknownMoveError(ValueError):
    """An application cannot go from where it is to where it was sent."""


def require_move(present: ApplicationState, state: ApplicationState) -> None:
    """Raises UnknownMoveError."""
    if state not in TRANSITIONS[present]:
        raise UnknownMoveError(f"{present} to {state}")


@dataclass(frozen=True, slots=True)
class Guideline:
    """A year's poverty guideline of one part of the country, for a year's income."""

    first_cents: int
    further_cents: int  # for each further person

    def of(self, people: int) -> int:
        """In cents, for a household of so many."""
        return self.first_cents + self.further_cents * (people - 1)


@dataclass(frozen=True, slots=True)
class GuidelineYear:
    """``elsewhere`` counts but for the states that have their own."""

    in_force_from: date
    elsewhere: Guideline
    by_state: Mapping[str, Guideline]

    def for_state(self, state: str) -> Guideline:
        return self.by_state.get(state, self.elsewhere)


GUIDELINES: Final = (
    GuidelineYear(  # 90 FR 5917, January 17, 2025
        date(2025, 1, 15),
        Guideline(15_650_00, 5_500_00),
        {"AK": Guideline(19_550_00, 6_880_00), "HI": Guideline(17_990_00, 6_330_00)},
    ),
    GuidelineYear(  # 91 FR 1797, January 15, 2026
        date(2026, 1, 13),
        Guideline(15_960_00, 5_680_00),
        {"AK": Guideline(19_950_00, 7_100_00), "HI": Guideline(18_360_00, 6_530_00)},
    ),
)
"""The oldest first; the newest counts until another is put in."""


def guideline_on(day: date) -> GuidelineYear:
    """What is in force; before the first, the first."""
    found = [one for one in GUIDELINES if one.in_force_from <= day]
    return found[-1] if found else GUIDELINES[0]


@dataclass(frozen=True, slots=True)
class Band:
    """Up to so many percent of the guideline, so many percent are taken off."""

    up_to_percent: int
    off_percent: int


@dataclass(frozen=True, slots=True)
class AssistancePolicy:
    """A practice's. Bands rise in income and fall in help.

    ``reaches_back_days``: visits so long before the application are covered (26 CFR
    1.501(r)-6(c)(4) gives people 240 days from the first bill). ``alone_up_to_cents``: what one
    member of staff may take off; above it a second one agrees.
    """

    bands: tuple[Band, ...] = (Band(200, 100), Band(300, 50), Band(400, 25))
    good_for_months: int = 6
    reaches_back_days: int = 240
    alone_up_to_cents: int = 1_000_00

    def __post_init__(self) -> None:
        """Raises ValueError for a policy that helps nobody, or the richer more."""
        incomes = [band.up_to_percent for band in self.bands]
        off = [band.off_percent for band in self.bands]
        sound = incomes == sorted(set(incomes)) and off == sorted(set(off), reverse=True)
        if not self.bands or not sound or not all(0 < one <= _ALL for one in off):
            raise ValueError(self.bands)
        if not (1 <= self.good_for_months <= MONTHS_A_YEAR and self.reaches_back_days >= 0):
            raise ValueError(self)

    @property
    def ask_up_to_percent(self) -> int:
        """The highest income that a band speaks of."""
        return self.bands[-1].up_to_percent


@dataclass(frozen=True, slots=True)
class Household:
    """Who lives on what: ``income_cents`` before taxes, of all of them, in the period."""

    people: int
    income_cents: int
    period: IncomePeriod

    @property
    def yearly_cents(self) -> int:
        months = MONTHS_A_YEAR if self.period is IncomePeriod.MONTH else 1
        return self.income_cents * months


def percent_of_guideline(household: Household, *, state: str, on: date) -> int:
    """The year's income in percent of the guideline, rounded down: a cent over is not a band over.

    Raises ValueError for a household of nobody.
    """
    if household.people < 1:
        raise ValueError(household.people)
    guideline = guideline_on(on).for_state(state).of(household.people)
    return household.yearly_cents * _ALL // guideline


def help_for(policy: AssistancePolicy, percent: int) -> int:
    """How many percent may be taken off at this income; 0: by the bands nothing, ask still."""
    return next((band.off_percent for band in policy.bands if percent <= band.up_to_percent), 0)


def good_until(policy: AssistancePolicy, granted_on: date) -> date:
    """The last day of service that is covered, whenever its bill comes."""
    months = granted_on.month - 1 + policy.good_for_months
    year, month = granted_on.year + months // MONTHS_A_YEAR, months % MONTHS_A_YEAR + 1
    first = date(year, month, 1)
    following = (first + timedelta(days=31)).replace(day=1)
    return min(first + timedelta(days=granted_on.day - 1), following - timedelta(days=1))


def good_from(policy: AssistancePolicy, applied_on: date) -> date:
    """The oldest day of service that is covered."""
    return applied_on - timedelta(days=policy.reaches_back_days)


@dataclass(frozen=True, slots=True)
class LineToHelp:
    """A patient's line: open, paid by the patient here, and taken off as assistance before."""

    target: Target
    open_cents: int
    paid_cents: int
    helped_cents: int


@dataclass(frozen=True, slots=True)
class Relief:
    """What help does to one line: ``freed_cents`` of what was paid is credit; then it is let off.

    ``off_cents`` is never more than the line has open once that is freed.
    """

    target: Target
    freed_cents: int
    off_cents: int


def relief_of(lines: Iterable[LineToHelp], off_percent: int) -> Sequence[Relief]:
    """Off each line, in the person's favour to the cent, what help has not taken off yet."""
    if not 0 < off_percent <= _ALL:
        raise ValueError(off_percent)
    found = []
    for line in lines:
        share = line.open_cents + line.paid_cents + line.helped_cents
        due_off = -(-share * off_percent // _ALL) - line.helped_cents
        if due_off <= 0 or line.open_cents < 0:
            continue  # it has its help, or a payer's decision has still to be settled
        freed = min(max(0, due_off - line.open_cents), line.paid_cents)
        off = min(due_off, line.open_cents + freed)
        if off > 0:
            found.append(Relief(line.target, freed, off))
    return found


def given_by(source: str, givings: Sequence[tuple[str, int]], *, stands_cents: int) -> int:
    """What a source's givings still take off a visit, of the cents of all sources that stand.

    ``givings``: who took off how much, the oldest first. Payers' decisions put back the oldest
    first.
    """
    left, found = max(0, stands_cents), 0
    for giver, cents in reversed(givings):
        kept = min(cents, left)
        left -= kept
        if giver == source:
            found += kept
    return found
