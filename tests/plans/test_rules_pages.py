"""A manager changes what the practice offers: tried out first, in force from a day on."""

from datetime import date
from uuid import UUID

import pytest
from flask import Flask

from portal.auth.roles import Role
from portal.db import Database, Principal
from portal.desk.money_routes import money
from portal.desk.routes import desk
from portal.domain.plans.policy import PlanPolicy, policy_in_force
from portal.plans.policies import policy_versions
from portal.plans.rules.forms import filled_from
from portal.plans.rules.routes import plan_rules
from tests.auth.running import Browser, Clock, browser, make_app
from tests.auth.test_staff_sign_in import hire, sign_in
from tests.desk.conftest import other_areas

TODAY = date(2026, 3, 9)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(database: Database, clock: Clock) -> Flask:
    return make_app(database, clock, plan_rules, desk, money, *other_areas())


@pytest.fixture
def manager(app: Flask, database: Database, practice_id: UUID, clock: Clock) -> Browser:
    return signed_in(app, database, practice_id, clock, role=Role.MANAGER)


def signed_in(
    app: Flask, database: Database, practice_id: UUID, clock: Clock, *, role: Role
) -> Browser:
    visitor = browser(app)
    sign_in(visitor, hire(database, practice_id, role=role), clock)
    return visitor


def typed(app: Flask, **changed: str) -> dict[str, str]:
    """The form as it comes, with some fields typed anew."""
    with app.test_request_context():
        form = filled_from(PlanPolicy(), in_force_on=TODAY, newest_seen=0)
        fields = {
            field.name: field._value()  # noqa: SLF001 — WTForms' way to what is shown
            for field in form
            if hasattr(field, "_value") and field.name != "csrf_token"
        }
    chosen = {"frequencies": "monthly", "autopay": "optional", "new_balances": "ask"}
    return {
        **fields,
        **chosen,
        "reason": "More people can pay in ten.",
        "in_force_on": TODAY.isoformat(),
        **changed,
    }


def rules_on(database: Database, practice_id: UUID, day: date) -> PlanPolicy:
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        return policy_in_force(policy_versions(session), day)


def test_nobody_has_set_rules_and_the_defaults_are_shown(manager: Browser) -> None:
    page = manager.get("/plan-rules").text
    assert "The defaults count." in page
    assert "No plan." in page  # for $50.00
    assert ">$1,000.00<" in page


def test_changed_rules_are_tried_out_and_then_count_from_their_day(
    app: Flask, manager: Browser, database: Database, practice_id: UUID
) -> None:
    changed = typed(app, most_1="10", in_force_on="2026-04-01")
    check = manager.send("/plan-rules/change", changed, to="/plan-rules/check")
    assert check.status == 200
    assert "now 6" in check.text
    assert rules_on(database, practice_id, date(2026, 4, 1)) == PlanPolicy()
    assert manager.send("/plan-rules", changed, to="/plan-rules/set").location == "/plan-rules"
    assert rules_on(database, practice_id, date(2026, 3, 31)) == PlanPolicy()
    assert rules_on(database, practice_id, date(2026, 4, 1)).most_installments(100_00) == 10
    listed = manager.get("/plan-rules").text
    assert "More people can pay in ten." in listed
    assert "Not yet" in listed


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"tier_1": ""}, "Give each balance its most payments"),
        ({"most_1": "40"}, "Offer from 2 to 24 payments"),
        ({"max_balance_cents": "30000"}, "No row covers balances from $20,000.01 to $30,000.00"),
        ({"misses_in_a_row": "5"}, "Missed in a row cannot be more"),
        ({"grace_days": "-1"}, "Enter something from 0 to 90"),
        ({"debit_prenotice_days": "5"}, "Enter something from 10 to 30"),
        ({"min_installment_cents": ""}, "Enter an amount"),
        ({"in_force_on": "someday"}, "Enter a real day"),
        ({"reason": ""}, "Write why"),
    ],
)
def test_what_contradicts_itself_is_said_beside_its_field(
    app: Flask, manager: Browser, changed: dict[str, str], sentence: str
) -> None:
    answer = manager.send("/plan-rules/change", typed(app, **changed), to="/plan-rules/check")
    assert answer.status == 422
    assert sentence in answer.text
    assert "tier_2" in answer.text


def test_rules_never_begin_before_today(
    app: Flask, manager: Browser, database: Database, practice_id: UUID
) -> None:
    answer = manager.send(
        "/plan-rules", typed(app, most_1="9", in_force_on="2026-03-08"), to="/plan-rules/set"
    )
    assert answer.status == 422
    assert rules_on(database, practice_id, TODAY) == PlanPolicy()


def test_two_managers_do_not_undo_each_other_unseen(app: Flask, manager: Browser) -> None:
    manager.send("/plan-rules", typed(app, most_1="9"), to="/plan-rules/set")
    second = manager.send("/plan-rules", typed(app, most_1="8"), to="/plan-rules/set")
    assert second.status == 422
    assert "Somebody changed the rules meanwhile" in second.text


def test_collections_reads_the_rules_and_does_not_change_them(
    app: Flask, database: Database, practice_id: UUID, clock: Clock
) -> None:
    reader = signed_in(app, database, practice_id, clock, role=Role.COLLECTIONS)
    assert "Change the rules" not in reader.get("/plan-rules").text
    assert reader.get("/plan-rules/change").status == 404
    assert reader.send("/plan-rules", typed(app), to="/plan-rules/set").status == 404
