"""PaymentIntents, charges, refunds, disputes and the balance: the money part of the simulator."""

from typing import Any

import pytest

from tests.contracts.hosted_page import Cardholder
from tests.contracts.stripe_wire import StripeWire
from tests.simulator.api_caller import CHECKOUT, ApiCaller

INTENT = {"amount": 2_000, "currency": "usd", "metadata[payment_id]": "p-1"}


def paid(api: ApiCaller, *, method: str = "pm_card_visa", **more: object) -> dict[str, Any]:
    form = {**INTENT, "payment_method": method, "confirm": "true", **more}
    answer = api.post("/v1/payment_intents", form)
    assert answer.status == 200, answer.body
    return answer.body


def event_types(stripe_wire: StripeWire) -> list[str]:
    return [event["type"] for event in stripe_wire.events()]


def test_an_intent_goes_from_nothing_to_paid_step_by_step(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    intent = api.post("/v1/payment_intents", INTENT).body
    path = f"/v1/payment_intents/{intent['id']}"
    assert intent["status"] == "requires_payment_method"
    assert api.post(path, {"amount": 2_500}).body["amount"] == 2_500
    done = api.post(f"{path}/confirm", {"payment_method": "pm_card_mastercard"}).body
    assert (done["status"], done["amount_received"]) == ("succeeded", 2_500)
    charge = api.get(f"/v1/charges/{done['latest_charge']}").body
    assert charge["payment_method_details"]["card"]["brand"] == "mastercard"
    assert charge["metadata"] == {"payment_id": "p-1"}
    assert event_types(stripe_wire) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
    ]
    for verb in ("confirm", "cancel"):
        again = api.post(f"{path}/{verb}")
        assert (again.status, again.error["code"]) == (400, "payment_intent_unexpected_state")
        assert again.error["payment_intent"]["id"] == intent["id"]
    assert api.post(path, {"amount": 1_000}).error["code"] == "payment_intent_unexpected_state"


def test_a_decline_is_a_402_that_says_why_and_leaves_a_failed_charge(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    form = {**INTENT, "payment_method": "pm_card_visa_chargeDeclinedInsufficientFunds"}
    answer = api.post("/v1/payment_intents", {**form, "confirm": "true"})
    assert (answer.status, answer.error["type"]) == (402, "card_error")
    assert answer.error["code"] == "card_declined"
    assert answer.error["decline_code"] == "insufficient_funds"
    assert answer.error["advice_code"] == "try_again_later"
    intent = api.get(f"/v1/payment_intents/{answer.error['payment_intent']['id']}").body
    assert intent["status"] == "requires_payment_method"
    assert intent["last_payment_error"]["decline_code"] == "insufficient_funds"
    (charge,) = api.get(f"/v1/charges?payment_intent={intent['id']}").body["data"]
    assert (charge["status"], charge["paid"]) == ("failed", False)
    assert charge["id"] == answer.error["charge"] == intent["latest_charge"]
    assert api.get("/v1/balance_transactions").body["data"] == []
    assert event_types(stripe_wire)[-2:] == ["payment_intent.payment_failed", "charge.failed"]
    refund = api.post("/v1/refunds", {"charge": charge["id"]})
    assert (refund.status, refund.error["param"]) == (400, "charge")


def test_an_intent_can_be_canceled_until_it_is_paid(api: ApiCaller) -> None:
    intent = paid(api, method="pm_card_authenticationRequired")
    assert intent["status"] == "requires_action"
    path = f"/v1/payment_intents/{intent['id']}"
    canceled = api.post(f"{path}/cancel", {"cancellation_reason": "abandoned"}).body
    assert (canceled["status"], canceled["cancellation_reason"]) == ("canceled", "abandoned")
    confirmed = api.post(f"{path}/confirm", {"payment_method": "pm_card_visa"})
    assert confirmed.error["code"] == "payment_intent_unexpected_state"


def test_an_intent_of_a_session_is_left_to_the_session(api: ApiCaller) -> None:
    session = api.checkout()
    Cardholder(session["url"]).pay("4000000000000002")
    intent_id = api.get(f"{CHECKOUT}/{session['id']}").body["payment_intent"]
    for verb in ("confirm", "cancel"):
        assert api.post(f"/v1/payment_intents/{intent_id}/{verb}").status == 400
    api.post(f"{CHECKOUT}/{session['id']}/expire")
    assert api.get(f"/v1/payment_intents/{intent_id}").body["status"] == "canceled"


def test_metadata_is_merged_and_an_empty_value_takes_a_key_away(api: ApiCaller) -> None:
    path = f"/v1/payment_intents/{api.post('/v1/payment_intents', INTENT).body['id']}"
    changed = api.post(path, {"metadata[more]": "x", "metadata[payment_id]": ""}).body
    assert changed["metadata"] == {"more": "x"}
    assert api.post(path, {"metadata": ""}).body["metadata"] == {}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": 49}, "amount_too_small"),
        ({"amount": 100_000_000}, "amount_too_large"),
        ({"capture_method": "manual"}, "not_simulated"),
        ({"customer": "cus_nobody"}, "resource_missing"),
        ({"payment_method": "pm_nobody"}, "resource_missing"),
    ],
)
def test_an_intent_that_cannot_be_is_refused_and_leaves_nothing(
    api: ApiCaller, change: dict[str, object], code: str
) -> None:
    answer = api.post("/v1/payment_intents", {**INTENT, **change})
    assert answer.error["code"] == code
    assert api.get("/v1/payment_intents").body["data"] == []


