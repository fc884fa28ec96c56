"""Payment methods: made, saved for a customer, changed, taken away; who may pay with which.

One that paid without being saved, or was taken away from its customer, cannot be used again.
Card numbers are not taken here: Stripe has them from the cardholder's browser only.
"""

from typing import Any, Final

from portal.demo.stripe_simulator import banks, cards
from portal.demo.stripe_simulator.errors import Body, StripeError, invalid, missing, refused
from portal.demo.stripe_simulator.metadata import merged
from portal.demo.stripe_simulator.workspace import Workspace

_FOR_NEW: Final = {
    "allow_redisplay",
    "billing_details",
    "card",
    "metadata",
    "type",
    "us_bank_account",
}
_FOR_CHANGE: Final = {"allow_redisplay", "billing_details", "card", "metadata"}
_FOR_CARD: Final = {"exp_month", "exp_year"}


def find(work: Workspace, object_id: str) -> Body:
    """One made before, or a new one for a token. Raises StripeError (404) for neither."""
    if object_id in cards.TOKENS:
        number = cards.TOKENS[object_id]
        return cards.payment_method(
            work, cards.Card(number=number, expires=cards.USUAL_EXPIRY, name="")
        )
    if object_id in banks.TOKENS:
        number = banks.TOKENS[object_id]
        account = banks.Account(number=number, routing=banks.ROUTING_NUMBER, name="Account holder")
        return banks.payment_method(work, account)
    return work.get("payment_method", object_id)


def retrieve(work: Workspace, _params: Body, object_id: str) -> Body:
    return find(work, object_id)


def create(work: Workspace, params: Body, _: str) -> Body:
    for name in params.keys() - _FOR_NEW:
        raise invalid(f"{name} is not simulated", param=name, code="not_simulated")
    billing = dict(params.get("billing_details", {}))
    match params.get("type"):
        case "card":
            method = _card(work, params.get("card", {}), billing)
        case "us_bank_account":
            method = _account(work, params.get("us_bank_account", {}), billing)
        case kind:
            raise invalid(f"Not simulated: {kind}", param="type", code="not_simulated")
    kept = {name: params[name] for name in ("allow_redisplay", "metadata") if name in params}
    work.change(method, **kept)
    return method


def listed(work: Workspace, params: Body, _: str) -> Body:
    """Of a customer; without one it is empty, for nobody else's are ever listed."""
    customer = params.get("customer", "")
    if customer:
        work.get("customer", customer)
    wanted = {**params, "customer": customer}
    return work.page("payment_method", wanted, url="/v1/payment_methods")


def update(work: Workspace, params: Body, object_id: str) -> Body:
    method = _attached(work, object_id)
    for name in params.keys() - _FOR_CHANGE:
        raise invalid(f"{name} is not simulated", param=name, code="not_simulated")
    change: Body = {"metadata": merged(method, params.get("metadata", {}))}
    if "allow_redisplay" in params:
        change["allow_redisplay"] = params["allow_redisplay"]
    if "billing_details" in params:
        change["billing_details"] = method["billing_details"] | params["billing_details"]
    if "card" in params:
        for name in params["card"].keys() - _FOR_CARD:
            raise invalid(f"{name} is not simulated", param=name, code="not_simulated")
        change["card"] = method["card"] | params["card"]
    work.change(method, **change)
    work.emit("payment_method.updated", method)
    return method


def attach(work: Workspace, params: Body, object_id: str) -> Body:
    """Saves it for a customer. Raises StripeError (402) when the bank says no."""
    if "customer" not in params:
        raise invalid(
            "Missing required param: customer.", param="customer", code="parameter_missing"
        )
    customer = work.get("customer", params["customer"])
    method = find(work, object_id)
    if method["customer"] not in {None, customer["id"]}:
        raise refused("This payment method is already attached to another customer.")
    check_unused(work, method)
    if method["type"] == "card":
        _ask_to_save(work, method)
    return save(work, method, customer["id"])


