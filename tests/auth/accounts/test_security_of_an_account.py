"""What signs in, where from, and how long a proof lasts."""

from typing import Any
from uuid import UUID

import pytest
from pyotp import TOTP
from sqlalchemy import select

from portal.auth.accounts.access import AccountRef
from portal.auth.accounts.credentials import Change, turn_app_on
from portal.auth.accounts.models import AccountAccess, KeptForm
from portal.web.models import WebSession
from tests.auth.accounts.at_the_door import EMAIL, PASSWORD, SIGN_IN, Door
from tests.auth.billed import make_billed
from tests.auth.running import SECRET_KEY, Browser


def test_every_session_is_listed_and_can_be_ended(door: Door) -> None:
    ana = door.with_account()
    phone, _ = door.sign_in()
    text = ana.get("/account/devices").text
    assert text.count("This device") == 1
    handle = text.split('name="session" value="')[1].split('"')[0]
    ended = ana.send("/account/devices", {"session": handle}, to="/account/devices/end")
    assert ended.status == 303
    assert phone.get("/account/security").status == 404
    assert ana.get("/account/security").status == 200


def test_all_others_end_at_once(door: Door) -> None:
    ana = door.with_account()
    others = [door.sign_in()[0] for _ in range(2)]
    ana.send("/account/devices", {}, to="/account/devices/end")
    assert [one.get("/account/security").status for one in others] == [404, 404]
    assert ana.get("/account/security").status == 200


def test_a_changed_password_or_factor_ends_the_other_sessions_and_is_told(door: Door) -> None:
    ana = door.with_account()
    other, _ = door.sign_in()
    new = {"password": "another set of quiet words"}
    assert ana.send("/account/security", new, to="/account/password").status == 303
    assert other.get("/account/security").status == 404
    assert [mail.to_address for mail in door.mails("account_changed")] == [EMAIL]
    other, _ = door.sign_in(password=new["password"])
    door.turn_app_on(ana)
    assert other.get("/account/security").status == 404
    assert len(door.mails("account_changed")) == 2


def test_another_persons_session_cannot_be_ended(door: Door) -> None:
    ana = door.with_account()
    handle = handle_of_the_only_session(door)
    rosa_billed = make_billed(
        door.database, door.practice_id, number="2", account_number="A-2", email="rosa@example.com"
    )
    rosa = door.with_account(rosa_billed, email="rosa@example.com")
    rosa.send("/account/devices", {"session": handle}, to="/account/devices/end")
    assert ana.get("/account/security").status == 200


def handle_of_the_only_session(door: Door) -> str:
    with door.database.local_transaction() as session:
        (found,) = session.scalars(
            select(WebSession.session_id_hash).where(
                WebSession.account_id == door.account().account_id,
                WebSession.revoked_at.is_(None),
            )
        ).all()
    return str(UUID(bytes=found[:16]))


def test_a_sign_in_from_a_new_device_is_told_and_from_a_known_one_is_not(door: Door) -> None:
    ana = door.with_account()
    assert door.mails("account_new_device") == []
    door.sign_in()
    assert [mail.to_address for mail in door.mails("account_new_device")] == [EMAIL]
    ana.send("/account/security", {}, to="/sign-out")
    typed = {"email": EMAIL, "password": PASSWORD}
    assert ana.send(SIGN_IN, typed).status == 303
    assert len(door.mails("account_new_device")) == 1


def test_a_short_password_needs_its_second_factor_beside_it(door: Door) -> None:
    ana = door.with_account()
    short = {"password": "lamp and"}
    assert ana.send("/account/security", short, to="/account/password").status == 422
    door.turn_app_on(ana)
    assert ana.send("/account/security", short, to="/account/password").status == 303
    off = ana.send("/account/security", {}, to="/account/app/off")
    assert off.status == 422
    assert "Set a longer one first" in off.text


