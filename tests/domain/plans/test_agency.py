"""Nothing goes to an agency while anything speaks against it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.domain.plans.agency import (
    AgencyFacts,
    AgencyReason,
    AgencyRefusal,
    agency_refusals,
    may_place,
)
from portal.domain.plans.policy import PlanPolicy
from portal.domain.plans.states import LIVE, PlanState

TODAY = date(2026, 9, 1)
POLICY = PlanPolicy()
FACTS = AgencyFacts(
    plan_states=frozenset({PlanState.DEFAULTED, PlanState.CANCELLED_BY_PATIENT}),
    first_statement_on=date(2026, 4, 1),
    is_undelivered=False,
    is_disputed=False,
    is_assistance_pending=False,
    is_insurance_pending=False,
    has_account_hold=False,
    noticed_on=date(2026, 6, 1),
)


def refused(facts: AgencyFacts, *, today: date = TODAY) -> tuple[AgencyRefusal, ...]:
    return agency_refusals(facts, policy=POLICY, today=today)


def test_an_old_debt_that_nothing_speaks_for_may_be_placed() -> None:
    assert refused(FACTS) == ()
    assert may_place(FACTS, policy=POLICY, today=TODAY)


@pytest.mark.parametrize("state", sorted(LIVE))
def test_what_is_on_a_live_plan_is_never_placed(state: PlanState) -> None:
    """One that was behind and has caught up is active again."""
    facts = replace(FACTS, plan_states=FACTS.plan_states | {state})
    assert refused(facts) == (AgencyRefusal(AgencyReason.LIVE_PLAN),)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        (
            replace(FACTS, plan_states=frozenset({PlanState.PENDING_CONSENT})),
            AgencyRefusal(AgencyReason.PLAN_CHOSEN),
        ),
        (replace(FACTS, is_disputed=True), AgencyRefusal(AgencyReason.DISPUTED)),
        (
            replace(FACTS, is_assistance_pending=True),
            AgencyRefusal(AgencyReason.ASSISTANCE_PENDING),
        ),
        (
            replace(FACTS, is_insurance_pending=True),
            AgencyRefusal(AgencyReason.INSURANCE_PENDING),
        ),
        (replace(FACTS, has_account_hold=True), AgencyRefusal(AgencyReason.ACCOUNT_HOLD)),
        (replace(FACTS, is_undelivered=True), AgencyRefusal(AgencyReason.UNDELIVERED)),
        (replace(FACTS, first_statement_on=None), AgencyRefusal(AgencyReason.NEVER_BILLED)),
        (
            replace(FACTS, promised_for=TODAY),
            AgencyRefusal(AgencyReason.PROMISE_OPEN, TODAY),
        ),
    ],
)
def test_each_reason_alone_is_enough(facts: AgencyFacts, refusal: AgencyRefusal) -> None:
    assert refused(facts) == (refusal,)
    assert not may_place(facts, policy=POLICY, today=TODAY)


def test_a_promise_that_was_not_kept_is_open_no_more() -> None:
    assert refused(replace(FACTS, promised_for=TODAY - timedelta(days=1))) == ()


@pytest.mark.parametrize(("days", "may"), [(119, False), (120, False), (121, True)])
def test_a_debt_is_placed_after_120_whole_days(
    days: int,
    may: bool,  # noqa: FBT001 — a column of the table
) -> None:
    today = date(2026, 4, 1) + timedelta(days=days)
    assert may_place(FACTS, policy=POLICY, today=today) is may
    if not may:
        (refusal,) = refused(FACTS, today=today)
        assert refusal == AgencyRefusal(AgencyReason.TOO_YOUNG, date(2026, 7, 31))


def test_a_state_that_waits_longer_is_waited_for() -> None:
    policy = replace(POLICY, agency_after_days=182)
    assert not may_place(FACTS, policy=policy, today=date(2026, 9, 30))
    assert may_place(FACTS, policy=policy, today=date(2026, 10, 1))


def test_nothing_goes_without_a_final_notice_nor_within_thirty_days_of_it() -> None:
    """26 CFR 1.501(r)-6(c)(4)."""
    assert refused(replace(FACTS, noticed_on=None)) == (AgencyRefusal(AgencyReason.NOT_NOTICED),)
    last = replace(FACTS, noticed_on=TODAY - timedelta(days=30))
    runs = AgencyRefusal(AgencyReason.NOTICE_RUNS, TODAY + timedelta(days=1))
    assert refused(last) == (runs,)
    assert refused(last, today=TODAY + timedelta(days=1)) == ()
