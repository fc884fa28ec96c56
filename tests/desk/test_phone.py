"""A payment by phone: the caller gets a link, the clerk watches, and no card is ever typed here."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.app import create_app
from portal.auth.link_tokens import LinkTokens
from portal.auth.links import record_step
from portal.auth.models import StatementLink
from portal.auth.roles import Role
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.link_status import LinkState
from portal.messages.models import Message
from portal.practice.directory import change_practice
from portal.practice.models import Guarantor
from tests.auth.running import Browser, Clock, Seen, browser, settings_for_tests
from tests.auth.test_staff_sign_in import hire, sign_in
from tests.desk.conftest import Household

CARD_FIELDS = re.compile(r"<input[^>]*(cc-number|cc-csc|cc-exp|card.?number|cvc)", re.IGNORECASE)


@pytest.fixture
def app(database: Database, clock: Clock) -> Flask:
    return create_app(settings_for_tests(), database, clock=clock)


@pytest.fixture
def page_of(ana: Household) -> str:
    return f"/desk/people/{ana.guarantor_id}/phone"


def words(page: Seen) -> str:
    return re.sub(r"<[^>]+>", "", page.text)


def step(database: Database, ana: Household, state: LinkState, clock: Clock) -> None:
    """The link comes so far."""
    clock.now += timedelta(minutes=1)
    with database.transaction(Principal.job(ana.practice_id, role="test")) as session:
        link_id = session.scalars(
            select(StatementLink.link_id)
            .where(StatementLink.practice_id == practice_of(session))
            .order_by(StatementLink.link_id.desc())
        ).first()
        assert link_id is not None
        record_step(session, link_id, state, now=clock.now)


def test_the_clerk_sends_a_link_and_sees_it_being_paid(
    clerk: Browser, page_of: str, database: Database, ana: Household, clock: Clock
) -> None:
    before = clerk.get(page_of)
    assert "Never take a card number" in before.text
    assert "No link has been sent yet." in before.text
    assert "data-look-again" not in before.text
    assert clerk.send(page_of, {}).location == page_of
    watched = clerk.get(page_of)
    assert 'data-look-again="15"' in watched.text
    assert '<noscript><meta http-equiv="refresh" content="15"></noscript>' in watched.text
    for state, said in (
        (LinkState.SENT, "Sent to ana.reyes@example.com"),
        (LinkState.DELIVERED, "Arrived: somebody opened it"),
        (LinkState.TRIED, "Arrived: somebody opened it"),
        (LinkState.VERIFIED, "Opened with a date of birth"),
        (LinkState.PAID, "It is paid."),
    ):
        step(database, ana, state, clock)
        assert said in words(clerk.get(page_of))
    assert "data-look-again" not in clerk.get(page_of).text


def test_one_link_is_queued_and_the_one_before_ends(
    clerk: Browser, page_of: str, database: Database, ana: Household, tokens: LinkTokens
) -> None:
    del tokens
    clerk.send(page_of, {})
    clerk.send(page_of, {})
    with database.transaction(Principal.job(ana.practice_id, role="test")) as session:
        links = session.scalars(
            select(StatementLink).where(StatementLink.practice_id == practice_of(session))
        ).all()
        messages = session.scalars(
            select(Message).where(Message.practice_id == practice_of(session))
        ).all()
    assert sorted(link.revoked_at is None for link in links) == [False, True]
    assert {message.template for message in messages} == {"statement_link"}


def test_what_stands_against_a_link_is_said(
    clerk: Browser, page_of: str, database: Database, ana: Household
) -> None:
    with database.transaction(Principal.job(ana.practice_id, role="test")) as session:
        session.execute(
            update(Guarantor)
            .where(
                Guarantor.practice_id == practice_of(session),
                Guarantor.guarantor_id == ana.guarantor_id,
            )
            .values(email_agreed_at=None)
        )
    assert "It cannot be sent yet" in clerk.get(page_of).text
    clerk.client.post(page_of, data={"csrf_token": clerk.get("/desk").csrf_token})
    assert "No link has been sent yet." in clerk.get(page_of).text


def test_no_page_of_the_desk_has_a_place_for_a_card(
    clerk: Browser, page_of: str, database: Database, ana: Household
) -> None:
    change_practice(database, "riverbend", {"desk_receipts_in": "portal"})
    clerk.send("/money/counter", {"name": "Front 1", "start": "0"}, to="/money/counter/drawers")
    for path in (page_of, f"/money/counter/people/{ana.guarantor_id}"):
        page = clerk.get(path)
        assert page.status == 200
        assert CARD_FIELDS.search(page.text) is None, path


def test_the_persons_page_leads_to_the_desks_money_where_the_portal_books_it(
    clerk: Browser, page_of: str, database: Database, ana: Household
) -> None:
    person, counter = f"/desk/people/{ana.guarantor_id}", "/money/counter/people/"
    before = clerk.get(person).text
    assert page_of in before
    assert counter not in before
    change_practice(database, "riverbend", {"desk_receipts_in": "portal"})
    assert f"{counter}{ana.guarantor_id}" in clerk.get(person).text


def test_a_desk_payment_stands_on_the_persons_page(
    clerk: Browser, database: Database, ana: Household
) -> None:
    change_practice(database, "riverbend", {"desk_receipts_in": "portal"})
    clerk.send("/money/counter", {"name": "Front 1", "start": "0"}, to="/money/counter/drawers")
    take = f"/money/counter/people/{ana.guarantor_id}"
    typed = {"amount": "5", "paid_by": "check", "check_number": "1001", "what_for": "oldest"}
    check = clerk.send(take, typed)
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', check.text))
    receipt = clerk.send(take, hidden, to=f"{take}/confirm").location
    person = clerk.get(f"/desk/people/{ana.guarantor_id}")
    assert "Paid at the desk, receipt RB-2026-000001" in words(person)
    assert receipt in person.text
    clerk.send(receipt, {"void_why": "wrong_amount"}, to=f"{receipt}/void")
    assert "Payment voided, receipt RB-2026-000001" in words(
        clerk.get(f"/desk/people/{ana.guarantor_id}")
    )


def test_posters_and_strangers_take_no_calls(
    app: Flask, database: Database, ana: Household, page_of: str, clock: Clock
) -> None:
    assert browser(app).get(page_of).status == 303
    email = "poster@riverbend.example"
    poster = hire(database, ana.practice_id, email=email, role=Role.POSTER)
    visitor = browser(app)
    sign_in(visitor, poster, clock, email=email)
    assert visitor.get(page_of).status == 404


def test_nobodys_page_is_not_found(clerk: Browser) -> None:
    assert clerk.get(f"/desk/people/{new_id()}/phone").status == 404
