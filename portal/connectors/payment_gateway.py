"""What the portal needs of a card processor: a protocol, its values and its errors, no library.

Amounts are cents of US dollars, instants are UTC and aware. `stripe_account` is the practice's own
account when a platform acts for it, else None. Nothing about a patient passes through here: an
opaque payment id, an amount, addresses to return to, and a constant text.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

RECEIPT_DESCRIPTION: Final = "Account balance"
"""All that the processor, its page and its receipts say about what is paid."""


class GatewayError(Exception):
    """Something the processor said, or did not say."""


class GatewayUnavailable(GatewayError):  # noqa: N818 - reads as what happened
    """No answer, or none to rely on: the outcome is unknown. Look up; never start over."""


class GatewayRefused(GatewayError):  # noqa: N818 - reads as what happened
    """The processor understood and said no. `code` and `parameter` are its words."""

    def __init__(self, message: str, *, code: str | None, parameter: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.parameter = parameter


class UnknownObject(GatewayRefused):
    """No such object in this account."""


class CardDeclined(GatewayRefused):
    """The bank said no. `decline_code` is the bank's reason, `advice_code` whether to try again."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None,
        decline_code: str | None,
        advice_code: str | None,
        payment_intent_id: str | None = None,
    ) -> None:
        super().__init__(message, code=code)
        self.decline_code = decline_code
        self.advice_code = advice_code
        self.payment_intent_id = payment_intent_id


class InvalidSignatureError(GatewayError):
    """A webhook that was not signed with our secret, was altered, or is too old."""


class CheckoutStatus(StrEnum):
    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


class IntentStatus(StrEnum):
    """What a PaymentIntent can be; only SUCCEEDED is money."""

    REQUIRES_PAYMENT_METHOD = "requires_payment_method"
    REQUIRES_CONFIRMATION = "requires_confirmation"
    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    REQUIRES_CAPTURE = "requires_capture"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


class RefundStatus(StrEnum):
    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class CheckoutSession:
    """A page of the processor where one payment can be made. `url` is None once it is not open."""

    id: str
    status: CheckoutStatus
    url: str | None
    payment_intent_id: str | None
    expires_at: datetime


class NeededAction(StrEnum):
    """What a payment waits for that only its payer can do."""

    CONFIRM = "confirm"  # their bank asks whether it is them
    VERIFY_ACCOUNT = "verify_account"  # by what a small deposit on the account says


@dataclass(frozen=True, slots=True)
class MethodUsed:
    """How it was paid, as a receipt says it: ("card", "visa", "4242").

    ``wallet`` is what held the card (apple_pay, google_pay, link …), ``mandate_id`` the permission
    that a bank debit was made by.
    """

    kind: str
    brand: str | None
    last4: str | None
    wallet: str | None = None
    mandate_id: str | None = None


@dataclass(frozen=True, slots=True)
class IntentState:
    """A PaymentIntent with its latest charge.

    `reference` is the payment id we sent along; `decline_code` the reason of the last try that
    failed, `advice_code` whether to try again; `amount_refunded_cents` and `disputed` speak of the
    latest charge. `action_url` is the processor's page for what the payer has to do, where it has
    one.
    """

    id: str
    status: IntentStatus
    amount_cents: int
    amount_received_cents: int
    currency: str
    reference: str | None
    created_at: datetime
    charge_id: str | None
    method: MethodUsed | None
    decline_code: str | None
    amount_refunded_cents: int
    disputed: bool
    advice_code: str | None = None
    action: NeededAction | None = None
    action_url: str | None = None


@dataclass(frozen=True, slots=True)
class CheckoutState:
    """A Checkout Session, and the payment made in it as soon as somebody tried one.

    `paid` is the session's word; money to post is `intent` with status SUCCEEDED and the amount,
    currency and reference we expect.
    """

    session: CheckoutSession
    reference: str | None
    amount_cents: int
    currency: str
    created_at: datetime
    paid: bool
    intent: IntentState | None


