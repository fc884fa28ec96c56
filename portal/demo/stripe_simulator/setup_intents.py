"""SetupIntents: a payment method is checked and saved for later, and nothing is charged."""

from typing import Final

from portal.demo.stripe_simulator import cards, customers, mandates, payment_methods
from portal.demo.stripe_simulator.errors import Body, StripeError, invalid, refused
from portal.demo.stripe_simulator.metadata import merged
from portal.demo.stripe_simulator.workspace import Workspace

CONFIRMABLE: Final = ("requires_payment_method", "requires_confirmation")
CANCELABLE: Final = (*CONFIRMABLE, "requires_action")
_SAID_SO: Final = "setup_intent_unexpected_state"
_FOR_CONFIRMING: Final = {"mandate_data", "payment_method", "return_url"}
_SIMULATED: Final = _FOR_CONFIRMING | {
    "automatic_payment_methods",
    "confirm",
    "customer",
    "description",
    "metadata",
    "payment_method_types",
    "usage",
}


def create(work: Workspace, params: Body, _: str) -> Body:
    for name in params.keys() - _SIMULATED:
        raise invalid(f"{name} is not simulated", param=name, code="not_simulated")
    customer = params.get("customer")
    if customer is not None:
        customers.existing(work, customer)
    given = params.get("payment_method")
    method = payment_methods.for_payment(work, given, customer=customer) if given else None
    intent = start(work, params)
    if method is not None:
        work.change(intent, payment_method=method["id"], status="requires_confirmation")
    if params.get("confirm"):
        chosen = {name: params[name] for name in _FOR_CONFIRMING & params.keys()}
        chosen.pop("payment_method", None)
        return confirm(work, chosen, intent["id"])
    return intent


def start(work: Workspace, params: Body) -> Body:
    """A SetupIntent waiting for a payment method; the parameters have been checked."""
    intent = work.add(
        "setup_intent",
        customer=params.get("customer"),
        description=params.get("description"),
        metadata=params.get("metadata", {}),
        payment_method_types=params.get("payment_method_types", ["card"]),
        status="requires_payment_method",
        usage=params.get("usage", "off_session"),
    )
    secret = work.store.new_id(f"{intent['id']}_secret_")
    work.change(intent, client_secret=secret)
    work.emit("setup_intent.created", intent)
    return intent


def update(work: Workspace, params: Body, intent_id: str) -> Body:
    intent = work.get("setup_intent", intent_id)
    for name in params.keys() - {"metadata", "description"}:
        raise invalid(f"{name} is not simulated", param=name, code="not_simulated")
    metadata = merged(intent, params.get("metadata", {}))
    work.change(intent, **{**params, "metadata": metadata})
    return intent


def confirm(work: Workspace, params: Body, intent_id: str) -> Body:
    """Raises StripeError: 402 when the bank says no, 400 when it cannot be asked."""
    intent = work.get("setup_intent", intent_id)
    if intent["status"] not in CONFIRMABLE:
        raise _unexpected(intent, "confirm")
    for name in params.keys() - _FOR_CONFIRMING:
        raise invalid(f"{name} is not simulated", param=name, code="not_simulated")
    chosen = params.get("payment_method") or intent["payment_method"]
    if chosen is None:
        raise refused("This SetupIntent has no payment method.", code=_SAID_SO)
    method = payment_methods.for_payment(work, chosen, customer=intent["customer"])
    mandate = None
    if method["type"] == "us_bank_account":
        mandate = mandates.authorisation(work, method, params)
    return attempt(work, intent, method, mandate=mandate)


def attempt(work: Workspace, intent: Body, method: Body, *, mandate: Body | None = None) -> Body:
    """Raises StripeError (402) when the bank would not have it."""
    if method["type"] not in intent["payment_method_types"]:
        raise invalid(
            f"This SetupIntent takes no {method['type']}.",
            param="payment_method",
            code="payment_intent_incompatible_payment_method",
        )
    work.change(intent, payment_method=method["id"], last_setup_error=None)
    if mandate is not None:
        work.change(intent, mandate=mandate["id"])
        return _succeed(work, intent, method)
    behaviour = cards.behaviour_of(work, method)
    if behaviour.asks_bank or behaviour.asks_until_saved:
        action = {"type": "use_stripe_sdk", "use_stripe_sdk": {}}
        work.change(intent, status="requires_action", next_action=action)
        work.emit("setup_intent.requires_action", intent)
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
        "code": "setup_intent_authentication_failure",
        "message": "The bank could not confirm that this is your card.",
        "payment_method": method,
    }
    raise _fail(work, intent, error)


def cancel(work: Workspace, params: Body, intent_id: str) -> Body:
    intent = work.get("setup_intent", intent_id)
    if intent["status"] not in CANCELABLE:
        raise _unexpected(intent, "cancel")
    return close(work, intent, reason=params.get("cancellation_reason"))


def close(work: Workspace, intent: Body, *, reason: str | None) -> Body:
    work.change(intent, status="canceled", cancellation_reason=reason, next_action=None)
    work.emit("setup_intent.canceled", intent)
    return intent


def _ask_bank(work: Workspace, intent: Body, method: Body) -> Body:
    reason = cards.reason_to_decline(work, method)
    if reason is not None and not cards.behaviour_of(work, method).saves:
        raise _fail(work, intent, payment_methods.declined(reason, method))
    return _succeed(work, intent, method)


def _succeed(work: Workspace, intent: Body, method: Body) -> Body:
    work.change_notes(method["id"], known_to_bank=True)
    if intent["customer"]:
        payment_methods.save(work, method, intent["customer"])
    work.change(intent, status="succeeded", next_action=None)
    work.emit("setup_intent.succeeded", intent)
    return intent


def _fail(work: Workspace, intent: Body, error: Body) -> StripeError:
    known = {key: value for key, value in error.items() if value is not None}
    work.change(
        intent,
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        last_setup_error=known,
    )
    work.emit("setup_intent.setup_failed", intent)
    return StripeError(402, {**known, "setup_intent": intent}, began=True)


def _unexpected(intent: Body, verb: str) -> StripeError:
    message = f"You cannot {verb} this SetupIntent because its status is {intent['status']}."
    return refused(message, code=_SAID_SO)
