"""Money handed over at the desk by somebody with a payment plan: for it, or for the rest."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask

from portal.app import create_app
from portal.auth.roles import Role
from portal.db import Database, new_id
from portal.domain.journal import NOWHERE
from portal.ledger.plan_standing import PlanStanding, plan_standings
from portal.payments.plans.checks import checks
from tests.auth.running import Browser, Clock, settings_for_tests
from tests.payments.counter.test_counter_pages import (
    DESK,
    at_work,
    confirm,
    open_drawer,
    take,
    words,
)
from tests.payments.counter.till import Till
from tests.payments.owing import make_owing
from tests.plans.standing_plans import make_plan


@pytest.fixture
def plan_id(till: Till) -> UUID:
    """60.00 in four payments, the first past due. 40.00 and 30.00 are owed outside of it."""
    owing = till.owing
    days = [till.now.date() + timedelta(days=days) for days in (-10, 20, 50, 80)]
    lines = {owing.older.target: owing.older.cents}
    return make_plan(till.database, owing.practice_id, owing.guarantor_id, lines, days=days)


@pytest.fixture
def clock(till: Till) -> Clock:
    return Clock(till.now)


@pytest.fixture
def app(database: Database, clock: Clock) -> Flask:
    return create_app(settings_for_tests(), database, clock=clock)


@pytest.fixture
def clerk(app: Flask, till: Till, clock: Clock, plan_id: UUID) -> Browser:
    """With an open drawer, and Ana before her."""
    clerk = at_work(app, till, clock, Role.FRONT_DESK)
    open_drawer(clerk)
    return clerk


def plan_of(till: Till, plan_id: UUID) -> PlanStanding:
    return till.read(lambda session: plan_standings(session, [plan_id]))[plan_id]


def test_money_without_a_word_passes_the_plan_by(till: Till, plan_id: UUID) -> None:
    till.open()
    owing = till.owing
    payment_id = till.take(8_000, seen=7_000, may_exceed=True)
    assert till.allocations(payment_id) == {
        owing.unbilled.target: 3_000,
        owing.newer.target: 4_000,
        NOWHERE: 1_000,
    }
    assert plan_of(till, plan_id).left_cents == 6_000


def test_money_for_the_plan_pays_its_oldest_dates(
    clerk: Browser, till: Till, plan_id: UUID
) -> None:
    plan = plan_of(till, plan_id)
    form = words(clerk.get(f"{DESK}/people/{till.owing.guarantor_id}"))
    assert "Owes now: $70.00. $60.00 more is on payment plans." in form
    assert f"Towards payment plan {plan.number}$60.00 is left of it. $15.00 is past due." in form
    check = take(clerk, till, amount="20", what_for=str(plan_id))
    assert f"Payment plan {plan.number}" in check.text
    paid = confirm(clerk, till, check)
    assert f"Payment plan {plan.number}" in clerk.get(paid.location).text
    payment_id = UUID(paid.location.rsplit("/", 1)[1])
    assert till.allocations(payment_id) == {till.owing.older.target: 2_000}
    assert [one.cents for one in plan_of(till, plan_id).dues] == [1_000, 1_500, 1_500]
    assert till.findings() == []
    assert not till.read(lambda session: list(checks(session)))


def test_more_than_is_left_of_the_plan_has_to_be_meant(
    clerk: Browser, till: Till, plan_id: UUID
) -> None:
    check = take(clerk, till, amount="65", what_for=str(plan_id))
    assert "This is $5.00 more than what is left of the plan." in words(check)
    assert confirm(clerk, till, check).status == 422
    paid = confirm(clerk, till, check, over="y")
    owing, payment_id = till.owing, UUID(paid.location.rsplit("/", 1)[1])
    assert till.allocations(payment_id) == {
        owing.older.target: 6_000,
        owing.unbilled.target: 500,
    }


@pytest.mark.parametrize("whose", ["nobody", "ben"])
def test_a_plan_that_is_not_theirs_takes_no_money(clerk: Browser, till: Till, whose: str) -> None:
    plan_id = new_id()
    if whose == "ben":
        ben = make_owing(
            till.database, till.owing.practice_id, account_number="A-2", number="10483"
        )
        lines = {ben.older.target: ben.older.cents}
        plan_id = make_plan(till.database, ben.practice_id, ben.guarantor_id, lines)
    refused = take(clerk, till, amount="20", what_for=str(plan_id))
    assert refused.location == f"{DESK}/people/{till.owing.guarantor_id}"
    assert "That payment plan is over." in clerk.get(refused.location).text


@pytest.mark.parametrize("what_for", ["", "plan", "everything"])
def test_what_it_is_for_has_to_be_said(clerk: Browser, till: Till, what_for: str) -> None:
    seen = take(clerk, till, amount="20", what_for=what_for)
    assert (seen.status, "Choose what it is for" in seen.text) == (422, True)
