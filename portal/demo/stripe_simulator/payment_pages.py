"""/v1/payment_pages: how Stripe's own command line pays a session, as its pages do it.

It is in no published document, so nothing here is checked against one; the portal never calls it.
"""

import re
from typing import Final

from werkzeug.wrappers import Request

from portal.demo.stripe_simulator import checkout, parameters, payment_methods
from portal.demo.stripe_simulator.errors import Body, invalid, unrecognized
from portal.demo.stripe_simulator.workspace import Workspace

PATH: Final = re.compile(r"/v1/payment_pages/(?P<id>[^/]+)(?P<confirm>/confirm)?")
_SCHEMA: Final = {
    "type": "object",
    "properties": {
        "expected_amount": {"type": "integer"},
        "payment_method": {"type": "string"},
        "expand": {"type": "array", "items": {"type": "string"}},
    },
}
_ONLINE: Final = {
    "type": "online",
    "online": {"ip_address": "127.0.0.1", "user_agent": "simulator"},
}


def answer(work: Workspace, request: Request) -> Body:
    """Raises StripeError as the API does."""
    match = PATH.fullmatch(request.path)
    if match is None or bool(match["confirm"]) != (request.method == "POST"):
        raise unrecognized(request.method, request.path)
    session = work.get("checkout.session", match["id"])
    if match["confirm"]:
        params = parameters.read(request.get_data(as_text=True), _SCHEMA)
        _confirm(work, session, params)
    return {"id": session["id"], "object": "checkout.session", "status": session["status"]}


def _confirm(work: Workspace, session: Body, params: Body) -> None:
    if session["status"] != "open":
        raise invalid(f"This Checkout Session is {session['status']}.")
    if params.get("expected_amount") != session["amount_total"]:
        raise invalid("The amount is another one.", param="expected_amount")
    method = payment_methods.for_payment(
        work, params.get("payment_method", ""), customer=session["customer"]
    )
    accepted = _ONLINE if method["type"] == "us_bank_account" else None
    checkout.use(work, session, checkout.Choice(method, accepted=accepted))
