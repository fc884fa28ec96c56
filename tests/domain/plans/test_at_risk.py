"""Each rule by which a plan is on the list, and when it is not."""

from dataclasses import replace
from datetime import date

import pytest

from portal.domain.plans.at_risk import Risk, RiskFacts, RiskRule, risks
from portal.domain.plans.standing import Miss
from portal.domain.plans.states import InstallmentState
from tests.domain.plans.plan_stories import version_of

APRIL, MAY, JUNE = (date(2026, month, 1) for month in (4, 5, 6))
TODAY = date(2026, 4, 20)
PLAN = version_of(200_00, 4, first_due_on=APRIL)
FACTS = RiskFacts(version=PLAN, paid_cents=50_00, states={1: InstallmentState.PAID})


def moved(*numbers: int) -> RiskFacts:
    rows = tuple(
        replace(one, moved_from=one.due_on) if one.number in numbers else one
        for one in PLAN.installments
    )
    return replace(FACTS, version=replace(PLAN, installments=rows))


def test_a_plan_that_goes_well_is_on_no_list() -> None:
    assert risks(FACTS, today=TODAY) == ()


@pytest.mark.parametrize(
    ("facts", "risk"),
    [
        (
            replace(FACTS, misses=(Miss(1, APRIL, date(2026, 4, 7)),)),
            Risk(RiskRule.FIRST_MISSED, APRIL),
        ),
        (
            replace(FACTS, states={2: InstallmentState.RETRY_SCHEDULED}),
            Risk(RiskRule.LAST_TRY_DECLINED, MAY),
        ),
        (
            replace(FACTS, states={2: InstallmentState.FAILED}),
            Risk(RiskRule.LAST_TRY_DECLINED, MAY),
        ),
        (replace(FACTS, card_ends_on=MAY), Risk(RiskRule.CARD_EXPIRES_FIRST, MAY)),
        (moved(2, 3), Risk(RiskRule.MOVED_TWICE, JUNE)),
        (
            replace(FACTS, promise_broken_on=date(2026, 4, 15)),
            Risk(RiskRule.PROMISE_BROKEN, date(2026, 4, 15)),
        ),
        (
            replace(FACTS, cure_until=date(2026, 4, 25)),
            Risk(RiskRule.CURE_ENDS, date(2026, 4, 25)),
        ),
    ],
)
def test_each_rule_says_its_day(facts: RiskFacts, risk: Risk) -> None:
    assert risks(facts, today=TODAY) == (risk,)


@pytest.mark.parametrize(
    "facts",
    [
        replace(FACTS, misses=(Miss(2, MAY, date(2026, 5, 7)),)),
        replace(FACTS, card_ends_on=JUNE),
        moved(2, 4),
        replace(FACTS, promise_broken_on=date(2026, 1, 19)),
        replace(FACTS, cure_until=date(2026, 4, 26)),
    ],
)
def test_no_rule_holds_a_day_too_early_or_too_late(facts: RiskFacts) -> None:
    assert risks(facts, today=TODAY) == ()
