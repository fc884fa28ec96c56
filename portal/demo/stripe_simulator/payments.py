"""PaymentIntents and their charges: the state machine, and what each move tells the world."""

from typing import Final

from portal.demo.stripe_simulator import balance, cards, disputes, shapes
from portal.demo.stripe_simulator.errors import Body, StripeError, invalid, refused
from portal.demo.stripe_simulator.workspace import Workspace

LEAST_CENTS: Final = 50
MOST_CENTS: Final = 99_999_999
CONFIRMABLE: Final = ("requires_payment_method", "requires_confirmation")
CANCELABLE: Final = ("requires_payment_method", "requires_confirmation", "requires_action")
_SAID_SO: Final = "payment_intent_unexpected_state"
_TAKEN_OVER: Final = (
    "customer",
    "description",
    "metadata",
    "receipt_email",
    "setup_future_usage",
    "statement_descriptor",
    "statement_descriptor_suffix",
)
_SIMULATED: Final = {*_TAKEN_OVER} | {
    "amount",
    "automatic_payment_methods",
    "confirm",
    "currency",
    "payment_method",
    "payment_method_types",
    "return_url",
}


def check_amount(cents: int, currency: str, *, param: str) -> None:
    if currency.lower() != "usd":
        raise invalid(f"Invalid currency: {currency}; only usd is simulated.", param="currency")
    if cents < LEAST_CENTS:
        raise invalid("Amount must be at least $0.50 usd", param=param, code="amount_too_small")
    if cents > MOST_CENTS:
        raise invalid("Amount must be at most $999,999.99", param=param, code="amount_too_large")


def create(work: Workspace, params: Body, _: str) -> Body:
    check_amount(params["amount"], params["currency"], param="amount")
    for name in params.keys() - _SIMULATED:
        raise invalid(f"{name} is not simulated", param=name, code="not_simulated")
    if "customer" in params:
        work.get("customer", params["customer"])
    given = params.get("payment_method")
    method = cards.find_payment_method(work, given) if given else None
    intent = start(work, params)
    if method is not None:
        work.change(intent, payment_method=method["id"], status="requires_confirmation")
    if params.get("confirm"):
        return confirm(work, {}, intent["id"])
    return intent


def start(work: Workspace, params: Body) -> Body:
    """A PaymentIntent waiting for a payment method; the parameters have been checked."""
    taken_over = {name: params[name] for name in _TAKEN_OVER if name in params}
    intent = work.add(
        "payment_intent",
        amount=params["amount"],
        amount_capturable=0,
        amount_received=0,
        capture_method="automatic_async",
        confirmation_method="automatic",
        currency="usd",
        payment_method_types=params.get("payment_method_types", ["card"]),
        status="requires_payment_method",
        **{"metadata": {}, **taken_over},
    )
    secret = work.store.new_id(f"{intent['id']}_secret_")
    work.change(intent, client_secret=secret)
    work.emit("payment_intent.created", intent)
    return intent


def update(work: Workspace, params: Body, intent_id: str) -> Body:
    """Metadata and description, as long as one likes; the amount until it is being paid."""
    intent = work.get("payment_intent", intent_id)
    for name in params.keys() - {"metadata", "description", "amount"}:
        raise invalid(f"{name} is not simulated", param=name, code="not_simulated")
    if "amount" in params:
        if intent["status"] not in CONFIRMABLE:
            raise _unexpected(intent, "update")
        check_amount(params["amount"], intent["currency"], param="amount")
    metadata = merged_metadata(intent, params.get("metadata", {}))
    work.change(intent, **{**params, "metadata": metadata})
    return intent


def merged_metadata(subject: Body, given: Body | str) -> Body:
    """Given keys replace, a key given as empty goes, an empty text instead of keys clears all."""
    if isinstance(given, str):
        return {}
    both = {**subject["metadata"], **given}
    return {key: value for key, value in both.items() if value != ""}


def confirm(work: Workspace, params: Body, intent_id: str) -> Body:
    intent = _not_of_checkout(work, intent_id)
    if intent["status"] not in CONFIRMABLE:
        raise _unexpected(intent, "confirm")
    for name in params.keys() - {"payment_method", "return_url"}:
        raise invalid(f"{name} is not simulated", param=name, code="not_simulated")
    chosen = params.get("payment_method") or intent["payment_method"]
    if chosen is None:
        raise refused("This PaymentIntent has no payment method.", code=_SAID_SO, intent=intent)
    return attempt(work, intent, cards.find_payment_method(work, chosen))


def cancel(work: Workspace, params: Body, intent_id: str) -> Body:
    intent = _not_of_checkout(work, intent_id)
    if intent["status"] not in CANCELABLE:
        raise _unexpected(intent, "cancel")
    return close(work, intent, reason=params.get("cancellation_reason"))


def close(work: Workspace, intent: Body, *, reason: str | None) -> Body:
    """Nobody can pay this any more."""
    work.change(
        intent,
        status="canceled",
        canceled_at=work.now,
        cancellation_reason=reason,
        next_action=None,
    )
    work.emit("payment_intent.canceled", intent)
    return intent


