"""ACH debits: on their way for days, settled or returned, and returned after that."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.demo.stripe_simulator import banks, business_days
from tests.contracts.account_holder import AccountHolder
from tests.contracts.stripe_wire import StripeWire
from tests.simulator.api_caller import CHECKOUT, ApiCaller
from tests.simulator.paying import (
    AGREED,
    customer_with,
    debited,
    event_types,
    movements,
    paid,
    pass_days,
)

BANK: dict[str, Any] = {
    "payment_method_types[0]": "card",
    "payment_method_types[1]": "us_bank_account",
}
OF_BANK: dict[str, Any] = {"payment_method_types[0]": "us_bank_account"}
ACCOUNT = "pm_usBankAccount_success"


def test_a_debit_on_the_page_completes_the_session_unpaid_and_pays_days_later(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    session = api.checkout(**BANK)
    holder = AccountHolder(session["url"])
    assert "you authorize" in holder.page.html
    assert holder.debit().leads_to == f"https://portal.test/return?session={session['id']}"
    path = f"{CHECKOUT}/{session['id']}?expand[]=payment_intent.latest_charge"
    waiting = api.get(path).body
    assert (waiting["status"], waiting["payment_status"]) == ("complete", "unpaid")
    assert waiting["payment_intent"]["status"] == "processing"
    charge = waiting["payment_intent"]["latest_charge"]
    assert (charge["status"], charge["paid"]) == ("pending", False)
    assert AccountHolder(session["url"]).page.heading == "This payment is on its way"

    details = charge["payment_method_details"]["us_bank_account"]
    assert (details["bank_name"], details["last4"]) == ("STRIPE TEST BANK", "6789")
    mandate = api.get(f"/v1/mandates/{details['mandate']}").body
    assert (mandate["type"], mandate["status"]) == ("single_use", "inactive")
    assert mandate["customer_acceptance"]["online"]["ip_address"] == "127.0.0.1"

    pass_days(stripe_wire)
    done = api.get(path).body
    assert (done["payment_status"], done["payment_intent"]["status"]) == ("paid", "succeeded")
    assert event_types(stripe_wire) == [
        "payment_intent.created",
        "payment_intent.processing",
        "charge.pending",
        "checkout.session.completed",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.async_payment_succeeded",
        "balance.available",
    ]
    assert movements(api) == [("payment", 5_000, 40)]


def test_a_debit_that_is_returned_fails_the_session_and_costs_a_fee(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    session = api.checkout(**BANK)
    AccountHolder(session["url"]).debit("000222222227")
    pass_days(stripe_wire)
    path = f"{CHECKOUT}/{session['id']}?expand[]=payment_intent.latest_charge"
    done = api.get(path).body
    assert (done["status"], done["payment_status"]) == ("complete", "unpaid")
    intent = done["payment_intent"]
    assert intent["status"] == "requires_payment_method"
    assert intent["last_payment_error"]["decline_code"] == "insufficient_funds"
    charge = intent["latest_charge"]
    assert (charge["status"], charge["failure_code"]) == ("failed", "insufficient_funds")
    assert charge["outcome"]["network_decline_code"] == "R01"
    assert [name for name in event_types(stripe_wire) if "fail" in name] == [
        "charge.failed",
        "payment_intent.payment_failed",
        "checkout.session.async_payment_failed",
    ]
    assert movements(api) == [
        ("payment", 5_000, 40),
        ("payment_failure_refund", -5_000, -40),
        ("stripe_fee", -400, 0),
    ]


@pytest.mark.parametrize(
    ("token", "failure", "code", "blocked"),
    [
        ("pm_usBankAccount_accountClosed", "account_closed", "R02", True),
        ("pm_usBankAccount_noAccount", "no_account", "R03", True),
        ("pm_usBankAccount_insufficientFunds", "insufficient_funds", "R01", False),
        ("pm_usBankAccount_debitNotAuthorized", "debit_not_authorized", "R29", False),
    ],
)
def test_each_test_account_is_returned_with_its_code(
    stripe_wire: StripeWire, api: ApiCaller, token: str, failure: str, code: str, *, blocked: bool
) -> None:
    intent = debited(api, token)
    pass_days(stripe_wire)
    charge = api.get(f"/v1/charges/{intent['latest_charge']}").body
    assert (charge["failure_code"], charge["outcome"]["network_decline_code"]) == (failure, code)
    method = api.get(f"/v1/payment_methods/{charge['payment_method']}").body
    details = method["us_bank_account"]["status_details"]
    assert ("blocked" in details) == blocked


def test_nothing_is_decided_before_the_last_business_day(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    intent = debited(api, ACCOUNT)
    path = f"/v1/payment_intents/{intent['id']}"
    created = intent["created"]
    due = business_days.later(created, 4)
    stripe_wire.control.advance_clock(seconds=due - created - 120)
    assert api.get(path).body["status"] == "processing"
    assert api.post(f"{path}/cancel").status == 400
    assert api.post("/v1/refunds", {"payment_intent": intent["id"]}).status == 400
    stripe_wire.control.advance_clock(seconds=180)
    assert api.get(path).body["status"] == "succeeded"
    succeeded = stripe_wire.events()[-2]
    assert succeeded["type"] == "payment_intent.succeeded"
    assert created <= due - 4 * 24 * 60 * 60 <= succeeded["created"]


def test_one_account_never_settles_and_one_is_over_its_limit(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    intent = debited(api, "pm_usBankAccount_processing")
    pass_days(stripe_wire, 60)
    assert api.get(f"/v1/payment_intents/{intent['id']}").body["status"] == "processing"
    form = {"amount": 5_000, "currency": "usd", "confirm": "true"} | AGREED
    form["payment_method"] = "pm_usBankAccount_weeklyLimitExceeded"
    form["payment_method_types[0]"] = "us_bank_account"
    answer = api.post("/v1/payment_intents", form)
    assert (answer.status, answer.error["code"]) == (402, "charge_exceeds_weekly_limit")


@pytest.mark.parametrize("code", sorted(banks.RETURNS))
def test_every_return_code_can_come_before_settlement(
    stripe_wire: StripeWire, api: ApiCaller, code: str
) -> None:
    charge_id = debited(api, ACCOUNT)["latest_charge"]
    charge = stripe_wire.control.post("bank_returns", {"charge": charge_id, "code": code})
    assert charge["status"] == "failed"
    assert charge["failure_code"] == banks.RETURNS[code].failure_code
    pass_days(stripe_wire)  # and is not settled as well
    assert api.get(f"/v1/charges/{charge_id}").body["status"] == "failed"
    assert sum(amount - fee for _, amount, fee in movements(api)) == -400


@pytest.mark.parametrize("code", sorted(banks.RETURNS))
def test_every_return_code_can_come_after_settlement_as_a_dispute_that_is_lost(
    stripe_wire: StripeWire, api: ApiCaller, code: str
) -> None:
    customer, method = customer_with(api, ACCOUNT)
    intent = paid(
        api,
        method=method,
        customer=customer,
        off_session="true",
        **OF_BANK,
    )
    pass_days(stripe_wire)
    charge_id = intent["latest_charge"]
    charge = stripe_wire.control.post("bank_returns", {"charge": charge_id, "code": code})
    assert (charge["status"], charge["disputed"]) == ("succeeded", True)
    (dispute,) = api.get(f"/v1/disputes?charge={charge_id}").body["data"]
    expected = banks.RETURNS[code]
    assert (dispute["status"], dispute["reason"]) == ("lost", expected.dispute_reason)
    assert api.post(f"/v1/disputes/{dispute['id']}/close").status == 400
    assert api.post("/v1/refunds", {"charge": charge_id}).error["code"] == "charge_disputed"
    types = event_types(stripe_wire)
    assert [name for name in types if "dispute" in name] == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.closed",
    ]
    assert ("mandate.updated" in types) == expected.ends_mandate
    fee = 1_500 if expected.ends_mandate else 400
    assert movements(api)[-1] == ("adjustment", -2_000, fee)


def test_a_disputed_account_needs_a_new_mandate_and_is_blocked_the_second_time(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    customer, method = customer_with(api, "pm_usBankAccount_dispute")
    kind = {"payment_method_types[0]": "us_bank_account", "off_session": "true"}
    form = {
        "amount": 5_000,
        "currency": "usd",
        "confirm": "true",
        "customer": customer,
        "payment_method": method,
    }
    assert api.post("/v1/payment_intents", form | kind).body["status"] == "processing"
    pass_days(stripe_wire, 16)
    assert "charge.dispute.closed" in event_types(stripe_wire)
    without = api.post("/v1/payment_intents", form | kind)
    assert without.error["code"] == "payment_intent_mandate_invalid"
    assert api.post("/v1/payment_intents", form | kind | AGREED).status == 200
    pass_days(stripe_wire, 16)
    again = api.post("/v1/payment_intents", form | kind | AGREED)
    assert again.error["code"] == "payment_method_bank_account_blocked"


def test_a_debit_needs_a_mandate_that_is_its_own(api: ApiCaller) -> None:
    customer, method = customer_with(api, ACCOUNT)
    form = {
        "amount": 5_000,
        "currency": "usd",
        "confirm": "true",
        "payment_method_types[0]": "us_bank_account",
    }
    without = api.post("/v1/payment_intents", form | {"payment_method": ACCOUNT})
    assert without.error["code"] == "payment_intent_mandate_invalid"
    own = {"customer": customer, "payment_method": method}
    intent = api.post("/v1/payment_intents", form | own).body
    charge = api.get(f"/v1/charges/{intent['latest_charge']}").body
    mandate = charge["payment_method_details"]["us_bank_account"]["mandate"]
    assert api.post("/v1/payment_intents", form | own | {"mandate": mandate}).status == 200
    other, other_method = customer_with(api, ACCOUNT)
    theirs = {"customer": other, "payment_method": other_method, "mandate": mandate}
    answer = api.post("/v1/payment_intents", form | theirs)
    assert (answer.error["param"], answer.error["code"]) == (
        "mandate",
        "payment_intent_mandate_invalid",
    )


def test_a_debit_is_refunded_after_days_and_not_after_half_a_year(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    intent = debited(api, ACCOUNT)
    pass_days(stripe_wire)
    refund = api.post("/v1/refunds", {"payment_intent": intent["id"], "amount": 4_000}).body
    assert refund["status"] == "pending"
    pass_days(stripe_wire)
    assert api.get(f"/v1/refunds/{refund['id']}").body["status"] == "succeeded"
    assert event_types(stripe_wire)[-3:-1] == ["refund.updated", "charge.refund.updated"]
    pass_days(stripe_wire, 180)
    assert api.post("/v1/refunds", {"payment_intent": intent["id"]}).error["param"] == "charge"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"account": "12"}, "Enter the account number"),
        ({"routing": "110000001"}, "Enter the 9 digits"),
        ({"holder": ""}, "Enter the name of the account holder"),
    ],
)
def test_what_was_typed_wrong_is_named(api: ApiCaller, typed: dict[str, Any], says: str) -> None:
    page = AccountHolder(api.checkout(**BANK)["url"]).debit(**typed)
    assert page.status == 422
    assert says in page.alert
    assert "000123456789" not in page.fields.values()


def test_a_page_for_cards_takes_no_account(api: ApiCaller) -> None:
    session = api.checkout()
    assert "US bank account" not in AccountHolder(session["url"]).page.html
    assert AccountHolder(session["url"]).debit().status == 422


def test_the_page_speaks_spanish_about_accounts(api: ApiCaller) -> None:
    session = api.checkout(**BANK, locale="es")
    page = AccountHolder(session["url"]).debit(holder="")
    assert "Escriba el nombre del titular" in page.alert
    assert "usted autoriza" in page.html


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-20", 1, "2026-11-23"),  # a weekend
        ("2026-11-24", 2, "2026-11-27"),  # Thanksgiving
        ("2026-12-24", 1, "2026-12-28"),  # Christmas on a Friday
        ("2026-07-02", 1, "2026-07-03"),  # the Fourth on a Saturday is not moved
        ("2027-07-02", 1, "2027-07-06"),  # on a Sunday it is
        ("2026-05-22", 1, "2026-05-26"),  # Memorial Day
        ("2026-01-16", 1, "2026-01-20"),  # Martin Luther King Day
        ("2026-03-02", 4, "2026-03-06"),
    ],
)
def test_business_days_leave_out_weekends_and_holidays(start: str, days: int, end: str) -> None:
    noon = int(datetime.fromisoformat(f"{start}T12:00:00+00:00").timestamp())
    reached = datetime.fromtimestamp(business_days.later(noon, days), UTC)
    assert reached.isoformat() == f"{end}T12:00:00+00:00"


@given(st.dates(min_value=date(2020, 1, 1), max_value=date(2040, 12, 31)))
def test_a_day_that_is_reached_is_a_business_day(day: date) -> None:
    start = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    reached = datetime.fromtimestamp(business_days.later(start, 1), UTC).date()
    assert business_days.is_business_day(reached)
    assert 1 <= (reached - day).days <= 5


@given(place=st.integers(0, 8), change=st.integers(1, 9))
def test_one_wrong_digit_of_a_routing_number_is_noticed(place: int, change: int) -> None:
    digits = [int(digit) for digit in banks.ROUTING_NUMBER]
    digits[place] = (digits[place] + change) % 10
    assert banks.read_routing("".join(map(str, digits))) is None
