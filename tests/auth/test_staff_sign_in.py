"""Staff: password, then a code that works once; what wrong tries cost; what nobody learns."""

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pyotp
import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select, text, update

from portal.audit.models import AuditEvent
from portal.auth import keys
from portal.auth.link_tokens import LinkTokens
from portal.auth.models import StaffMember
from portal.auth.roles import Role
from portal.auth.staff import (
    NewStaff,
    StaffExistsError,
    StaffRef,
    add_staff,
    check_code,
    check_password,
)
from portal.auth.wrong_tries import (
    FREE_PASSWORDS,
    TRIES_FROM_ANYWHERE,
    forget_old_tries,
    pause_after,
)
from portal.db import Database, Principal
from tests.auth.billed import NOW, Billed
from tests.auth.running import SECRET_KEY, Browser, Clock, Seen, browser
from tests.auth.test_link_pages import ANA
from tests.auth.test_statement_links import link_to
from tests.builders import make_practice
from tests.payments.paying import at_once

JO = "jo.kim@riverbend.example"
HOME = "192.0.2.20"


def hire(
    database: Database, practice_id: UUID, *, email: str = JO, role: Role = Role.FRONT_DESK
) -> NewStaff:
    return add_staff(
        database,
        practice_id,
        secret_key=SECRET_KEY,
        email=email,
        name="Jo Kim",
        role=role,
        now=NOW,
        request_id="r",
    )


@pytest.fixture
def jo(database: Database, practice_id: UUID) -> NewStaff:
    return hire(database, practice_id)


def code_of(staff: NewStaff, clock: Clock) -> str:
    secret = parse_qs(urlsplit(staff.totp_uri).query)["secret"][0]
    return pyotp.TOTP(secret).at(clock.now)


def give_password(visitor: Browser, staff: NewStaff, *, email: str = JO) -> Seen:
    return visitor.send("/staff/sign-in", {"email": email, "password": staff.password})


def sign_in(visitor: Browser, staff: NewStaff, clock: Clock, *, email: str = JO) -> Seen:
    give_password(visitor, staff, email=email)
    return visitor.send("/staff/sign-in/code", {"code": code_of(staff, clock)})


def test_a_password_and_a_code_open_the_desk(app: Flask, jo: NewStaff, clock: Clock) -> None:
    visitor = browser(app)
    assert visitor.get("/desk").location == "/staff/sign-in"
    step = give_password(visitor, jo)
    assert step.location == "/staff/sign-in/code"
    assert visitor.get("/desk").location == "/staff/sign-in"  # a password alone opens nothing
    done = visitor.send("/staff/sign-in/code", {"code": code_of(jo, clock)})
    assert done.location == "/desk"
    assert "the desk" in visitor.get("/desk").text


def test_the_session_gets_a_new_id_at_each_step(app: Flask, jo: NewStaff, clock: Clock) -> None:
    visitor = browser(app)
    first = give_password(visitor, jo).cookies
    second = visitor.send("/staff/sign-in/code", {"code": code_of(jo, clock)}).cookies
    ids = [cookie.split(";")[0] for cookie in (*first, *second)]
    assert len(ids) == len(set(ids)) == 2
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in (*first, *second))
    old = app.test_client()
    old.set_cookie("portal", ids[0].removeprefix("portal="))
    assert old.get("/desk").status_code == 303


def test_a_code_works_once_and_none_before_it(
    app: Flask, jo: NewStaff, clock: Clock, database: Database
) -> None:
    assert sign_in(browser(app), jo, clock).location == "/desk"
    again = sign_in(browser(app), jo, clock)
    assert again.status == 422
    clock.advance(seconds=30)
    assert sign_in(browser(app), jo, clock).location == "/desk"


@pytest.mark.parametrize(
    ("seconds_late", "taken"), [(0, True), (29, True), (-30, True), (61, False), (-61, False)]
)
def test_a_code_of_a_clock_half_a_minute_off_is_taken(
    *, database: Database, practice_id: UUID, jo: NewStaff, seconds_late: int, taken: bool
) -> None:
    clock = Clock()
    code = code_of(jo, clock)
    found = check_code(
        database,
        StaffRef(practice_id, jo.staff_id),
        secret_key=SECRET_KEY,
        code=code,
        now=clock.now + timedelta(seconds=seconds_late),
        request_id="r",
    )
    assert found is taken


