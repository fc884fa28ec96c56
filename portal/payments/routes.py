"""Paying, page by page: amount, check, Stripe, waiting, receipt or what went wrong.

Each page serves the states it names and sends every other state to that state's own page, so that
the back button, a second tab and a bookmark lead to where the payment really is.
"""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final, TypedDict
from uuid import UUID

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from portal.auth.current import account_statement, current_link, require_statement
from portal.auth.policies import Policy, policy
from portal.connectors.payment_gateway import GatewayError, PaymentGateway
from portal.connectors.saved_methods import SavedMethods
from portal.db import Principal
from portal.domain.decline_words import decline_words
from portal.domain.payment_choice import PaymentChoice
from portal.domain.payment_status import PaymentState
from portal.payments import queries
from portal.payments.access import PlanNotFoundError, StatementDue, StatementNotFoundError
from portal.payments.apply import apply_payment
from portal.payments.choices import AmountPage, amount_page
from portal.payments.forms import AmountForm, ConfirmForm
from portal.payments.methods.consents import address_hash
from portal.payments.methods.service import keep_nothing, keep_with_payment, saving_sentences
from portal.payments.moves import BooksBusyError, PaymentNotFoundError
from portal.payments.problems import problem_page
from portal.payments.receipts.lists import receipts_page
from portal.payments.receipts.queries import receipt_page
from portal.payments.service import (
    AmountRefusedError,
    BalanceChangedError,
    confirm_payment,
    start_payment,
)
from portal.request_id import request_id
from portal.web.context import portal
from portal.web.fields import error_summary
from portal.web.i18n import current_language

payments = Blueprint("payments", __name__)

_Page = Response | str | tuple[str, int]


class _Seen(TypedDict):
    statement_due: StatementDue
    now: datetime
    request_id: str


_BACK_FROM_STRIPE = "a session may end while its payer is at Stripe: then it says only that"

_PAGE_OF: Final[Mapping[PaymentState, str]] = {
    PaymentState.PREPARED: "payments.check",
    PaymentState.STARTING: "payments.check",
    PaymentState.OPEN: "payments.check",
    PaymentState.PROCESSING: "payments.waiting",
    PaymentState.SUSPENDED: "payments.waiting",
    PaymentState.SUCCEEDED: "payments.receipt",
    PaymentState.VOIDED: "payments.receipt",  # of the desk: its receipt says that it was undone
    PaymentState.RETURNED: "payments.receipt",
    PaymentState.EXPIRED: "payments.problem",
    PaymentState.CANCELED: "payments.problem",
    PaymentState.FAILED: "payments.problem",
}
_CAN_BE_CHECKED: Final = frozenset(
    {PaymentState.PREPARED, PaymentState.STARTING, PaymentState.OPEN}
)
_CAN_BE_WAITED_FOR: Final = frozenset(
    {
        PaymentState.STARTING,
        PaymentState.OPEN,
        PaymentState.PROCESSING,
        PaymentState.SUSPENDED,
    }
)


