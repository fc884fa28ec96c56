"""The front desk's pages: find, look, send, watch, revoke, and what each leaves in the log."""

import re
from datetime import date
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from portal.audit.models import AuditEvent
from portal.auth.link_opening import OpenedLink, open_link
from portal.auth.link_tokens import LinkTokens
from portal.auth.links import REPORTED, make_link, record_step
from portal.auth.models import StatementLink
from portal.auth.roles import REACH, Area, Role
from portal.auth.staff import NewStaff
from portal.db import Database, Principal, new_id
from portal.domain.link_status import LinkState
from portal.practice.models import Guarantor
from portal.statements.service import void_statement
from tests.auth.billed import NOW
from tests.auth.running import Browser, Clock, browser
from tests.auth.test_link_pages import without_reference
from tests.auth.test_staff_sign_in import hire, sign_in
from tests.builders import make_guarantor, make_practice
from tests.desk.conftest import Household, make_household


def staff_of(practice_id: UUID) -> Principal:
    return Principal.staff(practice_id, staff_id=UUID(int=99), role="front_desk")


def find(clerk: Browser, term: str) -> str:
    seen = clerk.send("/desk", {"term": term}, to="/desk/search")
    assert seen.status == 200
    return seen.text


def send(clerk: Browser, household: Household) -> str:
    page = f"/desk/people/{household.guarantor_id}"
    sent = clerk.send(page, {}, to=f"/desk/statements/{household.statement_id}/links")
    assert (sent.status, sent.location) == (303, page)
    return clerk.get(page).text


def links(database: Database, household: Household) -> list[StatementLink]:
    with database.transaction(staff_of(household.practice_id)) as session:
        return list(
            session.scalars(
                select(StatementLink)
                .where(StatementLink.practice_id == household.practice_id)
                .order_by(StatementLink.link_id)
            )
        )


def audit(database: Database, practice_id: UUID, staff: NewStaff) -> list[tuple[str, str]]:
    with database.transaction(staff_of(practice_id)) as session:
        rows = session.execute(
            select(AuditEvent.action, AuditEvent.object_kind)
            .where(AuditEvent.practice_id == practice_id, AuditEvent.actor_id == staff.staff_id)
            .order_by(AuditEvent.event_id)
        )
        return [(row.action, row.object_kind) for row in rows]


@pytest.mark.parametrize(
    "term",
    [
        "Reyes",
        "reyes, ana",
        "Ana Reyes",
        "an rey",
        "Mateo",
        "4/27/1985",
        "April 27, 1985",
        "9/2/2017",
        "A-20411",
        "a-20411",
        "10001",
    ],
)
def test_a_person_is_found_by_themselves_and_by_a_patient(
    clerk: Browser, ana: Household, term: str
) -> None:
    found = find(clerk, term)
    assert f"/desk/people/{ana.guarantor_id}" in found
    assert "$40.00" in found


@pytest.mark.parametrize("term", ["eyes", "Ana Smith", "4/28/1985", "A-2041", "%", "", "_____"])
def test_what_fits_nobody_finds_nobody(clerk: Browser, ana: Household, term: str) -> None:
    assert f"/desk/people/{ana.guarantor_id}" not in find(clerk, term)


def test_accents_hyphens_and_phones_do_not_hide_anybody(
    clerk: Browser, database: Database, practice_id: UUID
) -> None:
    guarantor_id = make_guarantor(
        database, practice_id, first_name="ÁNGELA", last_name="Muñoz-Íñiguez"
    )
    with database.transaction(staff_of(practice_id)) as session:
        session.execute(
            update(Guarantor)
            .where(Guarantor.practice_id == practice_id)
            .values(phone="+1 (503) 555-0117")
        )
    for term in ("munoz", "Iñiguez angela", "ANGELA", "iniguez", "503.555.0117"):
        assert f"/desk/people/{guarantor_id}" in find(clerk, term), term


def test_at_most_twenty_five_people_are_shown_and_more_are_announced(
    clerk: Browser, database: Database, practice_id: UUID
) -> None:
    for number in range(26):
        make_guarantor(database, practice_id, account_number=f"B-{number}", last_name="Smith")
    found = find(clerk, "smith")
    assert found.count("/desk/people/") == 25
    assert "There are more" in found