@dataclass(frozen=True, slots=True)
class RefundState:
    id: str
    status: RefundStatus
    amount_cents: int
    currency: str
    payment_intent_id: str | None
    charge_id: str | None
    created_at: datetime
    failure_reason: str | None


@dataclass(frozen=True, slots=True)
class GatewayEvent:
    """A signed hint that something changed; re-read the object before acting on it.

    `payment_intent_id` and `reference` are filled in where the object tells them, so that an event
    finds its payment even when the answer to `start_checkout` was lost. `customer_id` and
    `payment_method_id` lead to whose saved method it is about.
    """

    id: str
    type: str
    object_kind: str
    object_id: str
    account: str | None
    livemode: bool
    created_at: datetime
    payment_intent_id: str | None
    reference: str | None
    customer_id: str | None = None
    payment_method_id: str | None = None


class PaymentGateway(Protocol):
    """Every method but `read_event` is a network call: no database transaction may be open.

    All of them raise GatewayUnavailable when the outcome is unknown, GatewayRefused when it is no.
    """

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
        """Open the page where this payment can be made once.

        With a ``customer_id``, what it is paid with is kept under it, for charges with nobody
        present: give it only where somebody agreed to that.

        The payment id is the idempotency key. Within 24 hours the same call with the same arguments
        (so the caller has written them down first) answers with the same session, whether or not
        the first answer arrived: that is how an unknown outcome is found out. A session that was
        never made is made then; expire it when it is no longer wanted. After 24 hours use
        `find_by_reference`.

        `expires_at` is 30 minutes to 24 hours away. Asked again when it is nearer, a session that
        exists is answered as before; GatewayRefused for `expires_at` means there is none.
        """
        ...

    def look_up_checkout(self, session_id: str, *, stripe_account: str | None) -> CheckoutState: ...

    def expire_checkout(self, session_id: str, *, stripe_account: str | None) -> CheckoutState:
        """Close the page if nobody paid yet; the answer says what it is now, paid or expired."""
        ...

    def look_up_payment_intent(
        self, payment_intent_id: str, *, stripe_account: str | None
    ) -> IntentState: ...

    def find_by_reference(
        self,
        payment_id: UUID,
        *,
        created_from: datetime,
        created_until: datetime,
        stripe_account: str | None,
    ) -> tuple[CheckoutState, ...]:
        """Sessions of this payment made in that time: none, or the one. Changes nothing.

        Reads every session of the account in the range, so keep it to the minutes around the call.
        """
        ...

    def find_intent(
        self,
        payment_id: UUID,
        *,
        created_from: datetime,
        created_until: datetime,
        stripe_account: str | None,
    ) -> IntentState | None:
        """The PaymentIntent of a payment that has no page (off-session); None: never made.

        As `find_by_reference`: keep the range to the minutes around the call.
        """
        ...

    def find_by_intent(
        self, payment_intent_id: str, *, stripe_account: str | None
    ) -> CheckoutState | None:
        """The session a PaymentIntent was made in; None for one that was made elsewhere."""
        ...

    def refund(
        self,
        *,
        refund_id: UUID,
        payment_intent_id: str,
        amount_cents: int,
        stripe_account: str | None,
    ) -> RefundState:
        """Give back to the method it came from. The refund id is the idempotency key.

        GatewayRefused when more than is left, already refunded (`charge_already_refunded`) or
        disputed (`charge_disputed`).
        """
        ...

    def look_up_refund(
        self, gateway_refund_id: str, *, stripe_account: str | None
    ) -> RefundState: ...

    def find_refund(
        self, refund_id: UUID, *, payment_intent_id: str, stripe_account: str | None
    ) -> RefundState | None:
        """The one we asked for under this id, whether or not its answer arrived; else None."""
        ...

    def refunds_of(
        self, payment_intent_id: str, *, stripe_account: str | None
    ) -> tuple[RefundState, ...]:
        """Everything that was given back of it, by us or on the processor's own pages."""
        ...

    def read_event(self, raw_body: bytes, signature_header: str, *, now: datetime) -> GatewayEvent:
        """Check who sent a webhook, and read what it is about. Raises InvalidSignatureError."""
        ...
