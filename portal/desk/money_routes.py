"""The desk's pages that move money: send a payment back, use a credit; each with a page to check.

What may be moved is asked of the books again when it happens.
"""

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from portal.auth.current import require_staff
from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.connectors.payment_gateway import PaymentGateway
from portal.db import new_id
from portal.desk.forms import CreditForm, RefundConsentForm, RefundForm
from portal.domain.money import format_usd
from portal.domain.payment_status import GIVEN_UP, RefundState
from portal.domain.refund_ways import RefundWay
from portal.payments.credits.use import (
    AccountNotFoundError,
    CreditChangedError,
    credit_page,
    use_credit,
)
from portal.payments.moves import BooksBusyError, PaymentNotFoundError
from portal.payments.refunds.page import RefundPage, refund_page
from portal.payments.refunds.service import (
    RefundDisputedError,
    RefundTooLargeError,
    request_refund,
)
from portal.payments.refunds.taken_checks import CheckNotSureError
from portal.request_id import request_id
from portal.web.context import portal
from portal.web.fields import error_summary

money = Blueprint("money", __name__, url_prefix="/desk")

_Page = Response | str | tuple[str, int]


@money.errorhandler(PaymentNotFoundError)
@money.errorhandler(AccountNotFoundError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Another practice's looks like nobody's."""
    return current_app.handle_http_exception(NotFound())


@money.route("/payments/<uuid:payment_id>/refund", methods=["GET", "POST"])
@staff_only(*REACH[Area.REFUNDS])
def refund(payment_id: UUID) -> _Page:
    """How much and why; with a right answer the page to check, which has sent nothing yet."""
    page, form = _refund_page(payment_id), RefundForm()
    _set_bounds(form, page)
    if form.validate_on_submit():
        return render_template("desk/refund_check.html", page=page, form=form, refund_id=new_id())
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
    return _asked_again(page, form), status


@money.post("/payments/<uuid:payment_id>/refund/confirm")
@staff_only(*REACH[Area.REFUNDS])
def confirm_refund(payment_id: UUID) -> _Page:
    """Send it back; what stands against it is said on the page before."""
    page, form, here = _refund_page(payment_id), RefundConsentForm(), portal()
    _set_bounds(form, page)
    form.amount.maximum_cents = None  # the books say it better, and as they are now
    if not form.validate():
        return redirect(url_for(".refund", payment_id=payment_id), code=HTTPStatus.SEE_OTHER)
    try:
        state = request_refund(
            here.database,
            here.service(PaymentGateway),
            require_staff().principal,
            refund_id=form.refund,
            payment_id=payment_id,
            amount_cents=form.cents(),
            reason=form.why.data or "",
            taken_from=form.chosen(),
            now=here.clock(),
            request_id=request_id(),
        )
    except (
        RefundDisputedError,
        CheckNotSureError,
        RefundTooLargeError,
        BooksBusyError,
    ) as error:
        return _asked_again(page, form, _why_not(error)), HTTPStatus.UNPROCESSABLE_ENTITY
    if state in GIVEN_UP:
        refused = gettext("Stripe refused, and nothing was sent back. Look it up there.")
        return _asked_again(page, form, refused), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(_what_became(state, page.way))
    if state is RefundState.WAITING or page.way is not RefundWay.ORIGINAL:
        return redirect(url_for("refunds.show", refund_id=form.refund), code=HTTPStatus.SEE_OTHER)
    return _to_person(page.account.guarantor_id)


@money.route("/people/<uuid:guarantor_id>/credit", methods=["GET", "POST"])
@staff_only(*REACH[Area.CREDIT])
def credit(guarantor_id: UUID) -> _Page:
    """What a credit would pay; agreed to, it does."""
    form, here, principal = CreditForm(), portal(), require_staff().principal
    if form.validate_on_submit():
        try:
            use_credit(
                here.database,
                principal,
                guarantor_id,
                use_id=form.use,
                seen_cents=form.seen_cents(),
                now=here.clock(),
                request_id=request_id(),
            )
        except (CreditChangedError, BooksBusyError):
            return _credit_page(guarantor_id, changed=True)
        flash(gettext("The credit is used."))
        return _to_person(guarantor_id)
    return _credit_page(guarantor_id, changed=False)


def _refund_page(payment_id: UUID) -> RefundPage:
    here, principal = portal(), require_staff().principal
    return refund_page(
        here.database, principal, payment_id, now=here.clock(), request_id=request_id()
    )


def _set_bounds(form: RefundForm, page: RefundPage) -> None:
    form.amount.allow(minimum_cents=1, maximum_cents=page.most_cents)
    for part in page.parts:
        form.part.allow(part.key, minimum_cents=0, maximum_cents=part.amount_cents, now_cents=0)


def _asked_again(page: RefundPage, form: RefundForm, *messages: str) -> str:
    errors = error_summary(form, *messages)
    return render_template("desk/refund.html", page=page, form=form, errors=errors)


def _credit_page(guarantor_id: UUID, *, changed: bool) -> str:
    here, principal = portal(), require_staff().principal
    page = credit_page(
        here.database, principal, guarantor_id, now=here.clock(), request_id=request_id()
    )
    return render_template("desk/credit.html", page=page, changed=changed, use_id=new_id())


def _why_not(error: Exception) -> str:
    words: str
    match error:
        case RefundTooLargeError():
            most = format_usd(error.most_cents)
            words = gettext("By now at most %(most)s can be sent back.", most=most)
        case CheckNotSureError():
            words = gettext("The check it was paid with can still come back. Wait for its day.")
        case RefundDisputedError():
            words = gettext("The bank decides over this payment. It is not sent back as well.")
        case _:
            words = gettext("Insurance payments are being read in. Try again in a few minutes.")
    return words


def _what_became(state: RefundState, way: RefundWay) -> str:
    words: str = gettext("The money is on its way back.")
    if state is RefundState.WAITING:
        words = gettext("It is written down and waits for a second person.")
    elif state is RefundState.REQUESTED and way is RefundWay.TERMINAL:
        words = gettext("It is written down. Send it back on the card machine, then say so.")
    elif state is RefundState.REQUESTED:
        words = gettext("It is written down. Stripe has not answered yet; we keep asking.")
    return words


def _to_person(guarantor_id: UUID) -> Response:
    return redirect(url_for("desk.person", guarantor_id=guarantor_id), code=HTTPStatus.SEE_OTHER)
