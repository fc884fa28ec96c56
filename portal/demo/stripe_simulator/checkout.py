"""Checkout Sessions: made by the portal, done on the hosted page, over when done or out of time.

A session pays (mode payment, through a PaymentIntent) or saves a payment method (mode setup,
through a SetupIntent). A bank debit completes it unpaid; the outcome comes days later.
"""

from dataclasses import dataclass
from typing import Any, Final

from portal.demo.stripe_simulator import (
    checkout_rules,
    line_items,
    mandates,
    payments,
    setup_intents,
)
from portal.demo.stripe_simulator.errors import Body, refused
from portal.demo.stripe_simulator.workspace import Workspace

_SHOWN_AGAIN: Final = "always"


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody chose on the page: with what, and whether to `save` it.

    `accepted` is how a bank account's mandate was given, None for a card.
    """

    method: Body
    save: bool = False
    accepted: Body | None = None


def create(work: Workspace, params: Body, _: str) -> Body:
    checkout_rules.check(work, params)
    paying = params["mode"] == "payment"
    kept = {name: params.get(name) for name in ("cancel_url", "client_reference_id", "customer")}
    intent_data = params.get("payment_intent_data" if paying else "setup_intent_data", {})
    items = line_items.resolved(work, params.get("line_items", []))
    session = work.add(
        "checkout.session",
        {"intent": intent_data, "items": items},
        **kept,
        **(_of_payment(items) if paying else _of_setup()),
        adaptive_pricing=params.get("adaptive_pricing", {"enabled": False}),
        expires_at=params.get("expires_at", work.now + checkout_rules.LONGEST_SECONDS),
        locale=params.get("locale"),
        metadata=params.get("metadata", {}),
        mode=params["mode"],
        payment_method_options={},
        payment_method_types=params.get("payment_method_types", ["card"]),
        saved_payment_method_options=_saving_offered(params),
        status="open",
        submit_type=params.get("submit_type"),
        success_url=params["success_url"],
        ui_mode="hosted_page",
    )
    if not paying:
        intent = setup_intents.start(work, _for_intent(session, intent_data))
        work.change(session, setup_intent=intent["id"])
    work.change(session, url=page_address(work.public_base, session["id"]))
    return session


def page_address(public_base: str, session_id: str) -> str:
    return f"{public_base}/c/pay/{session_id}"


def expire(work: Workspace, _params: Body, session_id: str) -> Body:
    session = work.get("checkout.session", session_id)
    if session["status"] != "open":
        raise refused(
            f"Only a Checkout Session that is open can be expired; this one is {session['status']}."
        )
    return _expire(work, session)


def expire_what_is_due(work: Workspace) -> None:
    """Close every open session of this account whose time is over."""
    rows = work.connection.execute(
        "SELECT id FROM objects WHERE json_extract(body, '$.status') = 'open'"
        " AND json_extract(body, '$.expires_at') <= ? AND account = ?",
        (work.now, work.account),
    ).fetchall()
    for row in rows:
        _expire(work, work.get("checkout.session", row["id"]))


def use(work: Workspace, session: Body, choice: Choice) -> Body:
    """What the page's button does; gives the PaymentIntent or SetupIntent as it is then.

    Raises StripeError (402) when the bank says no: the session stays open for another card.
    """
    billing = choice.method["billing_details"]
    work.change(session, customer_details=_customer_details(billing["name"]))
    if choice.save:
        work.change(choice.method, allow_redisplay=_SHOWN_AGAIN)
    mandate = _authorisation(work, session, choice)
    if session["mode"] == "setup":
        intent = work.get("setup_intent", session["setup_intent"])
        return _complete(
            work, session, setup_intents.attempt(work, intent, choice.method, mandate=mandate)
        )
    intent = _intent_of(work, session)
    if choice.save:
        work.change(intent, setup_future_usage="off_session")
    return _complete(work, session, payments.attempt(work, intent, choice.method, mandate=mandate))


def authenticate(work: Workspace, session: Body, *, confirmed: bool) -> Body:
    """What the cardholder answered to the bank's question. Raises StripeError (402) as `use`."""
    intent = current_intent(work, session)
    if intent is None:
        raise refused("Nobody has tried to pay here yet.")
    module: Any = payments if session["mode"] == "payment" else setup_intents
    return _complete(work, session, module.authenticate(work, intent, confirmed=confirmed))


def current_intent(work: Workspace, session: Body) -> Body | None:
    """The PaymentIntent or SetupIntent behind the page, once there is one."""
    return work.find(session["payment_intent"] or session["setup_intent"] or "")


