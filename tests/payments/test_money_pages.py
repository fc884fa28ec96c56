"""The pages of the books and of disputes, over HTTP, as a manager and the front desk see them."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from portal.app import create_app
from portal.auth.roles import Role
from portal.connectors.stripe_gateway import StripeGateway
from portal.db import Database, new_id
from portal.domain.payment_channel import MethodKind
from portal.payments.disputes.models import DisputeRow
from portal.practice.directory import change_practice, practice_by_id
from tests.auth.running import Browser, Clock, browser, settings_for_tests
from tests.auth.test_staff_sign_in import hire, sign_in
from tests.payments.counter.till import Till
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


def test_what_the_desk_brought_to_the_bank_stands_beside_the_payouts(
    settling: Settling, manager: Browser
) -> None:
    till = a_till(settling)
    drawer = till.open()
    till.take(2_500)
    by_machine = till.take(3_000, MethodKind.TERMINAL)
    till.count_and_close(drawer, 12_500)
    till.deposit(drawer)
    till.batch(2_900, by_machine)
    page = manager.get("/money/books").text
    slip = re.search(r'href="(/money/counter/deposits/[^"]+)"', page)
    assert slip is not None
    assert manager.get(slip.group(1)).status == 200
    for words in ("Cash and checks", "$25.00", "Card machine", "$29.00", "$1.00"):
        assert words in page


def test_a_line_of_a_payout_is_named_on_its_page(settling: Settling, manager: Browser) -> None:
    settling.pay_by_stranger(3_000)
    settling.pass_days()
    settling.take_in(settling.pay_out())
    page, to = "/money/suspense", "/money/suspense/carried"
    movement = re.search(r'name="subject" value="(txn_[^"]+)"', manager.get(page).text)
    assert movement is not None
    sent = {"decision_id": str(new_id()), "subject": movement.group(1), "reason": "The shop's."}
    unsaid = manager.send(page, sent, to=to)
    assert (unsaid.status, "Choose what it is" in unsaid.text) == (422, True)
    nobodys = manager.send(page, {**sent, "act": "attach", "account_number": "A-0"}, to=to)
    assert (nobodys.status, "no account with this number" in nobodys.text) == (422, True)
    assert manager.send(page, {**sent, "act": "other"}, to=to).location == page
    assert "came in a payout" not in manager.get(page).text
    late = manager.send(page, {**sent, "act": "fee"}, to=to)
    assert (late.status, "It does not wait any more" in late.text) == (422, True)


def test_money_of_a_payout_is_put_to_an_account_on_its_page(
    settling: Settling, manager: Browser
) -> None:
    settling.pay_by_stranger(3_000)
    settling.pass_days()
    settling.take_in(settling.pay_out())
    page, to = "/money/suspense", "/money/suspense/carried"
    movement = re.search(r'name="subject" value="(txn_[^"]+)"', manager.get(page).text)
    assert movement is not None
    sent = {
        "decision_id": str(new_id()),
        "subject": movement.group(1),
        "reason": "They called.",
        "act": "attach",
        "account_number": "A-20411",
    }
    assert manager.send(page, sent, to=to).location == page
    assert "came in a payout" not in manager.get(page).text
    assert settling.problems() == []


def test_staff_say_what_became_of_the_visit_a_payment_was_taken_for(
    settling: Settling, manager: Browser
) -> None:
    till = a_till(settling)
    till.open()
    visit_on = till.now.date() + timedelta(days=20)
    payment_id = till.take(2_500, visit_on=visit_on)
    page = f"/money/payments/{payment_id}"
    to = f"{page}/deposit"
    assert "Kept for a visit" in manager.get(page).text
    assert "is kept for a visit" in manager.get(f"/desk/payments/{payment_id}/refund").text
    sent = {"decision_id": str(new_id()), "reason": "They called."}
    unsaid = manager.send(page, sent, to=to)
    assert (unsaid.status, "Choose what became of the visit" in unsaid.text) == (422, True)
    no_day = manager.send(page, {**sent, "act": "moved"}, to=to)
    assert (no_day.status, "Enter the day of the visit" in no_day.text) == (422, True)
    other_day = (visit_on + timedelta(days=7)).isoformat()
    assert manager.send(page, {**sent, "act": "moved", "day": other_day}, to=to).location == page
    released = {**sent, "decision_id": str(new_id()), "act": "released"}
    assert manager.send(page, released, to=to).location == page
    seen = manager.get(page).text
    assert "made credit" in seen
    assert "Kept for a visit" not in seen
    late = manager.send(page, {**released, "decision_id": str(new_id())}, to=to)
    assert (late.status, "Nothing of it waits" in late.text) == (422, True)


def a_till(settling: Settling) -> Till:
    """In a practice whose portal books the desk's money."""
    payer = settling.payer
    slug = practice_by_id(payer.database, settling.practice_id).slug
    change_practice(payer.database, slug, {"desk_receipts_in": "portal"})
    return Till(payer.database, payer.owing, payer.now)
