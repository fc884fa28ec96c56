"""The desk ends an account: nothing opens, and a link makes a new one."""

from portal.auth.accounts.credentials import Change
from portal.auth.accounts.ending import account_since, end_account
from portal.db import Principal, new_id
from portal.web.sessions import end_sessions_of
from tests.auth.accounts.at_the_door import Door
from tests.auth.running import SECRET_KEY


def test_an_account_that_the_desk_ended_opens_nothing_and_a_link_makes_a_new_one(
    door: Door,
) -> None:
    ana = door.with_account()
    clerk = Principal.staff(door.practice_id, staff_id=new_id(), role="front_desk")
    with door.database.transaction(clerk) as session:
        assert account_since(session, door.ana.guarantor_id) == door.clock()
    act = Change(door.clock(), SECRET_KEY, "test")
    ended = end_account(door.database, clerk, door.ana.guarantor_id, act=act)
    assert end_sessions_of(door.database, ended, now=door.clock()) == 1
    assert ana.get("/account/security").status == 404
    _, answer = door.sign_in()
    assert answer.status == 422
    with door.database.transaction(clerk) as session:
        assert account_since(session, door.ana.guarantor_id) is None
    assert door.with_account().get("/account/security").status == 200
