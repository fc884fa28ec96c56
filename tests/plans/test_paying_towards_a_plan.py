"""Money and plans: what was meant for a plan goes to its lines, and nothing else does."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask

from portal.domain.dates import long_day
from portal.domain.journal import NOWHERE
from portal.domain.payment_status import PaymentState
from portal.ledger.queries import on_its_way_cents
from portal.payments.access import PlanNotFoundError
from portal.payments.checks import checks
from portal.payments.moves import PaymentNotFoundError
from portal.payments.queries import payment_state
from portal.payments.service import (
    AmountTooLargeError,
    BalanceChangedError,
    NothingDueError,
    start_plan_payment,
)
from tests.auth.running import Browser, browser
from tests.contracts.account_holder import AccountHolder
from tests.contracts.hosted_page import Cardholder
from tests.contracts.stripe_wire import StripeWire
from tests.payments.household import make_household
from tests.payments.owing import Owing, change_debt, make_owing
from tests.payments.paying import DECLINED_CARD, GOOD_CARD, Payer
from tests.payments.running import make_app
from tests.plans.planning import Planner
from tests.plans.standing_plans import end_plan, make_plan

PAYS, SHORT = "000123456789", "000222222227"
DAYS = 8 * 24 * 60 * 60


@pytest.fixture
def ben(payer: Payer) -> Owing:
    return make_owing(payer.database, payer.owing.practice_id, account_number="A-2", number="10483")


@pytest.fixture
def app(payer: Payer, ben: Owing) -> Flask:
    return make_app(payer.database, payer.gateway, lambda: payer.now, payer.owing, ben)


@pytest.fixture
def online(app: Flask, planner: Planner) -> Browser:
    """Ana at her browser."""
    her = browser(app)
    assert her.get(f"/come-in/{planner.payer.owing.guarantor_id}").text == "in"
    return her


def settle(planner: Planner, stripe_wire: StripeWire, payment_id: UUID) -> PaymentState:
    stripe_wire.control.advance_clock(seconds=DAYS)
    planner.payer.wait(seconds=DAYS)
    return planner.payer.apply(payment_id)


# What is asked for


def test_a_statement_asks_only_for_what_no_plan_covers(planner: Planner) -> None:
    owing = planner.payer.owing
    assert planner.statement.due_now_cents == 4_000
    assert planner.statement.visit_cents == {
        owing.older.target.claim_id: 0,
        owing.newer.target.claim_id: 4_000,
    }
    assert [share.claim_id for share in planner.statement.shares] == [owing.newer.target.claim_id]
    assert planner.plan.left_cents == 6_000


def test_what_insurance_adds_to_a_covered_line_waits_for_the_next_statement(
    planner: Planner,
) -> None:
    owing = planner.payer.owing
    change_debt(planner.payer.database, owing, owing.older.target, cents=500, why="more")
    assert planner.plan.left_cents == 6_000
    assert planner.statement.visit_cents[owing.older.target.claim_id or UUID(int=0)] == 0
    assert planner.statement.due_now_cents == 4_000


def test_what_insurance_takes_off_a_covered_line_is_asked_for_by_nobody(planner: Planner) -> None:
    owing = planner.payer.owing
    change_debt(planner.payer.database, owing, owing.older.target, cents=-2_000, why="less")
    assert planner.plan.left_cents == 4_000
    assert [one.cents for one in planner.plan.dues] == [1_500, 1_500, 1_000]
    assert planner.statement.due_now_cents == 4_000


def test_a_plan_that_ends_leaves_the_rest_to_the_statement(planner: Planner) -> None:
    planner.pay(1_500)
    end_plan(
        planner.payer.database,
        planner.payer.owing.practice_id,
        planner.plan_id,
        now=planner.payer.now,
    )
    assert planner.plan.left_cents == 0
    assert planner.statement.due_now_cents == 8_500
    with pytest.raises(NothingDueError):
        planner.prepare(1_500)


# Where money goes


def test_money_for_a_plan_goes_to_its_lines_and_fills_its_oldest_dates(planner: Planner) -> None:
    payment_id = planner.pay(2_000)
    owing = planner.payer.owing
    assert planner.payer.allocations(payment_id) == [(owing.older.target, 2_000)]
    row = planner.payer.row(payment_id)
    assert (row.plan_id, row.statement_id, row.channel) == (planner.plan_id, None, "link")
    assert (planner.plan.paid_cents, planner.plan.left_cents) == (2_000, 4_000)
    assert [one.cents for one in planner.plan.dues] == [1_000, 1_500, 1_500]
    assert planner.statement.due_now_cents == 4_000
    assert not planner.payer.read(lambda session: list(checks(session)))


def test_money_for_a_statement_passes_a_plan_by(planner: Planner) -> None:
    """What is too much of it goes to what no plan covers, and then it is credit."""
    payer, owing = planner.payer, planner.payer.owing
    payment_id, page = payer.prepare(4_000), None
    page = Cardholder(payer.confirm(payment_id, due_seen_cents=4_000) or "")
    change_debt(payer.database, owing, owing.newer.target, cents=-4_000, why="paid by insurance")
    change_debt(payer.database, owing, owing.unbilled.target, cents=-1_000, why="as well")
    page.pay(GOOD_CARD)
    assert payer.apply(payment_id) is PaymentState.SUCCEEDED
    assert payer.allocations(payment_id) == [(owing.unbilled.target, 2_000), (NOWHERE, 2_000)]
    assert planner.plan.paid_cents == 0


def test_money_that_was_meant_for_a_line_before_its_plan_began_goes_to_it(payer: Payer) -> None:
    payment_id, page = payer.open_page(10_000)
    owing = payer.owing
    lines = {owing.older.target: owing.older.cents}
    plan_id = make_plan(payer.database, owing.practice_id, owing.guarantor_id, lines)
    page.pay(GOOD_CARD)
    payer.apply(payment_id)
    assert dict(payer.allocations(payment_id)) == {
        owing.older.target: 6_000,
        owing.newer.target: 4_000,
    }
    assert Planner(payer, plan_id).plan.left_cents == 0


def test_each_of_two_patients_may_be_on_a_plan_of_their_own(planner: Planner) -> None:
    payer, owing = planner.payer, planner.payer.owing
    house = make_household(payer.database, owing)
    lines = {house.leos_older.target: 2_500, house.leos_newer.target: 1_500}
    leos = Planner(
        payer,
        make_plan(payer.database, owing.practice_id, owing.guarantor_id, lines),
    )
    assert planner.statement.due_now_cents == 4_000
    payment_id = leos.pay(3_000)
    assert payer.allocations(payment_id) == [
        (house.leos_older.target, 2_500),
        (house.leos_newer.target, 500),
    ]
    assert (leos.plan.left_cents, planner.plan.left_cents) == (1_000, 6_000)


# On its way


def test_money_on_its_way_to_a_plan_counts_for_it_and_for_no_statement(
    planner: Planner, stripe_wire: StripeWire
) -> None:
    payer = planner.payer
    payment_id = planner.debit(2_000, account=PAYS)
    plan = planner.plan
    assert (plan.paid_cents, plan.coming_cents, plan.left_cents) == (0, 2_000, 4_000)
    assert [one.cents for one in plan.dues] == [1_000, 1_500, 1_500]
    assert planner.statement.due_now_cents == 4_000
    assert payer.read(lambda session: on_its_way_cents(session, payer.owing.guarantor_id)) == 0
    assert settle(planner, stripe_wire, payment_id) is PaymentState.SUCCEEDED
    plan = planner.plan
    assert (plan.paid_cents, plan.coming_cents, plan.left_cents) == (2_000, 0, 4_000)


def test_what_a_bank_refuses_is_left_of_the_plan_again(
    planner: Planner, stripe_wire: StripeWire
) -> None:
    payment_id = planner.debit(2_000, account=SHORT)
    assert settle(planner, stripe_wire, payment_id) is PaymentState.FAILED
    assert (planner.plan.coming_cents, planner.plan.left_cents) == (0, 6_000)


@pytest.mark.parametrize(("account", "asked"), [(PAYS, 4_000), (SHORT, 6_000)])
def test_half_of_a_line_was_on_its_way_when_its_plan_began(
    payer: Payer, stripe_wire: StripeWire, account: str, asked: int
) -> None:
    """It is not the plan's: it pays the rest of the line, or the statement asks for that again."""
    owing = payer.owing
    payment_id = payer.prepare(2_000)  # towards the older visit, the first to be paid
    AccountHolder(payer.confirm(payment_id) or "").debit(account)
    assert payer.apply(payment_id) is PaymentState.PROCESSING
    older = owing.older.target
    planner = Planner(
        payer,
        make_plan(
            payer.database,
            owing.practice_id,
            owing.guarantor_id,
            {older: 4_000},
            apart={older: 2_000},
        ),
    )
    assert (planner.plan.left_cents, planner.statement.due_now_cents) == (4_000, 4_000)
    planner.pay(1_000)
    settle(planner, stripe_wire, payment_id)
    assert planner.statement.due_now_cents == asked
    assert planner.plan.left_cents == 3_000


