"""What an answer of the processor means for a payment: a table, no database, no network."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from portal.connectors.payment_gateway import (
    CheckoutState,
    CheckoutStatus,
    IntentState,
    IntentStatus,
)
from portal.domain.payment_status import PaymentState

CURRENCY: Final = "usd"
_AT_A_BANK: Final = frozenset({IntentStatus.PROCESSING, IntentStatus.REQUIRES_CAPTURE})
_NOT_DONE: Final[Mapping[CheckoutStatus, PaymentState]] = {
    CheckoutStatus.OPEN: PaymentState.OPEN,
    CheckoutStatus.EXPIRED: PaymentState.EXPIRED,
}
_DONE_WITHOUT_MONEY: Final[Mapping[IntentStatus | None, PaymentState]] = {
    # The page is done and its holder has yet to confirm the account: that takes days.
    IntentStatus.REQUIRES_ACTION: PaymentState.PROCESSING,
    IntentStatus.CANCELED: PaymentState.CANCELED,
}
"""Everything else: the bank said no after the payer had left the page."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where the payment belongs. ``differences``: what about the money is not as we asked for."""

    state: PaymentState
    differences: tuple[str, ...] = ()


def judge(payment_id: UUID, amount_cents: int, seen: CheckoutState) -> Verdict:
    """Only a PaymentIntent that succeeded is money, and only the right one settles the payment."""
    intent = seen.intent
    if intent is not None and intent.status is IntentStatus.SUCCEEDED:
        differences = differences_of(payment_id, amount_cents, intent)
        state = PaymentState.SUSPENDED if differences else PaymentState.SUCCEEDED
        return Verdict(state, differences)
    if intent is not None and intent.status in _AT_A_BANK:
        return Verdict(PaymentState.PROCESSING)
    if seen.session.status in _NOT_DONE:
        return Verdict(_NOT_DONE[seen.session.status])
    return Verdict(_DONE_WITHOUT_MONEY.get(intent.status if intent else None, PaymentState.FAILED))


def judge_off_session(payment_id: UUID, amount_cents: int, intent: IntentState) -> Verdict:
    """As ``judge``, of a payment made with nobody present: what waits for the payer is declined."""
    if intent.status is IntentStatus.SUCCEEDED:
        differences = differences_of(payment_id, amount_cents, intent)
        state = PaymentState.SUSPENDED if differences else PaymentState.SUCCEEDED
        return Verdict(state, differences)
    if intent.status in (IntentStatus.PROCESSING, IntentStatus.REQUIRES_CAPTURE):
        return Verdict(PaymentState.PROCESSING)
    if intent.status is IntentStatus.CANCELED:
        return Verdict(PaymentState.CANCELED)
    return Verdict(PaymentState.FAILED)


def differences_of(payment_id: UUID, amount_cents: int, intent: IntentState) -> tuple[str, ...]:
    """Words for what does not fit; none when the money is what we asked for."""
    found = []
    if intent.reference != str(payment_id):
        found.append("reference")
    if intent.currency != CURRENCY:
        found.append("currency")
    if not intent.amount_cents == intent.amount_received_cents == amount_cents:
        found.append("amount")
    return tuple(found)
