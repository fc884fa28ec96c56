"""What is proved, refused or signed out leaves a row, also where nothing else of it stays."""

from sqlalchemy import select

from portal.audit.models import AuditEvent
from portal.auth.accounts.models import AccountAccess
from portal.db import new_id
from tests.auth.accounts.at_the_door import PASSWORD, SIGN_IN, Door
from tests.auth.running import browser


def actions_of(door: Door) -> list[str]:
    with door.database.transaction(door.job) as session:
        return list(session.scalars(select(AuditEvent.action)))


def test_signing_devices_out_asks_who_it_is_and_is_told_and_recorded(door: Door) -> None:
    ana = door.with_account()
    elsewhere, _ = door.sign_in()
    page = "/account/devices"
    assert ana.send(page, {"session": "nothing of the kind"}, to=f"{page}/end").status == 404
    assert elsewhere.get(page).status == 200
    told = len(door.mails("account_changed"))
    assert ana.send(page, {}, to=f"{page}/end").location == page
    assert elsewhere.get(page).status == 404
    assert len(door.mails("account_changed")) == told + 1
    assert actions_of(door).count("end_sessions") == 1
    for _ in range(2):
        door.clock.advance(minutes=10)
        ana.get(page)
    assert ana.send(page, {}, to=f"{page}/end").location == "/account/confirm"


def test_what_was_proved_or_refused_leaves_a_row(door: Door) -> None:
    by_link = door.by_link()
    wrong = {"born_on-month": "1", "born_on-day": "2", "born_on-year": "1990"}
    assert by_link.send("/account/confirm", wrong).status == 422
    assert actions_of(door).count("wrong_birth_date") == 1
    ana = door.with_account()
    assert ana.send("/account/confirm", {"password": PASSWORD}).status == 303
    assert actions_of(door).count("prove_again") == 1
    answer = {"passkey": "{}"}
    assert browser(door.app).send(SIGN_IN, answer, to=f"{SIGN_IN}/passkey").status == 422
    assert actions_of(door).count("wrong_passkey") == 1
    assert ana.send("/account/choose", {"access": own_access(door)}).status == 303
    assert ana.send("/account/choose", {"access": str(new_id())}).status == 404
    actions = actions_of(door)
    assert actions.count("act_for") == actions.count("act_for_refused") == 1


def own_access(door: Door) -> str:
    with door.database.transaction(door.job) as session:
        return str(session.scalars(select(AccountAccess.access_id)).one())
