"""Every operation of the API we serve: its route, as Stripe's document writes it, and who does it.

Whoever adds a row makes stripe_shapes.json anew: `python -m tests.contracts.derive_shapes`.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Final

from portal.demo.stripe_simulator import (
    balance,
    cards,
    checkout,
    customers,
    payments,
    refunds,
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


def _retrieve_method(work: Workspace, _params: Body, object_id: str) -> Body:
    return cards.find_payment_method(work, object_id)


OPERATIONS: Final[dict[str, Operation]] = {
    "POST /v1/checkout/sessions": checkout.create,
    "GET /v1/checkout/sessions": _list("checkout.session", "/v1/checkout/sessions"),
    "GET /v1/checkout/sessions/{session}": _retrieve("checkout.session"),
    "POST /v1/checkout/sessions/{session}/expire": checkout.expire,
    "GET /v1/checkout/sessions/{session}/line_items": checkout.line_items,
    "POST /v1/payment_intents": payments.create,
    "GET /v1/payment_intents": _list("payment_intent", "/v1/payment_intents"),
    "GET /v1/payment_intents/{intent}": _retrieve("payment_intent"),
    "POST /v1/payment_intents/{intent}": payments.update,
    "POST /v1/payment_intents/{intent}/confirm": payments.confirm,
    "POST /v1/payment_intents/{intent}/cancel": payments.cancel,
    "GET /v1/payment_methods/{payment_method}": _retrieve_method,
    "GET /v1/charges": _list("charge", "/v1/charges"),
    "GET /v1/charges/{charge}": _retrieve("charge"),
    "POST /v1/refunds": refunds.create,
    "GET /v1/refunds": _list("refund", "/v1/refunds"),
    "GET /v1/refunds/{refund}": _retrieve("refund"),
    "GET /v1/disputes": _list("dispute", "/v1/disputes"),
    "GET /v1/disputes/{dispute}": _retrieve("dispute"),
    "GET /v1/balance": balance.retrieve,
    "GET /v1/balance_transactions": _list("balance_transaction", "/v1/balance_transactions"),
    "GET /v1/balance_transactions/{id}": _retrieve("balance_transaction"),
    "GET /v1/events": _list("event", "/v1/events"),
    "GET /v1/events/{id}": _retrieve("event"),
    "POST /v1/customers": customers.create,
    "GET /v1/customers": _list("customer", "/v1/customers"),
    "GET /v1/customers/{customer}": _retrieve("customer"),
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