def attempt(work: Workspace, intent: Body, method: Body) -> Body:
    """Try to pay with this method. Raises StripeError (402) when the bank says no."""
    work.change(intent, payment_method=method["id"], last_payment_error=None)
    if work.notes(method["id"])["asks_bank"]:
        action = {"type": "use_stripe_sdk", "use_stripe_sdk": {}}
        work.change(intent, status="requires_action", next_action=action)
        work.emit("payment_intent.requires_action", intent)
        return intent
    return _ask_bank(work, intent, method)


def authenticate(work: Workspace, intent: Body, *, confirmed: bool) -> Body:
    """What the cardholder told the bank. Raises StripeError (402) when that ends in a decline."""
    if intent["status"] != "requires_action":
        raise _unexpected(intent, "authenticate")
    method = work.get("payment_method", intent["payment_method"])
    if confirmed:
        return _ask_bank(work, intent, method)
    error = {
        "type": "invalid_request_error",
        "code": "payment_intent_authentication_failure",
        "message": "The bank could not confirm that this is your card.",
    }
    _back_to_start(work, intent, {**error, "payment_method": method})
    raise StripeError(402, {**error, "payment_intent": intent}, began=True)


def latest_charge(work: Workspace, intent: Body) -> Body:
    """Raises StripeError when nobody tried to pay yet."""
    if intent["latest_charge"] is None:
        raise refused("This PaymentIntent has no successful charge.", param="payment_intent")
    return work.get("charge", intent["latest_charge"])


def _ask_bank(work: Workspace, intent: Body, method: Body) -> Body:
    notes = work.notes(method["id"])
    if notes["decline"] is not None:
        raise _decline(work, intent, method, cards.DECLINES[notes["decline"]])
    charge = _charge(work, intent, method, decline=None)
    money = balance.record_charge(work, charge)
    work.change(charge, balance_transaction=money["id"])
    work.change(
        intent,
        status="succeeded",
        amount_received=intent["amount"],
        latest_charge=charge["id"],
        next_action=None,
    )
    work.emit("charge.succeeded", charge)
    work.emit("payment_intent.succeeded", intent)
    if notes["disputed"]:
        disputes.open_dispute(work, charge, reason="fraudulent")
    return intent


def _decline(work: Workspace, intent: Body, method: Body, decline: cards.Decline) -> StripeError:
    charge = _charge(work, intent, method, decline=decline)
    error = {
        "type": "card_error",
        "code": decline.code,
        "decline_code": decline.decline_code,
        "message": decline.message,
        "advice_code": decline.advice_code,
        "charge": charge["id"],
    }
    error = {key: value for key, value in error.items() if value is not None}
    work.change(intent, latest_charge=charge["id"])
    _back_to_start(work, intent, {**error, "payment_method": method})
    work.emit("charge.failed", charge)
    return StripeError(402, {**error, "payment_intent": intent}, began=True)


def _back_to_start(work: Workspace, intent: Body, error: Body) -> None:
    work.change(
        intent,
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        last_payment_error=error,
    )
    work.emit("payment_intent.payment_failed", intent)


def _charge(work: Workspace, intent: Body, method: Body, *, decline: cards.Decline | None) -> Body:
    paid = decline is None
    card = method["card"]
    shown = shapes.skeleton("payment_method_details_card")
    shown |= {name: card[name] for name in shown.keys() & card.keys()}
    shown |= {"network": card["brand"], "amount_authorized": intent["amount"] if paid else None}
    outcome = shapes.skeleton("charge_outcome") | {
        "type": "authorized" if paid else "issuer_declined",
        "network_status": "approved_by_network" if paid else "declined_by_network",
        "reason": decline.decline_code if decline else None,
        "advice_code": decline.advice_code if decline else None,
        "risk_level": "normal",
    }
    return work.add(
        "charge",
        amount=intent["amount"],
        amount_captured=intent["amount"] if paid else 0,
        billing_details=method["billing_details"],
        captured=paid,
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        failure_code=decline.code if decline else None,
        failure_message=decline.message if decline else None,
        metadata=intent["metadata"],
        outcome=outcome,
        paid=paid,
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details={"type": "card", "card": shown},
        receipt_email=intent["receipt_email"],
        status="succeeded" if paid else "failed",
    )


def _not_of_checkout(work: Workspace, intent_id: str) -> Body:
    """An intent that is confirmed and canceled by itself, not by its Checkout Session."""
    intent = work.get("payment_intent", intent_id)
    if work.all("checkout.session", payment_intent=intent_id):
        raise refused("This PaymentIntent belongs to a Checkout Session.", intent=intent)
    return intent


def _unexpected(intent: Body, verb: str) -> StripeError:
    message = f"You cannot {verb} this PaymentIntent because its status is {intent['status']}."
    return refused(message, code=_SAID_SO, intent=intent)