def test_a_search_is_never_in_an_address_and_not_in_the_log(
    clerk: Browser, database: Database, ana: Household, jo: NewStaff
) -> None:
    assert clerk.get("/desk/search?term=Reyes").status == 405
    find(clerk, "Reyes")
    assert audit(database, ana.practice_id, jo) == [("search", "guarantor")]
    with database.transaction(staff_of(ana.practice_id)) as session:
        rows = session.scalars(text("SELECT e::text FROM portal.audit_events e")).all()
    assert all("eyes" not in row for row in rows)


def test_the_persons_page_says_what_they_owe_and_what_would_be_sent(
    clerk: Browser, database: Database, ana: Household, jo: NewStaff
) -> None:
    page = clerk.get(f"/desk/people/{ana.guarantor_id}").text
    for words in (
        "Ana Reyes",
        "Mateo Reyes",
        "A-20411",
        "$40.00",
        "Statement 10001",
        "ana.reyes@example.com",
        "You have a statement from Riverbend Family Health",
        "http://localhost:8000/s/…",
        "Blue Horizon decided",
        "Statement 10001 issued",
    ):
        assert words in page, words
    assert ("view", "guarantor") in audit(database, ana.practice_id, jo)


def test_a_link_is_sent_watched_and_turned_off(
    clerk: Browser, database: Database, ana: Household, tokens: LinkTokens, jo: NewStaff
) -> None:
    page = send(clerk, ana)
    assert "The link is on its way." in page
    assert "Waiting to be sent" in page
    (link,) = links(database, ana)
    opened = open_link(
        database,
        tokens,
        tokens.make(ana.practice_id, link.link_id),
        born_on=date(2017, 9, 2),
        source=b"their phone",
        now=NOW,
        request_id="r",
    )
    assert isinstance(opened, OpenedLink)
    page = clerk.get(f"/desk/people/{ana.guarantor_id}").text
    assert "Opened with a date of birth" in page
    assert "Arrived: somebody opened it" in page
    off = clerk.send(
        f"/desk/people/{ana.guarantor_id}", {}, to=f"/desk/links/{link.link_id}/revoke"
    )
    assert off.status == 303
    page = clerk.get(f"/desk/people/{ana.guarantor_id}").text
    assert "The link is turned off." in page
    assert "Statement link turned off" in page
    done = audit(database, ana.practice_id, jo)
    assert ("send", "statement_link") in done
    assert ("revoke", "statement_link") in done


def test_the_desk_reads_that_a_mail_server_reported_the_delivery(
    clerk: Browser, database: Database, ana: Household
) -> None:
    send(clerk, ana)
    (link,) = links(database, ana)
    with database.transaction(Principal.job(ana.practice_id, role="test")) as session:
        record_step(session, link.link_id, LinkState.SENT, now=NOW)
        record_step(session, link.link_id, LinkState.DELIVERED, now=NOW, detail=REPORTED)
    page = clerk.get(f"/desk/people/{ana.guarantor_id}").text
    assert "Delivered, says their mail server" in page
    assert "says the mail server of ana.reyes@example.com" in page
    assert "somebody opened it" not in page


def test_a_wrong_date_is_seen_by_the_desk(
    clerk: Browser, database: Database, ana: Household, tokens: LinkTokens
) -> None:
    send(clerk, ana)
    (link,) = links(database, ana)
    for _ in range(5):
        open_link(
            database,
            tokens,
            tokens.make(ana.practice_id, link.link_id),
            born_on=date(1999, 1, 1),
            source=b"their phone",
            now=NOW,
            request_id="r",
        )
    page = clerk.get(f"/desk/people/{ana.guarantor_id}").text
    assert "5 tries" in page
    assert "Closed after 5 wrong tries" in page


def test_sending_again_makes_a_new_link_and_turns_the_old_one_off(
    clerk: Browser, database: Database, ana: Household
) -> None:
    send(clerk, ana)
    (first,) = links(database, ana)
    page = f"/desk/people/{ana.guarantor_id}"
    assert clerk.send(page, {}, to=f"/desk/links/{first.link_id}/resend").location == page
    older, newer = links(database, ana)
    assert older.revoked_at is not None
    assert newer.revoked_at is None
    assert newer.statement_id == ana.statement_id


def test_what_forbids_sending_is_said_and_nothing_is_sent(
    clerk: Browser, database: Database, ana: Household
) -> None:
    with database.transaction(staff_of(ana.practice_id)) as session:
        session.execute(
            update(Guarantor)
            .where(Guarantor.practice_id == ana.practice_id)
            .values(email=None, born_on=None)
        )
    page = send(clerk, ana)
    assert "No e-mail address is on file" in page
    assert "The link is on its way." not in page
    assert links(database, ana) == []


