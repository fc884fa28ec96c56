"""Calls the API without Stripe's library, which would not send all that a test wants to."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from tests.contracts.openapi import OpenApiChecker
from tests.contracts.stripe_wire import SECRET_KEY

CHECKOUT: Final = "/v1/checkout/sessions"
_WAIT_SECONDS: Final = 20


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def error(self) -> dict[str, Any]:
        error: dict[str, Any] = self.body["error"]
        return error


class ApiCaller:
    def __init__(self, address: str, checker: OpenApiChecker) -> None:
        self._host = urlsplit(address).netloc
        self._checker = checker

    def get(self, path: str, **headers: str) -> Answer:
        return self._call("GET", path, None, headers)

    def post(self, path: str, form: Mapping[str, object] | None = None, **headers: str) -> Answer:
        """Header names are written with underscores: `Idempotency_Key`."""
        return self._call("POST", path, urlencode(form or {}), headers)

    def delete(self, path: str) -> Answer:
        return self._call("DELETE", path, None, {})

    def checkout(self, *, amount_cents: int = 5_000, **more: object) -> dict[str, Any]:
        """A session made for the least it takes. Fails unless it is."""
        answer = self.post(CHECKOUT, checkout_form(amount_cents=amount_cents) | more)
        assert answer.status == 200, answer.body
        return answer.body

    def _call(self, method: str, path: str, body: str | None, more: Mapping[str, str]) -> Answer:
        basic = base64.b64encode(f"{SECRET_KEY}:".encode()).decode()
        headers = {"Authorization": f"Basic {basic}"}
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = HTTPConnection(self._host, timeout=_WAIT_SECONDS)
        try:
            connection.request(method, path, body, headers)
            came = connection.getresponse()
            answer = Answer(came.status, dict(came.getheaders()), json.loads(came.read()))
        finally:
            connection.close()
        target = path.partition("?")[0]
        problems = self._checker.answer_problems(method, target, answer.status, answer.body)
        assert problems == []
        return answer


def checkout_form(*, amount_cents: int = 5_000) -> dict[str, object]:
    return {
        "mode": "payment",
        "success_url": "https://portal.test/return?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://portal.test/back",
        "line_items[0][quantity]": 1,
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][unit_amount]": amount_cents,
        "line_items[0][price_data][product_data][name]": "Account balance",
        "payment_intent_data[metadata][payment_id]": "p-1",
    }
