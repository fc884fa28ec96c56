"""How a plan stands, day by day: due, past due, missed, to be caught up, in default, completed."""

from datetime import date, timedelta

import pytest

from portal.domain.plans.policy import PlanPolicy
from portal.domain.plans.standing import (
    LEAST_DAYS_AFTER_PAUSE,
    Miss,
    PlanHold,
    Standing,
    StandingEvent,
    StandingEventKind,
)
from portal.domain.plans.states import InstallmentState, PlanState
from tests.domain.plans.plan_stories import BEGIN, POLICY, Story, version_of

APRIL = date(2026, 4, 1)
DUE, MISSED = InstallmentState.DUE, InstallmentState.MISSED
SCHEDULED, PAID = InstallmentState.SCHEDULED, InstallmentState.PAID


def story(*, policy: PlanPolicy = POLICY) -> Story:
    """Four times $50.00 on the first, from April; grace to the 6th."""
    return Story(version_of(200_00, 4, first_due_on=APRIL), policy=policy)


def until(plan: Story, day: date) -> None:
    plan.wait((day - plan.today).days)


def on(plan: Story, day: date) -> Standing:
    """Nobody looked before that day."""
    plan.today = day
    return plan.settle()


def kinds(standing: Standing) -> list[StandingEventKind]:
    return [one.kind for one in standing.events]


def test_an_installment_falls_due_on_its_day() -> None:
    plan = story()
    until(plan, APRIL - timedelta(days=1))
    assert plan.states[1] is SCHEDULED
    standing = on(plan, APRIL)
    assert standing.events == (StandingEvent(StandingEventKind.FELL_DUE, 1),)
    assert plan.states == {1: DUE, 2: SCHEDULED, 3: SCHEDULED, 4: SCHEDULED}
    assert standing.past_due_since is None


@pytest.mark.parametrize(
    ("day", "state", "first"),
    [
        (date(2026, 4, 6), PlanState.ACTIVE, DUE),
        (date(2026, 4, 7), PlanState.PAST_DUE, MISSED),
    ],
)
def test_five_days_of_grace_are_whole_days(
    day: date, state: PlanState, first: InstallmentState
) -> None:
    plan = story()
    until(plan, day)
    assert (plan.state, plan.states[1]) == (state, first)


def test_a_miss_has_the_day_the_grace_ended_even_if_nobody_looked_for_days() -> None:
    plan = story()
    standing = on(plan, date(2026, 4, 20))
    assert standing.misses == (Miss(1, APRIL, date(2026, 4, 7)),)
    assert (standing.past_due_since, standing.past_due_cents) == (APRIL, 50_00)
    assert kinds(standing) == [
        StandingEventKind.FELL_DUE,
        StandingEventKind.MISSED,
        StandingEventKind.PAST_DUE,
    ]


def test_a_part_leaves_the_installment_missed_and_less_past_due() -> None:
    plan = story()
    until(plan, APRIL)
    plan.pay(20_00)
    assert plan.states[1] is InstallmentState.PARTIALLY_PAID
    standing = on(plan, date(2026, 4, 7))
    assert standing.past_due_cents == 30_00
    assert plan.states[1] is MISSED


def test_who_pays_late_has_caught_up_and_the_miss_stays_counted() -> None:
    plan = story()
    until(plan, date(2026, 4, 10))
    plan.paid_cents = 50_00
    standing = plan.settle()
    assert kinds(standing) == [StandingEventKind.CAUGHT_UP]
    assert (plan.state, plan.states[1], len(plan.misses)) == (PlanState.ACTIVE, PAID, 1)


def test_two_missed_in_a_row_open_fourteen_days_and_then_the_plan_is_in_default() -> None:
    plan = story()
    until(plan, date(2026, 5, 6))
    assert plan.cure_until is None
    standing = on(plan, date(2026, 5, 7))
    assert StandingEventKind.CURE_OPENED in kinds(standing)
    assert plan.cure_until == date(2026, 5, 21)
    until(plan, date(2026, 5, 21))
    assert plan.state is PlanState.PAST_DUE
    standing = on(plan, date(2026, 5, 22))
    assert kinds(standing) == [StandingEventKind.DEFAULTED]
    assert standing.state is PlanState.DEFAULTED


def test_the_days_to_catch_up_begin_when_the_patient_can_be_told() -> None:
    plan = story()
    on(plan, date(2026, 5, 18))
    assert plan.cure_until == date(2026, 6, 1)


