"""Ways to pay, charges to come and autopay in a browser without scripts; for the payer alone."""

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import insert

from portal.auth.accounts.access import AccountRef, give_access
from portal.auth.accounts.models import Account
from portal.auth.current import begin_account_session, begin_link_session
from portal.auth.link_opening import OpenedLink
from portal.auth.policies import Policy, policy
from portal.connectors.saved_methods import SavedMethods
from portal.db import Principal, new_id
from portal.domain.account_access import AccessKind, AccessState
from portal.domain.charge_schedule import ScheduledState
from portal.payments.autopay.routes import autopay
from portal.payments.methods.routes import methods
from portal.payments.scheduled.endings import standing_agreement
from portal.payments.scheduled.routes import scheduled
from tests.auth.running import Browser, Seen, browser
from tests.contracts.hosted_page import Cardholder
from tests.payments.keeping import Keeper
from tests.payments.paying import DECLINED_CARD, GOOD_CARD
from tests.payments.running import make_app

METHODS, ADD, AUTOPAY = "/payment-methods", "/payment-methods/add", "/autopay"


@dataclass(frozen=True, slots=True)
class Ana:
    """At her browser."""

    browser: Browser
    keeper: Keeper

    @property
    def later(self) -> str:
        return f"/statements/{self.keeper.payer.owing.statement_id}/pay-later"

    def saves(self, number: str = GOOD_CARD) -> Seen:
        """As far as the page that says what became of it."""
        sent = self.browser.send(ADD, {"kind": "card", "agreed": "y"})
        back = Cardholder(sent.location).pay(number).leads_to
        return self.browser.get(self.browser.get(urlsplit(back or "").path).location)

    def plans(self, **other: str) -> Seen:
        day = self.keeper.today + timedelta(days=10)
        (method,) = self.keeper.methods()
        fields = {"how": "all", "day": day.isoformat(), "method": str(method.method_id)}
        return self.browser.send(self.later, {**fields, **other})


@pytest.fixture
def app(keeper: Keeper) -> Flask:
    payer = keeper.payer
    app = make_app(payer.database, payer.gateway, lambda: payer.now, payer.owing)
    app.extensions["portal"].services[SavedMethods] = keeper.stripe
    for blueprint in (methods, scheduled, autopay):
        if blueprint.name not in app.blueprints:
            app.register_blueprint(blueprint)

    @app.get("/come-in-as-a-patient")
    @policy(Policy.PUBLIC, reason="a stand-in of these tests")
    def come_in_as_a_patient() -> str:
        owing = payer.owing
        opened = OpenedLink(owing.principal, owing.statement_id, "en", is_guarantor=False)
        begin_link_session(opened)
        return "in"

    @app.get("/come-in-as-somebody-let-in")
    @policy(Policy.PUBLIC, reason="a stand-in of these tests")
    def come_in_as_somebody_let_in() -> str:
        begin_account_session(*somebody_let_in(keeper), device="", now=payer.now)
        return "in"

    return app


def somebody_let_in(keeper: Keeper) -> tuple[AccountRef, UUID]:
    """Their account, and what it opens: Ana's bills, to see and pay."""
    practice_id, account_id = keeper.practice_id, new_id()
    with keeper.payer.database.transaction(Principal.job(practice_id, role="test")) as session:
        session.execute(
            insert(Account).values(
                practice_id=practice_id,
                account_id=account_id,
                email="luis@example.com",
                language="en",
                password_stands_alone=False,
                made_at=keeper.payer.now,
            )
        )
        access_id = give_access(
            session,
            guarantor_id=keeper.guarantor_id,
            account_id=account_id,
            kind=AccessKind.SEE_AND_PAY,
            state=AccessState.ACTIVE,
            email="luis@example.com",
            made_by=account_id,
            now=keeper.payer.now,
        )
    return AccountRef(practice_id, account_id), access_id


@pytest.fixture
def ana(app: Flask, keeper: Keeper) -> Ana:
    her = browser(app)
    assert her.get(f"/come-in/{keeper.guarantor_id}").text == "in"
    return Ana(her, keeper)


def test_a_card_is_saved_only_with_a_box_that_nobody_has_ticked(ana: Ana) -> None:
    page = ana.browser.get(ADD)
    assert 'name="agreed"' in page.text
    assert "checked" not in page.text
    refused = ana.browser.send(ADD, {"kind": "card"})
    assert (refused.status, ana.keeper.methods()) == (422, [])
    assert "Tick the box" in refused.text
    saved = ana.saves()
    assert "Visa ending 4242" in saved.text
    listed = ana.browser.get(METHODS).text
    assert "Visa ending 4242" in listed
    assert "Good through 12/2034" in listed


def test_paying_later_from_the_choice_to_the_stop(ana: Ana) -> None:
    assert "First save a way to pay" in ana.browser.get(ana.later).text
    ana.saves()
    agree = ana.plans().location
    wording = ana.browser.get(agree).text
    assert "may charge $100.00 once to Visa ending 4242" in wording
    assert "checked" not in wording
    assert ana.browser.send(agree, {}).status == 422
    shown = ana.browser.send(agree, {"agreed": "y"}).location
    assert ana.browser.get(ana.later).location == shown
    assert ana.browser.get(agree).location == shown
    (planned,) = ana.keeper.charges()
    assert planned.state == ScheduledState.PLANNED.value
    later = (ana.keeper.today + timedelta(days=30)).isoformat()
    moved = ana.browser.send(shown, {"day": later}, to=f"{shown}/move")
    assert moved.status == 303
    assert ana.keeper.row(planned.scheduled_id).charge_on.isoformat() == later
    assert ana.browser.send(shown, {"day": "2050-01-01"}, to=f"{shown}/move").status == 422
    assert ana.browser.send(shown, {"day": "x"}, to=f"{shown}/move").status == 422
    ana.browser.send(shown, {}, to=f"{shown}/stop")
    assert "You stopped it." in ana.browser.get(shown).text


