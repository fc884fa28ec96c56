"""Stripe behind the PaymentGateway protocol: pages to pay on, refunds, signed events."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, cast
from uuid import UUID

import stripe

from portal.connectors.payment_gateway import (
    RECEIPT_DESCRIPTION,
    CheckoutSession,
    CheckoutState,
    CheckoutStatus,
    GatewayEvent,
    GatewayRefused,
    IntentState,
    IntentStatus,
    InvalidSignatureError,
    MethodUsed,
    NeededAction,
    RefundState,
    RefundStatus,
    UnknownObject,
)
from portal.connectors.stripe_connection import (
    PAGE_LENGTH,
    StripeConnection,
    cents_of,
    id_of,
    instant_of,
    stripe_errors,
)

if TYPE_CHECKING:
    from stripe.params.checkout import SessionCreateParams

SIGNATURE_TOLERANCE: Final = timedelta(minutes=5)
_INTENT_FIELDS: Final = ["latest_charge"]
_SESSION_FIELDS: Final = ["payment_intent.latest_charge"]


class StripeGateway:
    """Paying and refunding through Stripe; one connection serves many threads."""

    def __init__(self, connection: StripeConnection, *, webhook_secret: str) -> None:
        self.connection = connection
        self._stripe = connection.v1
        self._webhook_secret = webhook_secret

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
        customer_id: str | None = None,
    ) -> CheckoutSession:
        params = _checkout_params(
            payment_id,
            amount_cents=amount_cents,
            success_url=success_url,
            cancel_url=cancel_url,
            expires_at=expires_at,
            locale=locale,
        )
        if customer_id is not None:
            params["customer"] = customer_id
            params["payment_intent_data"]["setup_future_usage"] = "off_session"
        with stripe_errors():
            session = self._stripe.checkout.sessions.create(
                params=params,
                options={"idempotency_key": str(payment_id), "stripe_account": stripe_account},
            )
            return _session(session)

    def look_up_checkout(self, session_id: str, *, stripe_account: str | None) -> CheckoutState:
        with stripe_errors():
            session = self._stripe.checkout.sessions.retrieve(
                session_id,
                params={"expand": _SESSION_FIELDS},
                options={"stripe_account": stripe_account},
            )
            return _checkout_state(session)

    def expire_checkout(self, session_id: str, *, stripe_account: str | None) -> CheckoutState:
        try:
            with stripe_errors():
                session = self._stripe.checkout.sessions.expire(
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
        with stripe_errors():
            intent = self._stripe.payment_intents.retrieve(
                payment_intent_id,
                params={"expand": _INTENT_FIELDS},
                options={"stripe_account": stripe_account},
            )
            return intent_state(intent)

    def find_by_reference(
        self,
        payment_id: UUID,
        *,
        created_from: datetime,
        created_until: datetime,
        stripe_account: str | None,
    ) -> tuple[CheckoutState, ...]:
        with stripe_errors():
            sessions = self._stripe.checkout.sessions.list(
                params={
                    "created": {
                        "gte": int(created_from.timestamp()),
                        "lte": int(created_until.timestamp()),
                    },
                    "limit": PAGE_LENGTH,
                    "expand": [f"data.{field}" for field in _SESSION_FIELDS],
                },
                options={"stripe_account": stripe_account},
            )
            return tuple(
                _checkout_state(session)
                for session in sessions.auto_paging_iter()
                if session.client_reference_id == str(payment_id)
            )

    def find_intent(
        self,
        payment_id: UUID,
        *,
        created_from: datetime,
        created_until: datetime,
        stripe_account: str | None,
    ) -> IntentState | None:
        with stripe_errors():
            intents = self._stripe.payment_intents.list(
                params={
                    "created": {
                        "gte": int(created_from.timestamp()),
                        "lte": int(created_until.timestamp()),
                    },
                    "limit": PAGE_LENGTH,
                    "expand": [f"data.{field}" for field in _INTENT_FIELDS],
                },
                options={"stripe_account": stripe_account},
            )
            return next(
                (
                    intent_state(intent)
                    for intent in intents.auto_paging_iter()
                    if intent.metadata.to_dict().get("payment_id") == str(payment_id)
                ),
                None,
            )

    def find_by_intent(
        self, payment_intent_id: str, *, stripe_account: str | None
    ) -> CheckoutState | None:
        with stripe_errors():
            sessions = self._stripe.checkout.sessions.list(
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
        with stripe_errors():
            refund = self._stripe.refunds.create(
                params={
                    "payment_intent": payment_intent_id,
                    "amount": amount_cents,
                    "metadata": {"refund_id": str(refund_id)},
                },
                options={"idempotency_key": str(refund_id), "stripe_account": stripe_account},
            )
            return _refund_state(refund)

    def look_up_refund(self, gateway_refund_id: str, *, stripe_account: str | None) -> RefundState:
        with stripe_errors():
            refund = self._stripe.refunds.retrieve(
                gateway_refund_id, options={"stripe_account": stripe_account}
            )
            return _refund_state(refund)

    def find_refund(
        self, refund_id: UUID, *, payment_intent_id: str, stripe_account: str | None
    ) -> RefundState | None:
        with stripe_errors():
            return next(
                (
                    _refund_state(refund)
                    for refund in self._refunds_of(payment_intent_id, stripe_account)
                    if _ours(refund) == str(refund_id)
                ),
                None,
            )

    def refunds_of(
        self, payment_intent_id: str, *, stripe_account: str | None
    ) -> tuple[RefundState, ...]:
        with stripe_errors():
            found = self._refunds_of(payment_intent_id, stripe_account)
            return tuple(_refund_state(refund) for refund in found)

    def _refunds_of(
        self, payment_intent_id: str, stripe_account: str | None
    ) -> "Iterator[stripe.Refund]":
        """Page after page; for use within stripe_errors."""
        return self._stripe.refunds.list(
            params={"payment_intent": payment_intent_id, "limit": PAGE_LENGTH},
            options={"stripe_account": stripe_account},
        ).auto_paging_iter()

    def read_event(self, raw_body: bytes, signature_header: str, *, now: datetime) -> GatewayEvent:
        try:
            text = raw_body.decode()
            stripe.WebhookSignature.verify_header(  # type: ignore[no-untyped-call]  # the library leaves it untyped
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
        # With the card come the wallets that hold one: Apple Pay, Google Pay, Link.
        "payment_method_types": ["card", "us_bank_account"],
        "payment_method_options": {
            "us_bank_account": {
                # At once by signing in to the bank; where that cannot be, by small deposits.
                "verification_method": "automatic",
                # To debit it, and nothing else that a bank could tell.
                "financial_connections": {"permissions": ["payment_method"]},
            }
        },
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


def _session(session: stripe.checkout.Session) -> CheckoutSession:
    return CheckoutSession(
        id=session.id,
        status=CheckoutStatus(session.status or ""),
        url=session.url,
        payment_intent_id=id_of(session.payment_intent),
        expires_at=instant_of(session.expires_at),
    )


def _checkout_state(session: stripe.checkout.Session) -> CheckoutState:
    intent = session.payment_intent
    return CheckoutState(
        session=_session(session),
        reference=session.client_reference_id,
        amount_cents=cents_of(session.amount_total),
        currency=session.currency or "",
        created_at=instant_of(session.created),
        paid=session.payment_status == "paid",
        intent=intent_state(intent) if isinstance(intent, stripe.PaymentIntent) else None,
    )


def intent_state(intent: stripe.PaymentIntent) -> IntentState:
    """A PaymentIntent whose `latest_charge` was expanded."""
    charge = intent.latest_charge if isinstance(intent.latest_charge, stripe.Charge) else None
    failure: Any = intent.last_payment_error
    reason = getattr(failure, "decline_code", None) or getattr(failure, "code", None)
    action, action_url = _needed_action(intent)
    return IntentState(
        id=intent.id,
        status=IntentStatus(intent.status),
        amount_cents=cents_of(intent.amount),
        amount_received_cents=cents_of(intent.amount_received),
        currency=intent.currency,
        reference=intent.metadata.to_dict().get("payment_id"),
        created_at=instant_of(intent.created),
        charge_id=id_of(intent.latest_charge),
        method=_method_used(charge),
        decline_code=reason,
        amount_refunded_cents=charge.amount_refunded if charge else 0,
        disputed=charge.disputed if charge else False,
        advice_code=getattr(failure, "advice_code", None),
        action=action,
        action_url=action_url,
    )


def _needed_action(intent: stripe.PaymentIntent) -> tuple[NeededAction | None, str | None]:
    """What the payer has to do, and Stripe's own page for it where there is one."""
    if intent.status != "requires_action":
        return None, None
    deposits: Any = getattr(intent.next_action, "verify_with_microdeposits", None)
    if deposits is None:
        return NeededAction.CONFIRM, None
    return NeededAction.VERIFY_ACCOUNT, deposits.hosted_verification_url


