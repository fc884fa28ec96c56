"""Paying in a browser without scripts: every page, the way back, two tabs, somebody else's."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import insert, select

from portal.audit.models import AuditEvent
from portal.auth.models import StatementLink
from portal.db import Principal, new_id
from portal.domain.link_status import LinkState
from portal.domain.payment_status import PaymentState
from portal.ledger.outbox import LedgerPostState, move_to
from portal.payments.problems import Problem, problem_page
from portal.payments.service import start_payment
from portal.statements.models import Statement, StatementShare
from tests.auth.running import Browser, Seen, browser
from tests.contracts.hosted_page import Cardholder
from tests.contracts.stripe_wire import StripeWire
from tests.payments.owing import ISSUED_AT, Owing, change_debt, make_owing
from tests.payments.paying import DECLINED_CARD, DUE, GOOD_CARD, Payer
from tests.payments.running import make_app
from tests.payments.test_refunds import refund

PAGES = ("check", "waiting", "problem", "receipt")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Ana at her browser."""

    browser: Browser
    payer: Payer

    @property
    def amount_page(self) -> str:
        return f"/statements/{self.payer.owing.statement_id}/pay"

    def choose(self, dollars: str) -> Seen:
        return self.browser.send(self.amount_page, {"how": "part", "amount": dollars})

    def confirm(self, check_page: str, **fields: str) -> Seen:
        due = fields or {"due": "10000"}
        return self.browser.send(check_page, due, to=check_page.replace("/check", "/confirm"))

    def get(self, payment_id: UUID, page: str) -> Seen:
        return self.browser.get(f"/payments/{payment_id}/{page}")


@pytest.fixture
def ben(payer: Payer) -> Owing:
    return make_owing(payer.database, payer.owing.practice_id, account_number="A-2", number="10483")


@pytest.fixture
def app(payer: Payer, ben: Owing) -> Flask:
    return make_app(payer.database, payer.gateway, lambda: payer.now, payer.owing, ben)


@pytest.fixture
def ana_online(app: Flask, payer: Payer) -> Visitor:
    her = browser(app)
    assert her.get(f"/come-in/{payer.owing.guarantor_id}").text == "in"
    return Visitor(her, payer)


def test_paying_a_part_from_the_first_page_to_the_receipt(ana_online: Visitor) -> None:
    assert "$100.00" in ana_online.browser.get(ana_online.amount_page).text
    chosen = ana_online.choose("77.70")
    assert chosen.status == 303
    checked = ana_online.browser.get(chosen.location)
    for words in ("$77.70", "$60.00", "$17.70", "$22.30", "Mateo"):
        assert words in checked.text
    confirmed = ana_online.confirm(chosen.location)
    assert confirmed.status == 303
    back = Cardholder(confirmed.location).pay(GOOD_CARD)
    assert back.leads_to is not None
    returned = ana_online.browser.get(back.leads_to.removeprefix("http://localhost:8000"))
    assert returned.location.endswith("/receipt")
    shown = ana_online.browser.get(returned.location)
    assert shown.status == 200
    for words in ("$77.70", "$60.00", "$17.70", "$22.30", "4242", "000001"):
        assert words in shown.text
    assert shown.headers["Cache-Control"] == "no-store"


def test_all_of_it_is_one_choice(ana_online: Visitor) -> None:
    chosen = ana_online.browser.send(ana_online.amount_page, {"how": "all"})
    assert "Pay <data" in ana_online.browser.get(chosen.location).text
    payment_id = UUID(chosen.location.split("/")[2])
    assert ana_online.payer.row(payment_id).amount_cents == 10_000


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("100.01", "Enter an amount up to $100.00"),
        ("-5", "like 50 or 50.25"),
        ("0.49", "Enter $0.50 or more"),
        ("1e3", "like 50 or 50.25"),
        ("NaN", "like 50 or 50.25"),
        ("50.001", "like 50 or 50.25"),
        ("\N{FULLWIDTH DIGIT ONE}\N{FULLWIDTH DIGIT TWO}", "like 50 or 50.25"),
        ("", "Enter an amount"),
        ("9" * 40, "like 50 or 50.25"),
    ],
)
def test_an_amount_that_cannot_be_paid_says_what_to_do(
    ana_online: Visitor, typed: str, words: str
) -> None:
    seen = ana_online.choose(typed)
    assert seen.status == 422
    assert words in seen.text


