"""A practice's rules for payment plans, with a date; what they are unless it decides otherwise."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from portal.domain.plans.cadence import Frequency

WITHOUT_DISCLOSURE: Final = 4
"""More installments than these need closed-end disclosures: 12 CFR 1026.1(c)(1)(iii), 1026.17."""

MOST_INSTALLMENTS: Final = 24
FEWEST_INSTALLMENTS: Final = 2
"""One payment on a later day is no plan."""


class Autopay(StrEnum):
    """Whether installments are charged to a saved method."""

    REQUIRED = "required"  # with a card: a debit may be no condition (12 CFR 1005.10(e))
    OPTIONAL = "optional"
    OFF = "off"


class NewBalances(StrEnum):
    """What becomes of a bill that comes while a plan runs."""

    ASK = "ask"
    ADD = "add"  # proposed with a new schedule; the patient agrees to it all the same
    SEPARATE = "separate"
    HOLD = "hold"  # not billed before the plan is over


class Overpayment(StrEnum):
    """What more money than is due does, where the payer does not say."""

    SHORTEN = "shorten"
    LOWER = "lower"
    PREPAY_NEXT = "prepay_next"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """For balances of this range, both ends included, at most so many installments."""

    from_cents: int
    up_to_cents: int
    most_installments: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DownPayment:
    """The larger of a share of the balance and an amount; none by default."""

    percent: int = 0
    least_cents: int = 0

    def of(self, balance_cents: int) -> int:
        """Rounded up to a whole cent, and never more than the balance."""
        share = -(-balance_cents * self.percent // 100)
        return min(max(share, self.least_cents), balance_cents)


_TIERS: Final = (
    Tier(from_cents=75_00, up_to_cents=500_00, most_installments=6),
    Tier(from_cents=500_01, up_to_cents=2_000_00, most_installments=12),
    Tier(from_cents=2_000_01, up_to_cents=20_000_00, most_installments=24),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPolicy:
    """What a manager sets. There is no interest and no fee to set.

    ``default_not_before_days`` and ``agency_after_days`` are what states raise; the rest is the
    practice's own. A running plan keeps the policy of the day it was agreed to.
    """

    tiers: tuple[Tier, ...] = _TIERS
    min_balance_cents: int = 75_00
    max_balance_cents: int = 20_000_00
    min_installment_cents: int = 25_00
    frequencies: frozenset[Frequency] = frozenset(Frequency)
    first_due_within_days: int = 30
    moves_off_holidays: bool = False
    down_payment: DownPayment = DownPayment()
    autopay: Autopay = Autopay.OPTIONAL
    new_balances: NewBalances = NewBalances.ASK
    max_active_plans: int = 3
    skips_per_year: int = 1
    least_paid_before_skip: int = 2  # installments
    move_date_max_days: int = 10
    reages_per_year: int = 1
    grace_days: int = 5
    misses_in_a_row: int = 2
    misses_in_a_year: int = 3
    cure_days: int = 14
    default_not_before_days: int = 0  # since the oldest installment that is open was due
    agency_after_days: int = 120  # since the first statement
    prenotice_days: int = 5
    debit_prenotice_days: int = 10  # bank debits whose amount varies: 12 CFR 1005.10(d)
    settlement_floor_percent: int = 50

    def most_installments(self, balance_cents: int) -> int:
        """By the tier of a balance; 0 where no tier has it."""
        for tier in self.tiers:
            if tier.from_cents <= balance_cents <= tier.up_to_cents:
                return tier.most_installments
        return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """A policy from a day on, until the next one."""

    in_force_from: date
    policy: PlanPolicy


def policy_in_force(versions: Iterable[PolicyVersion], on: date) -> PlanPolicy:
    """The newest that had begun; of two that begin on one day the later one listed.

    Before the first, and where there is none, the defaults.
    """
    begun = [one for one in versions if one.in_force_from <= on]
    if not begun:
        return PlanPolicy()
    newest = max(one.in_force_from for one in begun)
    return [one for one in begun if one.in_force_from == newest][-1].policy
