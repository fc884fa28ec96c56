"""Refunds: whole or part, back to the card that paid, never more than it paid."""

from portal.demo.stripe_simulator import balance, payments
from portal.demo.stripe_simulator.errors import Body, invalid, refused
from portal.demo.stripe_simulator.workspace import Workspace


def create(work: Workspace, params: Body, _: str) -> Body:
    charge = _charge(work, params)
    left = charge["amount_captured"] - charge["amount_refunded"]
    cents = params.get("amount", left)
    if not charge["paid"]:
        raise refused("This charge was not paid, so there is nothing to refund.", param="charge")
    if charge["disputed"]:
        raise refused("This charge has been charged back.", code="charge_disputed")
    if left == 0:
        raise refused("This charge has already been refunded.", code="charge_already_refunded")
    if cents < 1:
        raise invalid("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    if cents > left:
        message = f"Refund amount ({_usd(cents)}) is greater than what is left ({_usd(left)})"
        raise refused(message, param="amount")
    refund = work.add(
        "refund",
        amount=cents,
        charge=charge["id"],
        currency=charge["currency"],
        metadata=params.get("metadata", {}),
        payment_intent=charge["payment_intent"],
        reason=params.get("reason"),
        status="succeeded",
    )
    movement = balance.record(work, "refund", refund, amount_cents=-cents)
    work.change(refund, balance_transaction=movement["id"])
    work.change(charge, amount_refunded=charge["amount_refunded"] + cents, refunded=cents == left)
    work.emit("refund.created", refund)
    work.emit("charge.refunded", charge)
    return refund


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
