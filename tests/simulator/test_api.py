"""The API as Stripe has it: who may ask, what is refused and how, lists, and what expands."""

import pytest

from tests.contracts.hosted_page import Cardholder
from tests.contracts.stripe_wire import StripeWire
from tests.simulator.api_caller import CHECKOUT, ApiCaller, checkout_form

PAYS = "4242424242424242"
INTENT = {"amount": 2_000, "currency": "usd"}


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer sk_live_made_up", "Bearer pk_test_made_up", "Basic !"]
)
def test_only_a_secret_test_key_is_let_in(api: ApiCaller, authorization: str) -> None:
    answer = api.get("/v1/balance", Authorization=authorization)
    assert answer.status == 401
    assert answer.error["type"] == "invalid_request_error"


def test_a_key_may_come_as_basic_or_as_bearer(api: ApiCaller) -> None:
    assert api.get("/v1/balance").status == 200
    assert api.get("/v1/balance", Authorization="Bearer sk_test_other").status == 200


def test_every_answer_has_a_request_id_and_the_version(api: ApiCaller) -> None:
    for answer in (api.get("/v1/balance"), api.get("/v1/nothing")):
        assert answer.headers["Request-Id"].startswith("req_")
        assert answer.headers["Stripe-Version"] == "2026-05-27.dahlia"


def test_another_api_version_is_refused(api: ApiCaller) -> None:
    answer = api.get("/v1/balance", Stripe_Version="2020-08-27")
    assert answer.status == 400
    assert "2020-08-27" in answer.error["message"]


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/topups", "/v1/refunds/re_1/cancel", "/v1/"])
def test_a_route_that_is_not_served_says_so_in_stripes_shape(api: ApiCaller, path: str) -> None:
    answer = api.post(path)
    assert answer.status == 404
    assert "Unrecognized request URL" in answer.error["message"]


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"colour": "blue"}, "colour", "parameter_unknown"),
        (
            {"line_items[0][price_data][name]": "x"},
            "line_items[0][price_data][name]",
            "parameter_unknown",
        ),
        ({"payment_intent_data[metadata]": "x"}, "payment_intent_data[metadata]", None),
        ({"line_items[0][quantity]": "one"}, "line_items[0][quantity]", None),
        ({"line_items[0][quantity]": ""}, "line_items[0][quantity]", "parameter_invalid_empty"),
        ({"line_items": "x"}, "line_items", None),
        ({"mode": "gift"}, "mode", None),
        ({"locale": "en-XX"}, "locale", None),
        ({"client_reference_id": "x" * 201}, "client_reference_id", None),
        ({"success_url": "nowhere"}, "success_url", "url_invalid"),
        ({"expires_at": "1"}, "expires_at", None),
        ({"ui_mode": "elements"}, "ui_mode", "not_simulated"),
        ({"payment_method_types[0]": "klarna"}, "payment_method_types", "not_simulated"),
        ({"allow_promotion_codes": "true"}, "allow_promotion_codes", "not_simulated"),
        ({"line_items[0][price_data][unit_amount]": "49"}, "line_items", "amount_too_small"),
        ({"customer": "cus_nobody"}, "id", "resource_missing"),
    ],
)
def test_a_session_that_stripe_would_refuse_or_we_do_not_simulate_is_refused(
    api: ApiCaller, change: dict[str, str], param: str, code: str | None
) -> None:
    form = checkout_form() | change
    if "line_items" in change:
        form = {key: value for key, value in form.items() if not key.startswith("line_items[")}
    answer = api.post(CHECKOUT, form)
    assert answer.status in {400, 404}
    expected = code or answer.error.get("code")
    assert (answer.error["param"], answer.error.get("code")) == (param, expected)
    assert api.get(CHECKOUT).body["data"] == []


@pytest.mark.parametrize("missing", ["mode", "success_url", "line_items"])
def test_a_missing_parameter_is_named(api: ApiCaller, missing: str) -> None:
    form = {key: value for key, value in checkout_form().items() if not key.startswith(missing)}
    answer = api.post(CHECKOUT, form)
    assert (answer.status, answer.error["code"]) == (400, "parameter_missing")
    assert answer.error["param"] == missing


def test_lists_go_newest_first_and_page_by_page(api: ApiCaller) -> None:
    made = [api.checkout()["id"] for _ in range(5)][::-1]
    first = api.get(f"{CHECKOUT}?limit=2").body
    assert ([one["id"] for one in first["data"]], first["has_more"]) == (made[:2], True)
    rest = api.get(f"{CHECKOUT}?limit=3&starting_after={made[1]}").body
    assert ([one["id"] for one in rest["data"]], rest["has_more"]) == (made[2:], False)
    back = api.get(f"{CHECKOUT}?limit=1&ending_before={made[2]}").body
    assert ([one["id"] for one in back["data"]], back["has_more"]) == ([made[1]], True)
    assert api.get(f"{CHECKOUT}?limit=101").status == 400
    assert api.get(f"{CHECKOUT}?starting_after=cs_test_nobody").status == 404