def test_no_choice_says_what_to_do(ana_online: Visitor) -> None:
    seen = ana_online.browser.send(ana_online.amount_page, {})
    assert seen.status == 422
    assert "Choose how much you want to pay" in seen.text


def test_nothing_due_leads_back_to_the_statement(ana_online: Visitor) -> None:
    ana_online.payer.pay()
    seen = ana_online.browser.get(ana_online.amount_page)
    assert seen.location == f"/statements/{ana_online.payer.owing.statement_id}"


def test_a_changed_balance_leads_back_to_the_check_page_with_the_new_one(
    ana_online: Visitor,
) -> None:
    check_page = ana_online.choose("50").location
    owing = ana_online.payer.owing
    change_debt(ana_online.payer.database, owing, owing.older.target, cents=-100, why="less")
    assert ana_online.confirm(check_page).location == check_page
    assert "$99.00" in ana_online.browser.get(check_page).text
    assert "/c/pay/" in ana_online.confirm(check_page, due="9900").location


def test_an_amount_above_the_new_balance_has_to_be_chosen_again(ana_online: Visitor) -> None:
    check_page = ana_online.choose("50").location
    owing = ana_online.payer.owing
    change_debt(ana_online.payer.database, owing, owing.older.target, cents=-6_000, why="less")
    problem = ana_online.browser.get(check_page).location
    assert problem.endswith("/problem")
    assert "What you owe has changed" in ana_online.browser.get(problem).text


@pytest.mark.parametrize("due", ["", "all", "1e9", "10000; drop"])
def test_a_form_that_was_tampered_with_charges_nothing(ana_online: Visitor, due: str) -> None:
    check_page = ana_online.choose("50").location
    assert ana_online.confirm(check_page, due=due).location == check_page
    assert ana_online.payer.state(UUID(check_page.split("/")[2])) is PaymentState.PREPARED


def test_when_stripe_does_not_answer_the_page_says_wait_and_never_pay_again(
    ana_online: Visitor, stripe_wire: StripeWire
) -> None:
    check_page = ana_online.choose("50").location
    stripe_wire.control.fail_next("answer_lost", operation="POST /v1/checkout/sessions")
    waiting = ana_online.confirm(check_page).location
    assert waiting.endswith("/waiting")
    assert "Please do not pay again" in ana_online.browser.get(waiting).text
    looked = ana_online.browser.get(check_page.replace("/check", "/return")).location
    assert looked == check_page
    assert "/c/pay/" in ana_online.confirm(check_page).location


def test_when_stripe_does_not_answer_on_the_way_back_the_page_says_wait(
    ana_online: Visitor, stripe_wire: StripeWire
) -> None:
    payment_id = ana_online.payer.pay_at_stripe()
    stripe_wire.control.fail_next("503")
    seen = ana_online.get(payment_id, "return")
    assert seen.location.endswith("/waiting")
    assert ana_online.browser.get(seen.location).status == 200
    assert ana_online.get(payment_id, "return").location.endswith("/receipt")
    assert ana_online.browser.get(seen.location).location.endswith("/receipt")


def test_leaving_stripes_page_without_paying_says_that_nothing_was_charged(
    ana_online: Visitor,
) -> None:
    payment_id, _ = ana_online.payer.open_page()
    seen = ana_online.get(payment_id, "return")
    assert "You left the payment page" in ana_online.browser.get(seen.location).text


def test_a_declined_card_says_so(ana_online: Visitor) -> None:
    payment_id, cardholder = ana_online.payer.open_page()
    cardholder.pay(DECLINED_CARD)
    seen = ana_online.get(payment_id, "return")
    assert "did not go through" in ana_online.browser.get(seen.location).text


def test_two_tabs_the_second_takes_over_and_the_first_is_told(ana_online: Visitor) -> None:
    first, second = ana_online.choose("50").location, ana_online.choose("60").location
    assert "/c/pay/" in ana_online.confirm(first).location
    assert "/c/pay/" in ana_online.confirm(second).location
    assert ana_online.browser.get(first).location.endswith("/problem")


def test_a_second_tab_is_led_to_an_attempt_that_cannot_be_closed(
    ana_online: Visitor, stripe_wire: StripeWire
) -> None:
    first, second = ana_online.choose("50").location, ana_online.choose("60").location
    ana_online.confirm(first)
    stripe_wire.control.fail_next("503")
    problem = ana_online.confirm(second).location
    text = ana_online.browser.get(problem).text
    assert "A payment is already open" in text
    assert "$50.00" in text
    assert first in text


