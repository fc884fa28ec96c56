"""What signs in, where from, and how long a proof lasts."""

from uuid import UUID

import pytest
from sqlalchemy import select

from portal.auth.accounts.models import KeptForm
from portal.web.models import WebSession
from tests.auth.accounts.at_the_door import EMAIL, SIGN_IN, Door
from tests.auth.billed import make_billed


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
    typed = {"email": EMAIL, "password": "seven quiet lamps at noon"}
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
    for _ in range(2):
        door.clock.advance(minutes=8)
        ana.get("/account/security")
    asked = ana.send("/account/contact", {"phone": "555-010-0188"}, to="/account/contact/phone")
    assert asked.location == "/account/confirm"
    assert "not your password" in ana.send("/account/confirm", {"password": "x"}).text
    on = ana.send("/account/confirm", {"password": "seven quiet lamps at noon"})
    assert on.location == "/account/kept"
    kept = ana.get("/account/kept").text
    assert 'action="/account/contact/phone"' in kept
    assert 'name="phone" value="555-010-0188"' in kept
    sent = ana.send("/account/kept", {"phone": "555-010-0188"}, to="/account/contact/phone")
    assert sent.location.startswith("/account/contact?saved")
    assert "555-010-0188" in ana.get("/account/contact").text


def test_a_page_that_asks_again_leads_back(door: Door) -> None:
    ana = door.with_account()
    for _ in range(2):
        door.clock.advance(minutes=8)
        ana.get("/account/security")
    assert ana.get("/account/app").location == "/account/confirm"
    on = ana.send("/account/confirm", {"password": "seven quiet lamps at noon"})
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
    signed_in = ana.send(SIGN_IN, {"email": EMAIL, "password": "seven quiet lamps at noon"})
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
    signed_in = ana.send(SIGN_IN, {"email": EMAIL, "password": "seven quiet lamps at noon"})
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
