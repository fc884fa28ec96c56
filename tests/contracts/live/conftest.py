"""One suite, two Stripes: the simulator in every run, a real sandbox with `make stripe-live`.

Nobody sits at a hosted page: pages are paid as Stripe's own command line pays them, and test cards
go by Stripe's names for them. Nothing here is about a person.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from portal.connectors.stripe_connection import API_VERSION, StripeConnection
from portal.connectors.stripe_gateway import StripeGateway
from tests.contracts.openapi import OpenApiChecker
from tests.contracts.stripe_wire import SECRET_KEY, WEBHOOK_SECRET, StripeWire

_STRIPE: Final = "https://api.stripe.com"
_WAIT_SECONDS: Final = 30
IS_LIVE: Final = os.environ.get("PORTAL_STRIPE_LIVE") == "1"


def why_not_live(environ: dict[str, str]) -> str | None:
    """A sentence when this is nothing that may be tried at Stripe itself."""
    if environ.get("CI"):
        return "Stripe itself is never called from continuous integration."
    if not environ.get("STRIPE_SECRET_KEY", "").startswith("sk_test_"):
        return "Give the key of a sandbox: STRIPE_SECRET_KEY=sk_test_… make stripe-live."
    return None


@dataclass(frozen=True, slots=True)
class Told:
    """What an account of Stripe's answered."""

    status: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StripeAccount:
    """The API itself, for what the gateway has no words for; every answer is held to its shape.

    `unpublished_base` takes what is in no document, past the recorder that holds calls to one.
    """

    base: str
    unpublished_base: str
    key: str
    checker: OpenApiChecker

    def get(self, path: str) -> dict[str, Any]:
        told = self._ask("GET", f"{self.base}{path}", None)
        self._check("GET", path, told)
        return told.body

    def post(self, path: str, **form: object) -> Told:
        told = self._ask("POST", f"{self.base}{path}", _encoded(form))
        self._check("POST", path, told)
        return told

    def pay_page(self, session_id: str, method: str, cents: int) -> Told:
        """Pay a hosted page, as `stripe trigger` does."""
        url = f"{self.unpublished_base}/v1/payment_pages/{session_id}/confirm"
        return self._ask(
            "POST", url, _encoded({"payment_method": method, "expected_amount": cents})
        )

    def _check(self, method: str, path: str, told: Told) -> None:
        path = path.partition("?")[0]
        assert self.checker.answer_problems(method, path, told.status, told.body) == []

    def _ask(self, method: str, url: str, body: str | None) -> Told:
        request = Request(  # noqa: S310 - Stripe's address or our own
            url,
            None if body is None else body.encode(),
            {"Authorization": f"Bearer {self.key}", "Stripe-Version": API_VERSION},
            method=method,
        )
        try:
            with urlopen(request, timeout=_WAIT_SECONDS) as answer:  # noqa: S310 - as above
                return Told(answer.status, json.load(answer))
        except HTTPError as refusal:
            with refusal:
                return Told(refusal.code, json.load(refusal))


def _encoded(form: Mapping[str, object]) -> str:
    return urlencode({name: str(one) for name, one in form.items()})


@pytest.fixture
def account(request: pytest.FixtureRequest, openapi_checker: OpenApiChecker) -> StripeAccount:
    if not IS_LIVE:
        wire: StripeWire = request.getfixturevalue("stripe_wire")
        return StripeAccount(wire.api_base, wire.direct_base, SECRET_KEY, openapi_checker)
    reason = why_not_live(dict(os.environ))
    if reason is not None:
        pytest.exit(reason, returncode=2)
    return StripeAccount(_STRIPE, _STRIPE, os.environ["STRIPE_SECRET_KEY"], openapi_checker)


@pytest.fixture
def gateway(account: StripeAccount) -> Iterator[StripeGateway]:
    api_base = None if account.base == _STRIPE else account.base
    connection = StripeConnection(secret_key=account.key, api_base=api_base)
    yield StripeGateway(connection, webhook_secret=WEBHOOK_SECRET)
    connection.close()
