"""The hosted page as a cardholder meets it."""

import pytest

from tests.contracts.hosted_page import Cardholder
from tests.contracts.stripe_wire import StripeWire
from tests.simulator.api_caller import CHECKOUT, ApiCaller

PAYS = "4242 4242 4242 4242"


def success_address(session_id: str) -> str:
    return f"https://portal.test/return?session={session_id}"


@pytest.mark.parametrize(
    ("number", "code", "decline_code", "says"),
    [
        ("4000 0000 0000 0002", "card_declined", "generic_decline", "declined"),
        ("4000 0000 0000 9995", "card_declined", "insufficient_funds", "not enough money"),
        ("4000 0000 0000 9987", "card_declined", "lost_card", "declined"),
        ("4000 0000 0000 9979", "card_declined", "stolen_card", "declined"),
        ("4000 0000 0000 0069", "expired_card", "expired_card", "expired"),
        ("4000 0000 0000 0127", "incorrect_cvc", "incorrect_cvc", "security code"),
        ("4000 0000 0000 0119", "processing_error", "processing_error", "Something went wrong"),
        ("4111 1111 1111 1111", "card_declined", "test_mode_live_card", "simulation"),
    ],
)
def test_each_card_that_fails_says_why_and_lets_another_pay(
    api: ApiCaller, number: str, code: str, decline_code: str, says: str
) -> None:
    session = api.checkout()
    cardholder = Cardholder(session["url"])
    page = cardholder.pay(number)
    assert page.status == 402
    assert says in page.alert
    assert page.title.startswith("Error: ")
    session = api.get(f"{CHECKOUT}/{session['id']}?expand[]=payment_intent").body
    assert (session["status"], session["payment_status"]) == ("open", "unpaid")
    error = session["payment_intent"]["last_payment_error"]
    assert (error["code"], error["decline_code"]) == (code, decline_code)
    assert says in Cardholder(session["url"]).page.alert  # also after coming back
    assert cardholder.pay(PAYS).leads_to == success_address(session["id"])


@pytest.mark.parametrize(
    ("number", "brand"),
    [
        (PAYS, "visa"),
        ("5555-5555-5555-4444", "mastercard"),
        ("378282246310005", "amex"),
        ("6011 1111 1111 1117", "discover"),
    ],
)
def test_each_card_that_pays_completes_the_session(
    stripe_wire: StripeWire, api: ApiCaller, number: str, brand: str
) -> None:
    session = api.checkout()
    page = Cardholder(session["url"]).pay(number)
    assert (page.status, page.leads_to) == (303, success_address(session["id"]))
    path = f"{CHECKOUT}/{session['id']}?expand[]=payment_intent.latest_charge"
    session = api.get(path).body
    assert (session["status"], session["payment_status"]) == ("complete", "paid")
    charge = session["payment_intent"]["latest_charge"]
    assert charge["payment_method_details"]["card"]["brand"] == brand
    assert charge["metadata"] == {"payment_id": "p-1"}
    assert stripe_wire.events()[-1]["type"] == "checkout.session.completed"


@pytest.mark.parametrize("number", ["4000 0025 0000 3155", "4000 0027 6000 3184"])
def test_a_card_whose_bank_asks_pays_when_it_is_confirmed(api: ApiCaller, number: str) -> None:
    session = api.checkout()
    cardholder = Cardholder(session["url"])
    asked = cardholder.pay(number)
    assert asked.heading == "Your bank wants to know it is you"
    assert set(asked.buttons.values()) == {"yes", "no"}
    page = cardholder.answer_bank(confirm=True)
    assert page.leads_to == success_address(session["id"])
    assert api.get(f"{CHECKOUT}/{session['id']}").body["payment_status"] == "paid"


