"""Webhooks: what arrives, how it is signed, and every way it can go wrong on request."""

import hashlib
import hmac
import json
import re
from typing import Any

import pytest

from tests.contracts.stripe_wire import WEBHOOK_SECRET, StripeWire
from tests.contracts.webhook_receiver import Received, WebhookReceiver
from tests.simulator.api_caller import ApiCaller

PAID = {"amount": 2_000, "currency": "usd", "confirm": "true", "payment_method": "pm_card_visa"}
STEPS = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]


def bodies(receiver: WebhookReceiver) -> list[dict[str, Any]]:
    return [json.loads(one.body) for one in receiver.received]


def types(receiver: WebhookReceiver) -> list[str]:
    return [body["type"] for body in bodies(receiver)]


def is_signed(received: Received) -> bool:
    match = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", received.headers["Stripe-Signature"])
    assert match is not None
    signed = match[1].encode() + b"." + received.body
    expected = hmac.new(WEBHOOK_SECRET.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, match[2])


def test_what_arrives_is_signed_and_is_the_event_as_the_api_shows_it(
    stripe_wire: StripeWire, api: ApiCaller, webhooks: WebhookReceiver
) -> None:
    intent = api.post("/v1/payment_intents", PAID, Idempotency_Key="k")
    stripe_wire.control.wait_for_webhooks()
    assert sorted(types(webhooks)) == sorted(STEPS)
    assert all(is_signed(one) for one in webhooks.received)
    for received, body in zip(webhooks.received, bodies(webhooks), strict=True):
        assert received.headers["User-Agent"].startswith("Stripe/1.0 ")
        assert received.headers["Content-Type"].startswith("application/json")
        shown = api.get(f"/v1/events/{body['id']}").body
        assert (body.pop("pending_webhooks"), shown.pop("pending_webhooks")) == (1, 0)
        assert body == shown
        request = {"id": intent.headers["Request-Id"], "idempotency_key": "k"}
        assert body["request"] == request


def test_a_delivery_that_is_not_answered_with_2xx_is_tried_again(
    stripe_wire: StripeWire, api: ApiCaller, webhooks: WebhookReceiver
) -> None:
    webhooks.answers += [500, 302]
    customer = api.post("/v1/customers").body
    stripe_wire.control.wait_for_webhooks()
    assert [body["data"]["object"]["id"] for body in bodies(webhooks)] == [customer["id"]] * 3
    assert len({body["id"] for body in bodies(webhooks)}) == 1
    log = stripe_wire.control.deliveries()
    assert [(one["attempt"], one["state"], one["answered"]) for one in log] == [
        (1, "failed", 500),
        (2, "failed", 302),
        (3, "delivered", 200),
    ]


def test_after_the_last_try_it_is_given_up_and_can_be_sent_again(
    stripe_wire: StripeWire, api: ApiCaller, webhooks: WebhookReceiver
) -> None:
    stripe_wire.control.behave(retry_seconds=[0.01])
    webhooks.answers += [500, 500]
    api.post("/v1/customers")
    stripe_wire.control.wait_for_webhooks()
    (event,) = stripe_wire.events()
    assert event["pending_webhooks"] == 1
    stripe_wire.control.resend(event["id"])
    stripe_wire.control.wait_for_webhooks()
    assert [one["state"] for one in stripe_wire.control.deliveries()] == [
        "failed",
        "failed",
        "delivered",
    ]


def test_nobody_listening_is_noted_as_no_answer(stripe_wire: StripeWire, api: ApiCaller) -> None:
    stripe_wire.control.send_webhooks_to("http://127.0.0.1:1/webhooks")
    stripe_wire.control.behave(retry_seconds=[])
    api.post("/v1/customers")
    stripe_wire.control.wait_for_webhooks()
    (delivery,) = stripe_wire.control.deliveries()
    assert (delivery["state"], delivery["answered"]) == ("failed", None)


