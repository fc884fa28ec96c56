"""Every operation of the API we serve: its route, as Stripe's document writes it, and who does it.

Whoever adds a row makes stripe_shapes.json anew: `python -m tests.contracts.derive_shapes`.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Final

from portal.demo.stripe_simulator import (
    balance,
    checkout,
    customers,
    disputes,
    endpoints,
    events,
    line_items,
    payment_methods,
    payments,
    payouts,
    products,
    refunds,
    setup_intents,
)
from portal.demo.stripe_simulator.errors import Body, unrecognized
from portal.demo.stripe_simulator.workspace import Workspace

Operation = Callable[[Workspace, Body, str], Body]
"""Takes the workspace, the parameters, and the id in the path (empty where there is none)."""

_ID: Final = re.compile(r"\\{\w+\\}")


def _retrieve(kind: str) -> Operation:
    return lambda work, _params, object_id: work.get(kind, object_id)


def _list(kind: str, url: str) -> Operation:
    return lambda work, params, _: work.page(kind, params, url=url)


OPERATIONS: Final[dict[str, Operation]] = {
    "POST /v1/checkout/sessions": checkout.create,
    "GET /v1/checkout/sessions": _list("checkout.session", "/v1/checkout/sessions"),
    "GET /v1/checkout/sessions/{session}": _retrieve("checkout.session"),
    "POST /v1/checkout/sessions/{session}/expire": checkout.expire,
    "GET /v1/checkout/sessions/{session}/line_items": line_items.listed,
    "POST /v1/payment_intents": payments.create,
    "GET /v1/payment_intents": _list("payment_intent", "/v1/payment_intents"),
    "GET /v1/payment_intents/{intent}": _retrieve("payment_intent"),
    "POST /v1/payment_intents/{intent}": payments.update,
    "POST /v1/payment_intents/{intent}/confirm": payments.confirm,
    "POST /v1/payment_intents/{intent}/cancel": payments.cancel,
    "POST /v1/setup_intents": setup_intents.create,
    "GET /v1/setup_intents": _list("setup_intent", "/v1/setup_intents"),
    "GET /v1/setup_intents/{intent}": _retrieve("setup_intent"),
    "POST /v1/setup_intents/{intent}": setup_intents.update,
    "POST /v1/setup_intents/{intent}/confirm": setup_intents.confirm,
    "POST /v1/setup_intents/{intent}/cancel": setup_intents.cancel,
    "POST /v1/payment_methods": payment_methods.create,
    "GET /v1/payment_methods": payment_methods.listed,
    "GET /v1/payment_methods/{payment_method}": payment_methods.retrieve,
    "POST /v1/payment_methods/{payment_method}": payment_methods.update,
    "POST /v1/payment_methods/{payment_method}/attach": payment_methods.attach,
    "POST /v1/payment_methods/{payment_method}/detach": payment_methods.detach,
    "GET /v1/mandates/{mandate}": _retrieve("mandate"),
    "GET /v1/charges": _list("charge", "/v1/charges"),
    "GET /v1/charges/{charge}": _retrieve("charge"),
    "POST /v1/refunds": refunds.create,
    "GET /v1/refunds": _list("refund", "/v1/refunds"),
    "GET /v1/refunds/{refund}": _retrieve("refund"),
    "POST /v1/refunds/{refund}": refunds.update,
    "GET /v1/disputes": _list("dispute", "/v1/disputes"),
    "GET /v1/disputes/{dispute}": _retrieve("dispute"),
    "POST /v1/disputes/{dispute}": disputes.update,
    "POST /v1/disputes/{dispute}/close": disputes.close,
    "GET /v1/balance": balance.retrieve,
    "GET /v1/balance_transactions": balance.movements,
    "GET /v1/balance_transactions/{id}": _retrieve("balance_transaction"),
    "POST /v1/payouts": payouts.create,
    "GET /v1/payouts": _list("payout", "/v1/payouts"),
    "GET /v1/payouts/{payout}": _retrieve("payout"),
    "POST /v1/payouts/{payout}": payouts.update,
    "GET /v1/events": events.listed,
    "GET /v1/events/{id}": _retrieve("event"),
    "POST /v1/customers": customers.create,
    "GET /v1/customers": _list("customer", "/v1/customers"),
    "GET /v1/customers/{customer}": _retrieve("customer"),
    "POST /v1/customers/{customer}": customers.update,
    "DELETE /v1/customers/{customer}": customers.delete,
    "GET /v1/customers/{customer}/payment_methods": customers.methods,
    "POST /v1/products": products.create_product,
    "GET /v1/products/{id}": _retrieve("product"),
    "POST /v1/prices": products.create_price,
    "GET /v1/prices/{price}": _retrieve("price"),
    "POST /v1/webhook_endpoints": endpoints.create,
    "GET /v1/webhook_endpoints": _list("webhook_endpoint", "/v1/webhook_endpoints"),
    "GET /v1/webhook_endpoints/{webhook_endpoint}": _retrieve("webhook_endpoint"),
    "DELETE /v1/webhook_endpoints/{webhook_endpoint}": endpoints.delete,
}


def find(method: str, path: str) -> tuple[str, str]:
    """The operation of a request, and the id in its path. Raises StripeError (404)."""
    for name, pattern in _patterns().items():
        match = pattern.fullmatch(f"{method} {path}")
        if match:
            return name, match["id"] if "id" in pattern.groupindex else ""
    raise unrecognized(method, path)


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(_ID.sub("(?P<id>[^/]+)", re.escape(name))) for name in OPERATIONS}
