"""Routes: what is not declared is refused, and a role sees what it was named for."""

from uuid import UUID

import pytest
from flask import Flask

from portal.auth.policies import (
    Policy,
    admission_of,
    policy,
    staff_only,
    undeclared_endpoints,
)
from portal.auth.roles import REACH, Area, Role, areas_of
from portal.db import Database
from tests.auth.running import BELOW, Clock, browser
from tests.auth.test_link_pages import without_reference
from tests.auth.test_staff_sign_in import hire, sign_in


def test_a_route_without_a_policy_is_found_and_answers_like_a_missing_one(app: Flask) -> None:
    assert undeclared_endpoints(app) == ("desk.forgotten",)
    visitor = browser(app)
    forgotten, missing = visitor.get("/desk/forgotten"), visitor.get("/desk/never-made")
    assert forgotten.status == missing.status == 404
    assert without_reference(forgotten) == without_reference(missing)


def test_signed_in_staff_do_not_reach_an_undeclared_route_either(
    app: Flask, database: Database, practice_id: UUID, clock: Clock
) -> None:
    visitor = browser(app)
    sign_in(visitor, hire(database, practice_id, role=Role.ADMIN), clock)
    assert visitor.get("/desk/forgotten").status == 404


@pytest.mark.parametrize("role", Role)
def test_each_role_reaches_what_names_it_and_404_elsewhere(
    app: Flask, database: Database, practice_id: UUID, clock: Clock, role: Role
) -> None:
    visitor = browser(app)
    sign_in(visitor, hire(database, practice_id, role=role), clock)
    missing = visitor.get("/desk/never-made")
    for page, roles in (
        ("/desk", {Role.FRONT_DESK, Role.MANAGER}),
        ("/insurance", {Role.POSTER}),
    ):
        seen = visitor.get(page)
        assert seen.status == (200 if role in roles else 404)
        if role not in roles:
            assert without_reference(seen) == without_reference(missing)


def test_each_role_lands_where_it_may_work(
    app: Flask, database: Database, practice_id: UUID, clock: Clock
) -> None:
    poster = hire(database, practice_id, role=Role.POSTER)
    assert sign_in(browser(app), poster, clock).location == "/insurance"


def test_areas_follow_from_roles() -> None:
    assert areas_of(Role.POSTER) == {Area.INSURANCE, Area.SYNC, Area.CASES}
    assert areas_of(Role.FRONT_DESK) == {
        Area.DESK,
        Area.MONEY,
        Area.DRAWER,
        Area.CASES,
        Area.CASES_FOR_OTHERS,
    }
    assert set().union(*REACH.values()) == set(Role)


def test_a_public_route_says_why(app: Flask) -> None:
    for endpoint in (*BELOW, "auth.landing", "auth.open_statement", "staff.sign_in"):
        admission = admission_of(app, endpoint)
        assert admission is not None
        assert admission.policy is Policy.PUBLIC
        assert len(admission.reason) > 10


def test_a_declaration_that_says_too_little_is_refused() -> None:
    with pytest.raises(ValueError, match="reason"):
        policy(Policy.PUBLIC)
    with pytest.raises(ValueError, match="reason"):
        policy(Policy.STATEMENT_LINK, reason="because")
    with pytest.raises(ValueError, match="staff_only"):
        policy(Policy.STAFF)
    with pytest.raises(ValueError, match="roles"):
        staff_only()