@pytest.mark.parametrize(
    ("state", "served"),
    [
        (PaymentState.PREPARED, {"check"}),
        (PaymentState.OPEN, {"check", "waiting", "problem"}),
        (PaymentState.SUCCEEDED, {"receipt"}),
        (PaymentState.EXPIRED, {"problem"}),
    ],
)
def test_each_page_serves_its_states_and_sends_every_other_to_its_own_page(
    ana_online: Visitor, stripe_wire: StripeWire, state: PaymentState, served: set[str]
) -> None:
    payment_id = _in_state(ana_online.payer, stripe_wire, state)
    for page in PAGES:
        seen = ana_online.get(payment_id, page)
        if page in served:
            assert seen.status == 200, page
        else:
            assert seen.status == 303, page
            assert ana_online.browser.get(seen.location).status == 200


def test_confirming_what_is_paid_already_leads_to_its_receipt(ana_online: Visitor) -> None:
    check_page = ana_online.choose("50").location
    form = ana_online.browser.get(check_page)
    payment_id = UUID(check_page.split("/")[2])
    address = ana_online.payer.confirm(payment_id)
    Cardholder(address or "").pay(GOOD_CARD)
    ana_online.payer.apply(payment_id)
    seen = ana_online.browser.client.post(
        check_page.replace("/check", "/confirm"),
        data={"csrf_token": form.csrf_token, "due": "10000"},
    )
    assert seen.headers["Location"].endswith("/receipt")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (LedgerPostState.QUEUED, "Usually within a day"),
        (LedgerPostState.SENT, "on its way into the practice"),
        (LedgerPostState.ACKNOWLEDGED, "The practice’s system has it"),
        (LedgerPostState.REJECTED, "This takes longer than usual"),
    ],
)
def test_the_receipt_says_whether_the_practices_books_have_it(
    ana_online: Visitor, state: LedgerPostState, words: str
) -> None:
    payer = ana_online.payer
    payment_id = payer.pay()
    answered = state in (LedgerPostState.ACKNOWLEDGED, LedgerPostState.REJECTED)
    steps = [LedgerPostState.SENT] if answered else []
    with payer.database.transaction(payer.job) as session:
        for step in [*steps, state]:
            move_to(session, payer.posts()[0].post_id, step, now=payer.now)
    assert words in ana_online.get(payment_id, "receipt").text


def test_a_receipt_says_what_was_sent_back_and_what_is_left_of_it(ana_online: Visitor) -> None:
    payer = ana_online.payer
    payment_id = payer.pay(5_000)
    listed = f"/statements/{payer.owing.statement_id}/receipts"
    before = ana_online.get(payment_id, "receipt").text
    assert "For an HSA or FSA: this shows who was treated" in before
    assert "sent back" not in before + ana_online.browser.get(listed).text
    refund(payer, payment_id, 1_500)
    partly = ana_online.get(payment_id, "receipt").text
    assert "counts: the rest went back" in partly
    assert "$35.00" in partly
    assert "Sent back on" in partly
    assert "of it was sent back" in ana_online.browser.get(listed).text
    refund(payer, payment_id, 3_500)
    wholly = ana_online.get(payment_id, "receipt").text
    assert "do not use this receipt for an HSA" in wholly


def test_a_refund_stripe_has_not_answered_is_on_its_way_back(
    ana_online: Visitor, stripe_wire: StripeWire
) -> None:
    payer = ana_online.payer
    payment_id = payer.pay(5_000)
    stripe_wire.control.fail_next("503", operation="POST /v1/refunds")
    refund(payer, payment_id, 1_500)
    assert "On its way back to you" in ana_online.get(payment_id, "receipt").text


@pytest.mark.parametrize("page", [*PAGES, "return"])
def test_somebody_elses_payment_looks_like_nobodys(
    app: Flask, ben: Owing, ana_online: Visitor, page: str
) -> None:
    payment_id = ana_online.payer.pay()
    his = browser(app)
    his.get(f"/come-in/{ben.guarantor_id}")
    theirs = his.get(f"/payments/{payment_id}/{page}")
    nobodys = his.get(f"/payments/{UUID(int=1)}/{page}")
    assert theirs.status == nobodys.status == 404
    assert _without_reference(theirs.text) == _without_reference(nobodys.text)


