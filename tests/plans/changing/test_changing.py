"""What a person changes alone: each change is shown first, made once, kept, and told by mail."""

from datetime import timedelta
from uuid import UUID

import pytest

from tests.auth.running import Seen
from tests.payments.keeping import Keeper
from tests.plans.at_the_browser import PlanBrowser, hidden, plan_browser, words


@pytest.fixture
def ana(keeper: Keeper) -> PlanBrowser:
    return plan_browser(keeper)


@pytest.fixture
def plan_id(ana: PlanBrowser) -> UUID:
    """130.00 in four payments by hand, the first in 30 days."""
    return ana.begin(how="4")


def said_yes(ana: PlanBrowser, path: str, check: Seen, **fields: str) -> Seen:
    """What a check page sends on."""
    return ana.send(path, step="go", schedule=hidden(check, "schedule"), **fields)


def test_a_payment_is_moved_and_the_others_stay(ana: PlanBrowser, plan_id: UUID) -> None:
    path = f"/plans/{plan_id}/payments/1/move"
    before = ana.standing(plan_id).schedule
    to = before[0].due_on + timedelta(days=5)
    assert "Move the payment of" in words(ana.get(path))
    check = ana.send(path, step="check", day=to.isoformat())
    assert "Check what changes" in words(check)
    assert ana.standing(plan_id).schedule == before
    assert said_yes(ana, path, check, day=to.isoformat()).location.endswith("/changed")
    after = ana.standing(plan_id).schedule
    assert [one.due_on for one in after] == [to, *(one.due_on for one in before[1:])]
    assert [row.change for row in ana.versions(plan_id)] == ["offered", "date_moved"]
    agreed, asked = ana.consents(plan_id)
    assert (agreed.kind, asked.kind, asked.sentences) == ("online", "asked", [])
    assert asked.schedule_hash == ana.versions(plan_id)[-1].schedule_hash
    assert ana.mails() == ["plan_agreed", "plan_changed"]
    assert "A date was moved" in words(ana.get(f"/plans/{plan_id}/changed"))
    assert "moved from" in words(ana.get(f"/plans/{plan_id}"))


def test_a_day_too_far_away_is_refused_in_words(ana: PlanBrowser, plan_id: UUID) -> None:
    path = f"/plans/{plan_id}/payments/1/move"
    day = ana.standing(plan_id).schedule[0].due_on + timedelta(days=11)
    seen = ana.send(path, step="check", day=day.isoformat())
    assert seen.status == 422
    assert "A payment moves by at most 10 days." in seen.text
    assert len(ana.versions(plan_id)) == 1


def test_a_yes_to_something_else_than_was_shown_shows_it_again(
    ana: PlanBrowser, plan_id: UUID
) -> None:
    path = f"/plans/{plan_id}/payments/1/move"
    first = ana.standing(plan_id).schedule[0].due_on
    check = ana.send(path, step="check", day=(first + timedelta(days=5)).isoformat())
    other = (first + timedelta(days=6)).isoformat()
    seen = said_yes(ana, path, check, day=other)
    assert "Check what changes" in words(seen)
    assert len(ana.versions(plan_id)) == 1


def test_a_payment_is_skipped_once_two_were_made(ana: PlanBrowser, plan_id: UUID) -> None:
    path = f"/plans/{plan_id}/payments/4/skip"
    assert "after you have made 2" in words(ana.get(path))
    ana.pay(plan_id, 6_500)
    check = ana.get(path)
    assert "skipped" in words(check)
    assert said_yes(ana, path, check).location.endswith("/changed")
    page = words(ana.get(f"/plans/{plan_id}"))
    assert "Skipped" in page
    assert ana.standing(plan_id).left_cents == 6_500
    again = words(ana.get(f"/plans/{plan_id}/payments/3/skip"))
    assert "You have skipped as often as you may in 12 months." in again


def test_money_paid_ahead_ends_the_plan_sooner_or_makes_it_smaller(
    ana: PlanBrowser, plan_id: UUID
) -> None:
    path = f"/plans/{plan_id}/ahead"
    assert "There is no extra money on your payment plan" in words(ana.get(path))
    ana.pay(plan_id, 4_250)
    assert "You paid $10.00 ahead" in words(ana.get(f"/plans/{plan_id}"))
    seen = words(ana.get(path))
    assert "Finish sooner" in seen
    assert "Pay less each time" in seen
    check = ana.send(path, step="check", how="lower")
    assert said_yes(ana, path, check, how="lower").location.endswith("/changed")
    dues = [due.cents for due in ana.standing(plan_id).dues]
    assert dues == [2_917, 2_917, 2_916]
    assert ana.standing(plan_id).left_cents == 8_750


def test_what_is_left_of_an_ended_plan_is_asked_for_again(ana: PlanBrowser, plan_id: UUID) -> None:
    path = f"/plans/{plan_id}/end"
    seen = ana.get(path)
    assert "$130.00 is left." in words(seen)
    assert ana.send(path, left=hidden(seen, "left")).status == 303
    assert ana.plan(plan_id).state == "cancelled_by_patient"
    assert ana.standing_plans() == []
    assert "You ended it on" in words(ana.get(f"/plans/{plan_id}"))
    assert ana.get(path).location.endswith(f"/plans/{plan_id}")


def test_somebody_elses_plan_is_nobodys(ana: PlanBrowser, plan_id: UUID) -> None:
    assert ana.get("/plans/01920000-0000-7000-8000-000000000000").status == 404
