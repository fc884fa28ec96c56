"""The hosted page: what the cardholder sees and types. Works without JavaScript.

A card number lives only as long as the request that carries it: it is neither kept nor shown again.
"""

from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from time import gmtime
from typing import Final
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from portal.demo.stripe_simulator import cards, checkout
from portal.demo.stripe_simulator.errors import Body, StripeError
from portal.demo.stripe_simulator.page_texts import TEST_CARDS, Texts, texts_for
from portal.demo.stripe_simulator.simulation import Simulation
from portal.demo.stripe_simulator.workspace import Workspace

PATH: Final = "/c/pay/"
STYLE_PATH: Final = "/c/checkout.css"
_BANK: Final = "/bank"
_FILES: Final = Path(__file__).parent / "pages"
_FIELDS: Final = ("number", "expiry", "cvc", "name")
_LOCALES: Final = ("en", "es")


@dataclass(frozen=True, slots=True)
class _Visit:
    """Somebody at the page of one session."""

    simulation: Simulation
    work: Workspace
    session: Body
    texts: Texts


def answer(simulation: Simulation, request: Request) -> Response:
    """Anything under /c/pay/, and the style sheet."""
    if request.path == STYLE_PATH:
        return Response((_FILES / "checkout.css").read_bytes(), content_type="text/css")
    session_id = request.path.removeprefix(PATH).removesuffix(_BANK)
    account = simulation.account_of(session_id)
    accepted = request.accept_languages.best_match(_LOCALES)
    if account is None:
        texts = texts_for(None, accepted=accepted)
        return _page("closed.html", texts, HTTPStatus.NOT_FOUND, outcome="unknown", way_on=None)
    with simulation.workspace(account=account) as work:
        checkout.expire_what_is_due(work)
        session = work.get("checkout.session", session_id)
        texts = texts_for(session["locale"], accepted=accepted)
        response = _visit(_Visit(simulation, work, session, texts), request)
    simulation.outbox.wake()
    return response


def _visit(visit: _Visit, request: Request) -> Response:
    if visit.session["status"] != "open":
        return _closed(visit, request)
    match request.path.endswith(_BANK), request.method:
        case True, "POST":
            return _bank_answered(visit, request)
        case True, _:
            return _bank_page(visit)
        case False, "POST":
            return _pay(visit, request)
        case _:
            failed = checkout.last_error(visit.work, visit.session)
            return _form(visit, request, problem=_reason(failed) if failed else None)


def _closed(visit: _Visit, request: Request) -> Response:
    if visit.session["status"] == "expired":
        way_on = visit.session["cancel_url"]
        return _page("closed.html", visit.texts, HTTPStatus.GONE, outcome="expired", way_on=way_on)
    if request.method == "POST":  # the button was pressed twice
        return _to_success(visit)
    way_on = _success_address(visit.session)
    return _page("closed.html", visit.texts, outcome="paid", way_on=way_on)


def _pay(visit: _Visit, request: Request) -> Response:
    typed = {name: request.form.get(name, "").strip() for name in _FIELDS}
    number = cards.read_number(typed["number"])
    year, month = gmtime(visit.work.now)[:2]
    expires = cards.read_expiry(typed["expiry"], this_month=(year, month))
    right = {
        "number": number is not None,
        "expiry": expires is not None,
        "cvc": cards.is_security_code(typed["cvc"]),
        "name": typed["name"] != "",
    }
    if number is None or expires is None or not all(right.values()):
        wrong = [name for name in _FIELDS if not right[name]]
        return _form(visit, request, HTTPStatus.UNPROCESSABLE_ENTITY, wrong=wrong)
    card = cards.Card(number=number, expires=expires, name=typed["name"])
    try:
        intent = checkout.pay(visit.work, visit.session, card)
    except StripeError as error:
        problem = _reason(error.body["error"])
        return _form(visit, request, HTTPStatus.PAYMENT_REQUIRED, problem=problem)
    return _after(visit, intent)


def _bank_page(visit: _Visit) -> Response:
    if not checkout.waits_for_bank(visit.work, visit.session):
        return redirect(PATH + visit.session["id"], HTTPStatus.SEE_OTHER)
    intent = visit.work.get("payment_intent", visit.session["payment_intent"])
    method = visit.work.get("payment_method", intent["payment_method"])
    return _page(
        "bank.html",
        visit.texts,
        amount=_usd(visit.session["amount_total"]),
        last4=method["card"]["last4"],
        allowed=_success_address(visit.session),
    )


def _bank_answered(visit: _Visit, request: Request) -> Response:
    if not checkout.waits_for_bank(visit.work, visit.session):
        return redirect(PATH + visit.session["id"], HTTPStatus.SEE_OTHER)
    try:
        confirmed = request.form.get("answer") == "yes"
        intent = checkout.authenticate(visit.work, visit.session, confirmed=confirmed)
    except StripeError:
        # The form shows why, from the intent's last error.
        return redirect(PATH + visit.session["id"], HTTPStatus.SEE_OTHER)
    return _after(visit, intent)


def _after(visit: _Visit, intent: Body) -> Response:
    if intent["status"] == "requires_action":
        return redirect(PATH + visit.session["id"] + _BANK, HTTPStatus.SEE_OTHER)
    return _to_success(visit)


def _to_success(visit: _Visit) -> Response:
    return redirect(_success_address(visit.session), HTTPStatus.SEE_OTHER)


def _success_address(session: Body) -> str:
    address: str = session["success_url"]
    return address.replace("{CHECKOUT_SESSION_ID}", session["id"])


def _form(
    visit: _Visit,
    request: Request,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    problem: str | None = None,
    wrong: list[str] | None = None,
) -> Response:
    """The card form; after a failed try with what may be shown again."""
    return _page(
        "checkout.html",
        visit.texts,
        status,
        merchant=visit.simulation.merchant,
        amount=_usd(visit.session["amount_total"]),
        items=checkout.line_items(visit.work, {}, visit.session["id"])["data"],
        cancel_url=visit.session["cancel_url"],
        problem=visit.texts[problem] if problem else None,
        wrong=wrong or [],
        typed={name: request.form.get(name, "") for name in ("expiry", "name")},
        test_cards=TEST_CARDS,
        allowed=_success_address(visit.session),
    )


def _page(
    template: str,
    texts: Texts,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    allowed: str | None = None,
    **values: object,
) -> Response:
    """A page that loads nothing foreign; `allowed` is where its form may lead in the end."""
    html = _templates().get_template(template).render(t=texts, style_path=STYLE_PATH, **values)
    form_action = "'self'"
    if allowed is not None:
        parts = urlsplit(allowed)
        form_action += f" {parts.scheme}://{parts.netloc}"
    headers = {
        "Cache-Control": "no-store",
        "Content-Language": texts["language"],
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
            f"form-action {form_action}"
        ),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(html, status, headers, content_type="text/html; charset=utf-8")


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FILES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["usd"] = _usd
    return environment


def _reason(error: Body) -> str:
    """The word that says most about a decline; each has a text."""
    reason: str = error.get("decline_code") or error["code"]
    return reason


def _usd(cents: int) -> str:
    return f"${cents // 100:,}.{cents % 100:02d}"
