"""The desk's money over HTTP: who may, what is shown and what is not, one form one payment."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from portal.app import create_app
from portal.audit.models import AuditEvent
from portal.auth.roles import Role
from portal.db import Database, new_id, practice_of
from portal.domain.journal import LedgerAccount
from portal.practice.directory import change_practice
from tests.auth.running import Browser, Clock, Seen, browser, settings_for_tests
from tests.auth.test_staff_sign_in import hire, sign_in
from tests.payments.counter.till import Till

A = LedgerAccount
DESK = "/money/counter"


@pytest.fixture
def clock(till: Till) -> Clock:
    return Clock(till.now)


@pytest.fixture
def app(database: Database, clock: Clock) -> Flask:
    return create_app(settings_for_tests(), database, clock=clock)


def at_work(app: Flask, till: Till, clock: Clock, role: Role, *, name: str = "jo") -> Browser:
    email = f"{name}.{role}@riverbend.example"
    member = hire(till.database, till.owing.practice_id, email=email, role=role)
    visitor = browser(app)
    sign_in(visitor, member, clock, email=email)
    return visitor


@pytest.fixture
def clerk(app: Flask, till: Till, clock: Clock) -> Browser:
    return at_work(app, till, clock, Role.FRONT_DESK)


@pytest.fixture
def manager(app: Flask, till: Till, clock: Clock) -> Browser:
    return at_work(app, till, clock, Role.MANAGER, name="max")


def fields_of(page: Seen) -> dict[str, str]:
    """What the page's form would send, untouched."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
    return {name: value for name, value in found if name != "csrf_token"}


def words(page: Seen) -> str:
    return re.sub(r"<[^>]+>", "", page.text)


def open_drawer(clerk: Browser, *, start: str = "100") -> str:
    """Its address."""
    opened = clerk.send(DESK, {"name": "Front 1", "start": start}, to=f"{DESK}/drawers")
    assert opened.status == 303
    found = re.search(rf'href="({DESK}/drawers/[0-9a-f-]+)"', clerk.get(DESK).text)
    assert found is not None
    return found.group(1)


def take(clerk: Browser, till: Till, **typed: str) -> Seen:
    """The page to check, or the form with what is wrong."""
    answers = {"paid_by": "cash", "what_for": "oldest", **typed}
    return clerk.send(f"{DESK}/people/{till.owing.guarantor_id}", answers)


def confirm(clerk: Browser, till: Till, check: Seen, **more: str) -> Seen:
    page = f"{DESK}/people/{till.owing.guarantor_id}"
    return clerk.send(page, {**fields_of(check), **more}, to=f"{page}/confirm")


def test_a_day_at_the_desk(clerk: Browser, till: Till) -> None:
    drawer = open_drawer(clerk)
    check = take(clerk, till, amount="70", tendered="80")
    assert check.status == 200
    assert "Change to give back" in check.text
    assert ">$10.00<" in check.text
    paid = confirm(clerk, till, check)
    receipt = clerk.get(paid.location)
    assert "RB-2026-000001" in receipt.text
    assert "Still to pay" in receipt.text
    counting = clerk.get(f"{drawer}/count")
    assert "170.00" not in counting.text
    counted = clerk.send(
        f"{drawer}/count", {"pieces-5000": "3", "pieces-1000": "1", "pieces-500": "2"}
    )
    assert counted.location == drawer
    page = clerk.get(drawer)
    assert "It is right to the cent." in page.text
    closed = clerk.send(drawer, fields_of(page), to=f"{drawer}/close")
    assert closed.location == drawer
    slip = clerk.send(DESK, {"drawers": drawer.rsplit("/", 1)[1]}, to=f"{DESK}/deposits")
    assert "D-2026-00001" in clerk.get(slip.location).text
    assert (till.on(A.DESK_CASH), till.on(A.BANK)) == (0, 7_000)
    assert till.findings() == []
    assert "$70.00" in clerk.get(f"{DESK}/day").text
    assert clerk.get(f"{DESK}/day.csv").headers["Content-Type"].startswith("text/csv")