@payments.errorhandler(PaymentNotFoundError)
@payments.errorhandler(StatementNotFoundError)
@payments.errorhandler(PlanNotFoundError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Somebody else's looks like nobody's."""
    return current_app.handle_user_exception(NotFound())


@payments.route("/statements/<uuid:statement_id>/pay", methods=["GET", "POST"])
@policy(Policy.STATEMENT_LINK)
def amount(statement_id: UUID) -> _Page:
    """``?payment=`` comes back from the check page: the form with what was chosen there."""
    principal, here = require_statement(statement_id), portal()
    before_id = request.args.get("payment", type=UUID)
    page = amount_page(here.database, principal, statement_id, **_seen(), payment_id=before_id)
    if not page.can_pay:
        return redirect(url_for("statements.show", statement_id=statement_id), code=303)
    form = AmountForm(data=_chosen_before(page))
    form.offer(page)
    if not form.validate_on_submit():
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
        shown = render_template(
            "payments/amount.html", page=page, form=form, errors=error_summary(form)
        )
        return shown, status
    return _start(principal, statement_id, form)


@payments.get("/payments/<uuid:payment_id>/check")
@policy(Policy.STATEMENT_LINK)
def check(payment_id: UUID) -> _Page:
    page = queries.payment_page(portal().database, _payer(), payment_id, **_seen())
    if page.state not in _CAN_BE_CHECKED:
        return _to_page_of(page.state, payment_id)
    if not page.is_payable:
        elsewhere = ".waiting" if page.state is PaymentState.STARTING else ".problem"
        return redirect(url_for(elsewhere, payment_id=payment_id), code=303)
    return render_template("payments/check.html", page=page, keep=_keep_wording())


@payments.post("/payments/<uuid:payment_id>/confirm")
@policy(Policy.STATEMENT_LINK)
def confirm(payment_id: UUID) -> _Page:
    """To Stripe's page; or, when there is none, to where the payment is."""
    form, here, check_page = ConfirmForm(), portal(), url_for(".check", payment_id=payment_id)
    if not form.validate():
        return redirect(check_page, code=303)
    _keep_or_not(payment_id, wanted=form.keep.data)
    try:
        address = confirm_payment(
            here.database,
            here.service(PaymentGateway),
            _payer(),
            payment_id=payment_id,
            due_seen_cents=form.due_seen_cents(),
            return_url=here.settings.base_url + url_for(".returned", payment_id=payment_id),
            language=current_language(),
            statement_due=_statement_due(),
            now=here.clock(),
            request_id=request_id(),
        )
    except BalanceChangedError:
        return redirect(check_page, code=303)
    return redirect(address, code=303) if address else _after_no_address(payment_id)


@payments.get("/payments/<uuid:payment_id>/return")
@policy(Policy.PUBLIC, reason=_BACK_FROM_STRIPE)
def returned(payment_id: UUID) -> _Page:
    """Back from Stripe, paid or not: our id is all that is taken from the request, Stripe is asked.

    A GET that may record what happened elsewhere; it cannot make anything happen.
    """
    if current_link() is None:
        return redirect(url_for("auth.signed_out"), code=303)
    here, principal = portal(), _payer()
    before = queries.payment_state(here.database, principal, payment_id)
    try:
        state = apply_payment(
            here.database,
            here.service(PaymentGateway),
            principal.practice_id,
            payment_id,
            now=here.clock(),
        )
    except (GatewayError, BooksBusyError):
        return redirect(url_for(".waiting", payment_id=payment_id), code=303)
    if state is PaymentState.OPEN and before is not PaymentState.STARTING:
        return redirect(url_for(".problem", payment_id=payment_id), code=303)
    return _to_page_of(state, payment_id)


@payments.get("/payments/<uuid:payment_id>/waiting")
@policy(Policy.STATEMENT_LINK)
def waiting(payment_id: UUID) -> _Page:
    page = queries.payment_page(portal().database, _payer(), payment_id, **_seen())
    if page.state not in _CAN_BE_WAITED_FOR:
        return _to_page_of(page.state, payment_id)
    return render_template("payments/waiting.html", page=page)


@payments.get("/payments/<uuid:payment_id>/problem")
@policy(Policy.STATEMENT_LINK)
def problem(payment_id: UUID) -> _Page:
    here, principal = portal(), _payer()
    page = problem_page(here.database, principal, payment_id, **_seen())
    if page is None:
        return _to_page_of(queries.payment_state(here.database, principal, payment_id), payment_id)
    words = decline_words(page.reason, current_language())
    return render_template("payments/problem.html", page=page, words=words)


@payments.get("/payments/<uuid:payment_id>/receipt")
@policy(Policy.STATEMENT_LINK)
def receipt(payment_id: UUID) -> _Page:
    here, principal = portal(), _payer()
    page = receipt_page(
        here.database, principal, payment_id, account_at=account_statement(), **_seen()
    )
    if page is None:
        return _to_page_of(queries.payment_state(here.database, principal, payment_id), payment_id)
    return render_template("payments/receipt.html", page=page)


@payments.get("/statements/<uuid:statement_id>/receipts")
@policy(Policy.STATEMENT_LINK)
def receipts(statement_id: UUID) -> str:
    principal = require_statement(statement_id)
    page = receipts_page(portal().database, principal, statement_id, **_seen())
    return render_template("payments/receipts.html", page=page)


def _chosen_before(page: AmountPage) -> dict[str, Any]:
    """What the form begins with; nothing is chosen unless its payer chose it."""
    if page.before is None:
        return {}
    amount_cents, choice = page.before.amount_cents, page.before.choice
    asked_cents = sum(page.visit_cents.get(one, 0) for one in page.before.claim_ids)
    return {
        "how": choice.value,
        "visit": page.before.claim_ids if choice is PaymentChoice.VISITS else (),
        "of_these": amount_cents if amount_cents < asked_cents else None,
        "amount": amount_cents if choice is PaymentChoice.PART else None,
    }


def _start(principal: Principal, statement_id: UUID, form: AmountForm) -> Response:
    here = portal()
    try:
        payment_id = start_payment(
            here.database,
            principal,
            statement_id=statement_id,
            amount_cents=form.chosen_cents,
            statement_due=_statement_due(),
            now=here.clock(),
            choice=form.choice,
            claim_ids=form.visit.data,
        )
    except AmountRefusedError:  # the balance changed since the form was checked
        return redirect(url_for(".amount", statement_id=statement_id), code=303)
    return redirect(url_for(".check", payment_id=payment_id), code=303)


def _after_no_address(payment_id: UUID) -> Response:
    """Stripe did not answer, another attempt is in the way, or it has ended meanwhile."""
    state = queries.payment_state(portal().database, _payer(), payment_id)
    if state in (PaymentState.STARTING, PaymentState.OPEN):
        return redirect(url_for(".waiting", payment_id=payment_id), code=303)
    if state is PaymentState.PREPARED:
        return redirect(url_for(".problem", payment_id=payment_id), code=303)
    return _to_page_of(state, payment_id)


def _keep_or_not(payment_id: UUID, *, wanted: bool) -> None:
    """Whether what it is paid with is kept; only for the person who pays, never whom they let in.

    A box that they ticked before says nothing of what another reader of the link pays with.
    """
    link, here = current_link(), portal()
    if link is None or link.principal.guarantor_id is None:
        return
    if not wanted or not link.principal.is_holder:
        keep_nothing(here.database, link.principal, payment_id, now=here.clock())
        return
    keep_with_payment(
        here.database,
        here.service(SavedMethods),
        link.principal,
        payment_id,
        guarantor_id=link.principal.guarantor_id,
        language=current_language(),
        address_hash=address_hash(here.settings.secret_key, request.remote_addr or ""),
        now=here.clock(),
    )


def _keep_wording() -> tuple[str, ...]:
    """What keeping means; nothing for who may not."""
    link = current_link()
    if link is None or not link.principal.is_holder:
        return ()
    return saving_sentences(portal().database, link.principal, language=current_language())


def _to_page_of(state: PaymentState, payment_id: UUID) -> Response:
    return redirect(url_for(_PAGE_OF[state], payment_id=payment_id), code=303)


def _payer() -> Principal:
    link = current_link()
    return link.principal if link else abort(HTTPStatus.NOT_FOUND)


def _seen() -> _Seen:
    """What every page's query asks beside whose and which: for its figures and the audit log."""
    return _Seen(statement_due=_statement_due(), now=portal().clock(), request_id=request_id())


def _statement_due() -> StatementDue:
    return portal().service(StatementDue)
