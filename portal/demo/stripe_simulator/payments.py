"""PaymentIntents: the state machine, and what each move tells the world."""

from typing import Final

from portal.demo.stripe_simulator import (
    balance,
    bank_debits,
    cards,
    charges,
    customers,
    disputes,
    mandates,
    payment_methods,
)
from portal.demo.stripe_simulator.errors import Body, StripeError, invalid, refused
from portal.demo.stripe_simulator.metadata import merged
from portal.demo.stripe_simulator.workspace import Workspace

LEAST_CENTS: Final = 50
MOST_CENTS: Final = 99_999_999
METHODS: Final = ("card", "us_bank_account")
CONFIRMABLE: Final = ("requires_payment_method", "requires_confirmation")
CANCELABLE: Final = ("requires_payment_method", "requires_confirmation", "requires_action")
_SAID_SO: Final = "payment_intent_unexpected_state"
_TAKEN_OVER: Final = (
    "customer",
    "description",
    "metadata",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
)
_FOR_CONFIRMING: Final = {
    "error_on_requires_action",
    "mandate",
    "mandate_data",
    "off_session",
    "payment_method",
    "payment_method_types",
    "return_url",
    "setup_future_usage",
}
_SIMULATED: Final = {
    *_TAKEN_OVER,
    *_FOR_CONFIRMING,
    "amount",
    "automatic_payment_methods",
    "confirm",
    "currency",
}
_ONLY_WITH_CONFIRM: Final = ("off_session", "error_on_requires_action", "mandate", "mandate_data")


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
    for name in _ONLY_WITH_CONFIRM:
        if params.get(name) and not params.get("confirm"):
            raise invalid(f"{name} goes with confirm=true only.", param=name)
    _check_kinds(params.get("payment_method_types", []))
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
    metadata = merged(intent, params.get("metadata", {}))
    work.change(intent, **{**params, "metadata": metadata})
    return intent


def confirm(work: Workspace, params: Body, intent_id: str) -> Body:
    """Raises StripeError: 402 when the bank says no, 400 when it cannot be asked."""
    intent = _not_of_checkout(work, intent_id)
    if intent["status"] not in CONFIRMABLE:
        raise _unexpected(intent, "confirm")
    for name in params.keys() - _FOR_CONFIRMING:
        raise invalid(f"{name} is not simulated", param=name, code="not_simulated")
    chosen = params.get("payment_method") or intent["payment_method"]
    if chosen is None:
        raise refused("This PaymentIntent has no payment method.", code=_SAID_SO, intent=intent)
    if "setup_future_usage" in params:
        work.change(intent, setup_future_usage=params["setup_future_usage"])
    method = payment_methods.for_payment(work, chosen, customer=intent["customer"])
    mandate = None
    if method["type"] == "us_bank_account":
        only_cents = None if intent["setup_future_usage"] else intent["amount"]
        mandate = mandates.authorisation(work, method, params, only_cents=only_cents)
    absent = bool(params.get("off_session") or params.get("error_on_requires_action"))
    return attempt(work, intent, method, mandate=mandate, absent=absent)


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


def attempt(
    work: Workspace,
    intent: Body,
    method: Body,
    *,
    mandate: Body | None = None,
    absent: bool = False,
) -> Body:
    """Try to pay with this method. Raises StripeError (402) when the bank says no.

    A bank debit goes by its `mandate`. With the cardholder `absent`, a bank that wants to ask is
    one that says no.
    """
    if method["type"] not in intent["payment_method_types"]:
        raise invalid(
            f"This PaymentIntent takes no {method['type']}.",
            param="payment_method",
            code="payment_intent_incompatible_payment_method",
        )
    work.change(intent, payment_method=method["id"], last_payment_error=None)
    if mandate is not None:
        bank_debits.begin(work, intent, method, mandate)
        _keep(work, intent, method)
        return intent
    if _bank_asks(work, method):
        if absent:
            reason = cards.DECLINES["authentication_required"]
            raise charges.decline(work, intent, method, reason)
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
    charges.back_to_start(work, intent, {**error, "payment_method": method})
    raise StripeError(402, {**error, "payment_intent": intent}, began=True)


def latest_charge(work: Workspace, intent: Body) -> Body:
    """Raises StripeError when nobody tried to pay yet."""
    if intent["latest_charge"] is None:
        raise refused("This PaymentIntent has no successful charge.", param="payment_intent")
    return work.get("charge", intent["latest_charge"])


def _bank_asks(work: Workspace, method: Body) -> bool:
    behaviour = cards.behaviour_of(work, method)
    known = work.notes(method["id"]).get("known_to_bank", False)
    return behaviour.asks_bank or (behaviour.asks_until_saved and not known)


def _ask_bank(work: Workspace, intent: Body, method: Body) -> Body:
    reason = cards.reason_to_decline(work, method)
    if reason is not None:
        raise charges.decline(work, intent, method, reason)
    behaviour = cards.behaviour_of(work, method)
    charge = charges.add(work, intent, method, status="succeeded")
    money = balance.record_charge(work, charge, at_once=behaviour.no_waiting)
    work.change(charge, balance_transaction=money["id"])
    _keep(work, intent, method)
    charges.settle(work, intent, charge)
    if behaviour.disputed is not None:
        disputes.open_dispute(work, charge, reason=behaviour.disputed, inquiry=behaviour.inquired)
    return intent


def _keep(work: Workspace, intent: Body, method: Body) -> None:
    """Saved for the customer if that was asked for; otherwise it has served."""
    if intent["setup_future_usage"] and intent["customer"]:
        work.change_notes(method["id"], known_to_bank=True)
        payment_methods.save(work, method, intent["customer"])
    elif method["customer"] is None:
        payment_methods.spend(work, method)


def _check_kinds(kinds: list[str]) -> None:
    if not set(kinds) <= set(METHODS):
        raise invalid(
            f"Simulated are {' and '.join(METHODS)}.",
            param="payment_method_types",
            code="not_simulated",
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
