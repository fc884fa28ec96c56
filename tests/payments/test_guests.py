"""Paying for somebody else with a code: money goes in, and nothing about anyone comes out."""

import re
from dataclasses import dataclass
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.audit.models import AuditEvent
from portal.auth.link_tokens import LinkTokens
from portal.db import Principal, practice_of
from portal.domain.payment_channel import PaymentChannel
from portal.domain.payment_status import PaymentState
from portal.domain.statement_code import shown_code, statement_code
from portal.payments.guests.models import GuestAnswer
from portal.payments.guests.service import ANSWERS_MAX, BEGUN_A_DAY
from portal.payments.models import Payment
from portal.practice.models import Hold, Practice
from portal.statements.codes import give_code
from portal.statements.service import void_statement
from tests.auth.running import SECRET_KEY, Browser, Seen, browser
from tests.contracts.hosted_page import Cardholder
from tests.contracts.stripe_wire import StripeWire
from tests.payments.paying import DECLINED_CARD, GOOD_CARD, Payer
from tests.payments.running import make_app
from tests.payments.test_applying import assert_books_are_sound
from tests.statements.builders import hold_account

PAGE = "/pay/riverbend"
NO = "We cannot take this payment."
SECRETS = ("Ana", "Reyes", "Mateo", "100.00", "10482", "A-20411", "2026-03-31", "Okafor")


@dataclass(frozen=True, slots=True)
class Guest:
    """Ana's aunt at her own browser, with what Ana read out to her."""

    browser: Browser
    payer: Payer
    code: str

    def pays(self, dollars: str, *, code: str = "") -> Seen:
        return self.browser.send(PAGE, {"code": code or self.code, "amount": dollars})

    def payments(self) -> list[Payment]:
        return self.payer.read(
            lambda session: list(
                session.scalars(
                    select(Payment)
                    .where(Payment.practice_id == practice_of(session))
                    .order_by(Payment.payment_id)
                )
            )
        )

    def pays_at_stripe(self, dollars: str) -> Seen:
        """All the way, back on our own page."""
        back = Cardholder(self.pays(dollars).location).pay(GOOD_CARD)
        assert back.leads_to is not None
        return self.comes_back(back.leads_to)

    def comes_back(self, address: str) -> Seen:
        returned = self.browser.get(address.removeprefix("http://localhost:8000"))
        assert returned.status == 303
        return self.browser.get(returned.location)


@pytest.fixture
def app(payer: Payer) -> Flask:
    return make_app(payer.database, payer.gateway, lambda: payer.now, payer.owing)


@pytest.fixture
def aunt(app: Flask, payer: Payer) -> Guest:
    with payer.database.transaction(payer.job) as session:
        code = give_code(session, payer.owing.statement_id, guarantor_id=payer.owing.guarantor_id)
    return Guest(browser(app), payer, shown_code(code))


def says_no(seen: Seen) -> bool:
    return seen.status == 422 and NO in seen.text


def test_a_guest_pays_a_part_and_is_told_amount_day_number_and_practice(aunt: Guest) -> None:
    seen = aunt.pays_at_stripe("77.70")
    assert seen.status == 200
    for words in ("$77.70", "RB-", "Riverbend Family Health", "Confirmation number"):
        assert words in seen.text
    for secret in SECRETS:
        assert secret not in seen.text
    (payment,) = aunt.payments()
    assert payment.channel == PaymentChannel.GUEST.value
    assert (payment.link_id, payment.customer_id) == (None, None)
    assert_books_are_sound(aunt.payer)


def test_the_form_knows_nobody_and_leaves_no_trace(aunt: Guest) -> None:
    seen = aunt.browser.get(PAGE)
    assert seen.status == 200
    assert seen.cookies == ()
    assert seen.headers["Referrer-Policy"] == "no-referrer"
    assert seen.headers["Cache-Control"] == "no-store"
    for secret in SECRETS:
        assert secret not in seen.text


def test_a_practice_that_is_not_there_is_not_found(aunt: Guest) -> None:
    assert aunt.browser.get("/pay/nowhere").status == 404


