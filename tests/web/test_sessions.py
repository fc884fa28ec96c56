"""Sessions: what is stored, when it ends, and that nothing is stored for a mere look."""

import hashlib
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from portal.config import Settings
from portal.db import Database
from portal.web.models import WebSession
from portal.web.sessions import (
    ABSOLUTE_LIMIT,
    IDLE_LIMIT,
    VOUCHES_FOR,
    forget_ended_sessions,
)
from tests.web.conftest import AppMaker, Clock
from tests.web.posting import post
from tests.web.rendering import asset_url


def stored(database: Database) -> list[WebSession]:
    with database.local_transaction() as session:
        return list(session.scalars(select(WebSession).order_by(WebSession.created_at)))


def cookie_of(browser: FlaskClient) -> str:
    cookie = browser.get_cookie("portal")
    assert cookie is not None
    return cookie.value


def test_looking_at_pages_stores_nothing_and_sets_no_cookie(
    browser: FlaskClient, database: Database
) -> None:
    for _ in range(3):
        for answer in (browser.get("/s/token"), browser.head("/s/token"), browser.get("/try/who")):
            assert answer.status_code == 200
            assert "Set-Cookie" not in answer.headers
    assert stored(database) == []


def test_only_the_hash_of_the_id_is_in_the_database(
    browser: FlaskClient, database: Database
) -> None:
    post(browser, "/try/sign-in")
    (row,) = stored(database)
    assert row.session_id_hash == hashlib.sha256(cookie_of(browser).encode()).digest()
    assert row.data == {"who": "ana"}
    assert browser.get("/try/who").text == "ana"


def test_the_cookie_is_for_this_site_and_out_of_reach_of_scripts(browser: FlaskClient) -> None:
    header = post(browser, "/try/sign-in").headers["Set-Cookie"]
    assert header.endswith("; HttpOnly; Path=/; SameSite=Lax")


def test_over_tls_the_cookie_is_bound_to_the_host(make_app: AppMaker, production: Settings) -> None:
    browser = make_app(production).test_client()
    answer = post(browser, "/try/sign-in", base_url=production.base_url)
    header = answer.headers["Set-Cookie"]
    assert header.startswith("__Host-portal=")
    assert header.endswith("; Secure; HttpOnly; Path=/; SameSite=Lax")


def test_signing_in_changes_the_id_and_the_old_one_opens_nothing(
    browser: FlaskClient, web: Flask, database: Database
) -> None:
    post(browser, "/try/sign-in")
    first = cookie_of(browser)
    post(browser, "/try/sign-in")
    assert cookie_of(browser) != first
    intruder = web.test_client()
    intruder.set_cookie("portal", first)
    assert intruder.get("/try/who").text == "nobody"
    assert [row.revoked_at is None for row in stored(database)].count(True) == 1


def test_an_id_that_somebody_made_up_is_never_taken_over(
    browser: FlaskClient, database: Database
) -> None:
    browser.set_cookie("portal", "chosen-by-the-attacker")
    post(browser, "/try/sign-in")
    assert cookie_of(browser) != "chosen-by-the-attacker"
    assert len(stored(database)) == 1


def test_signing_out_revokes_the_row_and_removes_the_cookie(
    browser: FlaskClient, web: Flask
) -> None:
    post(browser, "/try/sign-in")
    kept = cookie_of(browser)
    post(browser, "/try/sign-out")
    assert browser.get_cookie("portal") is None
    replay = web.test_client()
    replay.set_cookie("portal", kept)
    assert replay.get("/try/who").text == "nobody"


def test_a_session_ends_after_fifteen_idle_minutes(browser: FlaskClient, clock: Clock) -> None:
    post(browser, "/try/sign-in")
    clock.move(IDLE_LIMIT - timedelta(seconds=1))
    assert browser.get("/try/who").text == "ana"
    clock.move(IDLE_LIMIT)
    assert browser.get("/try/who").text == "nobody"


def test_a_session_ends_after_twelve_hours_however_busy(browser: FlaskClient, clock: Clock) -> None:
    post(browser, "/try/sign-in")
    step = timedelta(minutes=10)
    for _ in range(ABSOLUTE_LIMIT // step - 1):
        clock.move(step)
        assert browser.get("/try/who").text == "ana"
    clock.move(step)
    assert browser.get("/try/who").text == "nobody"


def test_a_new_id_is_no_new_beginning(
    browser: FlaskClient, database: Database, clock: Clock
) -> None:
    post(browser, "/try/sign-in")
    began = clock.now
    step = timedelta(minutes=10)
    for _ in range(ABSOLUTE_LIMIT // step - 1):
        clock.move(step)
        post(browser, "/try/rotate")
        assert browser.get("/try/who").text == "ana"
    assert {row.created_at for row in stored(database)} == {began}
    clock.move(step)
    assert browser.get("/try/who").text == "nobody"


def test_signing_in_again_begins_twelve_new_hours(
    browser: FlaskClient, database: Database, clock: Clock
) -> None:
    post(browser, "/try/sign-in")
    clock.move(timedelta(minutes=10))
    post(browser, "/try/sign-in")
    assert stored(database)[-1].expires_at == clock.now + ABSOLUTE_LIMIT


def test_seen_is_written_once_a_minute_at_most(
    browser: FlaskClient, database: Database, clock: Clock
) -> None:
    post(browser, "/try/sign-in")
    began = clock.now
    clock.move(timedelta(seconds=59))
    browser.get("/try/who")
    assert stored(database)[0].last_seen_at == began
    clock.move(timedelta(seconds=1))
    browser.get("/try/who")
    assert stored(database)[0].last_seen_at == clock.now


def test_static_files_do_not_ask_for_the_session(web_without_database: Flask) -> None:
    browser = web_without_database.test_client()
    browser.set_cookie("portal", "any")
    with web_without_database.app_context():
        path = asset_url("portal.css")
    assert browser.get(path).status_code == 200


def test_ended_sessions_are_forgotten_and_live_ones_stay(
    browser: FlaskClient, web: Flask, database: Database, clock: Clock
) -> None:
    for _ in range(3):
        post(web.test_client(), "/try/sign-in")
    with database.local_transaction() as session:
        session.execute(update(WebSession).values(revoked_at=clock.now))
    clock.move(timedelta(minutes=10))
    post(browser, "/try/sign-in")
    assert forget_ended_sessions(database, now=clock.now) == 3
    assert browser.get("/try/who").text == "ana"


def test_a_session_that_time_ended_is_remembered_as_long_as_a_form_of_it_may_come(
    browser: FlaskClient, database: Database, clock: Clock
) -> None:
    post(browser, "/try/sign-in")
    clock.move(IDLE_LIMIT + VOUCHES_FOR - timedelta(seconds=1))
    assert forget_ended_sessions(database, now=clock.now) == 0
    clock.move(timedelta(seconds=1))
    assert forget_ended_sessions(database, now=clock.now) == 1


def test_without_a_database_whoever_has_a_session_is_told_so(web_without_database: Flask) -> None:
    browser = web_without_database.test_client()
    browser.set_cookie("portal", "any")
    answer = browser.get("/try/who")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert "We cannot answer just now" in answer.text