def test_five_wrong_codes_ask_for_the_password_again(
    app: Flask, jo: NewStaff, clock: Clock
) -> None:
    visitor = browser(app)
    give_password(visitor, jo)
    for _ in range(4):
        assert visitor.send("/staff/sign-in/code", {"code": "000000"}).status == 422
    assert visitor.send("/staff/sign-in/code", {"code": "000000"}).location == "/staff/sign-in"
    assert visitor.get("/staff/sign-in/code").location == "/staff/sign-in"


def test_a_code_is_awaited_for_ten_minutes(app: Flask, jo: NewStaff, clock: Clock) -> None:
    visitor = browser(app)
    give_password(visitor, jo)
    clock.advance(minutes=10, seconds=1)
    assert visitor.get("/staff/sign-in/code").location == "/staff/sign-in"


def test_wrong_password_unknown_address_disabled_and_paused_get_the_same_answer(
    app: Flask, database: Database, practice_id: UUID, jo: NewStaff
) -> None:
    gone = hire(database, practice_id, email="gone@riverbend.example")
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        session.execute(
            update(StaffMember)
            .where(StaffMember.practice_id == practice_id, StaffMember.staff_id == gone.staff_id)
            .values(disabled_at=NOW)
        )
    answers = [
        refusal(app, JO, "not the password of anybody"),
        refusal(app, "nobody@riverbend.example", "not the password of anybody"),
        refusal(app, "gone@riverbend.example", gone.password),
    ]
    for _ in range(3):
        refusal(app, JO, "not the password of anybody")
    answers.append(refusal(app, JO, jo.password))  # right, but in a pause
    assert {answer.status for answer in answers} == {422}
    assert len({plain(answer) for answer in answers}) == 1


def refusal(app: Flask, email: str, password: str) -> Seen:
    return browser(app).send("/staff/sign-in", {"email": email, "password": password})


def plain(page: Seen) -> str:
    """Without what differs by request: the form's token, and what was typed."""
    text = page.text.replace(page.csrf_token, "")
    for address in (JO, "nobody@riverbend.example", "gone@riverbend.example"):
        text = text.replace(address, "")
    return text