def save(work: Workspace, method: Body, customer_id: str) -> Body:
    if method["customer"] is None:
        work.change(method, customer=customer_id)
        work.emit("payment_method.attached", method)
    return method


def detach(work: Workspace, _params: Body, object_id: str) -> Body:
    method = _attached(work, object_id)
    customer = work.get("customer", method["customer"])
    if (customer["invoice_settings"] or {}).get("default_payment_method") == object_id:
        settings = customer["invoice_settings"] | {"default_payment_method": None}
        work.change(customer, invoice_settings=settings)
    work.change(method, customer=None)
    spend(work, method)
    work.emit("payment_method.detached", method)
    return method


def for_payment(work: Workspace, object_id: str, *, customer: str | None) -> Body:
    """The one to pay with. Raises StripeError when this customer may not."""
    method = find(work, object_id)
    if method["customer"] is not None and method["customer"] != customer:
        raise refused(
            "This payment method belongs to a customer; give that customer.",
            param="payment_method",
        )
    check_unused(work, method)
    return method


def check_unused(work: Workspace, method: Body) -> None:
    if method["customer"] is None and work.notes(method["id"]).get("spent"):
        raise refused(
            "This payment method was used without being attached to a customer, or was detached"
            " from one, and may not be used again.",
            param="payment_method",
        )


def spend(work: Workspace, method: Body) -> None:
    """From now on of no use, unless it is saved for a customer."""
    work.change_notes(method["id"], spent=True)


def renew(work: Workspace, method: Body, change: Body) -> Body:
    """The card's network sent what changed: a new expiration date, or a new card."""
    if method["type"] != "card" or method["customer"] is None:
        raise invalid("Only saved cards are renewed.", param="payment_method")
    names = {"exp_month", "exp_year", "last4"}
    if not change.keys() <= names:
        raise invalid(f"Choose from {', '.join(sorted(names))}.")
    work.change(method, card=method["card"] | change)
    work.emit("payment_method.automatically_updated", method)
    return method


def _attached(work: Workspace, object_id: str) -> Body:
    method = work.get("payment_method", object_id)
    if method["customer"] is None:
        raise refused("This payment method is not attached to a customer.")
    return method


def _card(work: Workspace, given: Body, billing: Body) -> Body:
    token = given.get("token")
    if token is None:
        raise refused("Card numbers are not taken here. Send card[token].", param="card[number]")
    if token not in cards.CARD_TOKENS:
        raise missing("token", token)
    card = cards.Card(number=cards.CARD_TOKENS[token], expires=cards.USUAL_EXPIRY, name="")
    return cards.payment_method(work, card, billing)


def _account(work: Workspace, given: Body, billing: Body) -> Body:
    number = banks.read_account(given.get("account_number", ""))
    routing = banks.read_routing(given.get("routing_number", ""))
    if number is None or routing is None:
        wrong = "account_number" if number is None else "routing_number"
        raise invalid(f"Invalid {wrong}", param=f"us_bank_account[{wrong}]")
    if not billing.get("name"):
        raise invalid("Give the holder's name.", param="billing_details[name]")
    account = banks.Account(
        number=number,
        routing=routing,
        name=billing["name"],
        holder=given.get("account_holder_type", "individual"),
        kind=given.get("account_type", "checking"),
    )
    return banks.payment_method(work, account, billing)


def _ask_to_save(work: Workspace, method: Body) -> None:
    reason = cards.reason_to_decline(work, method)
    if reason is not None and not cards.behaviour_of(work, method).saves:
        raise StripeError(402, declined(reason, method), began=True)


def declined(reason: cards.Decline, method: Body) -> dict[str, Any]:
    """The error of a bank that would not even have the card saved."""
    return {
        "type": "card_error",
        "code": reason.code,
        "decline_code": reason.decline_code,
        "message": reason.message,
        "advice_code": reason.advice_code,
        "payment_method": method,
    }