def test_the_whole_arrears_cure_and_so_does_one_of_two_installments() -> None:
    for cents, state in ((100_00, PlanState.ACTIVE), (50_00, PlanState.PAST_DUE)):
        plan = story()
        until(plan, date(2026, 5, 10))
        plan.paid_cents = cents
        assert StandingEventKind.CURED in kinds(plan.settle())
        assert (plan.state, plan.cure_until) == (state, None)


def test_a_part_of_the_oldest_cures_nothing() -> None:
    plan = story()
    until(plan, date(2026, 5, 10))
    plan.pay(49_99)
    until(plan, date(2026, 5, 22))
    assert plan.state is PlanState.DEFAULTED


def test_the_third_miss_in_twelve_months_opens_the_days_although_each_was_made_good() -> None:
    plan = Story(version_of(600_00, 12, first_due_on=APRIL))
    for month in (4, 5, 6):
        until(plan, date(2026, month, 7))
        assert plan.state is PlanState.PAST_DUE
        assert (plan.cure_until is not None) is (month == 6)
        plan.pay(50_00)
    assert (plan.state, plan.cure_until) == (PlanState.ACTIVE, None)


def test_a_miss_of_more_than_twelve_months_ago_is_forgotten() -> None:
    plan = Story(version_of(800_00, 12, first_due_on=APRIL))
    plan.misses = (
        Miss(98, date(2025, 3, 1), date(2025, 4, 6)),
        Miss(99, date(2025, 3, 8), date(2025, 4, 8)),
    )
    until(plan, date(2026, 4, 7))
    assert plan.state is PlanState.PAST_DUE
    assert plan.cure_until is None  # two, with the one of today
    plan.misses = (*plan.misses, Miss(97, date(2025, 5, 1), date(2025, 5, 7)))
    assert StandingEventKind.CURE_OPENED in kinds(plan.settle())


def test_a_law_that_waits_longer_moves_the_last_day() -> None:
    """California, hospitals: no default within 90 days."""
    plan = story(policy=PlanPolicy(default_not_before_days=90))
    until(plan, date(2026, 5, 7))
    assert plan.cure_until == APRIL + timedelta(days=90)


@pytest.mark.parametrize("hold", PlanHold)
def test_while_anything_holds_a_plan_nothing_falls_due_and_nothing_is_missed(
    hold: PlanHold,
) -> None:
    plan = story()
    plan.hold(hold)
    assert plan.state is PlanState.PAUSED
    until(plan, date(2026, 9, 1))
    assert plan.misses == ()
    assert set(plan.states.values()) == {SCHEDULED}


@pytest.mark.parametrize("hold", PlanHold)
def test_days_to_catch_up_stand_still_during_a_hold_and_go_on_after_it(hold: PlanHold) -> None:
    plan = story()
    until(plan, date(2026, 5, 10))
    plan.hold(hold)
    until(plan, date(2026, 8, 1))
    assert plan.state is PlanState.PAUSED
    plan.holds, plan.grace_from = frozenset(), plan.today
    standing = plan.settle()
    assert kinds(standing) == [
        StandingEventKind.FELL_DUE,
        StandingEventKind.FELL_DUE,
        StandingEventKind.PAST_DUE,
        StandingEventKind.CURE_OPENED,
    ]
    assert plan.cure_until == date(2026, 8, 12)  # eleven days were left
    assert len(plan.misses) == 2


def test_who_asks_for_help_again_and_again_has_no_new_fourteen_days_each_time() -> None:
    """Only so many that the answer can be read."""
    plan = story()
    until(plan, date(2026, 5, 10))
    left = []
    for _ in range(3):
        plan.hold(PlanHold.ASSISTANCE_PENDING)
        plan.wait(30)
        plan.holds, plan.grace_from = frozenset(), plan.today
        plan.settle()
        assert plan.cure_until is not None
        left.append((plan.cure_until - plan.today).days)
        plan.wait(5)
    assert left == [11, 6, LEAST_DAYS_AFTER_PAUSE]
    plan.wait(1)
    assert plan.state is PlanState.DEFAULTED


def test_who_catches_up_after_a_hold_has_all_days_the_next_time() -> None:
    plan = story()
    until(plan, date(2026, 5, 10))
    plan.hold(PlanHold.DISPUTED)
    plan.pay(plan.progress.due_cents(plan.today))
    plan.release()
    assert (plan.cure_until, plan.cure_days) == (None, None)