def test_new_recovery_codes_end_the_old_ones(door: Door) -> None:
    ana = door.with_account()
    _, old = door.turn_app_on(ana)
    ana.send("/account/security", {}, to="/account/recovery-codes")
    opened, answer = door.sign_in()
    assert opened.send(answer.location, {"code": old[0]}).status == 422


def test_a_proof_lasts_a_quarter_of_an_hour_and_what_was_typed_is_kept(door: Door) -> None:
    ana = door.with_account()
    stale(door, ana)
    asked = ana.send("/account/contact", {"phone": "555-010-0188"}, to="/account/contact/phone")
    assert asked.location == "/account/confirm"
    assert "not your password" in ana.send("/account/confirm", {"password": "x"}).text
    on = ana.send("/account/confirm", {"password": PASSWORD})
    assert on.location == "/account/kept"
    kept = ana.get("/account/kept").text
    assert 'action="/account/contact/phone"' in kept
    assert 'name="phone" value="555-010-0188"' in kept
    sent = ana.send("/account/kept", {"phone": "555-010-0188"}, to="/account/contact/phone")
    assert sent.location.startswith("/account/contact?saved")
    assert "555-010-0188" in ana.get("/account/contact").text


def test_a_page_that_asks_again_leads_back(door: Door) -> None:
    ana = door.with_account()
    stale(door, ana)
    assert ana.get("/account/app").location == "/account/confirm"
    on = ana.send("/account/confirm", {"password": PASSWORD})
    assert on.location == "/account/app"


@pytest.mark.parametrize(("year", "status"), [("1985", 303), ("1986", 422)])
def test_whoever_came_by_a_link_is_asked_for_the_date_again(
    door: Door, year: str, status: int
) -> None:
    ana = door.by_link()
    for _ in range(2):
        door.clock.advance(minutes=8)
        ana.get("/account/contact")
    phone = ana.send("/account/contact", {"phone": "555-010-0188"}, to="/account/contact/phone")
    assert phone.location == "/account/confirm"
    born = {"born_on-month": "4", "born_on-day": "27", "born_on-year": year}
    assert ana.send("/account/confirm", born).status == status


def stale(door: Door, who: Browser) -> None:
    """So long after the last proof that another is asked for."""
    for _ in range(2):
        door.clock.advance(minutes=8)
        who.get("/account/security")


def test_with_an_app_the_password_alone_is_no_proof(door: Door) -> None:
    ana = door.with_account()
    app, codes = door.turn_app_on(ana)
    stale(door, ana)
    assert ana.send("/account/security", {}, to="/account/app/off").location == "/account/confirm"
    assert "Code" in ana.get("/account/confirm").text
    for typed in ({}, {"code": "000000"}):
        refused = ana.send("/account/confirm", {"password": PASSWORD, **typed})
        assert refused.status == 422
    assert ana.send("/account/security", {}, to="/account/app/off").location == "/account/confirm"
    door.clock.advance(minutes=1)
    right = {"password": PASSWORD, "code": app.at(door.clock())}
    assert ana.send("/account/confirm", right).location == "/account/kept"
    assert ana.send("/account/security", {}, to="/account/app/off").status == 303
    door.turn_app_on(ana)
    stale(door, ana)
    ana.send("/account/security", {}, to="/account/recovery-codes")
    assert ana.send("/account/confirm", {"password": PASSWORD, "code": codes[2]}).status == 422


def test_a_recovery_code_is_a_proof_as_well(door: Door) -> None:
    ana = door.with_account()
    _, codes = door.turn_app_on(ana)
    stale(door, ana)
    right = {"password": PASSWORD, "code": codes[2]}
    assert ana.send("/account/confirm", right).status == 303
    assert ana.send("/account/security", {}, to="/account/app/off").status == 303