def test_an_intent_without_a_card_cannot_be_confirmed(api: ApiCaller) -> None:
    intent = api.post("/v1/payment_intents", INTENT).body
    answer = api.post(f"/v1/payment_intents/{intent['id']}/confirm")
    assert answer.error["code"] == "payment_intent_unexpected_state"


def test_refunds_are_part_by_part_and_never_more_than_was_paid(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    intent = paid(api)
    part = api.post("/v1/refunds", {"payment_intent": intent["id"], "amount": 500}).body
    assert part["status"] == "succeeded"
    assert (part["charge"], part["amount"]) == (intent["latest_charge"], 500)
    over = api.post("/v1/refunds", {"payment_intent": intent["id"], "amount": 1_501})
    assert (over.status, over.error["param"]) == (400, "amount")
    zero = api.post("/v1/refunds", {"payment_intent": intent["id"], "amount": 0})
    assert zero.error["code"] == "parameter_invalid_integer"
    rest = api.post("/v1/refunds", {"charge": intent["latest_charge"]}).body
    assert rest["amount"] == 1_500
    charge = api.get(f"/v1/charges/{intent['latest_charge']}").body
    assert (charge["refunded"], charge["amount_refunded"]) == (True, 2_000)
    again = api.post("/v1/refunds", {"charge": intent["latest_charge"]})
    assert again.error["code"] == "charge_already_refunded"
    assert event_types(stripe_wire)[-2:] == ["refund.created", "charge.refunded"]
    listed = api.get(f"/v1/refunds?payment_intent={intent['id']}").body["data"]
    assert [refund["id"] for refund in listed] == [rest["id"], part["id"]]


def test_a_refund_needs_to_know_of_what(api: ApiCaller) -> None:
    assert api.post("/v1/refunds", {"amount": 5}).error["code"] == "parameter_missing"
    unpaid = api.post("/v1/payment_intents", INTENT).body["id"]
    assert api.post("/v1/refunds", {"payment_intent": unpaid}).status == 400


@pytest.mark.parametrize("by", ["card", "control"])
def test_a_disputed_charge_takes_the_money_back_and_cannot_be_refunded(
    stripe_wire: StripeWire, api: ApiCaller, by: str
) -> None:
    intent = paid(api, method="pm_card_createDispute" if by == "card" else "pm_card_visa")
    if by == "control":
        stripe_wire.control.dispute(intent["latest_charge"])
    (dispute,) = api.get(f"/v1/disputes?charge={intent['latest_charge']}").body["data"]
    assert (dispute["status"], dispute["amount"]) == ("needs_response", 2_000)
    assert api.get(f"/v1/disputes/{dispute['id']}").body == dispute
    refund = api.post("/v1/refunds", {"payment_intent": intent["id"]})
    assert (refund.status, refund.error["code"]) == (400, "charge_disputed")
    assert "charge.dispute.created" in event_types(stripe_wire)
    movements = api.get("/v1/balance_transactions").body["data"]
    assert sum(one["net"] for one in movements) == (2_000 - 88) + (-2_000 - 1_500)


def test_the_balance_is_the_sum_of_its_transactions_and_available_two_days_later(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    intent = paid(api)
    api.post("/v1/refunds", {"payment_intent": intent["id"], "amount": 300})
    movements = api.get("/v1/balance_transactions").body["data"]
    assert [(one["type"], one["amount"], one["fee"]) for one in movements] == [
        ("refund", -300, 0),
        ("charge", 2_000, 88),
    ]
    assert api.get(f"/v1/balance_transactions/{movements[0]['id']}").body == movements[0]

    def balance() -> tuple[int, int]:
        body = api.get("/v1/balance").body
        return body["available"][0]["amount"], body["pending"][0]["amount"]

    assert balance() == (0, 1_612)
    stripe_wire.control.advance_clock(seconds=2 * 24 * 60 * 60)
    assert balance() == (1_612, 0)


def test_customers_and_payment_methods_can_be_read_back(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    customer = api.post("/v1/customers", {"metadata[account]": "a-1"}).body
    assert api.get(f"/v1/customers/{customer['id']}").body == customer
    assert api.get("/v1/customers").body["data"] == [customer]
    intent = paid(api, customer=customer["id"])
    assert intent["customer"] == customer["id"]
    method = api.get(f"/v1/payment_methods/{intent['payment_method']}").body
    assert (method["card"]["last4"], method["card"]["brand"]) == ("4242", "visa")
    refused = api.post("/v1/customers", {"balance": 5})
    assert refused.error["code"] == "not_simulated"
