"""The connection to Stripe that our protocols share, and its errors in our words.

Only `portal/connectors/stripe_*.py` import the library.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import requests
import stripe

from portal.connectors.payment_gateway import (
    CardDeclined,
    GatewayRefused,
    GatewayUnavailable,
    UnknownObject,
)
from portal.web.logs import log

API_VERSION: Final = "2026-05-27.dahlia"
PAGE_LENGTH: Final = 100
_STRIPE_HOST: Final = "api.stripe.com"
_NOT_FOUND: Final = 404

# Off: it would tell Stripe about our machines and about calls of other patients' payments.
stripe.enable_telemetry = False


class StripeConnection:
    """Talks to Stripe at `api_base`, or at Stripe's own address when that is None.

    A key that is not a test key goes to Stripe's own address only. Waiting is bounded: `retries`
    more tries after the first, each at most `connect_within` + `answer_within`. `session`: what
    calls go through instead of a connection for each thread.
    """

    def __init__(
        self,
        *,
        secret_key: str,
        api_base: str | None = None,
        connect_within: timedelta = timedelta(seconds=3),
        answer_within: timedelta = timedelta(seconds=20),
        retries: int = 2,
        session: requests.Session | None = None,
    ) -> None:
        elsewhere = api_base is not None and urlsplit(api_base).hostname != _STRIPE_HOST
        if elsewhere and not secret_key.startswith("sk_test_"):
            raise ValueError("Only a test key may be used with an address that is not Stripe's.")
        self._http = stripe.RequestsClient(
            timeout=(connect_within.total_seconds(), answer_within.total_seconds()),
            session=session,
            # A stand-in runs on this machine: a proxy of the environment could not reach it.
            proxy={"http": "", "https": ""} if elsewhere else None,
        )
        self.v1 = stripe.StripeClient(
            secret_key,
            stripe_version=API_VERSION,
            base_addresses={} if api_base is None else {"api": api_base.rstrip("/")},
            max_network_retries=retries,
            http_client=self._http,
        ).v1

    def close(self) -> None:
        """Close this thread's connections."""
        self._http.close()  # type: ignore[no-untyped-call]  # the library leaves it untyped


@contextmanager
def stripe_errors() -> Iterator[None]:
    """Stripe's errors, and answers that are not as its document says, in the protocol's words."""
    try:
        yield
    except stripe.CardError as error:
        said: Any = error.error
        raise CardDeclined(
            error.user_message or "declined",
            code=error.code,
            decline_code=getattr(said, "decline_code", None),
            advice_code=getattr(said, "advice_code", None),
            payment_intent_id=getattr(getattr(said, "payment_intent", None), "id", None),
        ) from error
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
        # APIError is every 5xx, a 409 (the same key is still being worked on) and what no JSON is.
        raise GatewayUnavailable(error.user_message or "no answer") from error
    except stripe.StripeError as error:
        refusal = UnknownObject if error.http_status == _NOT_FOUND else GatewayRefused
        raise refusal(
            error.user_message or "refused",
            code=_code(error),
            parameter=getattr(error, "param", None),
        ) from error
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        log.exception("stripe answer not readable")
        raise GatewayUnavailable("an answer we cannot read") from error


def _code(error: stripe.StripeError) -> str | None:
    """Stripe's code, or for refusals without one their type: `idempotency_error` and such."""
    said: Any = error.error
    return getattr(said, "code", None) or getattr(said, "type", None)


def id_of(field: str | stripe.StripeObject | None) -> str | None:
    """The id of a field that holds either an id or, when expanded, the object."""
    return field if field is None or isinstance(field, str) else str(field["id"])


def cents_of(field: int | None) -> int:
    """An amount without which nothing can be said. Raises TypeError when it is missing."""
    if field is None:
        raise TypeError("an amount is missing")
    return field


def instant_of(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
