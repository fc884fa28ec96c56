"""What was typed and chosen on the hosted page, read or refused field by field.

A card or account number lives only as long as the request that carries it.
"""

from dataclasses import dataclass, field
from time import gmtime
from typing import Final

from werkzeug.wrappers import Request

from portal.demo.stripe_simulator import banks, cards, checkout
from portal.demo.stripe_simulator.errors import Body
from portal.demo.stripe_simulator.workspace import Workspace

CARD_FIELDS: Final = ("number", "expiry", "cvc", "name")
BANK_FIELDS: Final = ("holder", "routing", "account")
WALLETS: Final = ("apple_pay", "google_pay")
SHOWN_AGAIN: Final = ("expiry", "name", "holder", "routing")
_WALLET_CARD: Final = "4242424242424242"


@dataclass(frozen=True, slots=True)
class Filled:
    """`choice` is None when something is `wrong`, named by its fields in their order."""

    choice: checkout.Choice | None = None
    wrong: list[str] = field(default_factory=list)


def read(work: Workspace, session: Body, request: Request) -> Filled:
    form = request.form
    if "saved" in form:
        saved = {method["id"]: method for method in checkout.saved_methods(work, session)}
        chosen = saved.get(form["saved"])
        return Filled() if chosen is None else Filled(checkout.Choice(chosen))
    if form.get("wallet") in WALLETS and "card" in session["payment_method_types"]:
        return _wallet(work, form["wallet"])
    kind = form.get("method", "card")
    if kind not in session["payment_method_types"]:
        return Filled()
    save = checkout.offers_saving(session) and form.get("save") == "yes"
    if kind == "us_bank_account":
        return _account(work, request, save=save)
    return _card(work, request, save=save)


def _card(work: Workspace, request: Request, *, save: bool) -> Filled:
    typed = _typed(request, CARD_FIELDS)
    year, month = gmtime(work.now)[:2]
    number = cards.read_number(typed["number"])
    expires = cards.read_expiry(typed["expiry"], this_month=(year, month))
    right = {
        "number": number is not None,
        "expiry": expires is not None,
        "cvc": cards.is_security_code(typed["cvc"]),
        "name": typed["name"] != "",
    }
    if number is None or expires is None or not all(right.values()):
        return Filled(wrong=[name for name in CARD_FIELDS if not right[name]])
    card = cards.Card(number=number, expires=expires, name=typed["name"])
    return Filled(checkout.Choice(cards.payment_method(work, card), save=save))


def _account(work: Workspace, request: Request, *, save: bool) -> Filled:
    typed = _typed(request, BANK_FIELDS)
    routing = banks.read_routing(typed["routing"])
    number = banks.read_account(typed["account"])
    right = {
        "holder": typed["holder"] != "",
        "routing": routing is not None,
        "account": number is not None,
    }
    if number is None or routing is None or not all(right.values()):
        return Filled(wrong=[name for name in BANK_FIELDS if not right[name]])
    account = banks.Account(number=number, routing=routing, name=typed["holder"])
    online = {
        "ip_address": request.remote_addr or "127.0.0.1",
        "user_agent": request.user_agent.string or "unknown",
    }
    accepted = {"type": "online", "online": online}
    method = banks.payment_method(work, account)
    return Filled(checkout.Choice(method, save=save, accepted=accepted))


def _wallet(work: Workspace, kind: str) -> Filled:
    card = cards.Card(number=_WALLET_CARD, expires=cards.USUAL_EXPIRY, name="")
    return Filled(checkout.Choice(cards.payment_method(work, card, wallet=kind)))


def _typed(request: Request, names: tuple[str, ...]) -> dict[str, str]:
    return {name: request.form.get(name, "").strip() for name in names}