def test_the_form_sent_twice_counts_once(clerk: Browser, till: Till) -> None:
    open_drawer(clerk)
    check = take(clerk, till, amount="70")
    first, second = (confirm(clerk, till, check) for _ in range(2))
    assert first.location == second.location
    assert till.on(A.DESK_CASH) == 7_000


def test_more_than_is_owed_is_asked_about(clerk: Browser, till: Till) -> None:
    open_drawer(clerk)
    check = take(clerk, till, amount="135")
    assert "$5.00 more than what is owed" in words(check)
    refused = confirm(clerk, till, check)
    assert refused.status == 422
    assert "Say that more than what is owed is meant" in refused.text
    assert fields_of(refused)["payment_id"] == fields_of(check)["payment_id"]
    assert confirm(clerk, till, refused, over="y").status == 303
    assert till.on(A.UNAPPLIED_CREDIT) == -500


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"amount": ""}, "Enter an amount"),
        ({"amount": "70", "paid_by": "card"}, "Choose how they pay"),
        ({"amount": "70", "tendered": "60"}, "It is less than the amount"),
        ({"amount": "70", "paid_by": "check"}, "Enter the number on the check"),
        ({"amount": "70", "paid_by": "terminal"}, "Enter the approval code"),
        (
            {"amount": "70", "paid_by": "terminal", "approval_code": "4242424242424242"},
            "not the card’s number",
        ),
        ({"amount": "70", "what_for": "chosen"}, "Choose the visits it is for"),
        ({"amount": "70", "what_for": "visit"}, "Enter the day of the visit"),
        (
            {"amount": "70", "what_for": "visit", "visit_on": "2026-03-08"},
            "Enter today or a day to come",
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    clerk: Browser, till: Till, typed: dict[str, str], said: str
) -> None:
    open_drawer(clerk)
    page = take(clerk, till, **typed)
    assert page.status == 422
    assert said in page.text
    assert till.posts() == []


def test_a_check_for_chosen_visits_and_a_copay(clerk: Browser, till: Till) -> None:
    open_drawer(clerk)
    newer = str(till.owing.newer.target.claim_id)
    check = take(
        clerk,
        till,
        amount="40",
        paid_by="check",
        check_number="1042",
        what_for="chosen",
        visits=newer,
    )
    assert confirm(clerk, till, check).status == 303
    copay = take(clerk, till, amount="25", what_for="visit", visit_on="2026-03-09")
    assert "For the visit on" in copay.text
    assert confirm(clerk, till, copay).status == 303
    assert [kind for kind, _ in till.posts()] == ["payment_settled", "deposit_taken"]
    assert till.due() == 9_000
    assert till.findings() == []


def test_without_a_drawer_the_page_says_so(clerk: Browser, manager: Browser, till: Till) -> None:
    assert "Open your drawer first" in take(clerk, till, amount="70").text
    page = manager.get(f"{DESK}/people/{till.owing.guarantor_id}")
    assert "takes no money at the desk" in page.text
    assert manager.send(DESK, {"name": "x", "start": "0"}, to=f"{DESK}/drawers").status == 404


def test_void_and_who_may(
    app: Flask, clerk: Browser, manager: Browser, till: Till, clock: Clock
) -> None:
    open_drawer(clerk)
    receipt = confirm(clerk, till, take(clerk, till, amount="70")).location
    other = at_work(app, till, clock, Role.COLLECTIONS)
    assert "Void this payment" not in other.get(receipt).text
    assert other.send(receipt, {"void_why": "other"}, to=f"{receipt}/void").status == 404
    assert "Choose why" in clerk.send(receipt, {}, to=f"{receipt}/ask-for-void").text
    assert clerk.send(receipt, {"void_why": "other"}, to=f"{receipt}/void").status == 404
    asked = clerk.send(receipt, {"void_why": "wrong_amount"}, to=f"{receipt}/ask-for-void")
    assert "A void waits for a manager" in clerk.get(asked.location).text
    assert receipt in manager.get("/desk/tasks").text
    assert "Agree: void" not in other.get(receipt).text
    assert other.send(receipt, {}, to=f"{receipt}/keep").status == 404
    manager.send(receipt, {}, to=f"{receipt}/keep")
    assert "A void waits for a manager" not in clerk.get(receipt).text
    clerk.send(receipt, {"void_why": "wrong_amount"}, to=f"{receipt}/ask-for-void")
    manager.send(receipt, {"void_why": "wrong_amount"}, to=f"{receipt}/void")
    assert "Asked for by" in manager.get(f"{DESK}/day").text
    page = clerk.get(receipt)
    assert "This payment is voided" in page.text
    assert "Void this payment" not in page.text
    assert till.on(A.DESK_CASH) == 0