def _method_used(charge: stripe.Charge | None) -> MethodUsed | None:
    details: Any = charge.payment_method_details if charge else None
    if details is None:
        return None
    particulars: Any = getattr(details, details.type, None)
    wallet: Any = getattr(particulars, "wallet", None)
    return MethodUsed(
        kind=details.type,
        brand=getattr(particulars, "brand", None) or getattr(particulars, "bank_name", None),
        last4=getattr(particulars, "last4", None),
        wallet=wallet.type if wallet else None,
        mandate_id=id_of(getattr(particulars, "mandate", None)),
    )


def _refund_state(refund: stripe.Refund) -> RefundState:
    return RefundState(
        id=refund.id,
        status=RefundStatus(refund.status or ""),
        amount_cents=cents_of(refund.amount),
        currency=refund.currency,
        payment_intent_id=id_of(refund.payment_intent),
        charge_id=id_of(refund.charge),
        created_at=instant_of(refund.created),
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
        created_at=instant_of(body["created"]),
        payment_intent_id=intent["id"] if isinstance(intent, dict) else intent,
        reference=metadata.get("payment_id") or metadata.get("setup_id"),
        customer_id=subject["id"] if kind == "customer" else subject.get("customer"),
        payment_method_id=_method_of(subject),
    )


def _method_of(subject: Mapping[str, Any]) -> str | None:
    """The kept method an object is, or is about."""
    if subject["object"] == "payment_method":
        return str(subject["id"])
    method = subject.get("payment_method")
    return method if isinstance(method, str) else None


def _signed_at(signature_header: str) -> datetime:
    parts = (part.partition("=") for part in signature_header.split(","))
    return instant_of(next(int(value) for name, _, value in parts if name == "t"))