# Its bounds, and whose it is


def test_no_more_than_is_left_can_be_paid(planner: Planner) -> None:
    with pytest.raises(AmountTooLargeError) as refused:
        planner.prepare(6_001)
    assert refused.value.most_cents == 6_000
    planner.pay(6_000)
    with pytest.raises(NothingDueError):
        planner.prepare(50)


def test_what_was_paid_since_the_page_was_shown_asks_again(planner: Planner) -> None:
    payment_id = planner.prepare(5_000)
    planner.pay(1_500)
    payer = replace(planner.payer, owing=replace(planner.payer.owing, principal=planner.principal))
    with pytest.raises(BalanceChangedError):
        payer.confirm(payment_id, due_seen_cents=6_000)


def test_the_same_wish_again_is_the_same_payment(planner: Planner) -> None:
    assert planner.prepare(1_500) == planner.prepare(1_500)
    assert planner.prepare(1_500) != planner.prepare(1_600)


def test_only_the_person_who_pays_reaches_a_plan_and_its_payments(
    planner: Planner, ben: Owing
) -> None:
    payer = planner.payer
    payment_id = planner.prepare(1_500)
    strangers = (payer.owing.principal, replace(ben.principal, role="account"))
    for principal in strangers:
        with pytest.raises(PlanNotFoundError):
            start_plan_payment(
                payer.database,
                principal,
                plan_id=planner.plan_id,
                amount_cents=1_500,
                now=payer.now,
            )
        with pytest.raises(PaymentNotFoundError):
            payment_state(payer.database, principal, payment_id)


