"""Which state rules apply to a plan, and what they make of a practice's policy.

The law of the day of the act counts. Where the rules of a state were never read, our own strictest
defaults apply: no interest, no fees, nothing to an agency for 120 days. Another state's figures are
not put in their place: a law nobody read is for counsel, not for a guess.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from portal.domain.plans.policy import PlanPolicy
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
        grace_days=max(policy.grace_days, pack.least_grace_days),
        default_not_before_days=max(policy.default_not_before_days, pack.default_not_before_days),
        agency_after_days=max(policy.agency_after_days, pack.agency_after_days),
    )
