"""Stripe behind the PaymentGateway protocol. The only module that imports `stripe`."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, cast
from urllib.parse import urlsplit
from uuid import UUID

import stripe

from portal.connectors.payment_gateway import (
    RECEIPT_DESCRIPTION,
    CardDeclined,
    CheckoutSession,
    CheckoutState,
    CheckoutStatus,
    GatewayEvent,
    GatewayRefused,
    GatewayUnavailable,
    IntentState,
    IntentStatus,
    InvalidSignatureError,
    MethodUsed,
    RefundState,
    RefundStatus,
    UnknownObject,
)
from portal.web.logs import log

if TYPE_CHECKING:
    from stripe.params.checkout import SessionCreateParams

API_VERSION: Final = "2026-05-27.dahlia"
SIGNATURE_TOLERANCE: Final = timedelta(minutes=5)
_STRIPE_HOST: Final = "api.stripe.com"
_NOT_FOUND: Final = 404
_PAGE_LENGTH: Final = 100
_INTENT_FIELDS: Final = ["latest_charge"]
_SESSION_FIELDS: Final = ["payment_intent.latest_charge"]

# Off: it would tell Stripe about our machines and about calls of other patients' payments.
stripe.enable_telemetry = False


class StripeGateway:
    """Talks to Stripe at `api_base`, or at Stripe's own address when that is None.

    A key that is not a test key goes to Stripe's own address only. Waiting is bounded: `retries`
    more tries after the first, each at most `connect_within` + `answer_within`.
    """

    def __init__(
        self,
        *,
        secret_key: str,
        webhook_secret: str,
        api_base: str | None = None,
        connect_within: timedelta = timedelta(seconds=3),
        answer_within: timedelta = timedelta(seconds=20),
        retries: int = 2,
    ) -> None:
        elsewhere = api_base is not None and urlsplit(api_base).hostname != _STRIPE_HOST
        if elsewhere and not secret_key.startswith("sk_test_"):
            raise ValueError("Only a test key may be used with an address that is not Stripe's.")
        self._webhook_secret = webhook_secret
        self._http = stripe.RequestsClient(
            timeout=(connect_within.total_seconds(), answer_within.total_seconds()),
            # A stand-in runs on this machine: a proxy of the environment could not reach it.
            proxy={"http": "", "https": ""} if elsewhere else None,
        )
        self._stripe = stripe.StripeClient(
            secret_key,
            stripe_version=API_VERSION,
            base_addresses={} if api_base is None else {"api": api_base.rstrip("/")},
            max_network_retries=retries,
            http_client=self._http,
        )

    def close(self) -> None:
        """Close this thread's connections."""
        self._http.close()  # type: ignore[no-untyped-call]

    def start_checkout(
        self,
        *,
        payment_id: UUID,
        amount_cents: int,
        success_url: str,
        cancel_url: str,
        expires_at: datetime,
        locale: str,
        stripe_account: str | None,
    ) -> CheckoutSession:
        params = _checkout_params(
            payment_id,
            amount_cents=amount_cents,
            success_url=success_url,
            cancel_url=cancel_url,
            expires_at=expires_at,
            locale=locale,
        )
        with _stripe_errors():
            session = self._stripe.v1.checkout.sessions.create(
                params=params,
                options={"idempotency_key": str(payment_id), "stripe_account": stripe_account},
            )
            return _session(session)

    def look_up_checkout(self, session_id: str, *, stripe_account: str | None) -> CheckoutState:
        with _stripe_errors():
            session = self._stripe.v1.checkout.sessions.retrieve(
                session_id,
                params={"expand": _SESSION_FIELDS},
                options={"stripe_account": stripe_account},
            )
            return _checkout_state(session)

    def expire_checkout(self, session_id: str, *, stripe_account: str | None) -> CheckoutState:
        try:
            with _stripe_errors():
                session = self._stripe.v1.checkout.sessions.expire(
                    session_id,
                    params={"expand": _SESSION_FIELDS},
                    options={"stripe_account": stripe_account},
                )
                return _checkout_state(session)
        except UnknownObject:
            raise
        except GatewayRefused:
            # Stripe refuses when the session is not open: somebody paid, or it ran out.
            state = self.look_up_checkout(session_id, stripe_account=stripe_account)
            if state.session.status is CheckoutStatus.OPEN:
                raise
            return state

    def look_up_payment_intent(
        self, payment_intent_id: str, *, stripe_account: str | None
    ) -> IntentState:
        with _stripe_errors():
            intent = self._stripe.v1.payment_intents.retrieve(
                payment_intent_id,
                params={"expand": _INTENT_FIELDS},
                options={"stripe_account": stripe_account},
            )
            return _intent_state(intent)

    def find_by_reference(
        self,
        payment_id: UUID,
        *,
        created_from: datetime,
        created_until: datetime,
        stripe_account: str | None,
    ) -> tuple[CheckoutState, ...]:
        with _stripe_errors():
            sessions = self._stripe.v1.checkout.sessions.list(
                params={
                    "created": {
                        "gte": int(created_from.timestamp()),
                        "lte": int(created_until.timestamp()),
                    },
                    "limit": _PAGE_LENGTH,
                    "expand": [f"data.{field}" for field in _SESSION_FIELDS],
                },
                options={"stripe_account": stripe_account},
            )
            return tuple(
                _checkout_state(session)
                for session in sessions.auto_paging_iter()
                if session.client_reference_id == str(payment_id)
            )

    def find_by_intent(
        self, payment_intent_id: str, *, stripe_account: str | None
    ) -> CheckoutState | None:
        with _stripe_errors():
            sessions = self._stripe.v1.checkout.sessions.list(
                params={
                    "payment_intent": payment_intent_id,
                    "limit": 1,
                    "expand": [f"data.{field}" for field in _SESSION_FIELDS],
                },
                options={"stripe_account": stripe_account},
            )
            return next((_checkout_state(session) for session in sessions.data), None)

    def refund(
        self,
        *,
        refund_id: UUID,
        payment_intent_id: str,
        amount_cents: int,
        stripe_account: str | None,
    ) -> RefundState:
        with _stripe_errors():
            refund = self._stripe.v1.refunds.create(
                params={
                    "payment_intent": payment_intent_id,
                    "amount": amount_cents,
                    "metadata": {"refund_id": str(refund_id)},
                },
                options={"idempotency_key": str(refund_id), "stripe_account": stripe_account},
            )
            return _refund_state(refund)

    def look_up_refund(self, gateway_refund_id: str, *, stripe_account: str | None) -> RefundState:
        with _stripe_errors():
            refund = self._stripe.v1.refunds.retrieve(
                gateway_refund_id, options={"stripe_account": stripe_account}
            )
            return _refund_state(refund)

    def find_refund(
        self, refund_id: UUID, *, payment_intent_id: str, stripe_account: str | None
    ) -> RefundState | None:
        with _stripe_errors():
            refunds = self._stripe.v1.refunds.list(
                params={"payment_intent": payment_intent_id, "limit": _PAGE_LENGTH},
                options={"stripe_account": stripe_account},
            )
            return next(
                (
                    _refund_state(refund)
                    for refund in refunds.auto_paging_iter()
                    if _ours(refund) == str(refund_id)
                ),
                None,
            )

    def read_event(self, raw_body: bytes, signature_header: str, *, now: datetime) -> GatewayEvent:
        try:
            text = raw_body.decode()
            stripe.WebhookSignature.verify_header(  # type: ignore[no-untyped-call]
                text, signature_header, self._webhook_secret
            )
        except (stripe.SignatureVerificationError, UnicodeDecodeError) as error:
            raise InvalidSignatureError("The webhook is not signed with our secret.") from error
        # Stripe's own check of the age reads the machine's clock; ours takes the caller's.
        if _signed_at(signature_header) < now - SIGNATURE_TOLERANCE:
            raise InvalidSignatureError("The webhook was signed too long ago.")
        return _event(json.loads(text))


