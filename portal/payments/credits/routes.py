"""Payments and credits as staff handle them: one payment, putting it to other lines, the list."""

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask import Response as FileResponse
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from portal.auth.current import require_staff
from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.connectors.payment_gateway import GatewayError, PaymentGateway
from portal.db import new_id
from portal.domain.money import format_usd
from portal.domain.payment_status import PaymentState
from portal.domain.reallocating import NotMovableError
from portal.payments.credits.balances import Which, balances_csv, balances_page
from portal.payments.credits.deposits import (
    DepositAct,
    DepositChange,
    NothingWaitsError,
    change_deposit,
)
from portal.payments.credits.forms import DepositForm, MoveConsentForm, MoveForm
from portal.payments.credits.moving import MoveNotAllowedError, NothingMovesError, move_payment
from portal.payments.credits.payment_page import MovePage, move_page, payment_page
from portal.payments.moves import BooksBusyError, PaymentNotFoundError
from portal.payments.refunds.voiding import NotVoidableError, void_payment
from portal.request_id import request_id
from portal.web.context import portal
from portal.web.fields import error_summary

credits_pages = Blueprint("credits", __name__, url_prefix="/money")

_MOVERS = staff_only(*REACH[Area.CREDIT])
_MONEY = staff_only(*REACH[Area.MONEY])


