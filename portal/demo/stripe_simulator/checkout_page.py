"""The hosted page: what the cardholder sees and types. Works without JavaScript.

A card number lives only as long as the request that carries it: it is neither kept nor shown again.
"""

from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from portal.demo.stripe_simulator import checkout, checkout_form, deadlines, line_items
from portal.demo.stripe_simulator.errors import Body, StripeError
from portal.demo.stripe_simulator.page_texts import TEST_ACCOUNTS, TEST_CARDS, Texts, texts_for
from portal.demo.stripe_simulator.simulation import Simulation
from portal.demo.stripe_simulator.workspace import Workspace

PATH: Final = "/c/pay/"
STYLE_PATH: Final = "/c/checkout.css"
_BANK: Final = "/bank"
_FILES: Final = Path(__file__).parent / "pages"
_OUTCOMES: Final = {"paid": "paid", "unpaid": "processing", "no_payment_required": "saved"}
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
        deadlines.keep(work)
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
            return _use(visit, request)
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
    outcome = _OUTCOMES[visit.session["payment_status"]]
    return _page("closed.html", visit.texts, outcome=outcome, way_on=way_on)


def _use(visit: _Visit, request: Request) -> Response:
    filled = checkout_form.read(visit.work, visit.session, request)
    if filled.choice is None:
        return _form(visit, request, HTTPStatus.UNPROCESSABLE_ENTITY, wrong=filled.wrong)
    try:
        intent = checkout.use(visit.work, visit.session, filled.choice)
    except StripeError as error:
        problem = _reason(error.body["error"])
        return _form(visit, request, HTTPStatus.PAYMENT_REQUIRED, problem=problem)
    return _after(visit, intent)


def _bank_page(visit: _Visit) -> Response:
    if not checkout.waits_for_bank(visit.work, visit.session):
        return redirect(PATH + visit.session["id"], HTTPStatus.SEE_OTHER)
    intent = checkout.current_intent(visit.work, visit.session) or {}
    method = visit.work.get("payment_method", intent["payment_method"])
    return _page(
        "bank.html",
        visit.texts,
        amount=_amount(visit.session),
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
    """The forms; after a failed try with what may be shown again."""
    session = visit.session
    return _page(
        "checkout.html",
        visit.texts,
        status,
        merchant=visit.simulation.merchant,
        amount=_amount(session),
        items=line_items.listed(visit.work, {}, session["id"])["data"],
        cancel_url=session["cancel_url"],
        problem=visit.texts.get(problem, visit.texts["other_problem"]) if problem else None,
        wrong=wrong or [],
        typed={name: request.form.get(name, "") for name in checkout_form.SHOWN_AGAIN},
        kinds=session["payment_method_types"],
        tried=request.form.get("method", "card"),
        keeps=_keeps(visit),
        saved=checkout.saved_methods(visit.work, session),
        wallets=checkout_form.WALLETS,
        test_cards=TEST_CARDS,
        test_accounts=TEST_ACCOUNTS,
        allowed=_success_address(session),
    )


def _keeps(visit: _Visit) -> str | None:
    """Whether what is used here is saved: always, if the box is ticked (asked), or not."""
    if checkout.offers_saving(visit.session):
        return "asked"
    return "always" if checkout.saves_anyway(visit.work, visit.session) else None


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


def _amount(session: Body) -> str | None:
    """None when nothing is paid here."""
    cents = session["amount_total"]
    return None if cents is None else _usd(cents)


def _usd(cents: int) -> str:
    return f"${cents // 100:,}.{cents % 100:02d}"
