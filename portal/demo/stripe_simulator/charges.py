"""Charges: one for each try to move money, and how a try ends for its PaymentIntent."""

from portal.demo.stripe_simulator import shapes
from portal.demo.stripe_simulator.cards import Decline
from portal.demo.stripe_simulator.errors import Body, StripeError
from portal.demo.stripe_simulator.workspace import Workspace


def add(
    work: Workspace, intent: Body, method: Body, *, status: str, decline: Decline | None = None
) -> Body:
    """`status` is pending, succeeded or failed."""
    failed = status == "failed"
    captured = status == "succeeded"
    outcome = shapes.skeleton("charge_outcome") | {
        "type": "issuer_declined" if failed else "authorized",
        "network_status": "declined_by_network" if failed else "approved_by_network",
        "reason": decline.decline_code if decline else None,
        "advice_code": decline.advice_code if decline else None,
        "risk_level": "normal",
    }
    return work.add(
        "charge",
        amount=intent["amount"],
        amount_captured=intent["amount"] if captured else 0,
        billing_details=method["billing_details"],
        captured=not failed,
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        failure_code=decline.code if decline else None,
        failure_message=decline.message if decline else None,
        metadata=intent["metadata"],
        outcome=outcome,
        paid=captured,
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details=_method_used(intent, method, paid=captured),
        receipt_email=intent["receipt_email"],
        status=status,
    )


def settle(work: Workspace, intent: Body, charge: Body) -> None:
    """The money is there."""
    work.change(
        charge, status="succeeded", paid=True, captured=True, amount_captured=charge["amount"]
    )
    work.change(
        intent,
        status="succeeded",
        amount_received=intent["amount"],
        latest_charge=charge["id"],
        next_action=None,
    )
    work.emit("charge.succeeded", charge)
    work.emit("payment_intent.succeeded", intent)


def decline(work: Workspace, intent: Body, method: Body, reason: Decline) -> StripeError:
    """Writes down that the bank said no, and gives the error (402) to raise."""
    charge = add(work, intent, method, status="failed", decline=reason)
    error = {
        "type": "card_error",
        "code": reason.code,
        "decline_code": reason.decline_code,
        "message": reason.message,
        "advice_code": reason.advice_code,
        "charge": charge["id"],
    }
    error = {key: value for key, value in error.items() if value is not None}
    error["payment_method"] = method
    work.change(intent, latest_charge=charge["id"])
    back_to_start(work, intent, error)
    work.emit("charge.failed", charge)
    return StripeError(402, {**error, "payment_intent": intent}, began=True)


def back_to_start(work: Workspace, intent: Body, error: Body) -> None:
    """The PaymentIntent waits for another payment method, and says why."""
    work.change(
        intent,
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        last_payment_error=error,
    )
    work.emit("payment_intent.payment_failed", intent)


def _method_used(intent: Body, method: Body, *, paid: bool) -> Body:
    kind = method["type"]
    of_method = method[kind]
    shown = shapes.skeleton(f"payment_method_details_{kind}")
    shown |= {name: of_method[name] for name in shown.keys() & of_method.keys()}
    if kind == "card":
        shown["network"] = of_method["brand"]
        shown["amount_authorized"] = intent["amount"] if paid else None
    return {"type": kind, kind: shown}