@pytest.mark.parametrize(
    ("order", "expected"), [("first", STEPS), ("last", STEPS[::-1]), ("shuffled", None)]
)
def test_held_webhooks_come_when_released_in_the_order_asked_for(
    stripe_wire: StripeWire,
    api: ApiCaller,
    webhooks: WebhookReceiver,
    order: str,
    expected: list[str] | None,
) -> None:
    stripe_wire.control.behave(held=True)
    api.post("/v1/payment_intents", PAID)
    stripe_wire.control.wait_for_webhooks()
    assert webhooks.received == []
    released = stripe_wire.control.release(order, seed=7)
    assert len(released) == 3
    assert sorted(types(webhooks)) == sorted(STEPS)
    assert expected is None or types(webhooks) == expected


def test_held_webhooks_can_be_sent_in_any_order_twice_or_not_at_all(
    stripe_wire: StripeWire, api: ApiCaller, webhooks: WebhookReceiver
) -> None:
    stripe_wire.control.behave(held=True)
    api.post("/v1/payment_intents", PAID)
    created, charged, paid = (one["number"] for one in stripe_wire.control.deliveries())
    stripe_wire.control.post("webhooks/release", {"numbers": [paid, created, paid]})
    assert types(webhooks) == [STEPS[2], STEPS[0], STEPS[2]]
    states = {one["number"]: one["state"] for one in stripe_wire.control.deliveries()}
    assert states == {created: "delivered", charged: "held", paid: "delivered"}
    with pytest.raises(OSError, match="400"):
        stripe_wire.control.post("webhooks/release", {"numbers": [0]})


def test_what_is_held_can_be_asked_for_from_where_one_looked_last(
    stripe_wire: StripeWire, api: ApiCaller, webhooks: WebhookReceiver
) -> None:
    stripe_wire.control.behave(held=True)
    api.post("/v1/customers")
    (first,) = stripe_wire.control.post("webhooks/held", {})["deliveries"]
    api.post("/v1/customers")
    (second,) = stripe_wire.control.post("webhooks/held", {"after": first["number"]})["deliveries"]
    assert (first["state"], second["state"], webhooks.received) == ("held", "held", [])
    stripe_wire.control.release()
    assert stripe_wire.control.post("webhooks/held", {})["deliveries"] == []


def test_webhooks_can_come_more_than_once_or_never(
    stripe_wire: StripeWire, api: ApiCaller, webhooks: WebhookReceiver
) -> None:
    stripe_wire.control.behave(copies=3, drop_next=2)
    api.post("/v1/payment_intents", PAID)
    stripe_wire.control.wait_for_webhooks()
    assert len(webhooks.received) == 7
    assert types(webhooks).count("payment_intent.created") == 1
    states = [one["state"] for one in stripe_wire.control.deliveries()]
    assert states == ["dropped"] * 2 + ["delivered"] * 7


def test_webhooks_can_overtake_each_other(
    stripe_wire: StripeWire, api: ApiCaller, webhooks: WebhookReceiver
) -> None:
    stripe_wire.control.behave(jitter_seconds=0.2)
    for _ in range(5):
        api.post("/v1/payment_intents", PAID)
    stripe_wire.control.wait_for_webhooks()
    arrived = [body["id"] for body in bodies(webhooks)]
    made = [event["id"] for event in stripe_wire.events()]
    assert sorted(arrived) == sorted(made)
    assert arrived != made


def test_an_endpoint_of_one_account_hears_of_that_account_only(
    stripe_wire: StripeWire, api: ApiCaller, webhooks: WebhookReceiver
) -> None:
    stripe_wire.control.send_webhooks_to(webhooks.url, account="acct_one")
    api.post("/v1/customers")
    api.post("/v1/customers", Stripe_Account="acct_two")
    api.post("/v1/customers", Stripe_Account="acct_one")
    stripe_wire.control.wait_for_webhooks()
    assert [body["account"] for body in bodies(webhooks)] == ["acct_one"]
