"""What contradicts itself in a policy: codes and values; sentences are made where it is shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from portal.domain.plans.cadence import Frequency
from portal.domain.plans.policy import (
    FEWEST_INSTALLMENTS,
    MOST_INSTALLMENTS,
    Autopay,
    PlanPolicy,
)

_DEBIT_NOTICE_DAYS: Final = 10
_WHOLE: Final = 100
_RANGES: Final = (  # field, least, most
    ("first_due_within_days", 1, 60),
    ("min_installment_cents", 1, 1_000_000_00),
    ("min_balance_cents", 1, 1_000_000_00),
    ("max_active_plans", 1, 20),
    ("skips_per_year", 0, 6),
    ("least_paid_before_skip", 0, MOST_INSTALLMENTS),
    ("move_date_max_days", 0, 27),
    ("reages_per_year", 0, 2),
    ("grace_days", 0, 90),
    ("misses_in_a_row", 1, MOST_INSTALLMENTS),
    ("misses_in_a_year", 1, MOST_INSTALLMENTS),
    ("cure_days", 1, 120),
    ("default_not_before_days", 0, 365),
    ("agency_after_days", 120, 730),
    ("prenotice_days", 1, 30),
    ("debit_prenotice_days", _DEBIT_NOTICE_DAYS, 30),
    ("settlement_floor_percent", 0, _WHOLE),
)


class PolicyFault(StrEnum):
    """Stable names. In brackets: the values of a PolicyFinding."""

    OUT_OF_RANGE = "out_of_range"  # what it is, the least, the most
    NO_FREQUENCY = "no_frequency"
    NO_TIER = "no_tier"
    TIER_UPSIDE_DOWN = "tier_upside_down"  # from, up to
    TIER_GAP = "tier_gap"  # the first balance without a tier, the last
    TIERS_OVERLAP = "tiers_overlap"  # the first balance with two, the last
    TIER_COUNT = "tier_count"  # what it is, the least, the most
    TIER_TOO_SMALL = "tier_too_small"  # its smallest balance, the least two payments come to
    BALANCES_UPSIDE_DOWN = "balances_upside_down"  # least, most
    DOWN_PAYMENT_TAKES_ALL = "down_payment_takes_all"  # the down payment, of the least balance
    MISSES_UPSIDE_DOWN = "misses_upside_down"  # in a row, in a year
    NOTICE_BEYOND_FIRST_DUE = "notice_beyond_first_due"  # notice days, first due within


@dataclass(frozen=True, slots=True)
class PolicyFinding:
    """One contradiction; ``field`` names the setting it is shown beside."""

    fault: PolicyFault
    field: str
    values: tuple[int, ...] = ()


def policy_findings(policy: PlanPolicy) -> tuple[PolicyFinding, ...]:
    """Everything that keeps a policy from being put in force; empty when it may be."""
    return (
        *_ranges(policy),
        *_frequencies(policy),
        *_tiers(policy),
        *_balances(policy),
        *_notices(policy),
    )


def _ranges(policy: PlanPolicy) -> Iterator[PolicyFinding]:
    values = [(field, getattr(policy, field), least, most) for field, least, most in _RANGES]
    values.append(("down_payment.percent", policy.down_payment.percent, 0, _WHOLE // 2))
    values.append(
        ("down_payment.least_cents", policy.down_payment.least_cents, 0, policy.max_balance_cents)
    )
    for field, value, least, most in values:
        if not least <= value <= most:
            yield PolicyFinding(PolicyFault.OUT_OF_RANGE, field, (value, least, most))


def _frequencies(policy: PlanPolicy) -> Iterator[PolicyFinding]:
    if not policy.frequencies & frozenset(Frequency):
        yield PolicyFinding(PolicyFault.NO_FREQUENCY, "frequencies")


def _tiers(policy: PlanPolicy) -> Iterator[PolicyFinding]:
    if not policy.tiers:
        yield PolicyFinding(PolicyFault.NO_TIER, "tiers")
        return
    for tier in policy.tiers:
        if tier.from_cents > tier.up_to_cents:
            values = (tier.from_cents, tier.up_to_cents)
            yield PolicyFinding(PolicyFault.TIER_UPSIDE_DOWN, "tiers", values)
        if not FEWEST_INSTALLMENTS <= tier.most_installments <= MOST_INSTALLMENTS:
            count = (tier.most_installments, FEWEST_INSTALLMENTS, MOST_INSTALLMENTS)
            yield PolicyFinding(PolicyFault.TIER_COUNT, "tiers", count)
        smallest = max(tier.from_cents, policy.min_balance_cents)
        financed = smallest - policy.down_payment.of(smallest)
        least = FEWEST_INSTALLMENTS * policy.min_installment_cents
        if financed < least:
            yield PolicyFinding(PolicyFault.TIER_TOO_SMALL, "tiers", (smallest, least))
    ranges = sorted((one.from_cents, one.up_to_cents) for one in policy.tiers)
    ends_before = (0, policy.min_balance_cents - 1)
    begins_after = (policy.max_balance_cents + 1, policy.max_balance_cents + 1)
    for (_, end), (begin, _) in pairwise([ends_before, *ranges, begins_after]):
        first, last = end + 1, begin - 1
        if max(first, policy.min_balance_cents) <= min(last, policy.max_balance_cents):
            yield PolicyFinding(PolicyFault.TIER_GAP, "tiers", (first, last))
    for (_, end), (begin, _) in pairwise(ranges):
        if begin <= end:
            yield PolicyFinding(PolicyFault.TIERS_OVERLAP, "tiers", (begin, end))


def _balances(policy: PlanPolicy) -> Iterator[PolicyFinding]:
    least, most = policy.min_balance_cents, policy.max_balance_cents
    if least > most:
        yield PolicyFinding(PolicyFault.BALANCES_UPSIDE_DOWN, "max_balance_cents", (least, most))
    down = policy.down_payment.of(least)
    if 0 < least <= down:
        yield PolicyFinding(PolicyFault.DOWN_PAYMENT_TAKES_ALL, "down_payment", (down, least))
    if policy.misses_in_a_row > policy.misses_in_a_year:
        values = (policy.misses_in_a_row, policy.misses_in_a_year)
        yield PolicyFinding(PolicyFault.MISSES_UPSIDE_DOWN, "misses_in_a_row", values)


def _notices(policy: PlanPolicy) -> Iterator[PolicyFinding]:
    """Where everything is charged, the first charge could not be announced in time."""
    within, notice = policy.first_due_within_days, policy.prenotice_days
    if policy.autopay is Autopay.REQUIRED and within <= notice:
        values = (notice, within)
        yield PolicyFinding(PolicyFault.NOTICE_BEYOND_FIRST_DUE, "prenotice_days", values)
