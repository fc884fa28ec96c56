"""Somebody is let in, looks, and is removed at once; and how the practice reaches a person."""

from uuid import UUID

import pytest
from sqlalchemy import select, update

from portal.audit.models import AuditEvent
from portal.auth.accounts.access import AccessKind, people_of
from portal.auth.accounts.contact import AccountNeededError, change_email, change_phone
from portal.auth.accounts.credentials import Change
from portal.auth.accounts.email_codes import code_of
from portal.auth.accounts.making import check_mailed_code
from portal.auth.accounts.models import Account, AccountAccess, EmailCheck
from portal.auth.accounts.people import MOST_PEOPLE
from portal.db import Principal, new_id
from portal.domain.account_access import (
    TRANSITIONS,
    AccessState,
    UnknownAccessMoveError,
    move_to,
)
from portal.practice.models import Guarantor, Task
from tests.auth.accounts.at_the_door import EMAIL, PASSWORD, Door
from tests.auth.billed import Billed, make_billed
from tests.auth.running import SECRET_KEY, Browser, browser

LUIS = "luis@example.com"


def invited(door: Door, ana: Browser, kind: AccessKind = AccessKind.SEE_AND_PAY) -> str:
    """The address in the mail to Luis."""
    sent = ana.send("/account/people", {"email": LUIS, "kind": kind.value})
    assert sent.location == "/account/people", sent.text
    return f"/invited/{door.invitation()}"


def accepted(door: Door, ana: Browser, kind: AccessKind = AccessKind.SEE_AND_PAY) -> Browser:
    luis = browser(door.app)
    assert luis.send(invited(door, ana, kind), {"password": PASSWORD}).status == 303
    return luis


def access_of_luis(door: Door) -> AccountAccess:
    with door.database.transaction(door.job) as session:
        return session.scalars(select(AccountAccess).where(AccountAccess.email == LUIS)).one()


@pytest.mark.parametrize("kind", [AccessKind.SEE_AND_PAY, AccessKind.PAY_ONLY])
def test_whoever_was_invited_acts_for_the_guarantor_as_far_as_they_may(
    door: Door, kind: AccessKind
) -> None:
    ana = door.with_account()
    luis = accepted(door, ana, kind)
    assert luis.get("/account/choose").status == 200
    with door.database.transaction(door.job) as session:
        row = session.scalars(select(AuditEvent).where(AuditEvent.action == "accept")).one()
    assert (row.actor_kind, row.actor_role) == ("patient", kind.value)
    assert row.guarantor_id == door.ana.guarantor_id
    assert LUIS in ana.get("/account/people").text


def test_a_proxy_decides_neither_who_gets_in_nor_how_to_reach_the_holder(door: Door) -> None:
    luis = accepted(door, door.with_account())
    assert luis.get("/account/people").status == 403
    assert luis.get("/account/contact").status == 403


def test_removing_counts_at_once_also_in_a_live_session(door: Door) -> None:
    ana = door.with_account()
    luis = accepted(door, ana)
    access_id = access_of_luis(door).access_id
    removed = ana.send("/account/people", {}, to=f"/account/people/{access_id}/remove")
    assert removed.status == 303
    assert luis.get("/account/choose").status == 404
    _, answer = door.sign_in(email=LUIS)
    assert answer.status == 422
    actions = audited(door)
    assert actions["invite_see_and_pay"] == actions["accept"] == actions["remove"] == 1
    assert {mail.to_address for mail in door.mails("account_access_changed")} == {EMAIL, LUIS}


def audited(door: Door) -> dict[str, int]:
    with door.database.transaction(door.job) as session:
        rows = session.scalars(
            select(AuditEvent.action).where(AuditEvent.object_kind == "account_access")
        ).all()
    return {action: rows.count(action) for action in rows}


def test_an_invitation_works_once_for_its_address_and_for_a_week(door: Door) -> None:
    ana = door.with_account()
    path = invited(door, ana)
    other = make_billed(
        door.database, door.practice_id, number="2", account_number="A-2", email="rosa@example.com"
    )
    rosa = door.with_account(other, email="rosa@example.com")
    assert rosa.send(path, {}).status == 404
    luis = browser(door.app)
    assert luis.send(path, {"password": PASSWORD}).status == 303
    assert browser(door.app).get(path).status == 404
    again = ana.send("/account/people", {"email": "eva@example.com", "kind": "pay_only"})
    assert again.status == 303
    late = f"/invited/{door.invitation()}"
    assert browser(door.app).get(late).status == 200
    door.clock.advance(days=8)
    assert browser(door.app).get(late).status == 404