def _checkout_params(
    payment_id: UUID,
    *,
    amount_cents: int,
    success_url: str,
    cancel_url: str,
    expires_at: datetime,
    locale: str,
) -> "SessionCreateParams":
    """The allow-list: all that leaves for Stripe when a patient pays."""
    reference = {"payment_id": str(payment_id)}
    return {
        "mode": "payment",
        "client_reference_id": str(payment_id),
        "metadata": reference,
        "payment_intent_data": {"metadata": reference},
        "payment_method_types": ["card"],
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": "usd",
                    "unit_amount": amount_cents,
                    "product_data": {"name": RECEIPT_DESCRIPTION},
                },
            }
        ],
        # Otherwise Stripe may charge in the card's own currency, and the amounts would differ.
        "adaptive_pricing": {"enabled": False},
        "locale": cast("Literal['en', 'es']", locale),
        "success_url": success_url,
        "cancel_url": cancel_url,
        "expires_at": int(expires_at.timestamp()),
    }


@contextmanager
def _stripe_errors() -> Iterator[None]:
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


def _session(session: stripe.checkout.Session) -> CheckoutSession:
    return CheckoutSession(
        id=session.id,
        status=CheckoutStatus(session.status or ""),
        url=session.url,
        payment_intent_id=_id_of(session.payment_intent),
        expires_at=_instant(session.expires_at),
    )