def last_error(work: Workspace, session: Body) -> Body | None:
    """Why the last try on this page failed, if one did."""
    intent = current_intent(work, session) or {}
    error: Body | None = intent.get("last_payment_error") or intent.get("last_setup_error")
    return error


def waits_for_bank(work: Workspace, session: Body) -> bool:
    intent = current_intent(work, session)
    return intent is not None and intent["status"] == "requires_action"


def offers_saving(session: Body) -> bool:
    """Whether the page shows the box to tick; in setup mode everything is saved anyway."""
    options = session["saved_payment_method_options"] or {}
    return options.get("payment_method_save") == "enabled"


def saves_anyway(work: Workspace, session: Body) -> bool:
    """Whether whatever is used here is saved, because the portal asked for it before."""
    wished: Body = work.notes(session["id"])["intent"]
    return session["mode"] == "setup" or bool(wished.get("setup_future_usage"))


def saved_methods(work: Workspace, session: Body) -> list[Body]:
    """What the customer had saved on such a page before, newest first."""
    if session["mode"] != "payment" or session["customer"] is None:
        return []
    return [
        method
        for method in work.all("payment_method", customer=session["customer"])
        if method.get("allow_redisplay") == _SHOWN_AGAIN
        and method["type"] in session["payment_method_types"]
    ]


def readdress(work: Workspace) -> None:
    """After a restart at another address: open sessions are found at the new one."""
    for session in work.all("checkout.session", status="open"):
        work.change(session, url=page_address(work.public_base, session["id"]))


def _of_payment(items: list[Body]) -> Body:
    cents = line_items.total(items)
    payments.check_amount(cents, "usd", param="line_items")
    return {
        "amount_subtotal": cents,
        "amount_total": cents,
        "currency": "usd",
        "payment_method_collection": "if_required",
        "payment_status": "unpaid",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
    }


def _of_setup() -> Body:
    return {"payment_method_collection": "always", "payment_status": "no_payment_required"}


def _saving_offered(params: Body) -> Body | None:
    given = params.get("saved_payment_method_options")
    if given is None:
        return None
    usual = {"allow_redisplay_filters": [_SHOWN_AGAIN], "payment_method_save": "disabled"}
    return {**usual, "payment_method_remove": "disabled", **given}


def _for_intent(session: Body, data: Body) -> Body:
    customer = {"customer": session["customer"]} if session["customer"] else {}
    return {"payment_method_types": session["payment_method_types"], **customer, **data}


def _intent_of(work: Workspace, session: Body) -> Body:
    """Stripe makes the PaymentIntent of a session when somebody first tries to pay."""
    if session["payment_intent"] is not None:
        return work.get("payment_intent", session["payment_intent"])
    wished = _for_intent(session, work.notes(session["id"])["intent"])
    intent = payments.start(work, {"amount": session["amount_total"], **wished})
    work.change(session, payment_intent=intent["id"])
    return intent


def _authorisation(work: Workspace, session: Body, choice: Choice) -> Body | None:
    """The mandate for a bank account: given now, or before when it was saved."""
    if choice.method["type"] != "us_bank_account":
        return None
    kept = choice.save or saves_anyway(work, session)
    given = {"mandate_data": {"customer_acceptance": choice.accepted}} if choice.accepted else {}
    return mandates.authorisation(
        work, choice.method, given, only_cents=None if kept else session["amount_total"]
    )


def _complete(work: Workspace, session: Body, intent: Body) -> Body:
    """Done, unless the bank has yet to be answered; a debit on its way is not paid."""
    if intent["status"] in {"succeeded", "processing"}:
        paid = intent["object"] == "payment_intent" and intent["status"] == "succeeded"
        work.change(session, status="complete", url=None)
        work.change(session, **({"payment_status": "paid"} if paid else {}))
        work.emit("checkout.session.completed", session)
    return intent


def _expire(work: Workspace, session: Body) -> Body:
    intent = current_intent(work, session)
    if intent is not None and intent["status"] in payments.CANCELABLE:
        if intent["object"] == "payment_intent":
            payments.close(work, intent, reason="automatic")
        else:
            setup_intents.close(work, intent, reason="abandoned")
    work.change(session, status="expired", url=None)
    work.emit("checkout.session.expired", session)
    return session


def _customer_details(name: str | None) -> Body:
    return {
        "address": None,
        "business_name": None,
        "email": None,
        "individual_name": None,
        "name": name,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }
