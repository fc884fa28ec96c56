"""The pages of the books and of disputes, over HTTP, as a manager and the front desk see them."""

import re

import pytest
from flask import Flask

from portal.app import create_app
from portal.auth.roles import Role
from portal.connectors.stripe_gateway import StripeGateway
from portal.db import Database
from portal.payments.disputes.models import DisputeRow
from tests.auth.running import Browser, Clock, browser, settings_for_tests
from tests.auth.test_staff_sign_in import hire, sign_in
from tests.payments.settling import Settling


@pytest.fixture
def app(database: Database, gateway: StripeGateway, settling: Settling) -> Flask:
    clock = Clock(settling.payer.now)
    app = create_app(settings_for_tests(), database, clock=clock, stripe=gateway.connection)
    app.extensions["clock"] = clock
    return app


def at_work(app: Flask, settling: Settling, role: Role) -> Browser:
    visitor = browser(app)
    email = f"{role}@example.com"
    member = hire(settling.payer.database, settling.practice_id, email=email, role=role)
    clock: Clock = app.extensions["clock"]
    clock.now = settling.payer.now
    sign_in(visitor, member, clock, email=email)
    return visitor


@pytest.fixture
def manager(app: Flask, settling: Settling) -> Browser:
    return at_work(app, settling, Role.MANAGER)


@pytest.fixture
def disputed(settling: Settling) -> DisputeRow:
    return settling.learn(settling.dispute(settling.pay())["id"])


def test_the_money_page_leads_where_something_waits(disputed: DisputeRow, manager: Browser) -> None:
    page = manager.get("/money").text
    assert "1 dispute to answer" in page
    assert "Held by banks in disputes" in page
    assert disputed.stripe_dispute_id not in page


def test_the_front_desk_sees_what_it_may_do(app: Flask, settling: Settling) -> None:
    clerk = at_work(app, settling, Role.FRONT_DESK)
    page = clerk.get("/money")
    assert page.status == 200
    assert "drawers in use" in page.text
    assert "dispute" not in page.text
    for path in ("/money/books", "/money/books.csv", "/money/payouts", "/money/disputes"):
        assert clerk.get(path).status == 404


def test_a_day_is_shown_and_downloaded(settling: Settling, manager: Browser) -> None:
    settling.pay(6_000)
    settling.read_books()
    page = manager.get("/money/books")
    assert "Not in practice’s system yet" in page.text
    csv = manager.get("/money/books.csv")
    assert csv.headers["Content-Type"].startswith("text/csv")
    header, row = csv.text.strip().split("\r\n")
    assert header.startswith("day,kind,receipt_or_stripe_id,stripe_cents")
    assert ",6000,204,6000,6000," in row
    assert row.endswith("not_in_practice_system")
    assert manager.get("/money/books?day=2020-01-01").status == 200
    assert manager.get("/money/books?day=yesterday").status == 404


def test_a_payout_says_what_it_carried(settling: Settling, manager: Browser) -> None:
    settling.pay(6_000)
    settling.pass_days()
    settling.take_in(settling.pay_out())
    shown = manager.get("/money/payouts").text
    path = re.search(r'href="(/money/payouts/[^"]+)"', shown)
    assert path is not None
    page = manager.get(path.group(1)).text
    assert "$57.96" in page
    assert "Booked" in page


def test_a_dispute_is_answered_after_somebody_read_the_answer(
    settling: Settling, disputed: DisputeRow, manager: Browser
) -> None:
    path = f"/money/disputes/{disputed.dispute_id}"
    check = manager.send(path, {"items": ["receipt", "agreement"]}, to=f"{path}/evidence")
    assert "Approve and send" in check.text
    assert "pressed the button" in check.text
    fields = {"items": ["receipt"], "text": "Mateo paid."}
    unread = manager.send(path, fields, to=f"{path}/evidence/confirm")
    assert (unread.status, "say that you have" in unread.text) == (422, True)
    named = manager.send(path, {**fields, "read": "y"}, to=f"{path}/evidence/confirm")
    assert (named.status, "it tells who somebody is: Mateo" in named.text) == (422, True)
    assert (
        settling.records.dispute(disputed.stripe_dispute_id, stripe_account=None).evidence_given
        is False
    )
    right = {"items": ["receipt"], "text": "The payer agreed to it.", "read": "y"}
    assert manager.send(path, right, to=f"{path}/evidence/confirm").location == path
    assert "The payer agreed to it." in manager.get(path).text
    again = manager.send("/money/disputes", right, to=f"{path}/evidence/confirm")
    assert again.location == "/money/disputes"


def test_giving_in_needs_a_reason(
    settling: Settling, disputed: DisputeRow, manager: Browser
) -> None:
    path = f"/money/disputes/{disputed.dispute_id}"
    assert manager.send(path, {"reason": " "}, to=f"{path}/accept").status == 422
    given_in = manager.send(path, {"reason": "They are right."}, to=f"{path}/accept")
    assert given_in.location == path
    assert "The bank keeps the money" in manager.get(path).text
    assert settling.learn(disputed.stripe_dispute_id).lost_entry_id is not None
