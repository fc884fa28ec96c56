"""Idempotency-Key: one key, one execution, one answer."""

import threading
from concurrent.futures import ThreadPoolExecutor

from tests.contracts.stripe_wire import StripeWire
from tests.simulator.api_caller import CHECKOUT, ApiCaller, checkout_form

INTENT = {"amount": 2_000, "currency": "usd"}


def test_a_repeat_gets_the_first_answer_and_says_so(api: ApiCaller) -> None:
    first = api.post(CHECKOUT, checkout_form(), Idempotency_Key="k")
    again = api.post(CHECKOUT, checkout_form(), Idempotency_Key="k")
    assert again.body == first.body
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Original-Request"] == first.headers["Request-Id"]
    assert again.headers["Idempotency-Key"] == "k"
    assert len(api.get(CHECKOUT).body["data"]) == 1


def test_another_body_or_another_route_under_the_same_key_is_an_error(api: ApiCaller) -> None:
    api.post("/v1/payment_intents", INTENT, Idempotency_Key="k")
    for path, form in (
        ("/v1/payment_intents", {**INTENT, "amount": 2_001}),
        ("/v1/customers", INTENT),
    ):
        answer = api.post(path, form, Idempotency_Key="k")
        assert (answer.status, answer.error["type"]) == (400, "idempotency_error")


def test_a_decline_is_kept_so_a_new_try_needs_a_new_key(api: ApiCaller) -> None:
    form = {**INTENT, "payment_method": "pm_card_chargeDeclined", "confirm": "true"}
    first = api.post("/v1/payment_intents", form, Idempotency_Key="k")
    again = api.post("/v1/payment_intents", form, Idempotency_Key="k")
    assert (first.status, again.status) == (402, 402)
    assert again.body == first.body
    assert len(api.get("/v1/charges").body["data"]) == 1


def test_a_refusal_that_came_before_the_work_is_not_kept(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    wrong = api.post("/v1/payment_intents", {"amount": 2_000}, Idempotency_Key="k")
    assert wrong.status == 400
    for fault in ("429", "500", "503"):
        stripe_wire.control.fail_next(fault)
        failed = api.post("/v1/payment_intents", INTENT, Idempotency_Key="k")
        assert failed.status == int(fault)
    made = api.post("/v1/payment_intents", INTENT, Idempotency_Key="k")
    assert made.status == 200
    assert "Idempotent-Replayed" not in made.headers


def test_a_refusal_that_came_of_the_work_is_kept(api: ApiCaller) -> None:
    form = {**INTENT, "confirm": "true", "payment_method": "pm_card_visa"}
    charge = api.post("/v1/payment_intents", form).body["latest_charge"]
    for replayed in (None, "true"):
        answer = api.post("/v1/refunds", {"charge": charge, "amount": 9_999}, Idempotency_Key="k")
        assert answer.status == 400
        assert answer.headers.get("Idempotent-Replayed") == replayed


def test_a_500_after_the_work_is_kept_and_the_work_stays_done(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    stripe_wire.control.fail_next("500_after_success")
    for _ in range(2):
        assert api.post("/v1/payment_intents", INTENT, Idempotency_Key="k").status == 500
    assert len(api.get("/v1/payment_intents").body["data"]) == 1


def test_of_many_at_once_one_is_executed(stripe_wire: StripeWire, api: ApiCaller) -> None:
    together = threading.Barrier(8)
    stripe_wire.control.fail_next("late", operation="POST /v1/payment_intents", seconds=0.5)

    def call(_: int) -> int:
        together.wait()
        return api.post("/v1/payment_intents", INTENT, Idempotency_Key="k").status

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(call, range(8)))
    assert set(statuses) <= {200, 409}
    assert 409 in statuses
    assert len(api.get("/v1/payment_intents").body["data"]) == 1


def test_a_conflict_says_that_trying_again_makes_sense(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    stripe_wire.control.fail_next("late", operation="POST /v1/payment_intents", seconds=0.5)
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(
                lambda _: api.post("/v1/payment_intents", INTENT, Idempotency_Key="k"), range(2)
            )
        )
    conflict = next(answer for answer in answers if answer.status == 409)
    assert conflict.error["code"] == "idempotency_key_in_use"
    assert conflict.headers["Stripe-Should-Retry"] == "true"


def test_keys_of_two_accounts_are_two_keys(api: ApiCaller) -> None:
    ids = {
        api.post("/v1/payment_intents", INTENT, Idempotency_Key="k", Stripe_Account=account).body[
            "id"
        ]
        for account in ("acct_one", "acct_two")
    }
    assert len(ids) == 2


def test_a_key_is_forgotten_after_a_day(stripe_wire: StripeWire, api: ApiCaller) -> None:
    first = api.post("/v1/payment_intents", INTENT, Idempotency_Key="k").body["id"]
    stripe_wire.control.advance_clock(seconds=24 * 60 * 60 + 1)
    assert api.post("/v1/payment_intents", INTENT, Idempotency_Key="k").body["id"] != first


def test_a_key_is_at_most_255_characters(api: ApiCaller) -> None:
    answer = api.post("/v1/payment_intents", INTENT, Idempotency_Key="k" * 256)
    assert (answer.status, answer.error["type"]) == (400, "idempotency_error")
