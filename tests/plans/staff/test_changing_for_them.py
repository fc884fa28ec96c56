"""Staff change, pause and end plans with a reason; what is beyond the rules two people decide."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.auth.roles import Role
from portal.db import practice_of
from portal.domain.journal import BusinessEvent
from portal.ledger import checks as ledger_checks
from portal.ledger.models import JournalEntryRow, LedgerPost
from portal.plans.checks import checks
from portal.plans.models import PlanRequest
from tests.payments.keeping import Keeper
from tests.plans.at_the_browser import hidden, words
from tests.plans.staff.at_work import AtWork, at_work
from tests.plans.standing_plans import make_plan


@pytest.fixture
def jo(keeper: Keeper) -> AtWork:
    return at_work(keeper, Role.COLLECTIONS)[0]


def day(keeper: Keeper, days: int) -> str:
    return (keeper.today + timedelta(days=days)).isoformat()


def is_sound(jo: AtWork) -> bool:
    read = jo.ana.keeper.payer.read
    return read(lambda session: list(checks(session)) + list(ledger_checks.checks(session))) == []


def agreed(jo: AtWork, path: str, **wish: str) -> str:
    """The check page of a change with its script, and her yes to it; where it leads."""
    page = jo.send(path, **wish)
    assert "I will now read you" in page.text, words(page)
    read = [str(place) for place in range(page.text.count('name="read"'))]
    done = jo.send(
        path, **wish, kind="spoken", step="go", schedule=hidden(page, "schedule"),
        seen=hidden(page, "seen"), read=read, who="Ana Ruiz", known_by="date of birth",
    )  # fmt: skip
    return done.location


def request_id(jo: AtWork) -> UUID:
    return jo.ana.keeper.payer.read(
        lambda session: session.scalars(
            select(PlanRequest.request_id).where(PlanRequest.practice_id == practice_of(session))
        ).one()
    )


def test_a_pause_stops_everything_until_its_day_and_says_why(jo: AtWork, keeper: Keeper) -> None:
    plan_id = jo.begun()
    path, until = jo.page(plan_id, "/pause"), day(keeper, 60)
    wish = {"hold": "hardship", "until": until, "why": "Lost her job"}
    assert (
        "Choose a later day" in jo.send(path, **{**wish, "until": day(keeper, -1)}, step="go").text
    )
    assert "Check the pause" in jo.send(path, **wish).text
    assert jo.ana.plan(plan_id).state == "active"
    assert jo.send(path, **wish, step="go").location.endswith(str(plan_id))
    plan = jo.ana.plan(plan_id)
    assert (plan.state, plan.paused_reason, str(plan.paused_until)) == (
        "paused", "hardship", until,
    )  # fmt: skip
    newest = jo.ana.versions(plan_id)[-1]
    assert newest.change == "paused"
    assert "Lost her job" in newest.detail
    assert newest.made_by.startswith("staff ")
    assert "plan_changed" in jo.ana.mails()
    assert "Lost her job" in jo.get(jo.page(plan_id)).text
    assert jo.send(jo.page(plan_id, "/go-on"), why="She has work again").status == 303
    assert jo.ana.plan(plan_id).state == "active"
    assert is_sound(jo)


def test_other_terms_within_the_rules_count_when_she_has_said_yes(
    jo: AtWork, keeper: Keeper
) -> None:
    plan_id = jo.begun()
    path = jo.page(plan_id, "/terms")
    wish = {
        "count": "3",
        "frequency": "monthly",
        "first_on": day(keeper, 20),
        "why": "Asked for it",
    }
    assert agreed(jo, path, **wish).endswith(str(plan_id))
    newest = jo.ana.versions(plan_id)[-1]
    assert (newest.change, newest.detail) == ("new_terms", "Asked for it")
    assert newest.consent_id is not None
    assert len(newest.schedule["installments"]) == 3
    assert "Agreed online" not in jo.get(jo.page(plan_id)).text
    assert is_sound(jo)


def test_terms_beyond_the_rules_are_another_persons_to_approve(keeper: Keeper) -> None:
    jo, manager = at_work(keeper, Role.COLLECTIONS, Role.MANAGER)
    plan_id = jo.begun()
    path = jo.page(plan_id, "/terms")
    wish = {"count": "6", "frequency": "monthly", "first_on": day(keeper, 20), "why": "Low wages"}
    refused = jo.send(path, **wish)
    assert refused.status == 422
    assert "Ask a manager" in refused.text
    assert jo.send(path, **wish, step="ask").status == 303
    assert jo.ana.versions(plan_id)[-1].change == "offered"
    asked = f"/plan-requests/{request_id(jo)}"
    assert jo.get(asked).status == 404
    assert "Low wages" in jo.get("/plan-requests").text
    page = manager.get(asked)
    assert "6 payments, every month" in words(page)
    decided = manager.send(
        asked, decision="approved", why="They can pay so much", schedule=hidden(page, "schedule")
    )
    assert decided.location == "/plan-requests"
    assert jo.ana.versions(plan_id)[-1].change == "offered"
    approved = f"/plan-requests/{request_id(jo)}/terms"
    check_page = jo.get(approved)
    assert "First, the disclosure" in check_page.text
    carried = {"why": "Low wages", "schedule": hidden(check_page, "schedule")}
    jo.send(approved, **carried, step="disclosed")
    assert agreed(jo, approved, why="Low wages").endswith(str(plan_id))
    assert len(jo.ana.versions(plan_id)[-1].schedule["installments"]) == 6
    assert jo.get(approved).status == 404
    assert is_sound(jo)


def test_a_settlement_leaves_the_books_when_somebody_else_approves(keeper: Keeper) -> None:
    jo, manager = at_work(keeper, Role.MANAGER, Role.MANAGER)
    plan_id = jo.begun(jo.ana.owing.older, jo.ana.owing.newer)
    path = jo.page(plan_id, "/settle")
    wish = {"amount": "40.00", "why": "Papers of July"}
    assert "need" in jo.send(path, **wish).text
    assert jo.ana.standing(plan_id).left_cents == 10_000
    checked = jo.send(path, **wish, has_need="y")
    assert "$60.00" in words(checked)
    assert jo.send(path, **wish, has_need="y", step="go").status == 303
    asked = f"/plan-requests/{request_id(jo)}"
    own = jo.get(asked)
    assert "You asked for it." in own.text
    page = manager.get(asked)
    yes = {"decision": "approved", "why": "Seen", "schedule": hidden(page, "schedule")}
    jo.visitor.send("/plan-requests", yes, to=asked)
    assert jo.ana.standing(plan_id).left_cents == 10_000
    assert manager.send(asked, **yes).status == 303
    assert jo.ana.standing(plan_id).left_cents == 6_000
    newest = jo.ana.versions(plan_id)[-1]
    assert newest.change == "waived"
    assert "Papers of July; approved: Seen" in newest.detail
    told = keeper.payer.read(
        lambda session: session.scalars(
            select(LedgerPost.kind).where(
                LedgerPost.practice_id == practice_of(session),
                LedgerPost.kind == BusinessEvent.PLAN_SETTLED.value,
            )
        ).all()
    )
    assert list(told) == ["plan_settled"]
    entries = keeper.payer.read(
        lambda session: session.scalars(
            select(JournalEntryRow.entry_id).where(
                JournalEntryRow.practice_id == practice_of(session),
                JournalEntryRow.business_event == BusinessEvent.PLAN_SETTLED.value,
            )
        ).all()
    )
    assert len(entries) == 1
    assert "plan_changed" in jo.ana.mails()
    assert is_sound(jo)


def test_late_payments_begin_anew_once_a_year(jo: AtWork, keeper: Keeper) -> None:
    owing = jo.ana.owing
    days = [keeper.today + timedelta(days=days) for days in (-10, 20, 50, 80)]
    plan_id = make_plan(
        keeper.payer.database, owing.practice_id, owing.guarantor_id,
        {owing.older.target: owing.older.cents}, days=days,
    )  # fmt: skip
    path = jo.page(plan_id, "/begin-anew")
    assert "What changes" in jo.get(path).text
    assert agreed(jo, path, why="Back at work").endswith(str(plan_id))
    newest = jo.ana.versions(plan_id)[-1]
    assert newest.change == "re_aged"
    assert min(one["due_on"] for one in newest.schedule["installments"]) > day(keeper, 0)
    assert jo.get(path).status == 303


def test_a_plan_ended_by_staff_asks_for_what_is_left_at_once(jo: AtWork) -> None:
    plan_id = jo.begun()
    path = jo.page(plan_id, "/cancel")
    page = jo.get(path)
    assert "at once, as if there had been no plan" in page.text
    assert jo.send(path, left=hidden(page, "left"), why="").status == 422
    assert jo.send(path, left="1", why="Moved away").location.endswith("/cancel")
    assert jo.send(path, left=hidden(page, "left"), why="Moved away").status == 303
    plan = jo.ana.plan(plan_id)
    assert (plan.state, plan.end_reason) == ("cancelled_by_staff", "Moved away")
    assert jo.ana.standing_plans() == []
    assert jo.get(path).status == 303
    assert is_sound(jo)