# In the browser


def amount_page(planner: Planner) -> str:
    return f"/pay/plan/{planner.plan_id}"


def test_paying_what_is_past_due_from_the_first_page_to_the_receipt(
    planner: Planner, online: Browser
) -> None:
    late = long_day(planner.plan.dues[0].due_on, "en")
    shown = online.get(amount_page(planner)).text
    for words in (
        planner.plan.number,
        "What is past due",
        "$15.00",
        late,
        "All that is left",
        "$60.00",
    ):
        assert words in shown
    chosen = online.send(amount_page(planner), {"how": "past_due"})
    assert chosen.status == 303
    checked = online.get(chosen.location).text
    for words in (
        planner.plan.number,
        "Which payments of your payment plan it pays",
        late,
        "Mateo",
        "$45.00",
    ):
        assert words in checked
    assert "Still to pay by" not in checked
    confirmed = online.send(
        chosen.location, {"due": "6000"}, to=chosen.location.replace("/check", "/confirm")
    )
    back = Cardholder(confirmed.location).pay(GOOD_CARD)
    returned = online.get((back.leads_to or "").removeprefix("http://localhost:8000"))
    assert returned.location.endswith("/receipt")
    receipt = online.get(returned.location).text
    for words in (
        f"Payment plan {planner.plan.number}",
        "Your payment plan now",
        "$45.00",
        "Pay ahead",
    ):
        assert words in receipt
    assert planner.plan.number in online.get("/payments").text
    assert online.client.get(returned.location + ".pdf").status_code == 200
    after = online.get(amount_page(planner)).text
    assert "Your next payment" in after
    assert "past due" not in after.replace("Nothing is past due", "")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "Choose how much you want to pay"),
        ({"how": "next"}, "Choose how much you want to pay"),  # it is past due
        ({"how": "visits"}, "Choose how much you want to pay"),
        ({"how": "other", "amount": ""}, "Enter an amount"),
        ({"how": "other", "amount": "60.01"}, "Enter an amount up to $60.00"),
        ({"how": "other", "amount": "0.49"}, "Enter $0.50 or more"),
        ({"how": "other", "amount": "14.80"}, "Enter $14.50 or $15.00"),
        ({"how": "other", "amount": "59.90"}, "Enter $59.50 or $60.00"),
    ],
)
def test_what_cannot_be_chosen_says_what_to_do(
    planner: Planner, online: Browser, typed: dict[str, str], words: str
) -> None:
    seen = online.send(amount_page(planner), typed)
    assert (seen.status, words in seen.text) == (422, True)


