"""What a Checkout Session may be asked to be. What is not simulated is refused, never ignored."""

from typing import Any, Final
from urllib.parse import urlsplit

from portal.demo.stripe_simulator.errors import Body, invalid, missing
from portal.demo.stripe_simulator.workspace import Workspace

SHORTEST_SECONDS: Final = 30 * 60
LONGEST_SECONDS: Final = 24 * 60 * 60
# A clock a little behind ours may ask for 30 minutes and arrive here with less.
_LENIENCE_SECONDS: Final = 60
_NEEDED: Final = ("mode", "line_items", "success_url")
_SIMULATED: Final = {
    "adaptive_pricing",
    "cancel_url",
    "client_reference_id",
    "customer",
    "expires_at",
    "line_items",
    "locale",
    "metadata",
    "mode",
    "payment_intent_data",
    "payment_method_types",
    "submit_type",
    "success_url",
    "ui_mode",
}
_ONLY: Final[dict[str, Any]] = {
    "adaptive_pricing": {"enabled": False},
    "mode": "payment",
    "payment_method_types": ["card"],
    "ui_mode": "hosted_page",
}
_SIMULATED_FOR_INTENT: Final = {
    "description",
    "metadata",
    "receipt_email",
    "statement_descriptor",
    "statement_descriptor_suffix",
}


def check(work: Workspace, params: Body) -> None:
    """Raises StripeError (400) for the first parameter that is missing, wrong or not simulated."""
    for name in params.keys() - _SIMULATED:
        raise _not_simulated(name)
    for name in _NEEDED:
        if not params.get(name):
            raise invalid(f"Missing required param: {name}.", param=name, code="parameter_missing")
    for name, only in _ONLY.items():
        if params.get(name, only) != only:
            raise _not_simulated(name)
    for name in params.get("payment_intent_data", {}).keys() - _SIMULATED_FOR_INTENT:
        raise _not_simulated(f"payment_intent_data[{name}]")
    _check_values(params)
    if "customer" in params:
        work.get("customer", params["customer"])
    _check_expiry(params.get("expires_at"), now=work.now)


def _check_values(params: Body) -> None:
    for name in ("success_url", "cancel_url"):
        if name in params:
            _check_address(params[name], name)
    for place, item in enumerate(params["line_items"]):
        _check_item(item, f"line_items[{place}]")


def _not_simulated(name: str) -> Exception:
    return invalid(f"Not simulated: {name}, or this value of it.", param=name, code="not_simulated")


def _check_address(address: str, name: str) -> None:
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise invalid("Not a valid URL", param=name, code="url_invalid")


def _check_item(item: Body, name: str) -> None:
    if "price" in item:
        raise missing("price", item["price"])
    price = item.get("price_data", {})
    for needed in ("unit_amount", "product_data"):
        if needed not in price:
            raise invalid(
                f"Missing, or not simulated otherwise: {needed}",
                param=f"{name}[price_data][{needed}]",
                code="parameter_missing",
            )
    if price["currency"] != "usd":
        raise _not_simulated(f"{name}[price_data][currency]")
    if price["unit_amount"] < 0:
        raise invalid("Invalid non-negative integer", param=f"{name}[price_data][unit_amount]")
    if item.get("quantity", 1) < 1:
        raise invalid("Invalid positive integer", param=f"{name}[quantity]")


def _check_expiry(expires_at: int | None, *, now: int) -> None:
    if expires_at is None:
        return
    shortest, longest = SHORTEST_SECONDS - _LENIENCE_SECONDS, LONGEST_SECONDS + _LENIENCE_SECONDS
    if not shortest <= expires_at - now <= longest:
        raise invalid("expires_at must be 30 minutes to 24 hours from now", param="expires_at")
