"""The doors of accounts: who gets in, and that nobody learns who exists."""

import re

import pytest
from sqlalchemy import func, select, update

from portal.audit.models import AuditEvent
from portal.auth.accounts.models import Account
from portal.practice.models import Task
from tests.auth.accounts.at_the_door import EMAIL, PASSWORD, SIGN_IN, Door
from tests.auth.running import Seen, browser
from tests.builders import make_practice


def comparable(seen: Seen, *, email: str) -> tuple[int, str, str]:
    text = re.sub(r'name="csrf_token" value="[^"]+"', "", seen.text.replace(email, "ADDRESS"))
    return seen.status, seen.location, text


def test_whoever_is_not_let_in_is_told_the_same(door: Door) -> None:
    door.with_account()
    other = "nobody@example.com"
    _, unknown = door.sign_in(email=other)
    _, wrong = door.sign_in(password="not that one at all")
    for _ in range(4):
        door.sign_in(password="not that one at all")
    _, paused = door.sign_in()
    door.clock.advance(minutes=5)
    with door.database.transaction(door.job) as session:
        session.execute(update(Account).values(ended_at=door.clock()))
    _, ended = door.sign_in()
    expected = comparable(unknown, email=other)
    assert expected[0] == 422
    assert [comparable(seen, email=EMAIL) for seen in (wrong, paused, ended)] == [expected] * 3


def test_asking_for_a_new_password_says_the_same_to_everybody(door: Door) -> None:
    door.with_account()
    known = browser(door.app).send(f"{SIGN_IN}/forgot", {"email": EMAIL})
    unknown = browser(door.app).send(f"{SIGN_IN}/forgot", {"email": "nobody@example.com"})
    assert comparable(known, email=EMAIL) == comparable(unknown, email="nobody@example.com")
    sent = [mail.to_address for mail in door.mails("account_reset")]
    assert sent == [EMAIL, ""]


def test_an_address_gets_five_reset_mails_an_hour_at_most(door: Door) -> None:
    door.with_account()
    for _ in range(6):
        browser(door.app).send(f"{SIGN_IN}/forgot", {"email": EMAIL})
    assert [bool(mail.to_address) for mail in door.mails("account_reset")] == [True] * 5 + [False]


def test_an_account_signs_in_at_its_own_practice_only(door: Door) -> None:
    door.with_account()
    make_practice(door.database, slug="lakeside", name="Lakeside Clinic")
    seen = browser(door.app).send("/sign-in/lakeside", {"email": EMAIL, "password": PASSWORD})
    assert seen.status == 422
    assert "Lakeside Clinic" in browser(door.app).get("/sign-in").text
    assert browser(door.app).get("/sign-in/nowhere").status == 404


def test_the_only_practice_is_not_asked_for(door: Door) -> None:
    assert browser(door.app).get("/sign-in").location == SIGN_IN


def test_with_an_app_the_password_alone_opens_nothing(door: Door) -> None:
    ana = door.with_account()
    app, _ = door.turn_app_on(ana)
    opened, answer = door.sign_in()
    assert answer.location == f"{SIGN_IN}/code"
    assert opened.get("/account/security").status == 404
    assert opened.send(answer.location, {"code": "000000"}).status == 422
    door.clock.advance(seconds=40)
    code = app.at(door.clock())
    assert opened.send(answer.location, {"code": code}).status == 303
    assert opened.get("/account/security").status == 200


@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_a_code_works_once(door: Door, kind: str) -> None:
    app, codes = door.turn_app_on(door.with_account())
    assert len(set(codes)) == 10
    code = app.at(door.clock()) if kind == "app" else codes[3]
    statuses = []
    for _ in range(2):
        opened, answer = door.sign_in()
        statuses.append(opened.send(answer.location, {"code": code}).status)
    assert statuses == [303, 422]