@pytest.mark.parametrize("why", ["wrong", "mistyped", "too much", "held", "paid", "taken back"])
def test_wrong_and_not_payable_read_the_same(aunt: Guest, why: str) -> None:
    payer = aunt.payer
    wrong_code, amount = "", "20"
    match why:
        case "wrong":
            wrong_code = statement_code(12345)
        case "mistyped":
            wrong_code = aunt.code[:-1] + ("A" if aunt.code[-1] != "A" else "B")
        case "too much":
            amount = "100.01"
        case "held":
            hold_account(
                payer.database, payer.owing.practice_id, guarantor_id=payer.owing.guarantor_id
            )
        case "paid":
            payer.pay()
        case "taken back":
            void_statement(
                payer.database,
                payer.job,
                payer.owing.statement_id,
                reason="test",
                now=payer.now,
                request_id="test",
            )
    seen = aunt.pays(amount, code=wrong_code)
    expected = aunt.pays("20", code=statement_code(999))
    assert says_no(seen)
    assert _without_typed(seen.text) == _without_typed(expected.text)


def _without_typed(text: str) -> str:
    """A page less what the guest typed, and less the token of its form."""
    return re.sub(r'value="[^"]*"', "", text)


def test_all_that_is_due_may_be_paid_and_not_a_cent_more(aunt: Guest) -> None:
    assert says_no(aunt.pays("100.01"))
    assert "/c/pay/" in aunt.pays("100").location


def test_a_code_answers_for_six_amounts_and_then_for_none(aunt: Guest) -> None:
    for dollars in ("5000", "2500", "1250", "625", "312.50"):
        assert says_no(aunt.pays(dollars))
    assert "/c/pay/" in aunt.pays("50").location
    assert says_no(aunt.pays("75"))
    assert says_no(aunt.pays("20"))
    asked = aunt.payer.read(
        lambda session: session.scalar(
            select(func.count())
            .select_from(GuestAnswer)
            .where(GuestAnswer.practice_id == practice_of(session))
        )
    )
    assert asked == ANSWERS_MAX


def test_the_same_amount_again_is_no_new_question(aunt: Guest) -> None:
    for _ in range(ANSWERS_MAX + 2):
        assert "/c/pay/" in aunt.pays("50").location


def test_whoever_tries_many_codes_waits(aunt: Guest) -> None:
    answers = [aunt.pays("20", code=statement_code(number)).status for number in range(12)]
    assert set(answers[:10]) == {422}
    assert answers[-1] == 429
    assert aunt.pays("20").status == 429  # a right one is not even looked at
    aunt.payer.wait(seconds=31)
    assert "/c/pay/" in aunt.pays("20").location


@pytest.mark.parametrize("typed", ["", "-5", "0.49", "1e3", "NaN", "50.001", "9" * 40])
def test_an_amount_that_nobody_can_pay_is_refused_before_the_code_is_looked_at(
    aunt: Guest, typed: str
) -> None:
    seen = aunt.pays(typed)
    assert seen.status == 422
    assert NO not in seen.text
    assert aunt.payments() == []


def test_leaving_stripes_page_says_that_nothing_was_charged(aunt: Guest) -> None:
    aunt.pays("50")
    (payment,) = aunt.payments()
    seen = aunt.comes_back(_return_address(aunt, payment))
    assert "Nothing was paid" in seen.text


def test_a_declined_card_says_that_nothing_was_charged(aunt: Guest) -> None:
    Cardholder(aunt.pays("50").location).pay(DECLINED_CARD)
    (payment,) = aunt.payments()
    assert "Nothing was paid" in aunt.comes_back(_return_address(aunt, payment)).text


def test_when_stripe_does_not_answer_the_page_says_wait(
    aunt: Guest, stripe_wire: StripeWire
) -> None:
    stripe_wire.control.fail_next("answer_lost", operation="POST /v1/checkout/sessions")
    seen = aunt.browser.get(aunt.pays("50").location)
    assert "Please do not pay again" in seen.text
    (payment,) = aunt.payments()
    assert payment.state == PaymentState.STARTING.value


