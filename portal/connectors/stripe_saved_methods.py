"""Stripe behind the SavedMethods protocol: customers without a name, setup pages, charges."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, cast
from uuid import UUID

import stripe

from portal.connectors.payment_gateway import (
    RECEIPT_DESCRIPTION,
    CheckoutStatus,
    GatewayRefused,
    IntentState,
    UnknownObject,
)
from portal.connectors.saved_methods import KeptMethod, SetupPage
from portal.connectors.stripe_connection import (
    PAGE_LENGTH,
    StripeConnection,
    stripe_errors,
)
from portal.connectors.stripe_gateway import intent_state

if TYPE_CHECKING:
    from stripe.params import PaymentIntentCreateParams
    from stripe.params.checkout import SessionCreateParams

_SETUP_FIELDS: Final = ["setup_intent"]


class StripeSavedMethods:
    """Ways to pay that Stripe keeps; one connection serves many threads."""

    def __init__(self, connection: StripeConnection) -> None:
        self._stripe = connection.v1

    def make_customer(self, *, customer_key: UUID, stripe_account: str | None) -> str:
        with stripe_errors():
            customer = self._stripe.customers.create(
                options={"idempotency_key": str(customer_key), "stripe_account": stripe_account}
            )
            return customer.id

    def start_setup(
        self,
        *,
        setup_id: UUID,
        customer_id: str,
        method_kind: str,
        return_url: str,
        expires_at: datetime,
        locale: str,
        stripe_account: str | None,
    ) -> SetupPage:
        reference = {"setup_id": str(setup_id)}
        # The allow-list: all that leaves for Stripe when somebody saves a way to pay.
        params: SessionCreateParams = {
            "mode": "setup",
            "customer": customer_id,
            "client_reference_id": str(setup_id),
            "metadata": reference,
            "setup_intent_data": {"metadata": reference},
            "payment_method_types": [cast("Any", method_kind)],
            "locale": cast("Literal['en', 'es']", locale),
            "success_url": return_url,
            "cancel_url": return_url,
            "expires_at": int(expires_at.timestamp()),
        }
        with stripe_errors():
            session = self._stripe.checkout.sessions.create(
                params=params,
                options={"idempotency_key": str(setup_id), "stripe_account": stripe_account},
            )
            return _setup_page(session)

    def look_up_setup(self, session_id: str, *, stripe_account: str | None) -> SetupPage:
        with stripe_errors():
            session = self._stripe.checkout.sessions.retrieve(
                session_id,
                params={"expand": _SETUP_FIELDS},
                options={"stripe_account": stripe_account},
            )
            return _setup_page(session)

    def find_setup(
        self, setup_id: UUID, *, customer_id: str, stripe_account: str | None
    ) -> SetupPage | None:
        with stripe_errors():
            sessions = self._stripe.checkout.sessions.list(
                params={
                    "customer": customer_id,
                    "limit": PAGE_LENGTH,
                    "expand": [f"data.{field}" for field in _SETUP_FIELDS],
                },
                options={"stripe_account": stripe_account},
            )
            return next(
                (
                    _setup_page(session)
                    for session in sessions.auto_paging_iter()
                    if session.client_reference_id == str(setup_id)
                ),
                None,
            )

    def methods_of(self, customer_id: str, *, stripe_account: str | None) -> tuple[KeptMethod, ...]:
        with stripe_errors():
            methods = self._stripe.customers.payment_methods.list(
                customer_id,
                params={"limit": PAGE_LENGTH},
                options={"stripe_account": stripe_account},
            )
            return tuple(_kept_method(method) for method in methods.auto_paging_iter())

    def detach(self, method_id: str, *, stripe_account: str | None) -> None:
        try:
            with stripe_errors():
                self._stripe.payment_methods.detach(
                    method_id, options={"stripe_account": stripe_account}
                )
        except UnknownObject:
            return
        except GatewayRefused:
            # Stripe refuses what is attached to nobody: that is what was wanted.
            if self._is_kept(method_id, stripe_account=stripe_account):
                raise

    def charge(
        self,
        *,
        payment_id: UUID,
        customer_id: str,
        method_id: str,
        method_kind: str,
        amount_cents: int,
        stripe_account: str | None,
    ) -> IntentState:
        # The allow-list: all that leaves for Stripe when a kept method is charged.
        params: PaymentIntentCreateParams = {
            "amount": amount_cents,
            "currency": "usd",
            "customer": customer_id,
            "payment_method": method_id,
            "payment_method_types": [method_kind],
            "confirm": True,
            "off_session": True,
            "description": RECEIPT_DESCRIPTION,
            "metadata": {"payment_id": str(payment_id)},
            "expand": ["latest_charge"],
        }
        with stripe_errors():
            intent = self._stripe.payment_intents.create(
                params=params,
                options={"idempotency_key": str(payment_id), "stripe_account": stripe_account},
            )
            return intent_state(intent)

    def _is_kept(self, method_id: str, *, stripe_account: str | None) -> bool:
        with stripe_errors():
            method = self._stripe.payment_methods.retrieve(
                method_id, options={"stripe_account": stripe_account}
            )
            return method.customer is not None


def _setup_page(session: stripe.checkout.Session) -> SetupPage:
    intent = session.setup_intent
    saved = isinstance(intent, stripe.SetupIntent) and intent.status == "succeeded"
    return SetupPage(
        id=session.id,
        status=CheckoutStatus(session.status or ""),
        url=session.url,
        reference=session.client_reference_id,
        has_saved=saved,
    )


def _kept_method(method: stripe.PaymentMethod) -> KeptMethod:
    particulars: Any = getattr(method, method.type, None)
    state: Any = getattr(particulars, "status_details", None)
    brand = getattr(particulars, "brand", None) or getattr(particulars, "bank_name", None)
    return KeptMethod(
        id=method.id,
        kind=method.type,
        brand=brand,
        last4=getattr(particulars, "last4", None),
        exp_month=getattr(particulars, "exp_month", None),
        exp_year=getattr(particulars, "exp_year", None),
        fingerprint=getattr(particulars, "fingerprint", None),
        is_blocked=bool(getattr(state, "blocked", None)),
    )
