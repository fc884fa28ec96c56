"""The simulator's clock, webhooks that are tried again for days, and trouble by chance and seed."""

from typing import Any

import pytest

from tests.contracts.stripe_wire import StripeWire
from tests.contracts.webhook_receiver import WebhookReceiver
from tests.simulator.api_caller import CHECKOUT, ApiCaller
from tests.simulator.paying import DAY_SECONDS, debited, event_types, paid, pass_days

HOUR_SECONDS = 60 * 60


def clock(stripe_wire: StripeWire, **given: object) -> int:
    now: int = stripe_wire.control.post("clock", given)["now"]
    return now


def test_a_clock_that_stands_moves_only_when_it_is_moved(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    start = clock(stripe_wire, stands=True)
    assert clock(stripe_wire, advance_seconds=10) == start + 10
    first, second = api.checkout(), api.checkout()
    assert first["created"] == second["created"] == start + 10
    assert clock(stripe_wire, advance_seconds=DAY_SECONDS) == start + 10 + DAY_SECONDS
    assert api.get(f"{CHECKOUT}/{first['id']}").body["status"] == "expired"
    clock(stripe_wire, stands=False)
    assert stripe_wire.control.get("state")["clock_stands"] is False


def test_what_happens_in_a_long_time_happens_each_at_its_own_time(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    clock(stripe_wire, stands=True)
    session = api.checkout(expires_at=clock(stripe_wire) + HOUR_SECONDS)
    debit = debited(api, "pm_usBankAccount_dispute")
    dispute = stripe_wire.control.dispute(paid(api)["latest_charge"])
    pass_days(stripe_wire, 20)
    events = stripe_wire.events()
    times = [event["created"] for event in events]
    assert times == sorted(times)
    by_type = {event["type"]: event["created"] for event in events}
    assert by_type["checkout.session.expired"] == session["expires_at"]
    assert (by_type["payment_intent.succeeded"] - debit["created"]) % DAY_SECONDS == 0
    due_by = dispute["evidence_details"]["due_by"]
    assert due_by in [one["created"] for one in events if one["type"] == "charge.dispute.closed"]


def test_a_webhook_is_tried_for_three_days_and_then_given_up(
    stripe_wire: StripeWire, api: ApiCaller, webhooks: WebhookReceiver
) -> None:
    clock(stripe_wire, stands=True)
    usual = [1, 5, 30, 300, *(hours * HOUR_SECONDS for hours in (1, 2, 5, 10, 12, 12, 12, 12, 12))]
    stripe_wire.control.behave(retry_seconds=usual)
    webhooks.answers += [500] * 20
    api.post("/v1/customers")
    webhooks.wait_for(1)
    clock(stripe_wire, advance_seconds=40)
    webhooks.wait_for(4)
    assert len(webhooks.received) == 4
    pass_days(stripe_wire, 4)
    stripe_wire.control.wait_for_webhooks()
    assert len(webhooks.received) == len(usual) + 1
    assert 3 * DAY_SECONDS <= sum(usual) < 4 * DAY_SECONDS
    missed = api.get("/v1/events?delivery_success=false").body["data"]
    assert [event["type"] for event in missed] == ["customer.created"]
    assert api.get("/v1/events?delivery_success=true").body["data"] == []


def test_a_sweep_finds_what_never_arrived_for_thirty_days(
    stripe_wire: StripeWire, api: ApiCaller, webhooks: WebhookReceiver
) -> None:
    stripe_wire.control.behave(drop_next=1)
    first = api.post("/v1/customers").body["created"]
    paid(api)
    stripe_wire.control.wait_for_webhooks()
    query = f"created[gte]={first}&delivery_success=false"
    (dropped,) = api.get(f"/v1/events?{query}").body["data"]
    assert dropped["type"] == "customer.created"
    assert len(webhooks.received) == 3
    found = api.get("/v1/events?type=payment_intent.*").body["data"]
    assert [event["type"] for event in found] == [
        "payment_intent.succeeded",
        "payment_intent.created",
    ]
    pass_days(stripe_wire, 31)
    kinds = {event["type"] for event in api.get("/v1/events").body["data"]}
    assert kinds <= {"balance.available"}


def test_endpoints_can_be_made_through_the_api_and_hear_what_they_asked_for(
    stripe_wire: StripeWire, api: ApiCaller, webhooks: WebhookReceiver
) -> None:
    stripe_wire.control.post("webhooks/endpoints", [])
    form = {"url": webhooks.url, "enabled_events[0]": "charge.succeeded"}
    made = api.post("/v1/webhook_endpoints", form).body
    assert made["secret"].startswith("whsec_")
    path = f"/v1/webhook_endpoints/{made['id']}"
    assert "secret" not in api.get(path).body
    paid(api)
    stripe_wire.control.wait_for_webhooks()
    assert [one["event_type"] for one in stripe_wire.control.deliveries()] == ["charge.succeeded"]
    assert api.delete(path).body["deleted"] is True
    paid(api)
    assert len(stripe_wire.control.deliveries()) == 1
    assert api.get("/v1/webhook_endpoints").body["data"] == []


def statuses(stripe_wire: StripeWire, api: ApiCaller, *, seed: int) -> list[int]:
    chaos = {"seed": seed, "per_mille": {"429": 200, "500": 200, "500_after_success": 100}}
    stripe_wire.control.post("chaos", chaos)
    return [api.get("/v1/balance").status for _ in range(60)]


def test_chaos_is_the_same_for_the_same_seed_and_ends_when_told(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    first = statuses(stripe_wire, api, seed=7)
    assert first == statuses(stripe_wire, api, seed=7) != statuses(stripe_wire, api, seed=8)
    assert set(first) == {200, 429, 500}
    stripe_wire.control.post("chaos", {})
    assert {api.get("/v1/balance").status for _ in range(20)} == {200}


def test_under_chaos_a_key_still_pays_once(stripe_wire: StripeWire, api: ApiCaller) -> None:
    chaos = {"seed": 3, "per_mille": {"429": 250, "503": 250, "500": 200}}
    stripe_wire.control.post("chaos", chaos)
    form = {"amount": 2_000, "currency": "usd", "payment_method": "pm_card_visa"}
    form["confirm"] = "true"
    for number in range(10):
        for _ in range(60):
            answer = api.post("/v1/payment_intents", form, Idempotency_Key=f"k{number}")
            if answer.status == 200:
                break
        assert answer.status == 200
    stripe_wire.control.post("chaos", {})
    assert len(api.get("/v1/charges?limit=100").body["data"]) == 10


@pytest.mark.parametrize("per_mille", [{"429": 1_001}, {"500": -1}, {"nonsense": 1}])
def test_chaos_that_cannot_be_is_refused(
    stripe_wire: StripeWire, per_mille: dict[str, int]
) -> None:
    with pytest.raises(OSError, match="400"):
        stripe_wire.control.post("chaos", {"per_mille": per_mille})


def fates(stripe_wire: StripeWire, api: ApiCaller, *, seed: int) -> list[tuple[str, str]]:
    stripe_wire.start_afresh()
    stripe_wire.control.post("webhooks/endpoints", [{"url": "http://127.0.0.1:1/", "secret": "s"}])
    rates: dict[str, Any] = {"dropped_per_mille": 300, "doubled_per_mille": 300}
    stripe_wire.control.behave(held=True, seed=seed, **rates)
    for _ in range(10):
        paid(api)
    return [(one["event_type"], one["state"]) for one in stripe_wire.control.deliveries()]


def test_webhooks_are_dropped_and_doubled_by_seed(stripe_wire: StripeWire, api: ApiCaller) -> None:
    first = fates(stripe_wire, api, seed=1)
    assert first == fates(stripe_wire, api, seed=1) != fates(stripe_wire, api, seed=2)
    assert len(first) != 30
    assert {state for _, state in first} == {"dropped", "held"}
    stripe_wire.control.behave(held=False, dropped_per_mille=0, doubled_per_mille=0)


def test_a_delayed_webhook_waits_for_the_clock(
    stripe_wire: StripeWire, api: ApiCaller, webhooks: WebhookReceiver
) -> None:
    clock(stripe_wire, stands=True)
    stripe_wire.control.behave(delay_seconds=600)
    api.post("/v1/customers")
    assert [one["state"] for one in stripe_wire.control.deliveries()] == ["waiting"]
    clock(stripe_wire, advance_seconds=601)
    stripe_wire.control.wait_for_webhooks()
    assert len(webhooks.received) == 1


def test_a_slow_answer_and_a_lost_one_come_by_chance_too(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    stripe_wire.control.post("chaos", {"per_mille": {"answer_lost": 1_000}})
    form = {"amount": 2_000, "currency": "usd", "payment_method": "pm_card_visa"}
    with pytest.raises(OSError, match=r"closed|reset|without response"):
        api.post("/v1/payment_intents", form | {"confirm": "true"}, Idempotency_Key="k")
    stripe_wire.control.post("chaos", {"per_mille": {"late": 1_000}, "late_seconds": 0.05})
    answer = api.post("/v1/payment_intents", form | {"confirm": "true"}, Idempotency_Key="k")
    assert answer.headers["Idempotent-Replayed"] == "true"
    assert event_types(stripe_wire).count("payment_intent.succeeded") == 1