def test_a_returned_check_is_a_managers_to_write_down(
    clerk: Browser, manager: Browser, till: Till
) -> None:
    drawer = open_drawer(clerk)
    check = take(clerk, till, amount="70", paid_by="check", check_number="1042")
    receipt = confirm(clerk, till, check).location
    payment_id = receipt.rsplit("/", 1)[1]
    clerk.send(f"{drawer}/count", {"pieces-10000": "1", "checks": payment_id})
    clerk.send(drawer, fields_of(clerk.get(drawer)), to=f"{drawer}/close")
    clerk.send(DESK, {"drawers": drawer.rsplit("/", 1)[1]}, to=f"{DESK}/deposits")
    assert clerk.send(receipt, {"bank_said": "no_funds"}, to=f"{receipt}/returned").status == 404
    manager.send(receipt, {"bank_said": "no_funds"}, to=f"{receipt}/returned")
    assert "This check came back unpaid" in manager.get(receipt).text
    assert till.due() == 13_000
    assert "A check came back from the bank" in manager.get("/desk/tasks").text


def test_a_difference_needs_its_reason_and_a_reopening_its_own(
    clerk: Browser, manager: Browser, till: Till
) -> None:
    drawer = open_drawer(clerk)
    clerk.send(f"{drawer}/count", {"pieces-5000": "1"})
    page = clerk.get(drawer)
    assert "$50.00 short" in words(page)
    refused = clerk.send(drawer, fields_of(page), to=f"{drawer}/close")
    assert refused.status == 422
    assert "Write why it differs" in refused.text
    clerk.send(drawer, {**fields_of(page), "reason": "robbed"}, to=f"{drawer}/close")
    assert till.on(A.CASH_OVER_SHORT) == 5_000
    assert clerk.send(drawer, {"reason": "found"}, to=f"{drawer}/reopen").status == 404
    assert "Write why" in manager.send(drawer, {"reason": ""}, to=f"{drawer}/reopen").text
    manager.send(drawer, {"reason": "found"}, to=f"{drawer}/reopen")
    assert till.on(A.CASH_OVER_SHORT) == 0


def test_a_count_of_letters_is_no_count(clerk: Browser, till: Till) -> None:
    drawer = open_drawer(clerk)
    refused = clerk.send(f"{drawer}/count", {"pieces-5000": "two"})
    assert refused.status == 422
    assert "Enter whole numbers" in refused.text


def test_the_machines_batch(clerk: Browser, till: Till) -> None:
    open_drawer(clerk)
    check = take(clerk, till, amount="70", paid_by="terminal", approval_code="A77")
    payment_id = confirm(clerk, till, check).location.rsplit("/", 1)[1]
    page = f"{DESK}/card-machine"
    typed = {"arrived_on": "2026-03-09", "amount": "70.01", "payments": payment_id}
    assert "no more can arrive" in clerk.send(page, typed).text
    assert clerk.send(page, {**typed, "arrived_on": "2026-03-10"}).status == 422
    assert clerk.send(page, {**typed, "amount": "68"}).status == 303
    assert (till.on(A.TERMINAL_CLEARING), till.on(A.PROCESSOR_FEES)) == (0, 200)


