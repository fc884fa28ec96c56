"""What many tests of the simulator begin with: money that came, and somebody with a saved card."""

from typing import Any, Final

from tests.contracts.stripe_wire import StripeWire
from tests.simulator.api_caller import ApiCaller

DAY_SECONDS: Final = 24 * 60 * 60
ENOUGH_DAYS: Final = 8
"""Four business days are over by then, whatever today is."""

AGREED: Final = {
    "mandate_data[customer_acceptance][type]": "online",
    "mandate_data[customer_acceptance][online][ip_address]": "192.0.2.7",
    "mandate_data[customer_acceptance][online][user_agent]": "made up",
}


def paid(
    api: ApiCaller, *, method: str = "pm_card_visa", cents: int = 2_000, **more: object
) -> dict[str, Any]:
    """A PaymentIntent confirmed at once. Fails unless that was accepted."""
    form = {"amount": cents, "currency": "usd", "payment_method": method, "confirm": "true"}
    answer = api.post("/v1/payment_intents", form | more)
    assert answer.status == 200, answer.body
    return answer.body


def debited(api: ApiCaller, token: str, *, cents: int = 10_000, **more: object) -> dict[str, Any]:
    """An ACH debit under way, with a mandate given for it."""
    kind = {"payment_method_types[0]": "us_bank_account"}
    return paid(api, method=token, cents=cents, **kind, **AGREED, **more)


def customer_with(api: ApiCaller, method: str = "pm_card_visa") -> tuple[str, str]:
    """A customer and what is saved for them."""
    customer = api.post("/v1/customers").body["id"]
    form = {"customer": customer, "payment_method": method, "confirm": "true"}
    form["payment_method_types[0]"] = "us_bank_account" if "Bank" in method else "card"
    answer = api.post("/v1/setup_intents", form | (AGREED if "Bank" in method else {}))
    assert answer.status == 200, answer.body
    return customer, answer.body["payment_method"]


def pass_days(stripe_wire: StripeWire, days: int = ENOUGH_DAYS) -> None:
    stripe_wire.control.advance_clock(seconds=days * DAY_SECONDS)


def event_types(stripe_wire: StripeWire) -> list[str]:
    """In the order in which they happened."""
    return [event["type"] for event in stripe_wire.events()]


def movements(api: ApiCaller, query: str = "") -> list[tuple[str, int, int]]:
    """Kind, amount and fee of every balance transaction, oldest first."""
    found = api.get(f"/v1/balance_transactions?limit=100{query}").body["data"]
    return [(one["type"], one["amount"], one["fee"]) for one in found[::-1]]