@credits_pages.errorhandler(PaymentNotFoundError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Another practice's looks like nobody's."""
    return current_app.handle_user_exception(NotFound())


@credits_pages.get("/credits")
@_MOVERS
def index() -> str:
    """Who has credit with us, since when, and what is proposed."""
    here = portal()
    page = balances_page(
        here.database,
        require_staff().principal,
        which=_which(),
        now=here.clock(),
        request_id=request_id(),
    )
    return render_template("money/credits.html", page=page)


@credits_pages.get("/credits.csv")
@_MOVERS
def as_csv() -> FileResponse:
    """The same for a spreadsheet."""
    here = portal()
    content = balances_csv(
        here.database,
        require_staff().principal,
        which=_which(),
        now=here.clock(),
        request_id=request_id(),
    )
    named = {"Content-Disposition": "attachment; filename=credits.csv"}
    return FileResponse(content, mimetype="text/csv", headers=named)


@credits_pages.get("/payments/<uuid:payment_id>")
@_MONEY
def payment(payment_id: UUID) -> str:
    """One payment, whatever its state."""
    return _payment(payment_id)


@credits_pages.post("/payments/<uuid:payment_id>/void")
@_MONEY
def void(payment_id: UUID) -> ResponseReturnValue:
    """Close the page on which nobody has paid."""
    here = portal()
    try:
        state = void_payment(
            here.database,
            here.service(PaymentGateway),
            require_staff().principal,
            payment_id,
            now=here.clock(),
            request_id=request_id(),
        )
    except NotVoidableError as error:
        return _payment(payment_id, _why_not_void(error.state)), HTTPStatus.UNPROCESSABLE_ENTITY
    except GatewayError:
        words = gettext("Stripe has not answered. Try again in a minute.")
        return _payment(payment_id, words), HTTPStatus.UNPROCESSABLE_ENTITY
    except BooksBusyError:
        words = gettext("Insurance payments are being read in. Try again in a few minutes.")
        return _payment(payment_id, words), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(
        gettext("It was paid just before. You can send it back.")
        if state is PaymentState.SUCCEEDED
        else gettext("It is taken back. Nobody can pay on that page any more.")
    )
    return _to_payment(payment_id)


@credits_pages.route("/payments/<uuid:payment_id>/move", methods=["GET", "POST"])
@_MOVERS
def move(payment_id: UUID) -> ResponseReturnValue:
    """What it should pay, and why; with a right answer the page to check."""
    page, form = _move_page(payment_id), MoveForm()
    _set_boxes(form, page)
    if form.validate_on_submit():
        return render_template("money/move_check.html", page=page, form=form, move_id=new_id())
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
    return _asked_again(page, form), status


@credits_pages.post("/payments/<uuid:payment_id>/move/confirm")
@_MOVERS
def confirm_move(payment_id: UUID) -> ResponseReturnValue:
    """Move it; what stands against it is said on the page before."""
    page, form, here = _move_page(payment_id), MoveConsentForm(), portal()
    _set_boxes(form, page)
    if not form.validate():
        return _asked_again(page, form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        move_payment(
            here.database,
            require_staff().principal,
            payment_id,
            form.line.cents(),
            move_id=form.move,
            reason=form.reason.data or "",
            now=here.clock(),
            request_id=request_id(),
        )
    except NothingMovesError:
        flash(gettext("This is what it pays already. Nothing was moved."))
        return _to_payment(payment_id)
    except (NotMovableError, MoveNotAllowedError, BooksBusyError) as error:
        return _asked_again(page, form, _why_not_move(error)), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(gettext("The payment is moved."))
    return _to_payment(payment_id)


@credits_pages.post("/payments/<uuid:payment_id>/deposit")
@_MOVERS
def deposit(payment_id: UUID) -> ResponseReturnValue:
    """The visit it was taken for did not take place, or is on another day."""
    form, here = DepositForm(), portal()
    if not form.validate():
        return _payment(payment_id, form=form), HTTPStatus.UNPROCESSABLE_ENTITY
    said = DepositChange(
        form.decision, form.reason.data or "", here.clock(), request_id(), form.service_on
    )
    try:
        change_deposit(here.database, require_staff().principal, payment_id, said)
    except NothingWaitsError:
        words = gettext("Nothing of it waits for a visit any more.")
        return _payment(payment_id, words), HTTPStatus.UNPROCESSABLE_ENTITY
    except BooksBusyError:
        words = gettext("Insurance payments are being read in. Try again in a few minutes.")
        return _payment(payment_id, words), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(
        gettext("It waits for the visit on the other day.")
        if said.act is DepositAct.MOVED
        else gettext("It is credit now. You can send it back, or put it to other visits.")
    )
    return _to_payment(payment_id)


def _which() -> Which:
    """An unknown filter shows everything."""
    asked = request.args.get("which", "")
    return Which(asked) if asked in set(Which) else Which.ALL


def _payment(payment_id: UUID, *messages: str, form: DepositForm | None = None) -> str:
    here, principal = portal(), require_staff().principal
    page = payment_page(
        here.database, principal, payment_id, now=here.clock(), request_id=request_id()
    )
    shown = form or DepositForm(formdata=None)
    return render_template(
        "money/payment.html",
        page=page,
        form=shown,
        decision_id=new_id(),
        errors=error_summary(shown),
        messages=messages,
    )


def _move_page(payment_id: UUID) -> MovePage:
    here, principal = portal(), require_staff().principal
    return move_page(
        here.database, principal, payment_id, now=here.clock(), request_id=request_id()
    )


def _set_boxes(form: MoveForm, page: MovePage) -> None:
    for line in page.lines:
        form.line.allow(
            line.part.key,
            minimum_cents=line.least_cents,
            maximum_cents=line.most_cents,
            now_cents=line.part.amount_cents,
        )


def _asked_again(page: MovePage, form: MoveForm, *messages: str) -> str:
    errors = error_summary(form, *messages)
    return render_template("money/move.html", page=page, form=form, errors=errors)


def _why_not_move(error: Exception) -> str:
    words: str
    match error:
        case NotMovableError(target=None):
            most = format_usd(error.most_cents)
            words = gettext("By now it can pay at most %(most)s in all.", most=most)
        case NotMovableError():
            most = format_usd(error.most_cents)
            words = gettext("One of the visits takes at most %(most)s by now.", most=most)
        case MoveNotAllowedError():
            words = gettext("The bank decides over this payment. It stays where it is.")
        case _:
            words = gettext("Insurance payments are being read in. Try again in a few minutes.")
    return words


def _why_not_void(state: PaymentState) -> str:
    words: str = gettext("It has ended already.")
    if state is PaymentState.PROCESSING:
        words = gettext(
            "The bank is at work on it and cannot be stopped. Refund it once it is here."
        )
    elif state is PaymentState.STARTING:
        words = gettext("Stripe has not answered yet. Try again in a few minutes.")
    elif state in (PaymentState.SUCCEEDED, PaymentState.SUSPENDED):
        words = gettext("The money is here. Send it back instead.")
    return words


def _to_payment(payment_id: UUID) -> Response:
    return redirect(url_for(".payment", payment_id=payment_id), code=HTTPStatus.SEE_OTHER)