def test_much_of_a_batch_is_missing(clerk: Browser, manager: Browser, till: Till) -> None:
    open_drawer(clerk)
    check = take(clerk, till, amount="70", paid_by="terminal", approval_code="A77")
    payment_id = confirm(clerk, till, check).location.rsplit("/", 1)[1]
    page = f"{DESK}/card-machine"
    typed = {"arrived_on": "2026-03-09", "amount": "50", "payments": payment_id}
    assert "More than $3.50 is missing. A manager writes it down" in clerk.send(page, typed).text
    assert "More than $3.50 is missing. Write why" in manager.send(page, typed).text
    settled = manager.send(page, {**typed, "reason": "The yearly fee"})
    assert settled.status == 303
    batch = settled.location
    assert "The yearly fee" in clerk.get(batch).text
    assert "Take this batch back" not in clerk.get(batch).text
    assert clerk.send(page, {"reason": "no"}, to=f"{batch}/take-back").status == 404
    assert "Write why" in manager.send(batch, {"reason": ""}, to=f"{batch}/take-back").text
    manager.send(batch, {"reason": "It was not the fee"}, to=f"{batch}/take-back")
    assert "This batch is taken back" in clerk.get(batch).text
    assert till.on(A.TERMINAL_CLEARING) == 7_000


def test_a_missing_check_is_found_or_lost(clerk: Browser, manager: Browser, till: Till) -> None:
    drawer = open_drawer(clerk)
    receipts = [
        confirm(
            clerk, till, take(clerk, till, amount=amount, paid_by="check", check_number="1042")
        ).location
        for amount in ("10", "20")
    ]
    cash = confirm(clerk, till, take(clerk, till, amount="5")).location
    clerk.send(f"{drawer}/count", {"pieces-10000": "1", "pieces-500": "1"})
    page = clerk.get(drawer)
    clerk.send(drawer, {**fields_of(page), "reason": "lost"}, to=f"{drawer}/close")
    clerk.send(DESK, {"drawers": drawer.rsplit("/", 1)[1]}, to=f"{DESK}/deposits")
    found, lost = receipts
    assert "This check is missing" in manager.get(found).text
    assert "This check is missing" not in clerk.get(found).text
    refund = f"/desk/payments/{found.rsplit('/', 1)[1]}/refund"
    assert "a paper check that is missing" in manager.get(refund).text
    assert "Write where it was" in manager.send(found, {"where": ""}, to=f"{found}/found").text
    manager.send(found, {"where": "under the drawer"}, to=f"{found}/found")
    manager.send(cash, {"where": "here"}, to=f"{cash}/found")
    assert "This check is not missing" in manager.get(cash).text
    assert "D-2026-00002" in clerk.get(DESK).text
    assert "can be sent back from March 19, 2026" in words(manager.get(refund))
    manager.send(lost, {"bank_said": "lost"}, to=f"{lost}/returned")
    assert "This check is lost" in manager.get(lost).text
    assert till.on(A.CASH_OVER_SHORT) == 0
    assert till.findings() == []


def test_where_the_practices_system_books_the_desk_these_pages_are_off(
    clerk: Browser, till: Till
) -> None:
    change_practice(till.database, "riverbend", {"desk_receipts_in": "practice"})
    for path in ("", f"/people/{till.owing.guarantor_id}", "/card-machine", "/day"):
        page = clerk.get(f"{DESK}{path}")
        assert page.status == 409
        assert "it would count twice" in page.text


def test_nobody_else_reaches_the_desk(app: Flask, till: Till, clock: Clock) -> None:
    poster = at_work(app, till, clock, Role.POSTER)
    for path in ("", "/day", "/card-machine", f"/people/{till.owing.guarantor_id}"):
        assert poster.get(f"{DESK}{path}").status == 404
        assert browser(app).get(f"{DESK}{path}").status == 303


def test_what_does_not_exist_is_not_found(clerk: Browser) -> None:
    for path in ("people", "payments", "drawers", "deposits", "card-machine"):
        assert clerk.get(f"{DESK}/{path}/{new_id()}").status == 404


def test_looking_leaves_its_rows(clerk: Browser, till: Till) -> None:
    open_drawer(clerk)
    receipt = confirm(clerk, till, take(clerk, till, amount="70")).location
    clerk.get(receipt)
    rows = till.read(
        lambda session: session.execute(
            select(AuditEvent.action, AuditEvent.object_kind, AuditEvent.guarantor_id).where(
                AuditEvent.practice_id == practice_of(session)
            )
        ).all()
    )
    seen = {(row.action, row.object_kind) for row in rows if row.guarantor_id}
    assert {("view", "guarantor"), ("view", "payment"), ("payment_settled", "payment")} <= seen
