"""The desk ends an account: nothing opens, whoever it let in is out, and a link makes a new one."""

from sqlalchemy import select

from portal.audit.models import AuditEvent
from portal.auth.accounts.access import people_of
from portal.auth.accounts.credentials import Change
from portal.auth.accounts.ending import account_since, end_account
from portal.db import Principal, new_id
from portal.web.sessions import end_sessions_of
from tests.auth.accounts.at_the_door import PASSWORD, Door
from tests.auth.accounts.test_who_else import LUIS, accepted, rosa_of
from tests.auth.billed import Billed
from tests.auth.running import SECRET_KEY, browser


def ended(door: Door, billed: Billed | None = None) -> int:
    """By a clerk; how many sessions of its holder end with it."""
    clerk, act = clerk_of(door), Change(door.clock(), SECRET_KEY, "test")
    account_id = end_account(door.database, clerk, (billed or door.ana).guarantor_id, act=act)
    return end_sessions_of(door.database, account_id, now=door.clock())


def clerk_of(door: Door) -> Principal:
    return Principal.staff(door.practice_id, staff_id=new_id(), role="front_desk")


def test_an_account_that_the_desk_ended_opens_nothing_and_a_link_makes_a_new_one(
    door: Door,
) -> None:
    ana = door.with_account()
    with door.database.transaction(clerk_of(door)) as session:
        assert account_since(session, door.ana.guarantor_id) == door.clock()
    assert ended(door) == 1
    assert ana.get("/account/security").status == 404
    _, answer = door.sign_in()
    assert answer.status == 422
    with door.database.transaction(clerk_of(door)) as session:
        assert account_since(session, door.ana.guarantor_id) is None
    assert door.with_account().get("/account/security").status == 200


def test_whoever_the_ended_account_let_in_or_invited_is_out_as_well(door: Door) -> None:
    ana = door.with_account()
    luis = accepted(door, ana)
    assert luis.get("/account/choose").status == 200
    ana.send("/account/people", {"email": "eva@example.com", "kind": "pay_only"})
    invitation = f"/invited/{door.invitation()}"
    told_before = len(door.mails("account_access_changed"))
    ended(door)
    assert luis.get("/account/choose").status == 404
    assert browser(door.app).get(invitation).status == 404
    _, answer = door.sign_in(email=LUIS, password=PASSWORD)
    assert answer.status == 422
    told = door.mails("account_access_changed")[told_before:]
    assert [mail.to_address for mail in told] == [LUIS]
    with door.database.transaction(door.job) as session:
        rows = session.scalars(select(AuditEvent).where(AuditEvent.action == "remove")).all()
        assert people_of(session, door.ana.guarantor_id, now=door.clock()) == []
    assert {(row.actor_kind, row.guarantor_id) for row in rows} == {
        ("staff", door.ana.guarantor_id)
    }
    assert len(rows) == 3  # her own, Luis's, and the invitation


def test_what_an_ended_account_opened_of_others_ends_and_they_are_told(door: Door) -> None:
    ana, rosas = door.with_account(), rosa_of(door)
    rosa = door.with_account(rosas, email=LUIS)
    invited = {"email": LUIS, "kind": "see_and_pay"}
    assert ana.send("/account/people", invited).status == 303
    assert rosa.send(f"/invited/{door.invitation()}", {}).status == 303
    ended(door, rosas)
    assert LUIS not in ana.get("/account/people").text