def test_a_list_can_be_narrowed_by_time_and_by_field(api: ApiCaller) -> None:
    session = api.checkout()
    created = session["created"]

    def found(query: str) -> int:
        return len(api.get(f"{CHECKOUT}?{query}").body["data"])

    assert found(f"created[gte]={created}&created[lt]={created + 60}") == 1
    assert found(f"created[gt]={created + 60}") == 0
    assert found(f"created={created}") == 1
    assert (found("status=open"), found("status=expired")) == (1, 0)
    refused = api.get(f"{CHECKOUT}?customer_details[email]=a").error
    assert (refused["param"], refused["code"]) == ("customer_details", "not_simulated")


def test_events_can_be_listed_by_their_types(api: ApiCaller) -> None:
    Cardholder(api.checkout()["url"]).pay(PAYS)
    query = "types[]=charge.succeeded&types[]=checkout.session.completed"
    types = [event["type"] for event in api.get(f"/v1/events?{query}").body["data"]]
    assert types == ["checkout.session.completed", "charge.succeeded"]
    (event,) = api.get("/v1/events?type=charge.succeeded").body["data"]
    assert api.get(f"/v1/events/{event['id']}").body == event


def test_expanded_ids_become_objects_to_any_depth_there_is(api: ApiCaller) -> None:
    session_id = api.checkout()["id"]
    unpaid = api.get(f"{CHECKOUT}/{session_id}?expand[]=payment_intent.latest_charge").body
    assert unpaid["payment_intent"] is None
    Cardholder(api.get(f"{CHECKOUT}/{session_id}").body["url"]).pay(PAYS)
    path = "payment_intent.latest_charge.balance_transaction"
    paid = api.get(f"{CHECKOUT}/{session_id}?expand[]={path}&expand[]=line_items").body
    charge = paid["payment_intent"]["latest_charge"]
    assert charge["balance_transaction"]["net"] == 5_000 - (145 + 30)
    assert [item["description"] for item in paid["line_items"]["data"]] == ["Account balance"]
    listed = api.get(f"{CHECKOUT}?expand[]=data.payment_intent.latest_charge").body
    assert listed["data"][0]["payment_intent"]["latest_charge"]["id"] == charge["id"]
    with_refunds = api.get(f"/v1/charges/{charge['id']}?expand[]=refunds").body
    assert with_refunds["refunds"]["data"] == []


@pytest.mark.parametrize("path", ["amount_total", "nothing", "a.b.c.d.e"])
def test_what_cannot_be_expanded_is_refused(api: ApiCaller, path: str) -> None:
    answer = api.get(f"{CHECKOUT}/{api.checkout()['id']}?expand[]={path}")
    assert (answer.status, answer.error["param"]) == (400, "expand")


def test_an_account_sees_its_own_objects_and_no_others(api: ApiCaller) -> None:
    answer = api.post(CHECKOUT, checkout_form(), Stripe_Account="acct_one")
    session_id = answer.body["id"]
    assert api.get(f"{CHECKOUT}/{session_id}", Stripe_Account="acct_one").status == 200
    assert api.get(f"{CHECKOUT}/{session_id}", Stripe_Account="acct_two").status == 404
    assert api.get(f"{CHECKOUT}/{session_id}").status == 404
    Cardholder(answer.body["url"]).pay(PAYS)
    events = api.get("/v1/events", Stripe_Account="acct_one").body["data"]
    assert {event["account"] for event in events} == {"acct_one"}
    assert api.get("/v1/events").body["data"] == []
    assert api.get("/v1/balance", Stripe_Account="one").status == 403


def test_a_request_that_fails_on_our_side_is_a_500_in_stripes_shape(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    stripe_wire.control.fail_next("500")
    answer = api.get("/v1/balance")
    assert (answer.status, answer.error["type"]) == (500, "api_error")
    assert api.get("/v1/balance").status == 200


def test_a_fault_waits_for_the_operation_it_is_meant_for(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    stripe_wire.control.fail_next("429", operation="POST /v1/refunds")
    assert api.get("/v1/balance").status == 200
    assert api.post("/v1/refunds", {"payment_intent": "pi_nobody"}).status == 429
    assert api.post("/v1/refunds", {"payment_intent": "pi_nobody"}).status == 404