@pytest.mark.parametrize(
    "wrong",
    [
        {"how": "part", "amount": "100.01"},
        {"how": "part", "amount": "1e3"},
        {"day": "2050-01-01"},
        {"day": "tomorrow"},
        {"method": "01a20067-4024-771c-af0f-e7bdbe4ca740"},
        {"method": "x"},
        {"how": "twice"},
    ],
)
def test_what_cannot_be_planned_is_said_so(ana: Ana, wrong: dict[str, str]) -> None:
    ana.saves()
    assert ana.plans(**wrong).status == 422
    assert ana.keeper.charges() == []


def test_autopay_is_turned_on_with_its_wording_and_off_with_one_click(ana: Ana) -> None:
    ana.saves()
    (method,) = ana.keeper.methods()
    terms = {"method": str(method.method_id), "cap": "250", "days_after": "15"}
    wording = ana.browser.send(AUTOPAY, terms, to=f"{AUTOPAY}/check")
    assert "more than $250.00 is never charged by itself" in wording.text
    assert "checked" not in wording.text
    assert ana.browser.send(AUTOPAY, terms).status == 422
    assert ana.browser.send(AUTOPAY, {**terms, "cap": "x"}).status == 422
    assert ana.browser.send(AUTOPAY, {**terms, "days_after": "1"}).status == 422
    assert ana.browser.send(AUTOPAY, {**terms, "agreed": "y"}).status == 303
    assert "Autopay is on" in ana.browser.get(AUTOPAY).text
    ana.browser.send(AUTOPAY, {}, to=f"{AUTOPAY}/stop")
    assert "Autopay is on" not in ana.browser.get(AUTOPAY).text
    keeper = ana.keeper
    assert keeper.payer.read(lambda s: standing_agreement(s, keeper.guarantor_id)) is None


def test_a_card_is_removed_after_saying_what_ends_with_it(ana: Ana) -> None:
    ana.saves()
    (method,) = ana.keeper.methods()
    ana.browser.send(ana.plans().location, {"agreed": "y"})
    remove = f"{METHODS}/{method.method_id}/remove"
    assert "The charge of" in ana.browser.get(remove).text
    assert ana.browser.send(remove, {}).location == METHODS
    assert ana.keeper.methods() == []
    assert ana.browser.get(remove).status == 404
    assert "Nothing is saved" in ana.browser.get(METHODS).text


def test_leaving_stripes_page_says_that_nothing_is_saved(ana: Ana) -> None:
    sent = ana.browser.send(ADD, {"kind": "card", "agreed": "y"})
    holder = Cardholder(sent.location)
    holder.pay(DECLINED_CARD)
    back = next(link for link in holder.page.links if "/setups/" in link)
    page = ana.browser.get(ana.browser.get(urlsplit(back).path).location)
    assert "Not saved yet" in page.text


def test_while_stripe_is_away_the_page_says_that_we_look(ana: Ana) -> None:
    ana.keeper.wire.control.fail_next("500")
    sent = ana.browser.send(ADD, {"kind": "card", "agreed": "y"})
    assert "We are checking" in ana.browser.get(sent.location).text


def test_paying_offers_to_keep_the_card_and_does_so_when_ticked(ana: Ana) -> None:
    statement = ana.keeper.payer.owing.statement_id
    check = ana.browser.send(f"/statements/{statement}/pay", {"how": "all"}).location
    page = ana.browser.get(check).text
    assert "Keep this card or account for next time" in page
    assert 'name="keep" value="y" checked' not in page
    confirm = check.replace("/check", "/confirm")
    sent = ana.browser.send(check, {"due": "10000", "keep": "y"}, to=confirm)
    back = Cardholder(sent.location).pay(GOOD_CARD).leads_to
    assert ana.browser.get(urlsplit(back or "").path).location.endswith("/receipt")
    ana.keeper.hear("payment_method.attached")
    assert [one.last4 for one in ana.keeper.methods()] == ["4242"]


@pytest.mark.parametrize("other", ["a-patient", "somebody-let-in"])
def test_a_box_the_payer_ticked_keeps_nothing_of_what_another_reader_pays_with(
    ana: Ana, other: str
) -> None:
    statement = ana.keeper.payer.owing.statement_id
    check = ana.browser.send(f"/statements/{statement}/pay", {"how": "all"}).location
    confirm = check.replace("/check", "/confirm")
    stopped = ana.browser.send(check, {"due": "9999", "keep": "y"}, to=confirm)
    assert stopped.location == check  # another balance than the one she saw
    ana.browser.get(f"/come-in-as-{other}")
    assert "Keep this card" not in ana.browser.get(check).text
    for box in ({}, {"keep": "y"}):
        sent = ana.browser.send(check, {"due": "10000", **box}, to=confirm)
    Cardholder(sent.location).pay(GOOD_CARD)
    assert [one.customer_id for one in ana.keeper.payments()] == [None]
    ana.keeper.apply()
    assert ana.keeper.methods() == []


def test_whoever_is_only_a_patient_on_the_statement_is_told_why_not(ana: Ana) -> None:
    ana.browser.get("/come-in-as-a-patient")
    for path in (METHODS, ADD, AUTOPAY, ana.later):
        seen = ana.browser.get(path)
        assert seen.status == HTTPStatus.FORBIDDEN
        assert "Only for the account holder" in seen.text
