"""Customers, SetupIntents and saved payment methods, and payments with the customer absent."""

from typing import Any

import pytest

from tests.contracts.account_holder import AccountHolder
from tests.contracts.hosted_page import Cardholder
from tests.contracts.stripe_wire import StripeWire
from tests.simulator.api_caller import CHECKOUT, Answer, ApiCaller
from tests.simulator.paying import customer_with, event_types, paid, pass_days

METHODS = "/v1/payment_methods"
SETUPS = "/v1/setup_intents"
SETUP_PAGE = {"mode": "setup", "success_url": "https://portal.test/saved", "locale": "en"}
BOX: dict[str, Any] = {"saved_payment_method_options[payment_method_save]": "enabled"}


def off_session(api: ApiCaller, customer: str, method: str, *, cents: int = 2_000) -> Answer:
    form = {"amount": cents, "currency": "usd", "confirm": "true", "off_session": "true"}
    return api.post("/v1/payment_intents", form | {"customer": customer, "payment_method": method})


def test_a_setup_intent_saves_a_card_and_charges_nothing(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    customer, method = customer_with(api)
    (saved,) = api.get(f"{METHODS}?customer={customer}&type=card").body["data"]
    assert (saved["id"], saved["customer"]) == (method, customer)
    assert api.get(f"/v1/customers/{customer}/payment_methods").body["data"] == [saved]
    assert event_types(stripe_wire) == [
        "customer.created",
        "setup_intent.created",
        "payment_method.attached",
        "setup_intent.succeeded",
    ]
    assert api.get("/v1/charges").body["data"] == []
    (intent,) = api.get(f"{SETUPS}?customer={customer}").body["data"]
    assert (intent["status"], intent["usage"]) == ("succeeded", "off_session")
    for verb in ("confirm", "cancel"):
        again = api.post(f"{SETUPS}/{intent['id']}/{verb}")
        assert again.error["code"] == "setup_intent_unexpected_state"


def test_a_setup_intent_goes_step_by_step_and_can_be_canceled(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    intent = api.post(SETUPS, {"description": "one"}).body
    path = f"{SETUPS}/{intent['id']}"
    assert intent["status"] == "requires_payment_method"
    assert api.post(path, {"metadata[a]": "b"}).body["metadata"] == {"a": "b"}
    assert api.post(f"{path}/confirm").error["code"] == "setup_intent_unexpected_state"
    canceled = api.post(f"{path}/cancel", {"cancellation_reason": "abandoned"}).body
    assert (canceled["status"], canceled["cancellation_reason"]) == ("canceled", "abandoned")
    assert event_types(stripe_wire)[-1] == "setup_intent.canceled"


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("pm_card_chargeDeclined", "card_declined"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc"),
    ],
)
def test_a_bank_that_would_not_have_the_card_saved_says_so(
    stripe_wire: StripeWire, api: ApiCaller, token: str, code: str
) -> None:
    form = {"payment_method": token, "confirm": "true"}
    answer = api.post(SETUPS, form)
    assert (answer.status, answer.error["code"]) == (402, code)
    assert answer.error["setup_intent"]["status"] == "requires_payment_method"
    assert event_types(stripe_wire)[-1] == "setup_intent.setup_failed"
    customer = api.post("/v1/customers").body["id"]
    attached = api.post(f"{METHODS}/{token}/attach", {"customer": customer})
    assert (attached.status, attached.error["code"]) == (402, code)


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_bank_that_asks_when_a_card_is_saved_is_answered(
    stripe_wire: StripeWire, api: ApiCaller, *, confirmed: bool
) -> None:
    customer = api.post("/v1/customers").body["id"]
    form = {"customer": customer, "payment_method": "pm_card_authenticationRequiredOnSetup"}
    intent = api.post(SETUPS, form | {"confirm": "true"}).body
    assert intent["status"] == "requires_action"
    answer = {"intent": intent["id"], "confirmed": confirmed}
    done = stripe_wire.control.post("authenticate", answer)
    assert done["status"] == ("succeeded" if confirmed else "requires_payment_method")
    if not confirmed:
        assert done["last_setup_error"]["code"] == "setup_intent_authentication_failure"
        return
    assert off_session(api, customer, done["payment_method"]).status == 200


def test_a_saved_card_is_charged_with_the_customer_absent_as_often_as_needed(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    customer, method = customer_with(api)
    for _ in range(2):
        assert off_session(api, customer, method).status == 200
        assert event_types(stripe_wire)[-2:] == ["charge.succeeded", "payment_intent.succeeded"]


def test_a_card_that_was_saved_may_be_declined_when_it_is_charged(api: ApiCaller) -> None:
    customer, method = customer_with(api, "pm_card_chargeCustomerFail")
    answer = off_session(api, customer, method)
    assert (answer.status, answer.error["decline_code"]) == (402, "generic_decline")
    assert answer.error["payment_method"]["id"] == method


def test_a_bank_that_must_ask_declines_while_the_customer_is_absent(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    customer = api.post("/v1/customers").body["id"]
    token = "pm_card_authenticationRequired"
    method = api.post(f"{METHODS}/{token}/attach", {"customer": customer}).body["id"]
    answer = off_session(api, customer, method)
    assert (answer.status, answer.error["type"]) == (402, "card_error")
    assert answer.error["code"] == "authentication_required"
    assert answer.error["decline_code"] == "authentication_required"
    intent = answer.error["payment_intent"]
    assert intent["status"] == "requires_payment_method"
    assert intent["last_payment_error"]["payment_method"]["id"] == method
    # The patient comes back and confirms the same intent.
    path = f"/v1/payment_intents/{intent['id']}/confirm"
    assert api.post(path, {"payment_method": method}).body["status"] == "requires_action"
    stripe_wire.control.post("authenticate", {"intent": intent["id"], "confirmed": True})
    assert event_types(stripe_wire)[-1] == "payment_intent.succeeded"


def test_a_card_that_was_not_confirmed_when_saved_asks_and_one_that_was_does_not(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    customer = api.post("/v1/customers").body["id"]
    token = "pm_card_authenticationRequiredOnSetup"
    method = api.post(f"{METHODS}/{token}/attach", {"customer": customer}).body["id"]
    assert off_session(api, customer, method).error["code"] == "authentication_required"
    form = {"customer": customer, "payment_method": method, "confirm": "true"}
    intent = api.post(SETUPS, form).body
    stripe_wire.control.post("authenticate", {"intent": intent["id"], "confirmed": True})
    assert off_session(api, customer, method).status == 200


def test_off_session_goes_with_confirm_only(api: ApiCaller) -> None:
    customer, method = customer_with(api)
    form = {"amount": 2_000, "currency": "usd", "customer": customer, "payment_method": method}
    answer = api.post("/v1/payment_intents", form | {"off_session": "true"})
    assert (answer.status, answer.error["param"]) == (400, "off_session")


def test_a_saved_card_is_its_customers_and_a_used_one_nobodys(api: ApiCaller) -> None:
    customer, method = customer_with(api)
    other = api.post("/v1/customers").body["id"]
    assert off_session(api, other, method).error["param"] == "payment_method"
    assert api.post(f"{METHODS}/{method}/attach", {"customer": other}).status == 400
    used = paid(api)["payment_method"]
    form = {"amount": 2_000, "currency": "usd", "payment_method": used}
    assert api.post("/v1/payment_intents", form).status == 400
    assert api.post(f"{METHODS}/{used}/attach", {"customer": customer}).status == 400


def test_a_method_is_chosen_as_default_and_taken_away(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    customer, method = customer_with(api)
    path = f"/v1/customers/{customer}"
    default = {"invoice_settings[default_payment_method]": method}
    chosen = api.post(path, default | {"email": "a@example.test"}).body
    assert chosen["invoice_settings"]["default_payment_method"] == method
    assert api.post(path, {"email": ""}).body["email"] is None
    _, theirs = customer_with(api)
    strange = {"invoice_settings[default_payment_method]": theirs}
    assert api.post(path, strange).status == 400

    gone = api.post(f"{METHODS}/{method}/detach").body
    assert gone["customer"] is None
    assert event_types(stripe_wire)[-1] == "payment_method.detached"
    assert api.get(path).body["invoice_settings"]["default_payment_method"] is None
    assert api.get(f"{path}/payment_methods").body["data"] == []
    assert api.post(f"{METHODS}/{method}/detach").status == 400
    assert api.post(f"{METHODS}/{method}/attach", {"customer": customer}).status == 400
    assert off_session(api, customer, method).status == 400


def test_a_deleted_customer_is_gone_with_what_was_saved(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    customer, method = customer_with(api)
    gone = api.delete(f"/v1/customers/{customer}").body
    assert gone == {"id": customer, "object": "customer", "deleted": True}
    assert api.get(f"/v1/customers/{customer}").body == gone
    assert api.get("/v1/customers").body["data"] == []
    assert api.get(f"{METHODS}/{method}").body["customer"] is None
    assert event_types(stripe_wire)[-1] == "customer.deleted"
    form = {"amount": 2_000, "currency": "usd", "customer": customer}
    assert api.post("/v1/payment_intents", form).status == 400


def test_a_card_expires_and_the_network_renews_it(stripe_wire: StripeWire, api: ApiCaller) -> None:
    customer, method = customer_with(api)
    path = f"{METHODS}/{method}"
    changed = api.post(path, {"card[exp_month]": 1, "card[exp_year]": 2027}).body
    assert (changed["card"]["exp_month"], changed["card"]["exp_year"]) == (1, 2027)
    assert event_types(stripe_wire)[-1] == "payment_method.updated"
    pass_days(stripe_wire, 365 * 2)
    assert off_session(api, customer, method).error["decline_code"] == "expired_card"
    renewed = stripe_wire.control.post(
        "cards/renew", {"payment_method": method, "exp_year": 2040, "last4": "4444"}
    )
    assert (renewed["card"]["exp_year"], renewed["card"]["last4"]) == (2040, "4444")
    assert event_types(stripe_wire)[-1] == "payment_method.automatically_updated"
    assert off_session(api, customer, method).status == 200


def test_methods_are_made_from_tokens_and_accounts_and_never_from_card_numbers(
    api: ApiCaller,
) -> None:
    card = api.post(METHODS, {"type": "card", "card[token]": "tok_mastercard"}).body
    assert card["card"]["brand"] == "mastercard"
    number = {"card[number]": "4242424242424242", "card[exp_month]": 1, "card[exp_year]": 2034}
    refused = api.post(METHODS, {"type": "card"} | number)
    assert (refused.status, refused.error["param"]) == (400, "card[number]")
    account = {
        "type": "us_bank_account",
        "us_bank_account[account_number]": "000123456789",
        "us_bank_account[routing_number]": "110000000",
        "us_bank_account[account_holder_type]": "individual",
    }
    without_name = api.post(METHODS, account)
    assert without_name.error["param"] == "billing_details[name]"
    made = api.post(METHODS, account | {"billing_details[name]": "A"}).body
    assert made["us_bank_account"]["last4"] == "6789"
    assert api.post(METHODS, {"type": "card", "card[token]": "tok_no"}).status == 404
    assert api.post(METHODS, {"type": "klarna"}).error["code"] == "not_simulated"


@pytest.mark.parametrize("number", ["4242424242424242", "4000002500003155"])
def test_the_page_saves_a_card_without_charging_it(api: ApiCaller, number: str) -> None:
    customer = api.post("/v1/customers").body["id"]
    session = api.post(CHECKOUT, SETUP_PAGE | {"customer": customer}).body
    assert (session["payment_status"], session["amount_total"]) == ("no_payment_required", None)
    holder = Cardholder(session["url"])
    assert holder.page.heading == "Save a way to pay"
    page = holder.pay(number)
    if number != "4242424242424242":
        page = holder.answer_bank(confirm=True)
    assert page.leads_to == "https://portal.test/saved"
    done = api.get(f"{CHECKOUT}/{session['id']}?expand[]=setup_intent").body
    assert (done["status"], done["setup_intent"]["status"]) == ("complete", "succeeded")
    assert Cardholder(session["url"]).page.heading == "This was saved"
    assert off_session(api, customer, done["setup_intent"]["payment_method"]).status == 200


def test_the_page_saves_an_account_with_its_mandate(api: ApiCaller) -> None:
    customer = api.post("/v1/customers").body["id"]
    form = SETUP_PAGE | {"customer": customer, "payment_method_types[0]": "us_bank_account"}
    session = api.post(CHECKOUT, form).body
    assert AccountHolder(session["url"]).debit().status == 303
    done = api.get(f"{CHECKOUT}/{session['id']}?expand[]=setup_intent.mandate").body
    mandate = done["setup_intent"]["mandate"]
    assert (mandate["status"], mandate["type"]) == ("active", "multi_use")


def test_a_setup_page_that_fails_or_expires_saves_nothing(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    customer = api.post("/v1/customers").body["id"]
    session = api.post(CHECKOUT, SETUP_PAGE | {"customer": customer}).body
    holder = Cardholder(session["url"])
    assert "declined" in holder.pay("4000000000000002").alert
    holder.pay("4000002760003184")
    assert "It was not saved" in holder.answer_bank(confirm=False).alert
    pass_days(stripe_wire, 1)
    assert "setup_intent.canceled" in event_types(stripe_wire)
    assert api.get(f"/v1/customers/{customer}/payment_methods").body["data"] == []


def test_the_box_decides_whether_a_card_that_pays_is_saved_and_offered_again(
    api: ApiCaller,
) -> None:
    customer = api.post("/v1/customers").body["id"]
    url = api.checkout(customer=customer, **BOX)["url"]
    holder = AccountHolder(url)
    assert holder.page.fields["save"] == "yes"  # what a tick would send; it is not ticked
    assert "checked" not in holder.page.html
    holder.pay("4242424242424242")
    assert api.get(f"/v1/customers/{customer}/payment_methods").body["data"] == []

    AccountHolder(api.checkout(customer=customer, **BOX)["url"]).pay_and_save("5555555555554444")
    (saved,) = api.get(f"{METHODS}?customer={customer}&allow_redisplay=always").body["data"]
    again = AccountHolder(api.checkout(customer=customer, **BOX)["url"])
    assert "Use Mastercard ending in 4444" in again.page.buttons
    assert again.press(saved=saved["id"]).status == 303
    assert again.press(saved="pm_other").status == 303  # it is paid
    stranger = AccountHolder(api.checkout()["url"])
    assert stranger.press(saved=saved["id"]).status == 422


def test_a_saved_account_is_debited_again_by_its_mandate(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    customer = api.post("/v1/customers").body["id"]
    kinds: dict[str, Any] = {
        "payment_method_types[0]": "us_bank_account",
        "customer": customer,
        **BOX,
    }
    AccountHolder(api.checkout(**kinds)["url"]).debit(save=True)
    pass_days(stripe_wire)
    again = AccountHolder(api.checkout(**kinds)["url"])
    (button,) = [value for text, value in again.page.buttons.items() if "6789" in text]
    assert again.press(saved=button).status == 303
    form = {"amount": 900, "currency": "usd", "customer": customer, "payment_method": button}
    form |= {"confirm": "true", "off_session": "true"}
    intent = api.post("/v1/payment_intents", form | {"payment_method_types[0]": "us_bank_account"})
    assert intent.body["status"] == "processing"
    assert intent.body["payment_method"] == button


@pytest.mark.parametrize("wallet", ["apple_pay", "google_pay"])
def test_a_wallet_pays_as_a_card_that_says_so(api: ApiCaller, wallet: str) -> None:
    session = api.checkout()
    assert AccountHolder(session["url"]).press(wallet=wallet).status == 303
    path = f"{CHECKOUT}/{session['id']}?expand[]=payment_intent.latest_charge"
    charge = api.get(path).body["payment_intent"]["latest_charge"]
    assert charge["payment_method_details"]["card"]["wallet"]["type"] == wallet


def test_saving_for_later_can_be_asked_for_with_the_session(api: ApiCaller) -> None:
    customer = api.post("/v1/customers").body["id"]
    usage: dict[str, Any] = {
        "payment_intent_data[setup_future_usage]": "off_session",
        "customer": customer,
    }
    holder = Cardholder(api.checkout(**usage)["url"])
    assert "It will be saved" in holder.page.html
    holder.pay("4242424242424242")
    (saved,) = api.get(f"/v1/customers/{customer}/payment_methods").body["data"]
    assert off_session(api, customer, saved["id"]).status == 200


def test_saving_needs_a_customer_and_a_payment(api: ApiCaller) -> None:
    answer = api.post(CHECKOUT, {**SETUP_PAGE, **BOX})
    assert answer.error["param"] == "saved_payment_method_options"