def test_an_app_is_never_put_in_the_place_of_another(door: Door) -> None:
    ana = door.with_account()
    app, _ = door.turn_app_on(ana)
    before = door.account().totp_secret_sealed
    assert ana.get("/account/app").location == "/account/security"
    code = {"code": app.at(door.clock())}
    assert ana.send("/account/security", code, to="/account/app").location == "/account/security"
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    ref = AccountRef(door.practice_id, door.account().account_id)
    act = Change(door.clock(), SECRET_KEY, "a request")
    fits = TOTP(secret).at(door.clock())
    assert turn_app_on(door.database, ref, secret=secret, code=fits, who=door.job, act=act) is None
    assert door.account().totp_secret_sealed == before


def test_looking_at_the_key_of_an_app_writes_nothing_and_shows_the_same_again(door: Door) -> None:
    ana = door.with_account()
    before = values_of_sessions(door)
    shown = key_on_page(ana)
    assert values_of_sessions(door) == before
    stale(door, ana)
    ana.send("/account/confirm", {"password": PASSWORD})
    assert key_on_page(ana) == shown
    assert key_on_page(door.sign_in()[0]) != shown


def values_of_sessions(door: Door) -> list[dict[str, Any]]:
    with door.database.local_transaction() as session:
        return list(session.scalars(select(WebSession.data).order_by(WebSession.created_at)))


def key_on_page(who: Browser) -> str:
    return who.get("/account/app").text.split("<code>")[1].split("</code>")[0]


def test_neither_a_proof_nor_another_choice_begins_twelve_new_hours(door: Door) -> None:
    ana = door.with_account()
    chosen = {"access": access_of(door)}
    for _ in range(51):
        door.clock.advance(minutes=14)
        assert ana.send("/account/choose", chosen).status == 303
    assert ana.send("/account/confirm", {"password": PASSWORD}).status == 303
    door.clock.advance(minutes=6)
    assert ana.get("/account/security").status == 404


def access_of(door: Door) -> str:
    with door.database.transaction(door.job) as session:
        return str(session.scalars(select(AccountAccess.access_id)).one())


def test_a_form_that_comes_after_the_end_is_kept_for_its_owner(door: Door) -> None:
    ana = door.with_account()
    token = ana.get("/account/contact").csrf_token
    door.clock.advance(minutes=16)
    typed = {"csrf_token": token, "phone": "555-010-0177", "password": "never kept"}
    late = ana.client.post("/account/contact/phone", data=typed)
    assert late.status_code == 404
    assert "What you typed is kept" in late.text
    with door.database.local_transaction() as session:
        (sealed,) = session.scalars(select(KeptForm.sealed)).all()
    assert b"555-010" not in sealed
    signed_in = ana.send(SIGN_IN, {"email": EMAIL, "password": PASSWORD})
    assert signed_in.location == "/account/kept"
    kept = ana.get("/account/kept").text
    assert "555-010-0177" in kept
    assert "never kept" not in kept
    ana.send("/account/kept", {})
    assert ana.get("/account/kept").status == 303


def test_a_late_form_without_the_pages_token_is_not_kept(door: Door) -> None:
    ana = door.with_account()
    door.clock.advance(minutes=16)
    late = ana.client.post("/account/contact/phone", data={"phone": "1", "csrf_token": "x"})
    assert late.status_code == 400


def test_what_was_typed_is_gone_after_half_an_hour_and_for_everybody_else(door: Door) -> None:
    ana = door.with_account()
    token = ana.get("/account/contact").csrf_token
    door.clock.advance(minutes=16)
    ana.client.post("/account/contact/phone", data={"csrf_token": token, "phone": "555-010-0177"})
    door.clock.advance(minutes=31)
    signed_in = ana.send(SIGN_IN, {"email": EMAIL, "password": PASSWORD})
    assert signed_in.location != "/account/kept"


def test_a_session_is_kept_while_it_lives(door: Door) -> None:
    ana = door.with_account()
    token = ana.get("/account/security").csrf_token
    for _ in range(3):
        door.clock.advance(minutes=14)
        kept = ana.client.post("/session/keep", data={"csrf_token": token})
        assert kept.status_code == 204
    door.clock.advance(minutes=16)
    over = ana.client.post("/session/keep", data={"csrf_token": token})
    assert over.status_code == 401
