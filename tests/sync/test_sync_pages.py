"""The outbox page: for those who post, and for nobody else."""

from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Blueprint, Flask

from portal.auth.current import begin_staff_session, install_sign_in
from portal.auth.policies import Policy, install, policy
from portal.auth.roles import Role
from portal.auth.routes import auth, staff
from portal.auth.staff import StaffRef, add_staff
from portal.db import Database, new_id
from portal.desk.routes import desk
from portal.payments.books.routes import books
from portal.sync.routes import sync
from portal.sync.service import run_sync
from portal.web.application import web_app
from portal.web.context import Portal
from portal.web.logs import log_requests
from tests.auth.running import (
    BELOW,
    SECRET_KEY,
    Browser,
    browser,
    settings_for_tests,
    stand_in_for_the_rest,
    stand_ins,
)
from tests.payments.owing import Owing
from tests.sync.far_side import FarSide
from tests.sync.telling import NOW, make_post, states

Enter = Callable[[Role], Browser]


@pytest.fixture
def app(database: Database) -> Flask:
    app = web_app(Portal(settings_for_tests(), database, lambda: NOW, {}))
    log_requests(app)
    install_sign_in(app)
    install(app, public=BELOW)
    statements, _, insurance = stand_ins()
    for blueprint in (auth, staff, desk, sync, statements, insurance, books, _door()):
        app.register_blueprint(blueprint)
    stand_in_for_the_rest(app)
    return app


@pytest.fixture
def enter(app: Flask, database: Database, practice_id: UUID) -> Enter:
    """Somebody of a role, both factors behind them."""

    def sign_in(role: Role) -> Browser:
        member = add_staff(
            database,
            practice_id,
            secret_key=SECRET_KEY,
            email=f"{role}@riverbend.example",
            name="Jo Kim",
            role=role,
            now=NOW,
            request_id="test",
        )
        visitor = browser(app)
        assert visitor.get(f"/come-in/{practice_id}/{member.staff_id}").text == "in"
        return visitor

    return sign_in


def test_a_poster_sees_what_was_refused_and_sends_it_again(
    database: Database, far_side: FarSide, ana: Owing, enter: Enter
) -> None:
    post_id = make_post(database, ana, cents=2_345)
    run_sync(database, far_side.system, ana.practice_id, now=NOW)
    far_side.answer(1, rejected=[(post_id, "Account A-20411 is <closed>")])
    run_sync(database, far_side.system, ana.practice_id, now=NOW)
    poster = enter(Role.POSTER)
    seen = poster.get("/insurance/sync")
    for words in ("Ana Reyes", "$23.45", "Account A-20411 is &lt;closed&gt;", "posts-000001.csv"):
        assert words in seen.text
    again = f"/insurance/sync/posts/{post_id}/again"
    assert poster.send("/insurance/sync", {}, to=again).location == "/insurance/sync"
    assert states(database, ana) == {post_id: "queued"}
    assert poster.send("/insurance/sync", {}, to=again).location == "/insurance/sync"


def test_a_batch_that_was_taken_in_part_says_so_and_what_to_do(
    database: Database, far_side: FarSide, ana: Owing, enter: Enter
) -> None:
    taken, refused = make_post(database, ana), make_post(database, ana)
    run_sync(database, far_side.system, ana.practice_id, now=NOW)
    far_side.answer(1, accepted=[taken], rejected=[(refused, "")])
    run_sync(database, far_side.system, ana.practice_id, now=NOW)
    page = enter(Role.POSTER).get("/insurance/sync").text
    assert "Partly refused" in page
    assert "It gave no reason." in page
    assert "mend the reason in the practice’s system, then send it again" in page


def test_what_was_received_over_there_is_not_called_booked(
    database: Database, far_side: FarSide, ana: Owing, enter: Enter
) -> None:
    taken = make_post(database, ana)
    run_sync(database, far_side.system, ana.practice_id, now=NOW)
    far_side.answer(1, accepted=[taken])
    run_sync(database, far_side.system, ana.practice_id, now=NOW)
    page = enter(Role.POSTER).get("/insurance/sync").text
    assert "The practice’s system has received every payment." in page
    assert "Every payment is in the practice’s books" not in page


def test_an_empty_outbox_has_a_page_too(enter: Enter) -> None:
    assert enter(Role.MANAGER).get("/insurance/sync").status == 200


def test_the_front_desk_and_strangers_have_no_business_here(
    app: Flask, database: Database, ana: Owing, enter: Enter
) -> None:
    make_post(database, ana)
    assert enter(Role.FRONT_DESK).get("/insurance/sync").status == 404
    stranger = browser(app).get("/insurance/sync")
    assert "Reyes" not in stranger.text
    assert stranger.status == 303


def test_a_post_that_does_not_exist_is_not_found(enter: Enter) -> None:
    poster = enter(Role.POSTER)
    unknown = f"/insurance/sync/posts/{new_id()}/again"
    assert poster.send("/insurance/sync", {}, to=unknown).status == 404


def _door() -> Blueprint:
    door = Blueprint("door", __name__)

    @door.get("/come-in/<uuid:practice_id>/<uuid:staff_id>")
    @policy(Policy.PUBLIC, reason="a stand-in of these tests")
    def come_in(practice_id: UUID, staff_id: UUID) -> str:
        return "in" if begin_staff_session(StaffRef(practice_id, staff_id)) else "out"

    return door
