"""Payouts: what they carry, when they arrive, and that every cent is in exactly one of them."""

import random

import pytest

from tests.contracts.stripe_wire import StripeWire
from tests.simulator.api_caller import ApiCaller
from tests.simulator.paying import debited, event_types, movements, paid, pass_days


def pay_out(stripe_wire: StripeWire) -> dict[str, object] | None:
    payout: dict[str, object] | None = stripe_wire.control.post("payouts", {})["payout"]
    return payout


def carried(api: ApiCaller, payout: dict[str, object]) -> list[tuple[str, int, int]]:
    return movements(api, f"&payout={payout['id']}")


def test_a_payout_carries_what_is_available_and_says_what_it_was_made_of(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    assert pay_out(stripe_wire) is None
    intent = paid(api)
    api.post("/v1/refunds", {"payment_intent": intent["id"], "amount": 300})
    assert pay_out(stripe_wire) is None  # nothing is available yet
    pass_days(stripe_wire, 2)
    paid(api, cents=900)  # this one is not
    payout = pay_out(stripe_wire)
    assert payout is not None
    assert (payout["amount"], payout["status"]) == (1_612, "pending")
    assert carried(api, payout) == [
        ("charge", 2_000, 88),
        ("refund", -300, 0),
        ("payout", -1_612, 0),
    ]
    balance = api.get("/v1/balance").body
    assert (balance["available"][0]["amount"], balance["pending"][0]["amount"]) == (0, 844)

    pass_days(stripe_wire)
    arrived = api.get(f"/v1/payouts/{payout['id']}?expand[]=balance_transaction").body
    assert (arrived["status"], arrived["reconciliation_status"]) == ("paid", "completed")
    assert arrived["balance_transaction"]["type"] == "payout"
    assert [name for name in event_types(stripe_wire) if name.startswith("payout")] == [
        "payout.created",
        "payout.paid",
        "payout.reconciliation_completed",
    ]
    assert api.get("/v1/payouts?status=paid").body["data"][0]["id"] == payout["id"]
    arrival = arrived["arrival_date"]
    assert len(api.get(f"/v1/payouts?arrival_date[gte]={arrival}").body["data"]) == 1
    assert api.get(f"/v1/payouts?arrival_date[gt]={arrival}").body["data"] == []


@pytest.mark.parametrize("days", [0, 8])
def test_a_payout_may_fail_before_or_after_it_arrived_and_goes_with_the_next(
    stripe_wire: StripeWire, api: ApiCaller, days: int
) -> None:
    paid(api, method="pm_card_bypassPending")
    payout = pay_out(stripe_wire)
    assert payout is not None
    pass_days(stripe_wire, days)
    given = {"payout": payout["id"], "code": "account_closed"}
    failed = stripe_wire.control.post("payouts/fail", given)
    assert (failed["status"], failed["failure_code"]) == ("failed", "account_closed")
    assert event_types(stripe_wire)[-1] == "payout.failed"
    back = api.get(f"/v1/balance_transactions/{failed['failure_balance_transaction']}").body
    assert (back["type"], back["net"]) == ("payout_failure", 1_912)
    again = pay_out(stripe_wire)
    assert again is not None
    assert carried(api, again) == [("payout_failure", 1_912, 0), ("payout", -1_912, 0)]


def test_a_payout_takes_metadata_and_says_so(stripe_wire: StripeWire, api: ApiCaller) -> None:
    paid(api, method="pm_card_bypassPending")
    payout = pay_out(stripe_wire)
    assert payout is not None
    changed = api.post(f"/v1/payouts/{payout['id']}", {"metadata[number]": "7"}).body
    assert changed["metadata"] == {"number": "7"}
    assert "payout.updated" in event_types(stripe_wire)


def test_payouts_can_be_made_each_day_by_themselves(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    stripe_wire.control.post("settings", {"daily_payouts": True})
    for cents in (1_000, 2_000, 3_000):
        paid(api, cents=cents)
        pass_days(stripe_wire, 1)
    pass_days(stripe_wire)
    payouts = api.get("/v1/payouts").body["data"]
    assert [one["status"] for one in payouts] == ["paid"] * 3
    assert sorted(one["amount"] for one in payouts) == [941, 1_912, 2_883]
    assert len({one["created"] // 86_400 for one in payouts}) == 3


@pytest.mark.parametrize("seed", range(4))
def test_after_everything_each_cent_is_in_one_payout_and_nothing_is_left(
    stripe_wire: StripeWire, api: ApiCaller, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - chance, not secrecy
    cards = ["pm_card_visa", "pm_card_refundFail", "pm_card_pendingRefund", "pm_card_createDispute"]
    accounts = ["success", "insufficientFunds", "dispute", "accountClosed"]
    for _ in range(25):
        cents = chance.randrange(5_000, 90_000)
        if chance.random() < 0.4:
            intent = debited(api, f"pm_usBankAccount_{chance.choice(accounts)}", cents=cents)
        else:
            intent = paid(api, method=chance.choice(cards), cents=cents)
        if chance.random() < 0.4:
            part = {"payment_intent": intent["id"], "amount": chance.randrange(1, cents)}
            assert api.post("/v1/refunds", part).status in {200, 400}
        pass_days(stripe_wire, chance.randrange(3))
        pay_out(stripe_wire)
    paid(api, cents=99_999_999)  # so that what was lost at the end is made up for
    pass_days(stripe_wire, 30)
    pay_out(stripe_wire)
    balance = api.get("/v1/balance").body
    assert (balance["available"][0]["amount"], balance["pending"][0]["amount"]) == (0, 0)

    everything: list[dict[str, object]] = []
    for payout in api.get("/v1/payouts?limit=100").body["data"]:
        found = api.get(f"/v1/balance_transactions?limit=100&payout={payout['id']}").body
        assert not found["has_more"]
        assert sum(one["net"] for one in found["data"]) == 0
        own = [one["net"] for one in found["data"] if one["source"] == payout["id"]]
        assert own == [-payout["amount"]]
        everything += found["data"]
    identifiers = [one["id"] for one in everything]
    assert len(identifiers) == len(set(identifiers)) > 50


def test_a_manual_payout_is_bounded_and_does_not_say_what_it_carries(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    paid(api, method="pm_card_bypassPending")
    over = api.post("/v1/payouts", {"amount": 1_913, "currency": "usd"})
    assert (over.status, over.error["code"]) == (400, "balance_insufficient")
    payout = api.post("/v1/payouts", {"amount": 1_000, "currency": "usd"}).body
    assert (payout["automatic"], payout["reconciliation_status"]) == (False, "not_applicable")
    assert carried(api, payout) == []
    pass_days(stripe_wire)
    types = event_types(stripe_wire)
    assert "payout.paid" in types
    assert "payout.reconciliation_completed" not in types
    rest = pay_out(stripe_wire)
    assert rest is not None
    assert rest["amount"] == 912
