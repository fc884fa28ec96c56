"""The staff's rooms of money over HTTP: a payment, moving it, taking it back, credits, suspense."""

import re
from uuid import UUID

import pytest
from flask import Flask

from portal.auth.roles import REACH, Area, Role
from portal.connectors.payment_gateway import PaymentGateway
from portal.connectors.stripe_gateway import StripeGateway
from portal.db import Database, new_id
from portal.desk.money_routes import money
from portal.desk.routes import desk as desk_pages
from portal.domain.journal import NOWHERE
from portal.domain.payment_status import PaymentState
from portal.payments.routes import payments
from portal.payments.suspense.routes import suspense
from portal.practice.import_lock import announce_import
from portal.statements.routes import statements
from tests.auth.running import Browser, make_app
from tests.contracts.stripe_wire import StripeWire
from tests.desk.conftest import other_areas
from tests.desk.test_money_pages import staff
from tests.payments.conftest import ana, gateway, payer
from tests.payments.paying import Payer
from tests.payments.test_moving_payments import stands
from tests.payments.test_suspense import assert_all_is_sound, found_entry, stray, told

__all__ = ["ana", "gateway", "payer"]


@pytest.fixture
def app(payer: Payer, database: Database, gateway: StripeGateway) -> Flask:
    pages = (statements, payments, desk_pages, money, suspense, *other_areas())
    app = make_app(database, lambda: payer.now, *pages)
    app.extensions["portal"].services[PaymentGateway] = gateway
    return app


@pytest.fixture
def manager(app: Flask, payer: Payer) -> Browser:
    return staff(app, payer, Role.MANAGER)


def boxes(text: str) -> list[str]:
    return re.findall(r'name="(line-[^"]+)"', text)