def test_after_a_hold_the_days_of_grace_are_counted_from_its_end() -> None:
    plan = story()
    plan.hold(PlanHold.DISPUTED)
    until(plan, date(2026, 4, 20))
    plan.holds, plan.grace_from = frozenset(), plan.today
    assert kinds(plan.settle()) == [StandingEventKind.FELL_DUE, StandingEventKind.RESUMED]
    until(plan, date(2026, 4, 25))
    assert plan.state is PlanState.ACTIVE
    until(plan, date(2026, 4, 26))
    assert plan.misses == (Miss(1, APRIL, date(2026, 4, 26)),)


def test_money_on_its_way_is_not_late_and_no_plan_is_in_default_while_it_is() -> None:
    plan = story()
    until(plan, APRIL)
    plan.states[1] = InstallmentState.PROCESSING
    until(plan, date(2026, 4, 10))
    assert (plan.state, plan.misses) == (PlanState.ACTIVE, ())
    late = story()
    until(late, date(2026, 5, 20))
    late.states[1] = InstallmentState.PROCESSING
    until(late, date(2026, 5, 30))
    assert late.state is PlanState.PAST_DUE
    assert late.cure_until == date(2026, 5, 21)
    late.states[1] = InstallmentState.FAILED
    assert kinds(late.settle()) == [StandingEventKind.DEFAULTED]


def test_nobody_is_late_or_in_default_while_the_notice_of_a_charge_runs() -> None:
    plan = story()
    plan.announced = frozenset({1})
    until(plan, date(2026, 4, 12))
    assert (plan.state, plan.states[1], plan.misses) == (PlanState.ACTIVE, DUE, ())
    plan.announced = frozenset()
    assert kinds(plan.settle()) == [StandingEventKind.MISSED, StandingEventKind.PAST_DUE]
    late = story()
    until(late, date(2026, 5, 20))
    late.announced = frozenset({1})
    until(late, date(2026, 5, 30))
    assert late.state is PlanState.PAST_DUE
    late.announced = frozenset({3})  # what is not missed keeps no plan from its end
    assert StandingEventKind.DEFAULTED in kinds(late.settle())


def test_what_is_to_be_tried_again_is_past_due_and_missed_only_after_the_last_try() -> None:
    plan = story()
    until(plan, APRIL)
    plan.states[1] = InstallmentState.RETRY_SCHEDULED
    until(plan, date(2026, 4, 8))
    assert (plan.state, plan.misses) == (PlanState.PAST_DUE, ())
    assert plan.states[1] is InstallmentState.RETRY_SCHEDULED
    plan.states[1] = InstallmentState.FAILED
    assert plan.settle().misses == (Miss(1, APRIL, date(2026, 4, 7)),)
    assert plan.states[1] is MISSED


def test_what_was_declined_for_good_stays_so_until_it_is_paid_or_missed() -> None:
    plan = story()
    until(plan, APRIL)
    plan.states[1] = InstallmentState.FAILED
    until(plan, date(2026, 4, 6))
    failed = dict(plan.states)
    assert failed[1] is InstallmentState.FAILED
    plan.paid_cents = 50_00
    assert plan.settle().states[1] is PAID


def test_the_last_cent_completes_a_plan_and_a_payment_that_comes_back_opens_it() -> None:
    plan = story()
    until(plan, APRIL)
    plan.paid_cents = 200_00
    assert kinds(plan.settle()) == [StandingEventKind.COMPLETED]
    until(plan, date(2026, 8, 1))
    plan.paid_cents, plan.grace_from = 150_00, plan.today
    standing = plan.settle()
    assert kinds(standing) == [StandingEventKind.REOPENED]
    assert (plan.state, plan.states[4]) == (PlanState.ACTIVE, DUE)
    until(plan, date(2026, 8, 7))
    assert plan.state is PlanState.PAST_DUE


@pytest.mark.parametrize("state", sorted(set(PlanState) - {*["active", "past_due", "paused"]}))
def test_only_live_plans_are_judged(state: PlanState) -> None:
    plan = story()
    plan.state, plan.states = state, {}
    plan.today = BEGIN + timedelta(days=300)
    if state is not PlanState.COMPLETED:
        standing = plan.settle()
        assert (standing.state, standing.states, standing.events) == (state, {}, ())


def test_a_number_that_is_in_no_row_any_more_is_superseded() -> None:
    plan = story()
    plan.states[77] = SCHEDULED
    plan.settle()
    assert plan.states[77] is InstallmentState.SUPERSEDED
