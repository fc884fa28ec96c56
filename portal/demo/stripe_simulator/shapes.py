"""What Stripe's OpenAPI document says about the objects and operations we serve.

Reads stripe_shapes.json, which `python -m tests.contracts.derive_shapes` makes out of the document.
"""

import json
from copy import deepcopy
from functools import cache
from importlib import resources
from typing import Any

from portal.demo.stripe_simulator.errors import Body

OBJECTS = (
    "balance",
    "balance_transaction",
    "charge",
    "checkout.session",
    "customer",
    "deleted_customer",
    "dispute",
    "event",
    "item",
    "mandate",
    "payment_intent",
    "payment_method",
    "payout",
    "price",
    "product",
    "refund",
    "setup_intent",
    "webhook_endpoint",
)
"""Objects with an id of their own, by Stripe's names."""

PARTS = (
    "charge_outcome",
    "payment_method_card",
    "payment_method_card_wallet",
    "payment_method_details_card",
    "payment_method_us_bank_account",
    "payment_method_us_bank_account_blocked",
    "payment_method_details_us_bank_account",
)
"""Schemas of what sits inside an object and is built by itself."""

METHODS_TAKEN = ("card", "us_bank_account")
"""Parameters that exist once per payment method are kept for these only: others are refused."""

FILE_NAME = "stripe_shapes.json"


@cache
def _shapes() -> Body:
    text = resources.files(__package__).joinpath(FILE_NAME).read_text(encoding="utf-8")
    shapes: Body = json.loads(text)
    return shapes


def api_version() -> str:
    version: str = _shapes()["version"]
    return version


def skeleton(name: str) -> Body:
    """An object with every required field, and each nullable one as null, to be filled in."""
    fields: Body = deepcopy(_shapes()["skeletons"][name])
    return fields


def expandable(kind: str) -> list[str]:
    fields: list[str] = _shapes()["expandable"].get(kind, [])
    return fields


def parameters(operation: str) -> dict[str, Any]:
    """The schema of what an operation takes, in the query or the body: ``POST /v1/refunds``."""
    schema: dict[str, Any] = _shapes()["operations"][operation]
    return schema
