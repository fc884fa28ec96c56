"""Refunds: whole or part, back to where the money came from, never more than was paid.

A refund to a card is done at once, one to a bank account after some business days; both can fail
later, and then the money is the practice's again.
"""

from typing import Final

from portal.demo.stripe_simulator import (
    arrangements,
    balance,
    business_days,
    cards,
    disputes,
    payments,
)
from portal.demo.stripe_simulator.errors import Body, invalid, refused
from portal.demo.stripe_simulator.metadata import merged
from portal.demo.stripe_simulator.workspace import Workspace

ARRIVE: Final = "refund.arrive"
FAIL: Final = "refund.fail"
FAILURES: Final = (
    "declined",
    "expired_or_canceled_card",
    "insufficient_funds",
    "lost_or_stolen_card",
    "unknown",
)
_DAYS: Final = 3
_LATEST_SECONDS: Final = 180 * 24 * 60 * 60


def create(work: Workspace, params: Body, _: str) -> Body:
    charge = _charge(work, params)
    left = charge["amount_captured"] - charge["amount_refunded"]
    cents = params.get("amount", left)
    _check(work, charge, left=left, cents=cents)
    method = work.get("payment_method", charge["payment_method"])
    waits = _waits(work, method)
    refund = work.add(
        "refund",
        amount=cents,
        charge=charge["id"],
        currency=charge["currency"],
        destination_details=_destination(method),
        metadata=params.get("metadata", {}),
        payment_intent=charge["payment_intent"],
        reason=params.get("reason"),
        status="pending" if waits else "succeeded",
    )
    kind = "refund" if method["type"] == "card" else "payment_refund"
    movement = balance.record(work, kind, refund, amount_cents=-cents)
    work.change(refund, balance_transaction=movement["id"])
    work.change(charge, amount_refunded=charge["amount_refunded"] + cents, refunded=cents == left)
    later = _what_comes_later(work, method)
    if later is not None:
        due_at = business_days.later(work.now, _DAYS)
        arrangements.arrange(work, later, refund["id"], due_at=due_at)
    work.emit("refund.created", refund)
    work.emit("charge.refunded", charge)
    return refund


def update(work: Workspace, params: Body, refund_id: str) -> Body:
    """Metadata, and nothing else."""
    refund = work.get("refund", refund_id)
    work.change(refund, metadata=merged(refund, params.get("metadata", {})))
    _tell_of_update(work, refund)
    return refund


def arrive(work: Workspace, refund: Body) -> None:
    """The bank has the money."""
    if refund["status"] == "pending":
        work.change(refund, status="succeeded")
        _tell_of_update(work, refund)


def fail(work: Workspace, refund: Body, *, reason: str = "expired_or_canceled_card") -> Body:
    """The bank could not take the money. Raises StripeError (400) when it has failed before."""
    if reason not in FAILURES:
        raise invalid(f"Choose from {', '.join(FAILURES)}.", param="reason")
    if refund["status"] == "failed":
        raise invalid("This refund has failed already.", param="refund")
    arrangements.call_off(work, refund["id"])
    back = balance.record(work, "refund_failure", refund, amount_cents=refund["amount"])
    work.change(
        refund,
        status="failed",
        failure_reason=reason,
        failure_balance_transaction=back["id"],
    )
    charge = work.get("charge", refund["charge"])
    cents = charge["amount_refunded"] - refund["amount"]
    work.change(charge, amount_refunded=cents, refunded=False)
    work.emit("refund.failed", refund)
    _tell_of_update(work, refund)
    return refund


def _tell_of_update(work: Workspace, refund: Body) -> None:
    work.emit("refund.updated", refund)
    work.emit("charge.refund.updated", refund)


def _check(work: Workspace, charge: Body, *, left: int, cents: int) -> None:
    if not charge["paid"]:
        raise refused("This charge was not paid, so there is nothing to refund.", param="charge")
    if disputes.forbids_refund(work, charge):
        raise refused("This charge has been charged back.", code="charge_disputed")
    if left == 0:
        raise refused("This charge has already been refunded.", code="charge_already_refunded")
    of_bank = charge["payment_method_details"]["type"] == "us_bank_account"
    if of_bank and work.now - charge["created"] > _LATEST_SECONDS:
        raise refused("An ACH debit is refunded within 180 days.", param="charge")
    if cents < 1:
        raise invalid("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    if cents > left:
        message = f"Refund amount ({_usd(cents)}) is greater than what is left ({_usd(left)})"
        raise refused(message, param="amount")


def _waits(work: Workspace, method: Body) -> bool:
    if method["type"] == "us_bank_account":
        return True
    return cards.behaviour_of(work, method).refund_pending


def _what_comes_later(work: Workspace, method: Body) -> str | None:
    if method["type"] == "card" and cards.behaviour_of(work, method).refund_fails:
        return FAIL
    return ARRIVE if _waits(work, method) else None


def _destination(method: Body) -> Body:
    if method["type"] == "card":
        card = {"reference_status": "pending", "reference_type": "acquirer_reference_number"}
        return {"type": "card", "card": {**card, "type": "refund"}}
    reference = {"reference_status": "pending"}
    return {"type": "us_bank_transfer", "us_bank_transfer": reference}


def _charge(work: Workspace, params: Body) -> Body:
    if "charge" in params:
        return work.get("charge", params["charge"])
    if "payment_intent" in params:
        intent = work.get("payment_intent", params["payment_intent"])
        return payments.latest_charge(work, intent)
    raise invalid(
        "Give charge or payment_intent.", param="payment_intent", code="parameter_missing"
    )


def _usd(cents: int) -> str:
    return f"${cents // 100:,}.{cents % 100:02d}"