def _checkout_state(session: stripe.checkout.Session) -> CheckoutState:
    intent = session.payment_intent
    return CheckoutState(
        session=_session(session),
        reference=session.client_reference_id,
        amount_cents=_cents(session.amount_total),
        currency=session.currency or "",
        created_at=_instant(session.created),
        paid=session.payment_status == "paid",
        intent=_intent_state(intent) if isinstance(intent, stripe.PaymentIntent) else None,
    )


def _intent_state(intent: stripe.PaymentIntent) -> IntentState:
    charge = intent.latest_charge if isinstance(intent.latest_charge, stripe.Charge) else None
    failure: Any = intent.last_payment_error
    reason = getattr(failure, "decline_code", None) or getattr(failure, "code", None)
    return IntentState(
        id=intent.id,
        status=IntentStatus(intent.status),
        amount_cents=_cents(intent.amount),
        amount_received_cents=_cents(intent.amount_received),
        currency=intent.currency,
        reference=intent.metadata.to_dict().get("payment_id"),
        created_at=_instant(intent.created),
        charge_id=_id_of(intent.latest_charge),
        method=_method_used(charge),
        decline_code=reason,
        amount_refunded_cents=charge.amount_refunded if charge else 0,
        disputed=charge.disputed if charge else False,
    )


def _method_used(charge: stripe.Charge | None) -> MethodUsed | None:
    details: Any = charge.payment_method_details if charge else None
    if details is None:
        return None
    particulars = getattr(details, details.type, None)
    brand = getattr(particulars, "brand", None) or getattr(particulars, "bank_name", None)
    return MethodUsed(kind=details.type, brand=brand, last4=getattr(particulars, "last4", None))


def _refund_state(refund: stripe.Refund) -> RefundState:
    return RefundState(
        id=refund.id,
        status=RefundStatus(refund.status or ""),
        amount_cents=_cents(refund.amount),
        currency=refund.currency,
        payment_intent_id=_id_of(refund.payment_intent),
        charge_id=_id_of(refund.charge),
        created_at=_instant(refund.created),
        # Stripe leaves this one out unless the refund failed.
        failure_reason=getattr(refund, "failure_reason", None),
    )


def _ours(refund: stripe.Refund) -> str | None:
    """The id we gave it; None for one that was made elsewhere."""
    found: str | None = refund.metadata.to_dict().get("refund_id") if refund.metadata else None
    return found


def _event(body: Mapping[str, Any]) -> GatewayEvent:
    subject = body["data"]["object"]
    kind = subject["object"]
    intent = subject["id"] if kind == "payment_intent" else subject.get("payment_intent")
    metadata = subject.get("metadata") or {}
    return GatewayEvent(
        id=body["id"],
        type=body["type"],
        object_kind=kind,
        # A balance, for one, has no id.
        object_id=subject.get("id", ""),
        account=body.get("account"),
        livemode=body["livemode"],
        created_at=_instant(body["created"]),
        payment_intent_id=intent["id"] if isinstance(intent, dict) else intent,
        reference=metadata.get("payment_id"),
    )


def _signed_at(signature_header: str) -> datetime:
    parts = (part.partition("=") for part in signature_header.split(","))
    return _instant(next(int(value) for name, _, value in parts if name == "t"))


def _id_of(field: str | stripe.PaymentIntent | stripe.Charge | None) -> str | None:
    """The id of a field that holds either an id or, when expanded, the object."""
    return field if field is None or isinstance(field, str) else field.id


def _cents(field: int | None) -> int:
    """An amount without which nothing can be said. Raises TypeError when it is missing."""
    if field is None:
        raise TypeError("an amount is missing")
    return field


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
