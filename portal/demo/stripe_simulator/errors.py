"""Errors in Stripe's shape. Raised anywhere, answered by `api` as they stand."""

from typing import Any

Body = dict[str, Any]
"""A Stripe object, or the parameters of a request, as JSON has it."""


class StripeError(Exception):
    """An answer that is not 200.

    `began` says whether the operation had begun: only then does an idempotency key keep the answer.
    """

    def __init__(self, status: int, error: Body, *, began: bool) -> None:
        super().__init__(error["message"])
        self.status = status
        self.began = began
        code = error.get("code")
        if code is not None:
            error = {**error, "doc_url": f"https://docs.stripe.com/error-codes/{code}"}
        self.body: Body = {
            "error": {key: value for key, value in error.items() if value is not None}
        }


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> StripeError:
    """A parameter that cannot be used; nothing began."""
    error = {"type": "invalid_request_error", "message": message, "param": param, "code": code}
    return StripeError(400, error, began=False)


def refused(
    message: str, *, param: str | None = None, code: str | None = None, intent: Body | None = None
) -> StripeError:
    """A request that is well formed, but not possible as things are."""
    error = {
        "type": "invalid_request_error",
        "message": message,
        "param": param,
        "code": code,
        "payment_intent": intent,
    }
    return StripeError(400, error, began=True)


def missing(kind: str, object_id: str) -> StripeError:
    """No such object in this account."""
    error = {
        "type": "invalid_request_error",
        "message": f"No such {kind}: '{object_id}'",
        "param": "id",
        "code": "resource_missing",
    }
    return StripeError(404, error, began=True)


def unrecognized(method: str, path: str) -> StripeError:
    error = {
        "type": "invalid_request_error",
        "message": f"Unrecognized request URL ({method}: {path}), or not simulated.",
    }
    return StripeError(404, error, began=False)


def unauthorized(message: str) -> StripeError:
    return StripeError(401, {"type": "invalid_request_error", "message": message}, began=False)


def forbidden(account: str) -> StripeError:
    error = {
        "type": "invalid_request_error",
        "message": f"This key has no access to the account '{account}'.",
        "code": "account_invalid",
    }
    return StripeError(403, error, began=False)


def out_of_order(status: int, message: str, *, code: str | None = None) -> StripeError:
    """What the control interface was asked to answer instead of working."""
    kind = "invalid_request_error" if status < 500 else "api_error"  # noqa: PLR2004 - HTTP
    return StripeError(status, {"type": kind, "message": message, "code": code}, began=False)


def idempotency(status: int, message: str, *, code: str | None = None) -> StripeError:
    error = {"type": "idempotency_error", "message": message, "code": code}
    return StripeError(status, error, began=False)