def test_an_amount_across_dates_says_what_stays_of_the_last(
    planner: Planner, online: Browser
) -> None:
    chosen = online.send(amount_page(planner), {"how": "other", "amount": "20.00"})
    text = re.sub(r"<[^>]+>", "", online.get(chosen.location).text)
    assert "A part. $10.00 of it stays." in text
    again = online.get(f"{amount_page(planner)}?payment={chosen.location.split('/')[2]}").text
    assert 'value="20.00"' in again


def test_each_page_of_a_payment_for_a_plan_is_there_in_every_state(
    planner: Planner, online: Browser, stripe_wire: StripeWire
) -> None:
    payer = planner.payer

    def page_of(payment_id: UUID) -> str:
        assert online.get(f"/come-in/{payer.owing.guarantor_id}").text == "in"  # after days
        seen = online.get(f"/payments/{payment_id}/check")
        return seen.text if seen.status == 200 else online.get(seen.location).text

    prepared = planner.prepare(1_500)
    assert "Check your payment" in page_of(prepared)
    Cardholder(planner.confirm(prepared)).pay(DECLINED_CARD)
    payer.apply(prepared)
    declined = online.get(f"/payments/{prepared}/problem").text
    assert f"/pay/plan/{planner.plan_id}" in declined
    payer.wait(hours=2)
    stripe_wire.control.advance_clock(seconds=2 * 3600)
    payer.apply(prepared)
    coming = planner.debit(6_000, account=SHORT)
    shown = page_of(coming)
    assert "On its way from your bank" in shown
    assert planner.plan.number in shown
    assert "On its way from your bank" in online.get(amount_page(planner)).text
    settle(planner, stripe_wire, coming)
    failed = page_of(coming)
    assert "Your bank did not send the payment" in failed
    assert "left of your payment plan" in failed


def test_a_plan_that_asks_for_nothing_says_why(planner: Planner, online: Browser) -> None:
    planner.pay(6_000)
    assert (
        "There is nothing to pay on your payment plan now" in online.get(amount_page(planner)).text
    )
    end_plan(
        planner.payer.database,
        planner.payer.owing.practice_id,
        planner.plan_id,
        now=planner.payer.now + timedelta(minutes=1),
    )
    assert "This payment plan has ended" in online.get(amount_page(planner)).text
    seen = online.send(amount_page(planner), {"how": "all"})
    assert seen.status in (200, 422)


def test_somebody_elses_plan_looks_like_none(app: Flask, planner: Planner, ben: Owing) -> None:
    him = browser(app)
    him.get(f"/come-in/{ben.guarantor_id}")
    assert him.get(amount_page(planner)).status == 404
    payment_id = planner.prepare(1_500)
    for page in ("check", "waiting", "problem", "receipt"):
        assert him.get(f"/payments/{payment_id}/{page}").status == 404
