"""Paying for chosen visits or a patient of the household: shown before, kept, and honored."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from flask import Flask

from portal.db import new_id
from portal.domain.journal import NOWHERE
from portal.domain.payment_choice import PaymentChoice
from portal.domain.payment_status import PaymentState
from portal.payments.moves import lock_payment, move_to
from portal.payments.service import AmountTooLargeError, NothingDueError, start_payment
from tests.auth.running import Browser, Seen, browser
from tests.contracts.hosted_page import Cardholder
from tests.payments.household import Household, make_household
from tests.payments.owing import Owed, change_debt
from tests.payments.paying import DUE, GOOD_CARD, Payer
from tests.payments.running import make_app

ALL_DUE = 14_000


@pytest.fixture
def home(payer: Payer) -> Household:
    return make_household(payer.database, payer.owing)


@pytest.fixture
def app(payer: Payer, home: Household) -> Flask:
    return make_app(payer.database, payer.gateway, lambda: payer.now, home.owing)


@dataclass(frozen=True, slots=True)
class Chooser:
    """Ana at her browser, before the form."""

    browser: Browser
    home: Household

    @property
    def page(self) -> str:
        return f"/statements/{self.home.owing.statement_id}/pay"

    def choose(self, *boxes: UUID | str, **typed: str) -> Seen:
        """Some visits, by the ids of visits or of patients."""
        return self.browser.send(
            self.page, {"how": "visits", "visit": [str(box) for box in boxes], **typed}
        )


@pytest.fixture
def chooser(app: Flask, home: Household) -> Chooser:
    her = browser(app)
    assert her.get(f"/come-in/{home.owing.guarantor_id}").text == "in"
    return Chooser(her, home)


def choose(payer: Payer, *visits: Owed, cents: int) -> UUID:
    return start_payment(
        payer.database,
        payer.owing.principal,
        statement_id=payer.owing.statement_id,
        amount_cents=cents,
        choice=PaymentChoice.VISITS,
        claim_ids=[claim_of(visit) for visit in visits],
        statement_due=DUE,
        now=payer.now,
    )


def claim_of(visit: Owed) -> UUID:
    assert visit.target.claim_id is not None
    return visit.target.claim_id


def payment_of(seen: Seen) -> UUID:
    assert seen.status == 303, seen.text
    return UUID(seen.location.split("/")[2])


def test_the_form_lists_each_visit_with_what_is_due_and_each_patient(chooser: Chooser) -> None:
    text = chooser.browser.get(chooser.page).text
    for words in ("All of it", "$140.00", "$60.00", "$40.00", "$25.00", "$15.00"):
        assert words in text
    assert "All visits of Leo" in text
    assert "All visits of Mateo" in text
    assert " checked" not in text


def test_all_visits_of_one_patient_are_paid_and_nothing_else(
    chooser: Chooser, payer: Payer, home: Household
) -> None:
    chosen = chooser.choose(home.leo_id)
    payment_id = payment_of(chosen)
    checked = chooser.browser.get(chosen.location).text
    for words in ("Where each dollar goes", "$40.00", "$25.00", "$15.00", "$100.00", "$60.00"):
        assert words in checked
    confirmed = chooser.browser.send(
        chosen.location,
        {"due": str(ALL_DUE)},
        to=chosen.location.replace("/check", "/confirm"),
    )
    Cardholder(confirmed.location).pay(GOOD_CARD)
    assert payer.apply(payment_id) is PaymentState.SUCCEEDED
    assert payer.allocations(payment_id) == [
        (home.leos_older.target, 2_500),
        (home.leos_newer.target, 1_500),
    ]


def test_a_part_of_chosen_visits_goes_to_the_oldest_of_them(payer: Payer, home: Household) -> None:
    payment_id = choose(payer, home.owing.newer, home.leos_older, cents=3_000)
    address = payer.confirm(payment_id, due_seen_cents=ALL_DUE)
    Cardholder(address or "").pay(GOOD_CARD)
    payer.apply(payment_id)
    assert payer.allocations(payment_id) == [
        (home.leos_older.target, 2_500),
        (home.owing.newer.target, 500),
    ]


def test_the_browser_says_which_visits_and_never_how_much(
    chooser: Chooser, payer: Payer, home: Household
) -> None:
    chosen = chooser.choose(
        claim_of(home.leos_newer), amount="0.50", amount_cents="1", due_now_cents="1"
    )
    assert payer.row(payment_of(chosen)).amount_cents == 1_500


def test_a_typed_part_is_the_one_amount_that_is_taken_from_the_form(
    chooser: Chooser, payer: Payer, home: Household
) -> None:
    chosen = chooser.choose(home.leo_id, of_these="10")
    assert payer.row(payment_of(chosen)).amount_cents == 1_000


@pytest.mark.parametrize(
    ("of_these", "words"),
    [
        ("40.01", "Enter an amount up to $40.00"),
        ("0.49", "Enter $0.50 or more"),
        ("-5", "like 50 or 50.25"),
        ("1e3", "like 50 or 50.25"),
    ],
)
def test_a_part_is_bounded_by_the_visits_it_is_a_part_of(
    chooser: Chooser, home: Household, of_these: str, words: str
) -> None:
    seen = chooser.choose(home.leo_id, of_these=of_these)
    assert seen.status == 422
    assert words in seen.text


def test_no_visit_says_what_to_do(chooser: Chooser) -> None:
    seen = chooser.choose()
    assert seen.status == 422
    assert "Choose a visit" in seen.text


def test_a_visit_that_is_not_on_the_statement_cannot_be_chosen(
    chooser: Chooser, home: Household
) -> None:
    for other in (claim_of(home.owing.unbilled), new_id(), "' or 1=1"):
        seen = chooser.choose(other)
        assert seen.status == 422
        assert "what can be paid has changed" in seen.text


def test_visits_too_small_to_pay_by_card_say_so(
    chooser: Chooser, payer: Payer, home: Household
) -> None:
    change_debt(payer.database, payer.owing, home.leos_newer.target, cents=-1_460, why="less")
    seen = chooser.choose(claim_of(home.leos_newer))
    assert seen.status == 422
    assert "Choose visits of $0.50 or more" in seen.text


def test_changing_leads_back_to_the_form_with_the_choice_kept(
    chooser: Chooser, home: Household
) -> None:
    chosen = chooser.choose(claim_of(home.leos_newer), of_these="10")
    checked = chooser.browser.get(chosen.location).text
    change = f"{chooser.page}?payment={payment_of(chosen)}"
    assert change in checked
    form = chooser.browser.get(change).text
    assert form.count(" checked") == 2  # some visits, and that one
    assert f'value="{claim_of(home.leos_newer)}" checked' in form
    assert 'value="10.00"' in form


def test_somebody_elses_payment_is_no_choice_to_change(chooser: Chooser) -> None:
    assert chooser.browser.get(f"{chooser.page}?payment={new_id()}").status == 404


def test_more_than_the_chosen_visits_ask_for_is_refused(payer: Payer, home: Household) -> None:
    with pytest.raises(AmountTooLargeError) as refused:
        choose(payer, home.leos_older, cents=2_501)
    assert refused.value.most_cents == 2_500


def test_visits_of_another_statement_come_to_nothing(payer: Payer, home: Household) -> None:
    with pytest.raises(NothingDueError):
        choose(payer, home.owing.unbilled, cents=3_000)


def test_the_same_visits_are_the_same_payment_and_others_another(
    payer: Payer, home: Household
) -> None:
    first = choose(payer, home.leos_older, home.leos_newer, cents=1_500)
    assert choose(payer, home.leos_newer, home.leos_older, cents=1_500) == first
    assert choose(payer, home.leos_newer, cents=1_500) != first
    assert payer.prepare(1_500) != first


def test_a_visit_that_was_paid_meanwhile_has_to_be_chosen_again(
    chooser: Chooser, payer: Payer, home: Household
) -> None:
    check_page = chooser.choose(claim_of(home.leos_newer)).location
    change_debt(payer.database, payer.owing, home.leos_newer.target, cents=-1_000, why="less")
    problem = chooser.browser.get(check_page).location
    assert "What you owe has changed" in chooser.browser.get(problem).text


def test_what_became_impossible_goes_oldest_first_and_the_rest_stays_as_credit(
    payer: Payer, home: Household
) -> None:
    payment_id = choose(payer, home.leos_newer, cents=1_500)
    address = payer.confirm(payment_id, due_seen_cents=ALL_DUE)
    Cardholder(address or "").pay(GOOD_CARD)
    owing = home.owing
    for owed, left in (
        (home.leos_newer, 600),
        (owing.older, 300),
        (home.leos_older, 0),
        (owing.newer, 200),
        (owing.unbilled, 0),
    ):
        change_debt(payer.database, owing, owed.target, cents=left - owed.cents, why="paid")
    assert payer.apply(payment_id) is PaymentState.SUCCEEDED
    assert payer.allocations(payment_id) == [
        (home.leos_newer.target, 600),
        (owing.older.target, 300),
        (owing.newer.target, 200),
        (NOWHERE, 400),
    ]


def test_the_receipt_says_what_went_elsewhere_and_what_was_paid_twice(
    chooser: Chooser, payer: Payer, home: Household
) -> None:
    first = choose(payer, home.leos_newer, cents=1_500)
    Cardholder(payer.confirm(first, due_seen_cents=ALL_DUE) or "").pay(GOOD_CARD)
    for owed in (home.leos_newer, home.leos_older, home.owing.newer, home.owing.unbilled):
        change_debt(payer.database, payer.owing, owed.target, cents=-owed.cents, why="paid")
    change_debt(payer.database, payer.owing, home.owing.older.target, cents=-5_000, why="paid")
    payer.apply(first)
    shown = chooser.browser.get(f"/payments/{first}/receipt").text
    assert "The visits you chose asked for less by then" in shown
    assert "$10.00" in shown
    assert "Kept as a credit for you" in shown
    assert "paid this twice" not in shown


def test_paying_twice_shows_the_credit_and_what_happens_now(
    chooser: Chooser, payer: Payer, home: Household
) -> None:
    """The first is given up by us, and its money comes all the same."""
    first = choose(payer, home.leos_newer, cents=1_500)
    address = payer.confirm(first, due_seen_cents=ALL_DUE) or ""
    Cardholder(address).pay(GOOD_CARD)
    with payer.database.transaction(payer.job) as session:
        move_to(session, lock_payment(session, first), PaymentState.EXPIRED, now=payer.now)
    second = choose(payer, home.leos_newer, cents=1_500)
    Cardholder(payer.confirm(second, due_seen_cents=ALL_DUE) or "").pay(GOOD_CARD)
    payer.apply(second)
    payer.wait(minutes=1)
    for owed in (home.leos_older, home.owing.older, home.owing.newer, home.owing.unbilled):
        change_debt(payer.database, payer.owing, owed.target, cents=-owed.cents, why="paid")
    assert payer.apply(first) is PaymentState.SUCCEEDED
    shown = chooser.browser.get(f"/payments/{first}/receipt").text
    assert "It looks like you paid this twice" in shown
    assert "$15.00" in shown
    assert "sends it back to where you paid from" in shown
    assert "paid this twice" not in chooser.browser.get(f"/payments/{second}/receipt").text