def test_nobody_costs_as_much_hashing_as_somebody(
    database: Database, jo: NewStaff, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    verify = type(keys._hasher).verify  # noqa: SLF001 — what is counted is the work itself

    def counted(hasher: PasswordHasher, stored: str, password: str) -> bool:
        hashed.append(stored.split("$")[3])
        return bool(verify(hasher, stored, password))

    monkeypatch.setattr(type(keys._hasher), "verify", counted)  # noqa: SLF001 — as above
    for email in (JO, "nobody@riverbend.example"):
        check_password(
            database,
            secret_key=SECRET_KEY,
            email=email,
            password="not the password of anybody",
            source_address=HOME,
            now=NOW,
            request_id="r",
        )
    assert hashed == ["m=19456,t=2,p=1"] * 2


@pytest.mark.parametrize(
    ("wrong_tries", "pause_seconds"), [(1, 0), (2, 0), (3, 2), (4, 4), (5, 8), (6, 16), (7, 30)]
)
def test_wrong_passwords_cost_their_address_a_pause_of_half_a_minute_at_most(
    database: Database, jo: NewStaff, wrong_tries: int, pause_seconds: int
) -> None:
    ends_at = guess(database, HOME, times=wrong_tries)
    if pause_seconds:
        assert not lets_on(database, jo, HOME, at=ends_at + timedelta(seconds=pause_seconds - 1))
    assert lets_on(database, jo, HOME, at=ends_at + timedelta(seconds=pause_seconds))


def test_a_stranger_who_guesses_does_not_keep_anybody_out(
    app: Flask, database: Database, jo: NewStaff, clock: Clock
) -> None:
    """One wrong password each two seconds, from one address and from many, for four minutes."""
    for second in range(0, 240, 2):
        at = NOW + timedelta(seconds=second)
        for address in ("198.51.100.7", f"203.0.113.{second}"):
            tries(database, "not the password of anybody", address, at=at)
        assert lets_on(database, jo, HOME, at=at)
    clock.advance(minutes=4)
    assert sign_in(browser(app), jo, clock).location == "/desk"


def test_whoever_guesses_from_many_addresses_has_one_try_each_half_minute_from_each(
    database: Database, jo: NewStaff
) -> None:
    for number in range(TRIES_FROM_ANYWHERE):
        tries(database, "not the password of anybody", f"203.0.113.{number}", at=NOW)
    tries(database, "not the password of anybody", HOME, at=NOW)
    assert not lets_on(database, jo, HOME, at=NOW + timedelta(seconds=29))
    assert lets_on(database, jo, HOME, at=NOW + timedelta(seconds=30))


def test_whoever_tries_one_password_with_many_names_pauses_and_nobody_else_does(
    database: Database, jo: NewStaff
) -> None:
    for number in range(FREE_PASSWORDS):
        tries(database, "the password of many", HOME, at=NOW, email=f"{number}@example.com")
    assert lets_on(database, jo, HOME, at=NOW)
    tries(database, "the password of many", HOME, at=NOW, email="one.more@example.com")
    assert not lets_on(database, jo, HOME, at=NOW + timedelta(seconds=1))
    assert lets_on(database, jo, "198.51.100.7", at=NOW + timedelta(seconds=1))
    assert lets_on(database, jo, HOME, at=NOW + timedelta(seconds=2))


def test_a_right_password_forgets_no_wrong_one_of_another_name(
    database: Database, jo: NewStaff
) -> None:
    """Else a name of one's own would end every pause; an hour ends it."""
    for number in range(FREE_PASSWORDS + 1):
        tries(database, "the password of many", HOME, at=NOW, email=f"{number}@example.com")
    soon = NOW + timedelta(seconds=2)
    assert lets_on(database, jo, HOME, at=soon)
    tries(database, "the password of many", HOME, at=soon, email="next@example.com")
    assert not lets_on(database, jo, HOME, at=soon + timedelta(seconds=3))
    later = NOW + timedelta(hours=1, minutes=5)
    tries(database, "the password of many", HOME, at=later, email="last@example.com")
    assert lets_on(database, jo, HOME, at=later)


def test_the_addresses_of_one_ipv6_network_count_as_one(database: Database, jo: NewStaff) -> None:
    for number in range(3):
        tries(database, "not the password of anybody", f"2001:db8:0:1::{number}", at=NOW)
    assert not lets_on(database, jo, "2001:db8:0:1:ffff::9", at=NOW)
    assert lets_on(database, jo, "2001:db8:0:2::9", at=NOW)


def test_many_wrong_passwords_at_once_are_counted_one_by_one(
    database: Database, jo: NewStaff
) -> None:
    at_once(6, lambda: tries(database, "not the password of anybody", HOME, at=NOW))
    assert not lets_on(database, jo, HOME, at=NOW + timedelta(seconds=1))
    assert lets_on(database, jo, HOME, at=NOW + timedelta(seconds=2))


def test_tries_hold_no_name_and_no_address_and_are_forgotten_after_a_day(
    database: Database, jo: NewStaff
) -> None:
    guess(database, HOME, times=3)
    with database.local_transaction() as session:
        rows = session.scalars(text("SELECT t::text FROM portal.sign_in_tries t")).all()
    assert len(rows) == 3
    assert not any("riverbend" in row or HOME in row for row in rows)
    assert forget_old_tries(database, now=NOW + timedelta(hours=23)) == 0
    assert forget_old_tries(database, now=NOW + timedelta(hours=25)) == 3


def guess(database: Database, source_address: str, *, times: int) -> datetime:
    """So many wrong passwords, each as soon as it is looked at; when the last one was."""
    at = NOW
    for number in range(1, times + 1):
        tries(database, "not the password of anybody", source_address, at=at)
        if number < times:
            at += pause_after(number)
    return at


def lets_on(database: Database, staff: NewStaff, source_address: str, *, at: datetime) -> bool:
    ref = tries(database, staff.password, source_address, at=at)
    assert ref is None or ref.staff_id == staff.staff_id
    return ref is not None


def tries(
    database: Database, password: str, source_address: str, *, at: datetime, email: str = JO
) -> StaffRef | None:
    return check_password(
        database,
        secret_key=SECRET_KEY,
        email=email,
        password=password,
        source_address=source_address,
        now=at,
        request_id="r",
    )


def test_whoever_knows_the_password_cannot_try_codes_for_long(
    database: Database, practice_id: UUID, jo: NewStaff, clock: Clock
) -> None:
    ref = StaffRef(practice_id, jo.staff_id)
    tries = 0
    while clock.now < NOW + timedelta(hours=24):
        with database.transaction(Principal.job(practice_id, role="test")) as session:
            locked_until = session.scalar(
                select(StaffMember.locked_until).where(StaffMember.practice_id == practice_id)
            )
        clock.now = max(clock.now, locked_until or NOW)
        check_code(database, ref, secret_key=SECRET_KEY, code="x", now=clock.now, request_id="r")
        tries += 1
    assert tries < 120


def test_the_password_is_kept_by_argon2id_and_the_secret_sealed(
    database: Database, practice_id: UUID, jo: NewStaff
) -> None:
    secret = parse_qs(urlsplit(jo.totp_uri).query)["secret"][0]
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        row = session.scalars(
            select(StaffMember).where(StaffMember.practice_id == practice_id)
        ).one()
        whole = session.scalars(text("SELECT s::text FROM portal.staff s")).one()
    assert row.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert secret not in whole
    assert jo.password not in whole
    assert len(jo.password) >= 15


def test_the_directory_holds_no_address(database: Database, jo: NewStaff) -> None:
    with database.local_transaction() as session:
        rows = session.scalars(text("SELECT d::text FROM portal.sign_in_directory d")).all()
    assert len(rows) == 1
    assert "riverbend" not in rows[0]


def test_one_address_signs_in_one_person(
    database: Database, practice_id: UUID, jo: NewStaff
) -> None:
    elsewhere = make_practice(database, slug="elsewhere")
    for practice in (practice_id, elsewhere):
        with pytest.raises(StaffExistsError):
            hire(database, practice, email=f"  {JO.upper()} ")


def test_a_short_password_is_refused(database: Database, practice_id: UUID) -> None:
    with pytest.raises(keys.PasswordRefusedError, match="at least 15"):
        add_staff(
            database,
            practice_id,
            secret_key=SECRET_KEY,
            email=JO,
            name="Jo Kim",
            role=Role.ADMIN,
            now=NOW,
            request_id="r",
            password="fourteen chars",
        )


def test_a_disabled_account_is_out_at_the_next_request(
    app: Flask, database: Database, practice_id: UUID, jo: NewStaff, clock: Clock
) -> None:
    visitor = browser(app)
    sign_in(visitor, jo, clock)
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        session.execute(
            update(StaffMember)
            .where(StaffMember.practice_id == practice_id)
            .values(disabled_at=NOW)
        )
    assert visitor.get("/desk").location == "/staff/sign-in"


def test_signing_out_ends_the_session_for_good(app: Flask, jo: NewStaff, clock: Clock) -> None:
    visitor = browser(app)
    cookie = sign_in(visitor, jo, clock).cookies[0].split(";")[0].removeprefix("portal=")
    assert visitor.send("/desk", {}, to="/staff/sign-out").location == "/staff/sign-in"
    assert visitor.get("/desk").location == "/staff/sign-in"
    replayed = app.test_client()
    replayed.set_cookie("portal", cookie)
    assert replayed.get("/desk").location == "/staff/sign-in"


def test_sign_ins_and_failures_are_in_the_audit_log(
    app: Flask, database: Database, practice_id: UUID, jo: NewStaff, clock: Clock
) -> None:
    refusal(app, JO, "not the password of anybody")
    visitor = browser(app)
    give_password(visitor, jo)
    visitor.send("/staff/sign-in/code", {"code": "000000"})
    visitor.send("/staff/sign-in/code", {"code": code_of(jo, clock)})
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        actions = session.scalars(
            select(AuditEvent.action)
            .where(AuditEvent.practice_id == practice_id, AuditEvent.object_id == jo.staff_id)
            .order_by(AuditEvent.event_id)
        ).all()
    assert actions == ["add", "wrong_password", "wrong_code", "sign_in"]


def test_a_browser_is_either_staff_or_a_patient(
    *, app: Flask, database: Database, ana: Billed, jo: NewStaff, clock: Clock, tokens: LinkTokens
) -> None:
    visitor = browser(app)
    sign_in(visitor, jo, clock)
    assert visitor.get(f"/statements/{ana.statement_id}").status == 404
    _, token = link_to(database, tokens, ana)
    visitor.send(f"/s/{token}", ANA)
    assert visitor.get(f"/statements/{ana.statement_id}").status == 200
    assert visitor.get("/desk").location == "/staff/sign-in"
    clock.advance(seconds=30)
    sign_in(visitor, jo, clock)
    assert visitor.get(f"/statements/{ana.statement_id}").status == 404