def test_an_invitation_that_was_taken_back_opens_nothing(door: Door) -> None:
    ana = door.with_account()
    path = invited(door, ana)
    access_id = access_of_luis(door).access_id
    ana.send("/account/people", {}, to=f"/account/people/{access_id}/remove")
    assert browser(door.app).get(path).status == 404


@pytest.mark.parametrize("email", [EMAIL, LUIS])
def test_nobody_is_invited_twice_and_not_oneself(door: Door, email: str) -> None:
    ana = door.with_account()
    invited(door, ana)
    assert ana.send("/account/people", {"email": email, "kind": "pay_only"}).status == 422


def test_the_holders_own_access_and_other_peoples_cannot_be_removed(door: Door) -> None:
    ana = door.with_account()
    rosa_billed = rosa_of(door)
    rosa = door.with_account(rosa_billed, email="rosa@example.com")
    accepted(door, ana)
    with door.database.transaction(door.job) as session:
        ids = session.scalars(select(AccountAccess.access_id)).all()
    for access_id in ids:
        answer = rosa.send("/account/people", {}, to=f"/account/people/{access_id}/remove")
        assert answer.status == 404
    own = own_access(door, door.ana.guarantor_id)
    assert ana.send("/account/people", {}, to=f"/account/people/{own}/remove").status == 404


def rosa_of(door: Door) -> Billed:
    return make_billed(
        door.database, door.practice_id, number="2", account_number="A-2", email="rosa@example.com"
    )


def own_access(door: Door, guarantor_id: UUID) -> UUID:
    with door.database.transaction(door.job) as session:
        return session.scalars(
            select(AccountAccess.access_id).where(
                AccountAccess.guarantor_id == guarantor_id, AccountAccess.kind == "holder"
            )
        ).one()


def test_somebody_with_several_looks_at_one_at_a_time(door: Door) -> None:
    ana = door.with_account()
    rosa = door.with_account(rosa_of(door), email=LUIS)
    path = invited(door, ana)
    assert rosa.get(path).text.count("Accept") == 1
    assert rosa.send(path, {}).status == 303
    page = rosa.get("/account/choose").text
    assert page.count("Shown now") == 1
    assert rosa.get("/account/contact").status == 403  # looks at Ana's
    rosas = own_access(door, rosa_guarantor(door))
    assert rosa.send("/account/choose", {"access": str(rosas)}).status == 303
    assert rosa.get("/account/contact").status == 200
    anas = own_access(door, door.ana.guarantor_id)
    assert rosa.send("/account/choose", {"access": str(anas)}).status == 404


def rosa_guarantor(door: Door) -> UUID:
    with door.database.transaction(door.job) as session:
        return session.scalars(
            select(Guarantor.guarantor_id).where(Guarantor.account_number == "A-2")
        ).one()


def test_row_level_security_shows_an_account_its_guarantors_rows_only(door: Door) -> None:
    door.with_account()
    rosa_of(door)
    principal = Principal.patient(
        door.practice_id,
        guarantor_id=door.ana.guarantor_id,
        actor_id=door.account().account_id,
    )
    with door.database.transaction(principal) as session:
        assert session.scalars(select(Guarantor.guarantor_id)).all() == [door.ana.guarantor_id]


def test_a_new_address_counts_when_its_code_came_back_and_the_old_one_is_told(door: Door) -> None:
    ana, new = door.with_account(), "ana.new@example.com"
    sent = ana.send("/account/contact", {"email": new}, to="/account/contact/email")
    assert sent.location == "/account/contact/code"
    assert door.account().email == EMAIL
    assert door.answer_code(ana, "/account/contact/code").location == "/account/contact?saved=email"
    assert door.account(new).email == new
    assert [mail.to_address for mail in door.mails("account_contact_changed")] == [EMAIL]
    _, answer = door.sign_in(email=new)
    assert answer.status == 303
    with door.database.transaction(door.job) as session:
        assert session.scalars(select(Task.kind)).all() == ["contact_changed"]
        assert session.scalars(select(Guarantor.email)).all() == [new]


def test_an_address_that_signs_somebody_else_in_is_not_taken(door: Door) -> None:
    ana = door.with_account()
    door.with_account(rosa_of(door), email="rosa@example.com")
    ana.send("/account/contact", {"email": "rosa@example.com"}, to="/account/contact/email")
    assert door.answer_code(ana, "/account/contact/code").status == 422
    assert door.account().email == EMAIL


@pytest.mark.parametrize("present", AccessState)
@pytest.mark.parametrize("wanted", AccessState)
def test_access_moves_as_its_table_says(present: AccessState, wanted: AccessState) -> None:
    if wanted in TRANSITIONS[present]:
        assert move_to(present, wanted) is wanted
    else:
        with pytest.raises(UnknownAccessMoveError):
            move_to(present, wanted)