def test_without_a_session_there_is_nothing_but_a_way_to_sign_in_again(
    app: Flask, ana_online: Visitor
) -> None:
    payment_id = ana_online.payer.pay_at_stripe()
    stranger = browser(app)
    for page in PAGES:
        assert stranger.get(f"/payments/{payment_id}/{page}").status == 404
    assert stranger.get(f"/payments/{payment_id}/return").location.endswith("/signed-out")
    assert ana_online.payer.state(payment_id) is PaymentState.OPEN


def test_looking_at_pages_changes_nothing(ana_online: Visitor) -> None:
    payment_id = ana_online.payer.pay_at_stripe()
    for page in PAGES:
        ana_online.get(payment_id, page)
    assert ana_online.payer.state(payment_id) is PaymentState.OPEN


def _in_state(payer: Payer, stripe_wire: StripeWire, state: PaymentState) -> UUID:
    match state:
        case PaymentState.PREPARED:
            return payer.prepare()
        case PaymentState.SUCCEEDED:
            return payer.pay()
    payment_id, _ = payer.open_page()
    if state is PaymentState.EXPIRED:
        stripe_wire.control.advance_clock(seconds=3_700)
        payer.apply(payment_id)
    return payment_id


def _without_reference(text: str) -> str:
    """Every answer has a number of its own to quote on the phone."""
    return re.sub(r"[0-9a-f]{32}", "", text)


def test_the_receipts_of_a_statement_are_listed_and_looks_at_them_are_in_the_audit_log(
    ana_online: Visitor, payer: Payer
) -> None:
    listed = f"/statements/{payer.owing.statement_id}/receipts"
    assert "Nothing was paid here" in ana_online.browser.get(listed).text
    paid, open_id = payer.pay(2_000), payer.prepare(1_000)
    shown = ana_online.browser.get(listed).text
    assert f"/payments/{paid}/receipt" in shown
    assert "$20.00" in shown
    assert f"/payments/{open_id}/" not in shown
    ana_online.get(paid, "receipt")
    ana_online.get(open_id, "check")
    views = select(AuditEvent.object_id).where(
        AuditEvent.practice_id == payer.owing.practice_id,
        AuditEvent.action == "view",
        AuditEvent.object_kind == "payment",
    )
    assert set(payer.read(lambda session: session.scalars(views).all())) == {paid, open_id}


def test_a_payment_of_another_statement_is_not_shown_to_a_link(payer: Payer) -> None:
    on_the_first, _ = payer.open_page(5_000)
    second = make_second_statement(payer)
    attempt = start_payment(
        payer.database,
        second.principal,
        statement_id=second.statement_id,
        amount_cents=3_000,
        statement_due=DUE,
        now=payer.now,
    )
    page = problem_page(
        payer.database,
        second.principal,
        attempt,
        statement_due=DUE,
        now=payer.now,
        request_id="r",
    )
    assert page is not None
    assert page.kind is Problem.OPEN_ON_ANOTHER
    assert (page.payment_id, page.statement_id) == (attempt, second.statement_id)
    assert page.payment_id != on_the_first
    assert page.amount_cents == 3_000


def make_second_statement(payer: Payer) -> Owing:
    """A later statement of Ana's, about the visit that no statement asked for, and its link."""
    owing = payer.owing
    statement_id, link_id = new_id(), new_id()
    here = {"practice_id": owing.practice_id, "guarantor_id": owing.guarantor_id}
    with payer.database.transaction(payer.job) as session:
        session.execute(
            insert(Statement).values(
                **here,
                statement_id=statement_id,
                number="2",
                as_of=date(2026, 4, 3),
                issued_at=ISSUED_AT,
                due_on=date(2026, 4, 30),
                amount_due_cents=3_000,
                document_version=1,
                document={},
            )
        )
        session.execute(
            insert(StatementShare).values(
                **here,
                statement_id=statement_id,
                share_number=1,
                claim_id=owing.unbilled.target.claim_id,
                charge_id=owing.unbilled.target.charge_id,
                owed_cents=3_000,
            )
        )
        session.execute(
            insert(StatementLink).values(
                **here,
                statement_id=statement_id,
                link_id=link_id,
                patient_ids=[],
                token_hash=link_id.bytes,
                channel="email",
                created_at=ISSUED_AT,
                created_by="test",
                expires_at=datetime(2030, 1, 1, tzinfo=UTC),
                state=LinkState.VERIFIED.value,
            )
        )
    principal = Principal.link(owing.practice_id, guarantor_id=owing.guarantor_id, link_id=link_id)
    return replace(owing, statement_id=statement_id, link_id=link_id, principal=principal)
