"""Going to Stripe: once written down, once made there, whatever happens to the answer."""

from datetime import timedelta
from urllib.parse import parse_qs
from uuid import UUID

import pytest

from portal.connectors.stripe_gateway import StripeGateway
from portal.db import Database, Principal
from portal.domain.payment_status import PaymentState
from portal.payments.moves import PaymentNotFoundError
from portal.payments.service import BalanceChangedError, confirm_payment
from portal.practice.models import Practice
from tests.contracts.hosted_page import Cardholder
from tests.contracts.stripe_wire import Exchange, StripeWire
from tests.payments.owing import change_debt, make_owing
from tests.payments.paying import DUE, GOOD_CARD, Payer, at_once

START = "POST /v1/checkout/sessions"


def calls(stripe_wire: StripeWire, path: str = "/v1/checkout/sessions") -> list[Exchange]:
    return [
        exchange
        for exchange in stripe_wire.exchanges
        if exchange.method == "POST" and exchange.path == path
    ]


def sessions_at_stripe(stripe_wire: StripeWire) -> int:
    return len(stripe_wire.api("GET", "/v1/checkout/sessions?limit=100")["data"])


def test_confirming_leads_to_stripes_page_for_exactly_that_amount(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    payment_id = payer.prepare(7_770)
    address = payer.confirm(payment_id)
    row = payer.row(payment_id)
    assert address == row.checkout_url
    assert payer.history(payment_id) == ["prepared", "starting", "open"]
    (call,) = calls(stripe_wire)
    sent = parse_qs(call.body)
    assert sent["line_items[0][price_data][unit_amount]"] == ["7770"]
    assert call.headers["Idempotency-Key"] == str(payment_id)


def test_stripe_learns_nothing_about_a_person_or_a_visit(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    payer.confirm(payer.prepare())
    (call,) = calls(stripe_wire)
    for secret in ("Ana", "Reyes", "Mateo", "ana.reyes", "A-20411", "10482", "99213", "2026-01"):
        assert secret not in call.body
    assert str(payer.owing.guarantor_id) not in call.body


def test_confirming_again_leads_to_the_same_page(payer: Payer, stripe_wire: StripeWire) -> None:
    payment_id = payer.prepare()
    assert payer.confirm(payment_id) == payer.confirm(payment_id)
    assert sessions_at_stripe(stripe_wire) == 1


def test_a_double_click_makes_one_page(payer: Payer, stripe_wire: StripeWire) -> None:
    payment_id = payer.prepare()
    addresses = set(at_once(6, lambda: payer.confirm(payment_id)))
    # Whoever came while Stripe was still at work is told to wait; nobody gets another page.
    assert len(addresses - {None}) == 1
    assert sessions_at_stripe(stripe_wire) == 1
    assert payer.state(payment_id) is PaymentState.OPEN


@pytest.mark.parametrize("fault", ["answer_lost", "500_after_success"])
def test_a_lost_answer_leaves_the_payment_starting_and_confirming_again_finds_its_page(
    payer: Payer, stripe_wire: StripeWire, fault: str
) -> None:
    payment_id = payer.prepare()
    stripe_wire.control.fail_next(fault, operation=START)
    assert payer.confirm(payment_id) is None
    assert payer.state(payment_id) is PaymentState.STARTING
    # Stripe replays a 500 as long as it keeps the key: then the look-up has to find the page.
    address = payer.confirm(payment_id)
    if address is None:
        assert payer.apply(payment_id) is PaymentState.OPEN
        address = payer.row(payment_id).checkout_url
    assert address is not None
    Cardholder(address).pay(GOOD_CARD)
    assert payer.apply(payment_id) is PaymentState.SUCCEEDED
    assert sessions_at_stripe(stripe_wire) == 1


def test_a_repeat_long_after_the_first_call_only_looks(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    payment_id = payer.prepare()
    stripe_wire.control.fail_next("503", operation=START)
    assert payer.confirm(payment_id) is None
    payer.wait(minutes=26)
    assert payer.confirm(payment_id) is None
    assert len(calls(stripe_wire)) == 1
    assert payer.state(payment_id) is PaymentState.STARTING


def test_what_stripe_refuses_has_failed_and_the_next_attempt_is_a_new_one(
    payer: Payer, gateway: StripeGateway
) -> None:
    payment_id = payer.prepare()
    payer.now -= timedelta(hours=2)  # the page would end before it begins
    assert payer.confirm(payment_id) is None
    assert payer.state(payment_id) is PaymentState.FAILED
    payer.now += timedelta(hours=2)
    assert payer.confirm(payer.prepare()) is not None


def test_a_second_attempt_closes_the_page_of_the_first(payer: Payer) -> None:
    first, cardholder = payer.open_page(5_000)
    second = payer.prepare(6_000)
    assert payer.confirm(second) is not None
    assert payer.state(first) is PaymentState.EXPIRED
    assert payer.state(second) is PaymentState.OPEN
    cardholder.pay(GOOD_CARD)
    assert payer.apply(first) is PaymentState.EXPIRED


def test_two_attempts_confirmed_at_once_leave_one_page(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    wishes = [payer.prepare(5_000), payer.prepare(6_000)]
    at_once(2, lambda: payer.confirm(wishes.pop()))
    listed = stripe_wire.api("GET", "/v1/checkout/sessions?limit=100")["data"]
    assert sum(session["status"] == "open" for session in listed) == 1


def test_when_the_first_attempt_was_paid_meanwhile_the_second_is_told_of_the_new_balance(
    payer: Payer,
) -> None:
    first = payer.pay_at_stripe(6_000)
    second = payer.prepare(5_000)
    with pytest.raises(BalanceChangedError):
        payer.confirm(second)
    assert payer.state(first) is PaymentState.SUCCEEDED
    assert payer.state(second) is PaymentState.PREPARED
    with pytest.raises(BalanceChangedError):  # 50.00 is more than the 40.00 that are left
        payer.confirm(second, due_seen_cents=4_000)


def test_while_stripe_does_not_say_whether_the_first_was_paid_there_is_no_second(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    first, _ = payer.open_page(5_000)
    second = payer.prepare(6_000)
    stripe_wire.control.fail_next("503", operation="GET /v1/checkout/sessions/{session}")
    assert payer.confirm(second) is None
    assert payer.state(first) is PaymentState.OPEN
    assert payer.state(second) is PaymentState.PREPARED


def test_an_attempt_whose_start_is_unknown_is_not_overtaken(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    first = payer.prepare(5_000)
    stripe_wire.control.fail_next("503", operation=START)
    assert payer.confirm(first) is None
    assert payer.confirm(payer.prepare(6_000)) is None
    assert payer.state(first) is PaymentState.STARTING
    assert len(calls(stripe_wire)) == 1


def test_a_balance_that_is_not_the_one_that_was_seen_goes_back_to_the_check_page(
    database: Database, payer: Payer
) -> None:
    payment_id = payer.prepare(5_000)
    change_debt(database, payer.owing, payer.owing.older.target, cents=-100, why="less")
    with pytest.raises(BalanceChangedError):
        payer.confirm(payment_id)
    assert payer.confirm(payment_id, due_seen_cents=9_900) is not None


def test_a_page_for_more_than_is_still_owed_is_closed_instead_of_shown_again(
    database: Database, payer: Payer
) -> None:
    payment_id, _ = payer.open_page(10_000)
    change_debt(database, payer.owing, payer.owing.older.target, cents=-6_000, why="insurer paid")
    assert payer.confirm(payment_id) is None
    assert payer.state(payment_id) is PaymentState.EXPIRED


def test_nobody_is_led_to_a_page_for_too_much_whose_making_was_not_answered(
    database: Database, payer: Payer, stripe_wire: StripeWire
) -> None:
    payment_id = payer.prepare(10_000)
    stripe_wire.control.fail_next("answer_lost", operation=START)
    assert payer.confirm(payment_id) is None
    change_debt(database, payer.owing, payer.owing.older.target, cents=-6_000, why="insurer paid")
    assert payer.confirm(payment_id) is None
    assert payer.state(payment_id) is PaymentState.EXPIRED


def test_somebody_elses_payment_is_not_found(database: Database, payer: Payer) -> None:
    ben = make_owing(database, payer.owing.practice_id, account_number="A-2", number="10483")
    payment_id = payer.prepare()
    with pytest.raises(PaymentNotFoundError):
        _confirm_as(payer, ben.principal, payment_id)
    stranger = Principal.link(
        payer.owing.practice_id, guarantor_id=payer.owing.guarantor_id, link_id=ben.link_id
    )
    with pytest.raises(PaymentNotFoundError):
        _confirm_as(payer, stranger, payment_id)


def test_the_account_of_the_practice_is_kept_with_the_attempt(
    database: Database, payer: Payer, stripe_wire: StripeWire
) -> None:

    with database.transaction(payer.job) as session:
        practice = session.get(Practice, payer.owing.practice_id)
        assert practice is not None
        practice.stripe_account = "acct_made_up"
    payment_id = payer.prepare()
    payer.confirm(payment_id)
    assert payer.row(payment_id).stripe_account == "acct_made_up"
    (call,) = calls(stripe_wire)
    assert call.headers["Stripe-Account"] == "acct_made_up"


def _confirm_as(payer: Payer, principal: Principal, payment_id: UUID) -> str | None:
    return confirm_payment(
        payer.database,
        payer.gateway,
        principal,
        payment_id=payment_id,
        due_seen_cents=10_000,
        return_url="http://localhost/",
        language="en",
        statement_due=DUE,
        now=payer.now,
        request_id="test",
    )
