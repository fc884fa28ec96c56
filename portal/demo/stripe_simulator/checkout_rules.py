"""What a Checkout Session may be asked to be. What is not simulated is refused, never ignored."""

from typing import Any, Final
from urllib.parse import urlsplit

from portal.demo.stripe_simulator import customers, payments
from portal.demo.stripe_simulator.errors import Body, invalid
from portal.demo.stripe_simulator.workspace import Workspace

SHORTEST_SECONDS: Final = 30 * 60
LONGEST_SECONDS: Final = 24 * 60 * 60
# A clock a little behind ours may ask for 30 minutes and arrive here with less.
_LENIENCE_SECONDS: Final = 60
_NEEDED: Final = {
    "payment": ("mode", "line_items", "success_url"),
    "setup": ("mode", "success_url"),
}
_SIMULATED: Final = {
    "adaptive_pricing",
    "cancel_url",
    "client_reference_id",
    "currency",
    "customer",
    "expires_at",
    "line_items",
    "locale",
    "metadata",
    "mode",
    "payment_intent_data",
    "payment_method_options",
    "payment_method_types",
    "saved_payment_method_options",
    "setup_intent_data",
    "submit_type",
    "success_url",
    "ui_mode",
}
_ONE_MODE_ONLY: Final = {
    "line_items": "payment",
    "payment_intent_data": "payment",
    "saved_payment_method_options": "payment",
    "setup_intent_data": "setup",
    "submit_type": "payment",
}
_ONLY: Final[dict[str, Any]] = {
    "adaptive_pricing": {"enabled": False},
    "ui_mode": "hosted_page",
}
_SIMULATED_WITHIN: Final = {
    "payment_intent_data": {
        "description",
        "metadata",
        "receipt_email",
        "setup_future_usage",
        "shipping",
        "statement_descriptor",
        "statement_descriptor_suffix",
    },
    "payment_method_options": {"us_bank_account"},
    "saved_payment_method_options": {"allow_redisplay_filters", "payment_method_save"},
    "setup_intent_data": {"description", "metadata"},
}
_FOR_BANK: Final = {"financial_connections", "verification_method"}


def check(work: Workspace, params: Body) -> None:
    """Raises StripeError (400) for the first parameter that is missing, wrong or not simulated."""
    for name in params.keys() - _SIMULATED:
        raise _not_simulated(name)
    mode = params.get("mode", "payment")
    if mode not in _NEEDED:
        raise _not_simulated("mode")
    for name in _NEEDED[mode]:
        if not params.get(name):
            raise invalid(f"Missing required param: {name}.", param=name, code="parameter_missing")
    for name, only_mode in _ONE_MODE_ONLY.items():
        if name in params and mode != only_mode:
            raise invalid(f"{name} goes with mode={only_mode} only.", param=name)
    for name, only in _ONLY.items():
        if params.get(name, only) != only:
            raise _not_simulated(name)
    _check_parts(params)
    _check_values(work, params)


def _check_parts(params: Body) -> None:
    for whole, simulated in _SIMULATED_WITHIN.items():
        for name in params.get(whole, {}).keys() - simulated:
            raise _not_simulated(f"{whole}[{name}]")
    of_bank = params.get("payment_method_options", {}).get("us_bank_account", {})
    for name in of_bank.keys() - _FOR_BANK:
        raise _not_simulated(f"payment_method_options[us_bank_account][{name}]")
    if not set(params.get("payment_method_types", [])) <= set(payments.METHODS):
        raise _not_simulated("payment_method_types")


def _check_values(work: Workspace, params: Body) -> None:
    for name in ("success_url", "cancel_url"):
        if name in params:
            _check_address(params[name], name)
    if params.get("currency", "usd") != "usd":
        raise _not_simulated("currency")
    for place, item in enumerate(params.get("line_items", [])):
        _check_item(work, item, f"line_items[{place}]")
    if "customer" in params:
        customers.existing(work, params["customer"])
    elif params.get("saved_payment_method_options"):
        raise invalid("Saving needs a customer.", param="saved_payment_method_options")
    _check_expiry(params.get("expires_at"), now=work.now)


def _not_simulated(name: str) -> Exception:
    return invalid(f"Not simulated: {name}, or this value of it.", param=name, code="not_simulated")


def _check_address(address: str, name: str) -> None:
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise invalid("Not a valid URL", param=name, code="url_invalid")


def _check_item(work: Workspace, item: Body, name: str) -> None:
    if item.get("quantity", 1) < 1:
        raise invalid("Invalid positive integer", param=f"{name}[quantity]")
    if "price" in item:
        work.get("price", item["price"])
        return
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


def _check_expiry(expires_at: int | None, *, now: int) -> None:
    if expires_at is None:
        return
    shortest, longest = SHORTEST_SECONDS - _LENIENCE_SECONDS, LONGEST_SECONDS + _LENIENCE_SECONDS
    if not shortest <= expires_at - now <= longest:
        raise invalid("expires_at must be 30 minutes to 24 hours from now", param="expires_at")