def test_a_receipt_is_named_by_a_token_of_its_own_practice_and_kind(aunt: Guest) -> None:
    aunt.pays_at_stripe("50")
    address = _receipt_address(aunt)
    assert aunt.browser.get(address).status == 200
    assert aunt.browser.get(address[:-1] + ("A" if address[-1] != "A" else "B")).status == 404
    assert aunt.browser.get(address.replace("/receipt/", "/nothing/")).status == 404


def test_a_patients_own_payment_has_no_page_here(aunt: Guest) -> None:
    payment_id = aunt.payer.pay()
    assert aunt.browser.get(_address_of(payment_id, aunt)).status == 404


def test_a_guest_opens_nothing_of_the_patients(aunt: Guest) -> None:
    aunt.pays_at_stripe("50")
    (payment,) = aunt.payments()
    for path in (
        f"/payments/{payment.payment_id}/receipt",
        f"/payments/{payment.payment_id}/receipt.pdf",
        f"/statements/{aunt.payer.owing.statement_id}",
        "/payments",
    ):
        seen = aunt.browser.get(path)
        assert seen.status == 404
        assert "You are signed out" in seen.text


def test_what_a_guest_did_is_in_the_audit_log_as_the_portals_own_act(aunt: Guest) -> None:
    aunt.pays_at_stripe("50")
    rows = aunt.payer.read(
        lambda session: session.execute(
            select(AuditEvent.action, AuditEvent.actor_kind).where(
                AuditEvent.practice_id == practice_of(session),
                AuditEvent.object_kind == "payment",
            )
        ).all()
    )
    acts = {(row.action, row.actor_kind) for row in rows}
    assert {("pay", "job"), ("view", "job")} <= acts


def test_nobody_at_the_door_sees_a_row_of_anyone(payer: Payer) -> None:
    """What the page itself asks the database as."""
    with payer.database.transaction(Principal.anonymous(payer.owing.practice_id)) as session:
        assert session.scalars(select(Payment)).all() == []
        assert session.scalars(select(Hold)).all() == []


def _return_address(aunt: Guest, payment: Payment) -> str:
    return _address_of(payment.payment_id, aunt).replace("/receipt/", "/back/")


def _receipt_address(aunt: Guest) -> str:
    (payment,) = aunt.payments()
    return _address_of(payment.payment_id, aunt)


def _address_of(payment_id: UUID, aunt: Guest) -> str:
    tokens = LinkTokens(SECRET_KEY, purpose="guest-payment.v1")
    return f"{PAGE}/receipt/{tokens.make(aunt.payer.owing.practice_id, payment_id)}"


def test_a_guest_never_closes_the_page_that_the_patient_pays_on(aunt: Guest) -> None:
    payment_id, page = aunt.payer.open_page(10_000)
    assert says_no(aunt.pays("10"))
    page.pay(GOOD_CARD)
    assert aunt.payer.apply(payment_id) is PaymentState.SUCCEEDED


def test_a_patient_closes_the_page_that_a_guest_left_open(aunt: Guest) -> None:
    aunt.pays("10")
    aunt.payer.pay(10_000)
    assert [one.state for one in aunt.payments()] == ["expired", "succeeded"]


def test_guests_open_so_many_pages_a_day_and_no_more(aunt: Guest) -> None:
    for dollars in ("10", "20") * (BEGUN_A_DAY // 2):
        assert aunt.pays(dollars).status == 303
    assert says_no(aunt.pays("10"))
    aunt.payer.wait(hours=25)
    assert aunt.pays("10").status == 303


@pytest.mark.parametrize(("state", "is_said"), [("NY", True), ("OR", False)])
def test_what_the_practices_state_wants_said_of_credit_cards_is_said(
    aunt: Guest, state: str, *, is_said: bool
) -> None:
    with aunt.payer.database.transaction(aunt.payer.job) as session:
        session.get_one(Practice, (aunt.payer.owing.practice_id,)).state = state
    assert ("no longer medical debt" in aunt.browser.get(PAGE).text) == is_said