def test_a_bank_that_is_told_no_ends_the_try_and_not_the_session(api: ApiCaller) -> None:
    session = api.checkout()
    cardholder = Cardholder(session["url"])
    cardholder.pay("4000 0027 6000 3184")
    page = cardholder.answer_bank(confirm=False)
    assert "could not confirm" in page.alert
    intent_id = api.get(f"{CHECKOUT}/{session['id']}").body["payment_intent"]
    intent = api.get(f"/v1/payment_intents/{intent_id}").body
    assert intent["last_payment_error"]["code"] == "payment_intent_authentication_failure"
    assert cardholder.answer_bank(confirm=True).heading == "Pay $50.00"
    assert cardholder.pay(PAYS).leads_to == success_address(session["id"])


def test_a_bank_may_decline_after_it_was_told_yes(api: ApiCaller) -> None:
    cardholder = Cardholder(api.checkout()["url"])
    cardholder.pay("4000 0084 0000 1629")
    assert "declined" in cardholder.answer_bank(confirm=True).alert


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"number": ""}, "Enter the number"),
        ({"number": "4242 4242 4242 4241"}, "Enter the number"),
        ({"number": "four"}, "Enter the number"),
        ({"expiry": "13 / 34"}, "Enter an expiration date"),
        ({"expiry": "01 / 20"}, "Enter an expiration date"),
        ({"expiry": "soon"}, "Enter an expiration date"),
        ({"cvc": "12"}, "Enter the 3 or 4 digits"),
        ({"cvc": "abc"}, "Enter the 3 or 4 digits"),
        ({"name": " "}, "Enter the name"),
    ],
)
def test_what_was_typed_wrong_is_named_and_nothing_is_tried(
    api: ApiCaller, typed: dict[str, str], says: str
) -> None:
    session = api.checkout()
    page = Cardholder(session["url"]).pay(**{"number": PAYS} | typed)
    assert page.status == 422
    assert says in page.alert
    assert f"#{next(iter(typed))}" in page.links
    assert api.get("/v1/payment_intents").body["data"] == []


def test_after_a_decline_name_and_date_are_still_there_and_the_number_is_not(
    api: ApiCaller,
) -> None:
    page = Cardholder(api.checkout()["url"]).pay("4000000000000002", name='Ana "A" <b>')
    assert page.fields == {"number": "", "expiry": "12 / 34", "cvc": "", "name": 'Ana "A" <b>'}
    assert "4000000000000002" not in page.html


def test_the_page_speaks_the_language_of_the_session(api: ApiCaller) -> None:
    spanish = Cardholder(api.checkout(locale="es")["url"])
    assert (spanish.page.language, spanish.page.heading) == ("es", "Pagar $50.00")
    assert "rechazada" in spanish.pay("4000000000000002").alert
    automatic = api.checkout(locale="auto")["url"]
    assert Cardholder(automatic, language="es-MX,es;q=0.9").page.language == "es"
    assert Cardholder(automatic, language="de").page.language == "en"


def test_the_page_says_that_it_is_a_simulation_and_how_to_get_back(api: ApiCaller) -> None:
    page = Cardholder(api.checkout()["url"]).page
    assert "simulated Stripe" in page.html
    assert "https://portal.test/back" in page.links


def test_a_session_that_is_over_says_so(stripe_wire: StripeWire, api: ApiCaller) -> None:
    paid, expired = api.checkout(), api.checkout()
    cardholder = Cardholder(paid["url"])
    cardholder.pay(PAYS)
    again = cardholder.pay(PAYS)  # pressed twice
    assert again.leads_to == success_address(paid["id"])
    assert len(api.get("/v1/charges").body["data"]) == 1
    shown = Cardholder(paid["url"]).page
    assert (shown.status, shown.heading) == (200, "This was already paid")

    stripe_wire.control.advance_clock(seconds=24 * 60 * 60)
    shown = Cardholder(expired["url"]).page
    assert (shown.status, shown.heading) == (410, "This payment page has expired")
    assert "https://portal.test/back" in shown.links
    types = [event["type"] for event in stripe_wire.events()]
    assert types.count("checkout.session.expired") == 1


def test_an_unknown_session_is_not_found(stripe_wire: StripeWire) -> None:
    page = Cardholder(f"{stripe_wire.direct_base}/c/pay/cs_test_nobody").page
    assert page.status == 404