def test_five_wrong_codes_ask_for_the_password_again(door: Door) -> None:
    door.turn_app_on(door.with_account())
    opened, answer = door.sign_in()
    for _ in range(4):
        assert opened.send(answer.location, {"code": "000000"}).status == 422
    assert opened.send(answer.location, {"code": "000000"}).location == SIGN_IN


def test_a_reset_never_skips_the_second_factor(door: Door) -> None:
    app, codes = door.turn_app_on(door.with_account())
    path = f"/reset/{door.reset_token()}"
    stranger, new = browser(door.app), "another set of quiet words"
    assert stranger.send(path, {"password": new}).status == 422
    assert stranger.send(path, {"password": new, "code": "000000"}).status == 422
    _, answer = door.sign_in(password=new)
    assert answer.status == 422
    door.clock.advance(minutes=1)
    done = stranger.send(path, {"password": new, "code": codes[0]})
    assert "new password is set" in done.text
    opened, answer = door.sign_in(password=new)
    assert answer.location == f"{SIGN_IN}/code"
    assert opened.send(answer.location, {"code": app.at(door.clock())}).status == 303


def test_a_reset_signs_nobody_in_and_everybody_out(door: Door) -> None:
    ana = door.with_account()
    stranger = browser(door.app)
    path = f"/reset/{door.reset_token()}"
    assert stranger.send(path, {"password": "another set of quiet words"}).status == 200
    assert stranger.get("/account/security").status == 404
    assert ana.get("/account/security").status == 404


def test_a_reset_link_works_once_and_for_half_an_hour(door: Door) -> None:
    door.with_account()
    path = f"/reset/{door.reset_token()}"
    assert browser(door.app).get(path).status == 200
    browser(door.app).send(path, {"password": "another set of quiet words"})
    assert browser(door.app).get(path).status == 404
    later = f"/reset/{door.reset_token()}"
    door.clock.advance(minutes=31)
    assert browser(door.app).get(later).status == 404
    assert browser(door.app).get(f"{later}x").status == 404


def test_a_reset_link_dies_with_any_change_of_what_signs_in(door: Door) -> None:
    ana = door.with_account()
    path = f"/reset/{door.reset_token()}"
    new = {"password": "another set of quiet words"}
    ana.send("/account/security", new, to="/account/password")
    assert browser(door.app).get(path).status == 404


def test_ten_failures_within_an_hour_are_told_once(door: Door) -> None:
    door.with_account()
    for _ in range(14):
        door.sign_in(password="not that one at all")
        door.clock.advance(seconds=60)
    with door.database.transaction(door.job) as session:
        tasks = session.scalars(select(Task).where(Task.kind == "sign_in_guessed")).all()
        audited = session.scalar(select(func.count()).where(AuditEvent.action == "wrong_password"))
    assert len(tasks) == 1
    assert audited == 14


def test_the_audit_log_names_the_account(door: Door) -> None:
    door.with_account()
    door.sign_in()
    with door.database.transaction(door.job) as session:
        row = session.scalars(
            select(AuditEvent).where(AuditEvent.action == "sign_in_password")
        ).one()
    assert (row.actor_kind, row.actor_role) == ("patient", "holder")
    assert row.actor_id == door.account().account_id
    assert row.guarantor_id == door.ana.guarantor_id


def test_nobody_is_remembered_beyond_the_session(door: Door) -> None:
    door.with_account()
    _, answer = door.sign_in()
    lasting = [one for one in answer.cookies if "Max-Age" in one or "Expires" in one]
    assert [one.partition("=")[0] for one in lasting] == ["device"]


@pytest.mark.parametrize("answer", ["[" * 5_000, '{"rawId": ' * 1_500, "[]", "no JSON", "{}"])
def test_what_is_no_answer_of_a_passkey_is_refused_and_no_more(door: Door, answer: str) -> None:
    seen = browser(door.app).send(SIGN_IN, {"passkey": answer}, to=f"{SIGN_IN}/passkey")
    assert seen.status == 422
