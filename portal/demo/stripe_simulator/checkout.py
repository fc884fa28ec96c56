"""Checkout Sessions: made by the portal, paid on the hosted page, over when paid or out of time."""

from portal.demo.stripe_simulator import cards, checkout_rules, payments, shapes
from portal.demo.stripe_simulator.errors import Body, refused
from portal.demo.stripe_simulator.workspace import Workspace


def create(work: Workspace, params: Body, _: str) -> Body:
    checkout_rules.check(work, params)
    total = sum(
        item["price_data"]["unit_amount"] * item.get("quantity", 1) for item in params["line_items"]
    )
    payments.check_amount(total, "usd", param="line_items")
    kept = {name: params.get(name) for name in ("cancel_url", "client_reference_id", "customer")}
    session = work.add(
        "checkout.session",
        {"intent": params.get("payment_intent_data", {}), "items": params["line_items"]},
        **kept,
        adaptive_pricing=params.get("adaptive_pricing", {"enabled": False}),
        amount_subtotal=total,
        amount_total=total,
        currency="usd",
        expires_at=params.get("expires_at", work.now + checkout_rules.LONGEST_SECONDS),
        locale=params.get("locale"),
        metadata=params.get("metadata", {}),
        mode="payment",
        payment_method_collection="if_required",
        payment_method_options={},
        payment_method_types=["card"],
        payment_status="unpaid",
        status="open",
        submit_type=params.get("submit_type"),
        success_url=params["success_url"],
        total_details={"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        ui_mode="hosted_page",
    )
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


def pay(work: Workspace, session: Body, card: cards.Card) -> Body:
    """What the page's button does; the intent that comes of it succeeded or asks the bank.

    Raises StripeError (402) when the bank says no: the session stays open for another card.
    """
    intent = _intent_of(work, session)
    work.change(
        session,
        customer_details={
            "address": None,
            "business_name": None,
            "email": None,
            "individual_name": None,
            "name": card.name or None,
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": [],
        },
    )
    method = cards.payment_method(work, card)
    return _complete_if_paid(work, session, payments.attempt(work, intent, method))


def authenticate(work: Workspace, session: Body, *, confirmed: bool) -> Body:
    """What the cardholder answered to the bank's question. Raises StripeError (402) as `pay`."""
    intent = work.get("payment_intent", session["payment_intent"] or "")
    intent = payments.authenticate(work, intent, confirmed=confirmed)
    return _complete_if_paid(work, session, intent)


def last_error(work: Workspace, session: Body) -> Body | None:
    """Why the last try on this page failed, if one did."""
    intent = work.find(session["payment_intent"] or "")
    error: Body | None = intent["last_payment_error"] if intent else None
    return error


def waits_for_bank(work: Workspace, session: Body) -> bool:
    intent = work.find(session["payment_intent"] or "")
    return intent is not None and intent["status"] == "requires_action"


def line_items(work: Workspace, params: Body, session_id: str) -> Body:
    session = work.get("checkout.session", session_id)
    items = [
        _line_item(session, place, item)
        for place, item in enumerate(work.notes(session_id)["items"][: params.get("limit", 10)])
    ]
    url = f"/v1/checkout/sessions/{session_id}/line_items"
    return {"object": "list", "url": url, "has_more": False, "data": items}


def _intent_of(work: Workspace, session: Body) -> Body:
    """Stripe makes the PaymentIntent of a session when somebody first tries to pay."""
    if session["payment_intent"] is not None:
        return work.get("payment_intent", session["payment_intent"])
    wished = work.notes(session["id"])["intent"]
    customer = {"customer": session["customer"]} if session["customer"] else {}
    intent = payments.start(work, {"amount": session["amount_total"], **customer, **wished})
    work.change(session, payment_intent=intent["id"])
    return intent


def _complete_if_paid(work: Workspace, session: Body, intent: Body) -> Body:
    if intent["status"] == "succeeded":
        work.change(session, status="complete", payment_status="paid", url=None)
        work.emit("checkout.session.completed", session)
    return intent


def _expire(work: Workspace, session: Body) -> Body:
    intent = work.find(session["payment_intent"] or "")
    if intent is not None and intent["status"] in payments.CANCELABLE:
        payments.close(work, intent, reason="automatic")
    work.change(session, status="expired", url=None)
    work.emit("checkout.session.expired", session)
    return session


def _line_item(session: Body, place: int, item: Body) -> Body:
    cents = item["price_data"]["unit_amount"]
    quantity = item.get("quantity", 1)
    number = f"{session['id'].removeprefix('cs_test_')}{place}"
    price = shapes.skeleton("price") | {
        "id": f"price_{number}",
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": session["created"],
        "currency": "usd",
        "product": f"prod_{number}",
        "type": "one_time",
        "unit_amount": cents,
        "unit_amount_decimal": str(cents),
    }
    return shapes.skeleton("item") | {
        "id": f"li_{number}",
        "object": "item",
        "amount_subtotal": cents * quantity,
        "amount_total": cents * quantity,
        "currency": "usd",
        "description": item["price_data"]["product_data"]["name"],
        "price": price,
        "quantity": quantity,
    }


def readdress(work: Workspace) -> None:
    """After a restart at another address: open sessions are found at the new one."""
    for session in work.all("checkout.session", status="open"):
        work.change(session, url=page_address(work.public_base, session["id"]))