def test_a_voided_statement_is_not_sent(clerk: Browser, database: Database, ana: Household) -> None:
    void_statement(
        database, staff_of(ana.practice_id), ana.statement_id, reason="", now=NOW, request_id="r"
    )
    page = f"/desk/people/{ana.guarantor_id}"
    refused = clerk.send(page, {}, to=f"/desk/statements/{ana.statement_id}/links")
    assert refused.status == 404
    assert "There is no open statement to send" in clerk.get(page).text


def test_the_desk_sees_what_the_patient_sees_and_the_log_says_so(
    clerk: Browser, database: Database, ana: Household, jo: NewStaff
) -> None:
    seen = clerk.get(f"/desk/statements/{ana.statement_id}").text
    assert "This is what Ana Reyes sees" in seen
    assert "This is your copay." in seen
    assert ("view", "statement") in audit(database, ana.practice_id, jo)
    page = clerk.get(f"/desk/people/{ana.guarantor_id}").text
    assert "Staff looked at statement 10001" in page
    assert page.count("Staff looked at statement 10001") == 1


def test_another_practices_people_links_and_statements_look_like_nobodys(
    clerk: Browser, database: Database, tokens: LinkTokens
) -> None:
    elsewhere = make_practice(database, slug="elsewhere")
    theirs = make_household(database, elsewhere, account_number="A-7")
    with database.transaction(staff_of(elsewhere)) as session:
        link_id = make_link(
            session,
            tokens=tokens,
            guarantor_id=theirs.guarantor_id,
            statement_id=theirs.statement_id,
            patient_ids=[],
            now=NOW,
        )
    token = clerk.get("/desk").csrf_token
    for path in ("/desk/people/{}", "/desk/statements/{}"):
        missing = clerk.get(path.format(new_id()))
        found = clerk.get(path.format(theirs.guarantor_id))
        other = clerk.get(path.format(theirs.statement_id))
        assert missing.status == found.status == other.status == 404
        assert without_reference(missing) == without_reference(found) == without_reference(other)
    for path in (
        f"/desk/statements/{theirs.statement_id}/links",
        f"/desk/links/{link_id}/revoke",
        f"/desk/links/{link_id}/resend",
    ):
        assert clerk.client.post(path, data={"csrf_token": token}).status_code == 404
    assert links(database, theirs)[0].revoked_at is None
    assert "/desk/people/" not in find(clerk, "Reyes")


@pytest.mark.parametrize("role", Role)
def test_only_roles_of_the_desk_come_in(
    app: Flask, database: Database, ana: Household, clock: Clock, role: Role
) -> None:
    visitor = browser(app)
    sign_in(visitor, hire(database, ana.practice_id, role=role), clock)
    expected = 200 if role in REACH[Area.DESK] else 404
    for path in (
        "/desk",
        f"/desk/people/{ana.guarantor_id}",
        f"/desk/statements/{ana.statement_id}",
    ):
        assert visitor.get(path).status == expected


def test_every_post_of_the_desk_wants_its_forms_token(
    clerk: Browser, ana: Household, database: Database
) -> None:
    for path in (
        "/desk/search",
        f"/desk/statements/{ana.statement_id}/links",
        f"/desk/links/{new_id()}/revoke",
        f"/desk/links/{new_id()}/resend",
    ):
        assert clerk.client.post(path).status_code == 400
    assert links(database, ana) == []


def test_a_person_with_nothing_at_all_has_a_page(
    clerk: Browser, database: Database, practice_id: UUID
) -> None:
    guarantor_id = make_guarantor(database, practice_id, born_on=None, email=None)
    page = clerk.get(f"/desk/people/{guarantor_id}")
    assert page.status == 200
    assert "Nothing yet" in page.text
    assert "There is no open statement to send" in page.text


def test_no_flash_message_keeps_anything_of_a_person(
    clerk: Browser, database: Database, ana: Household
) -> None:
    page = f"/desk/people/{ana.guarantor_id}"
    clerk.send(page, {}, to=f"/desk/statements/{ana.statement_id}/links")
    with database.local_transaction() as session:
        kept = session.scalars(text("SELECT data::text FROM portal.web_sessions")).all()
    assert kept
    assert all(not re.search("Ana|Reyes|example|40.00", row) for row in kept)
