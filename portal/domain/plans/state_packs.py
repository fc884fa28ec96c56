"""Which state rules apply to a plan, and what they make of a practice's policy.

The law of the day of the act counts. Where the rules of a state were never read, our own strictest
defaults apply: no interest, no fees, nothing to an agency for 120 days. Another state's figures are
not put in their place: a law nobody read is for counsel, not for a guess.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from portal.domain.plans.cadence import Frequency
from portal.domain.plans.policy import MOST_INSTALLMENTS, PlanPolicy, Tier
from portal.domain.plans.state_pack import ProviderKind, StatePack, strictest
from portal.domain.plans.state_pack_data import PACKS

DEFAULTS: Final = StatePack(
    states=frozenset(),
    providers=frozenset(ProviderKind),
    in_force_from=date.min,
    max_apr_percent=0,
    agency_after_days=120,
    source="the portal's own defaults",
    checked_on=date.max,
)
"""What counts in every state, and alone where no law was read."""


_A_YEAR: Final = {
    Frequency.MONTHLY: 12,
    Frequency.TWICE_A_MONTH: 24,
    Frequency.EVERY_TWO_WEEKS: 26,
    Frequency.WEEKLY: 52,
}


def pack_for(
    states: Iterable[str],
    *,
    provider: ProviderKind,
    on: date,
    packs: Sequence[StatePack] = PACKS,
) -> StatePack:
    """The strictest of the states given: where the patient has their mail, where the practice is.

    Of a state that was read, the rules for such a provider that are in force on the day.
    """
    in_force = [one for one in packs if provider in one.providers and one.is_in_force(on)]
    found = [one for state in states for one in in_force if state in one.states]
    return strictest([DEFAULTS, *found])


def tightened(policy: PlanPolicy, pack: StatePack) -> PlanPolicy:
    """The practice's policy where it is kinder than the law, else the law."""
    return replace(
        policy,
        tiers=_long_enough(policy, pack.least_months),
        grace_days=max(policy.grace_days, pack.least_grace_days),
        default_not_before_days=max(policy.default_not_before_days, pack.default_not_before_days),
        agency_after_days=max(policy.agency_after_days, pack.agency_after_days),
    )


def _long_enough(policy: PlanPolicy, least_months: int) -> tuple[Tier, ...]:
    """Each tier allows so many months in the slowest rhythm that the practice offers."""
    a_year = min((_A_YEAR[one] for one in policy.frequencies), default=0)
    count = min(-(-least_months * a_year // 12), MOST_INSTALLMENTS)
    return tuple(
        replace(tier, most_installments=max(tier.most_installments, count)) for tier in policy.tiers
    )