def test_a_link_changes_nothing_of_who_has_an_account(door: Door) -> None:
    door.with_account()
    by_link = door.by_link()
    assert by_link.get("/account/contact").location == "/account/new"
    typed = {"email": "thief@example.com", "phone": "555-010-0177"}
    for path in ("/account/contact/email", "/account/contact/phone"):
        assert by_link.send("/account/new", typed, to=path).location == "/account/new"
    assert by_link.get("/account/contact/code").location == "/account/new"
    assert door.mails("account_contact_changed") == []
    assert (door.account().email, phone_of_ana(door)) == (EMAIL, None)


def test_a_code_asked_for_before_there_was_an_account_changes_nothing_after(door: Door) -> None:
    by_link = door.by_link()
    thief = {"email": "thief@example.com"}
    sent = by_link.send("/account/contact", thief, to="/account/contact/email")
    assert sent.location == "/account/contact/code"
    with door.database.transaction(door.job) as session:
        check_id = session.scalars(select(EmailCheck.check_id)).one()
    by_link_now = Principal.link(
        door.practice_id, guarantor_id=door.ana.guarantor_id, link_id=new_id(), is_guarantor=True
    )
    act = Change(door.clock(), SECRET_KEY, "test")
    code = code_of(SECRET_KEY, check_id)
    assert check_mailed_code(door.database, by_link_now, check_id, code, act=act)
    door.with_account()
    with pytest.raises(AccountNeededError):
        change_email(door.database, by_link_now, check_id, act=act)
    with pytest.raises(AccountNeededError):
        change_phone(door.database, by_link_now, "555-010-0177", act=act)
    assert door.account().email == EMAIL


def test_another_address_to_sign_in_with_ends_the_other_sessions(door: Door) -> None:
    ana, new = door.with_account(), {"email": "ana.new@example.com"}
    elsewhere, _ = door.sign_in()
    assert elsewhere.get("/account/security").status == 200
    ana.send("/account/contact", new, to="/account/contact/email")
    door.answer_code(ana, "/account/contact/code")
    assert elsewhere.get("/account/security").status == 404
    assert ana.get("/account/security").status == 200


def phone_of_ana(door: Door) -> str | None:
    with door.database.transaction(door.job) as session:
        return session.scalars(
            select(Guarantor.phone).where(Guarantor.guarantor_id == door.ana.guarantor_id)
        ).one()


def test_an_invitation_of_somebody_who_is_in_already_takes_the_place_of_the_first(
    door: Door,
) -> None:
    ana = door.with_account()
    luis = accepted(door, ana, AccessKind.PAY_ONLY)
    luis_is_now(door, "luis.new@example.com")
    wider = {"email": "luis.new@example.com", "kind": AccessKind.SEE_AND_PAY.value}
    assert ana.send("/account/people", wider).status == 303
    assert luis.send(f"/invited/{door.invitation()}", {}).status == 303
    with door.database.transaction(door.job) as session:
        present = people_of(session, door.ana.guarantor_id, now=door.clock())
    assert [(one.kind, one.state) for one in present] == [
        (AccessKind.SEE_AND_PAY, AccessState.ACTIVE)
    ]
    assert luis.get("/account/choose").status == 200


def test_a_holder_who_opens_an_invitation_to_their_own_bills_stays_the_holder(door: Door) -> None:
    ana = door.with_account()
    path = invited(door, ana)
    with door.database.transaction(door.job) as session:
        session.execute(update(Account).values(email=LUIS))
    assert ana.send(path, {}).status == 303
    assert ana.get("/account/people").status == 200
    assert browser(door.app).get(path).status == 404


def luis_is_now(door: Door, email: str) -> None:
    with door.database.transaction(door.job) as session:
        session.execute(update(Account).where(Account.email == LUIS).values(email=email))


def test_an_invitation_that_nobody_took_in_its_week_is_gone_and_blocks_nothing(door: Door) -> None:
    door.clock.advance(days=-8)
    ana = door.with_account()
    invited(door, ana)
    door.clock.advance(days=8)
    ana, _ = door.sign_in()
    assert LUIS not in ana.get("/account/people").text
    for number in range(MOST_PEOPLE):
        fields = {"email": LUIS if not number else f"a{number}@example.com", "kind": "pay_only"}
        assert ana.send("/account/people", fields).location == "/account/people"
    assert ana.send("/account/people", {"email": "z@example.com", "kind": "pay_only"}).status == 422


def test_who_may_only_pay_is_said_to_see_what_they_do_see(door: Door) -> None:
    ana = door.with_account()
    assert "Amounts, months and first names" in ana.get("/account/people").text
    path = invited(door, ana, AccessKind.PAY_ONLY)
    assert "amounts, months and first names" in browser(door.app).get(path).text