def hidden(text: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', text))


def test_a_payment_is_moved_after_a_look_at_what_it_will_pay(
    payer: Payer, manager: Browser
) -> None:
    payment_id = payer.pay(6_000)
    page = f"/money/payments/{payment_id}/move"
    older, *others = boxes(manager.get(page).text)
    assert len(others) == 2
    wrong = manager.send(page, {older: "60.01", "reason": "Their wish."})
    assert (wrong.status, "Enter an amount up to $60.00" in wrong.text) == (422, True)
    unsaid = manager.send(page, {older: "10", "reason": " "})
    assert (unsaid.status, "Write why it is moved" in unsaid.text) == (422, True)
    checked = manager.send(page, {older: "10", "reason": "Their wish."})
    assert stands(payer, payment_id) == {payer.owing.older.target: 6_000}
    moved = manager.send(page, hidden(checked.text), to=f"{page}/confirm")
    assert (moved.status, moved.location) == (303, f"/money/payments/{payment_id}")
    assert stands(payer, payment_id) == {payer.owing.older.target: 1_000, NOWHERE: 5_000}
    seen = manager.get(moved.location).text
    for words in ("Their wish.", "Credit that pays nothing yet", "The payment is moved"):
        assert words in seen
    again = manager.send(
        page, {**hidden(checked.text), "move_id": str(new_id())}, to=f"{page}/confirm"
    )
    assert "Nothing was moved" in manager.get(again.location).text
    assert_all_is_sound(payer)


def test_a_page_that_nobody_has_paid_on_is_closed(
    payer: Payer, app: Flask, stripe_wire: StripeWire
) -> None:
    clerk = staff(app, payer, Role.FRONT_DESK)
    payment_id, _ = payer.open_page(5_000)
    page = f"/money/payments/{payment_id}"
    assert "Take it back" in clerk.get(page).text
    assert clerk.send(page, {}, to=f"{page}/void").location == page
    assert payer.state(payment_id) is PaymentState.EXPIRED
    (session,) = stripe_wire.api("GET", "/v1/checkout/sessions")["data"]
    assert session["status"] == "expired"
    assert "Take it back" not in clerk.get(page).text


def test_what_was_paid_just_before_stays_paid(payer: Payer, manager: Browser) -> None:
    payment_id = payer.pay_at_stripe(5_000)
    page = f"/money/payments/{payment_id}"
    assert manager.send(page, {}, to=f"{page}/void").status == 303
    assert payer.state(payment_id) is PaymentState.SUCCEEDED
    assert "It was paid just before" in manager.get(page).text
    refused = manager.send(page, {}, to=f"{page}/void")
    assert (refused.status, "Send it back instead" in refused.text) == (422, True)
    assert_all_is_sound(payer)


def test_what_was_paid_during_an_import_is_said_to_wait(payer: Payer, manager: Browser) -> None:
    payment_id = payer.pay_at_stripe(5_000)
    page = f"/money/payments/{payment_id}"
    with payer.database.transaction(payer.job) as session:
        announce_import(session.connection(), payer.owing.practice_id)
        busy = manager.send(page, {}, to=f"{page}/void")
    assert (busy.status, "Insurance payments are being read in" in busy.text) == (422, True)


def test_a_form_nobody_sent_is_taken_back_without_stripe(payer: Payer, manager: Browser) -> None:
    page = f"/money/payments/{payer.prepare(5_000)}"
    assert manager.send(page, {}, to=f"{page}/void").status == 303


@pytest.mark.parametrize("role", Role)
def test_each_room_is_for_those_who_may(payer: Payer, app: Flask, role: Role) -> None:
    who, payment_id = staff(app, payer, role), payer.pay(1_000)
    for area, page in (
        (Area.MONEY, f"/money/payments/{payment_id}"),
        (Area.CREDIT, f"/money/payments/{payment_id}/move"),
        (Area.CREDIT, "/money/credits"),
        (Area.CREDIT, "/money/credits.csv"),
        (Area.REFUNDS, "/money/refunds"),
        (Area.BOOKS, "/money/suspense"),
    ):
        assert (who.get(page).status == 200) == (role in REACH[area]), page


def test_the_credits_are_listed_with_a_way_on(payer: Payer, manager: Browser) -> None:
    payment_id = payer.pay(6_000)
    page = f"/money/payments/{payment_id}/move"
    older, *_ = boxes(manager.get(page).text)
    checked = manager.send(page, {older: "10", "reason": "Their wish."})
    manager.send(page, hidden(checked.text), to=f"{page}/confirm")
    seen = manager.get("/money/credits?which=owes").text
    for words in ("Ana Reyes", "$50.00", "Use it for what they owe", "counsel"):
        assert words in seen
    assert "Ana Reyes" not in manager.get("/money/credits?which=payers").text
    assert manager.get("/money/credits?which=nonsense").status == 200
    assert "Ana Reyes,A-20411,50.00" in manager.get("/money/credits.csv").text


def test_money_in_suspense_is_placed_on_its_page(
    payer: Payer, manager: Browser, stripe_wire: StripeWire
) -> None:
    entry_id = found_entry(payer, stripe_wire)
    page, to = "/money/suspense", "/money/suspense/found"
    sent = {
        "decision_id": str(new_id()),
        "subject": str(entry_id),
        "reason": "Their bank says so.",
    }
    unsaid = manager.send(page, sent, to=to)
    assert (unsaid.status, "Choose what becomes of it" in unsaid.text) == (422, True)
    assert manager.send(page, {**sent, "act": "attach"}, to=to).location == page
    assert "Nothing waits here" in manager.get(page).text
    late = manager.send(page, {**sent, "act": "send_back"}, to=to)
    assert (late.status, "It does not wait any more" in late.text) == (422, True)
    assert_all_is_sound(payer)


def test_an_event_that_is_none_of_ours_is_placed_or_put_off_the_list(
    payer: Payer, manager: Browser, stripe_wire: StripeWire
) -> None:
    first = stray(payer, stripe_wire, new_id(), 3_000)
    told(payer, first)
    page, to = "/money/suspense", "/money/suspense/parked"
    sent = {
        "decision_id": str(new_id()),
        "event": first.id,
        "reason": "They called.",
        "act": "attach",
        "account_number": "A-0",
    }
    wrong = manager.send(page, sent, to=to)
    assert (wrong.status, "no account with this number" in wrong.text) == (422, True)
    assert manager.send(page, {**sent, "account_number": "A-20411"}, to=to).status == 303
    second = stray(payer, stripe_wire, new_id(), 700)
    told(payer, second)
    off = {**sent, "decision_id": str(new_id()), "event": second.id, "act": "not_ours"}
    assert manager.send(page, off, to=to).status == 303
    assert first.object_id not in manager.get(page).text
    assert second.object_id not in manager.get(page).text


def test_another_practices_payment_looks_like_nobodys(manager: Browser) -> None:
    for page in (f"/money/payments/{new_id()}", f"/money/refunds/{UUID(int=1)}"):
        assert manager.get(page).status == 404
