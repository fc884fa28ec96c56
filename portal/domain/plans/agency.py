"""What may be handed to a collection agency: only what nothing speaks against.

While a plan is live, also one that was behind and has caught up, what it covers is never placed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from portal.domain.plans.policy import PlanPolicy
from portal.domain.plans.states import LIVE, PlanState

FINAL_NOTICE_DAYS: Final = 30
"""Between the final notice and the agency: 26 CFR 1.501(r)-6(c)(4). Colorado and New Jersey ask for
as many; we give them everywhere."""

_ONE_DAY: Final = timedelta(days=1)


class AgencyReason(StrEnum):
    """Stable names. In brackets: what ``AgencyRefusal.day`` is."""

    LIVE_PLAN = "live_plan"
    PLAN_CHOSEN = "plan_chosen"  # and not agreed to yet
    DISPUTED = "disputed"
    ASSISTANCE_PENDING = "assistance_pending"
    INSURANCE_PENDING = "insurance_pending"
    ACCOUNT_HOLD = "account_hold"
    MONEY_HERE = "money_here"  # credit, or money on its way: it is used first
    NEVER_BILLED = "never_billed"
    UNDELIVERED = "undelivered"
    TOO_YOUNG = "too_young"  # the first day it may be placed
    NOT_NOTICED = "not_noticed"  # nobody was told that it may go
    NOTICE_RUNS = "notice_runs"  # the first day after it
    PROMISE_OPEN = "promise_open"  # the day promised


@dataclass(frozen=True, slots=True)
class AgencyRefusal:
    """One reason not to place a balance."""

    reason: AgencyReason
    day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyFacts:
    """Of one balance. ``plan_states``: of every plan that covers or covered a part of it.

    ``noticed_on``: the day from which the final notice of it counts.
    """

    plan_states: frozenset[PlanState]
    first_statement_on: date | None
    is_undelivered: bool
    is_disputed: bool
    is_assistance_pending: bool
    is_insurance_pending: bool
    has_account_hold: bool
    has_money_here: bool = False
    promised_for: date | None = None
    noticed_on: date | None = None


def agency_refusals(
    facts: AgencyFacts, *, policy: PlanPolicy, today: date
) -> tuple[AgencyRefusal, ...]:
    """Everything that speaks against it; empty: it may be placed. ``policy`` is tightened."""
    return (*_by_plan(facts), *_by_hold(facts), *_by_days(facts, policy, today))


def may_place(facts: AgencyFacts, *, policy: PlanPolicy, today: date) -> bool:
    return not agency_refusals(facts, policy=policy, today=today)


def _by_plan(facts: AgencyFacts) -> Iterator[AgencyRefusal]:
    if facts.plan_states & LIVE:
        yield AgencyRefusal(AgencyReason.LIVE_PLAN)
    if PlanState.PENDING_CONSENT in facts.plan_states:
        yield AgencyRefusal(AgencyReason.PLAN_CHOSEN)


def _by_hold(facts: AgencyFacts) -> Iterator[AgencyRefusal]:
    reasons = (
        (facts.is_disputed, AgencyReason.DISPUTED),
        (facts.is_assistance_pending, AgencyReason.ASSISTANCE_PENDING),
        (facts.is_insurance_pending, AgencyReason.INSURANCE_PENDING),
        (facts.has_account_hold, AgencyReason.ACCOUNT_HOLD),
        (facts.has_money_here, AgencyReason.MONEY_HERE),
        (facts.is_undelivered, AgencyReason.UNDELIVERED),
    )
    for stands, reason in reasons:
        if stands:
            yield AgencyRefusal(reason)


def _by_days(facts: AgencyFacts, policy: PlanPolicy, today: date) -> Iterator[AgencyRefusal]:
    """26 CFR 1.501(r)-6: so many whole days after the first statement."""
    if facts.first_statement_on is None:
        yield AgencyRefusal(AgencyReason.NEVER_BILLED)
        return
    first_day = facts.first_statement_on + timedelta(days=policy.agency_after_days) + _ONE_DAY
    if today < first_day:
        yield AgencyRefusal(AgencyReason.TOO_YOUNG, first_day)
    if facts.noticed_on is None:
        yield AgencyRefusal(AgencyReason.NOT_NOTICED)
    elif today <= facts.noticed_on + timedelta(days=FINAL_NOTICE_DAYS):
        yield AgencyRefusal(
            AgencyReason.NOTICE_RUNS,
            facts.noticed_on + timedelta(days=FINAL_NOTICE_DAYS) + _ONE_DAY,
        )
    if facts.promised_for is not None and today <= facts.promised_for:
        yield AgencyRefusal(AgencyReason.PROMISE_OPEN, facts.promised_for)
