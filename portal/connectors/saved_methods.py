"""What the portal needs of a processor that keeps ways to pay: a protocol and its values.

As in payment_gateway.py: whole cents, aware UTC, `stripe_account` is the practice's own account or
None. A customer over there is an opaque id of ours: no name, no e-mail, no date of birth.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from portal.connectors.payment_gateway import CheckoutStatus, IntentState


@dataclass(frozen=True, slots=True)
class KeptMethod:
    """A card or bank account as it is kept over there now. ``brand``: network, or the bank."""

    id: str
    kind: str
    brand: str | None
    last4: str | None
    exp_month: int | None
    exp_year: int | None
    fingerprint: str | None  # the same number, however often it was saved
    is_blocked: bool  # the bank will not have it debited any more


@dataclass(frozen=True, slots=True)
class SetupPage:
    """A page of the processor where a way to pay is saved and nothing is charged."""

    id: str
    status: CheckoutStatus
    url: str | None
    reference: str | None
    has_saved: bool


class SavedMethods(Protocol):
    """Every method is a network call: no database transaction may be open.

    All of them raise GatewayUnavailable when the outcome is unknown, GatewayRefused when it is no.
    """

    def make_customer(self, *, customer_key: UUID, stripe_account: str | None) -> str:
        """The id that ways to pay are kept under. ``customer_key`` is the idempotency key.

        Forgotten after 24 hours, a second one is made: nothing is kept under the first.
        """
        ...

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
        """Open the page where one way to pay is saved. The setup id is the idempotency key."""
        ...

    def look_up_setup(self, session_id: str, *, stripe_account: str | None) -> SetupPage: ...

    def find_setup(
        self,
        setup_id: UUID,
        *,
        customer_id: str,
        stripe_account: str | None,
    ) -> SetupPage | None:
        """The page of a setup whose answer was lost; None when it was never made."""
        ...

    def methods_of(self, customer_id: str, *, stripe_account: str | None) -> tuple[KeptMethod, ...]:
        """All that is kept under it: nothing, or UnknownObject, for one that was deleted."""
        ...

    def detach(self, method_id: str, *, stripe_account: str | None) -> None:
        """Keep it no more; nothing when that was done before."""
        ...

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
        """Charge a kept method with nobody present. The payment id is the idempotency key.

        CardDeclined when the bank says no, also `authentication_required`: it asks for the patient.
        Within 24 hours the same call gives the same answer; later use `find_intent`.
        """
        ...
