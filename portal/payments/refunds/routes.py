"""Refunds that wait for somebody: a second person agrees or not, somebody hands them over."""

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
from portal.domain.money import format_usd
from portal.domain.payment_status import GIVEN_UP, RefundState
from portal.domain.refund_ways import RefundWay
from portal.payments.moves import BooksBusyError
from portal.payments.refunds.asking import RefundNotFoundError
from portal.payments.refunds.forms import HandedForm, RejectForm, StopForm
from portal.payments.refunds.handing import HandedOnError, NotToHandOverError, hand_over
from portal.payments.refunds.queries import OneRefundPage, one_refund_page, refunds_page
from portal.payments.refunds.service import (
    RefundDisputedError,
    RefundNotAllowedError,
    RefundTooLargeError,
    SamePersonError,
    approve_refund,
    reject_refund,
)
from portal.payments.refunds.taken_checks import CheckNotSureError
from portal.request_id import request_id
from portal.web.context import portal
from portal.web.fields import error_summary

refunds = Blueprint("refunds", __name__, url_prefix="/money/refunds")

SENDERS = staff_only(*REACH[Area.REFUNDS])


@refunds.errorhandler(RefundNotFoundError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Another practice's looks like nobody's."""
    return current_app.handle_user_exception(NotFound())


@refunds.get("")
@SENDERS
def index() -> str:
    """What waits, what is on its way, what has ended."""
    here = portal()
    page = refunds_page(
        here.database, require_staff().principal, now=here.clock(), request_id=request_id()
    )
    return render_template("money/refunds.html", page=page)


@refunds.get("/<uuid:refund_id>")
@SENDERS
def show(refund_id: UUID) -> str:
    """One refund, and what can be done about it."""
    return page_with(read(refund_id))


@refunds.post("/<uuid:refund_id>/approve")
@SENDERS
def approve(refund_id: UUID) -> ResponseReturnValue:
    """The second person agrees; what stands against it is said on the page."""
    here = portal()
    try:
        state = approve_refund(
            here.database,
            here.service(PaymentGateway),
            require_staff().principal,
            refund_id,
            now=here.clock(),
            request_id=request_id(),
        )
    except (
        RefundNotAllowedError,
        CheckNotSureError,
        RefundTooLargeError,
        BooksBusyError,
    ) as error:
        return page_with(read(refund_id), why_not(error)), HTTPStatus.UNPROCESSABLE_ENTITY
    if state in GIVEN_UP:
        refused = gettext("Nothing was sent back. Look it up at Stripe.")
        return page_with(read(refund_id), refused), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(_what_became(state, read(refund_id).refund.way))
    return to_refund(refund_id)


@refunds.post("/<uuid:refund_id>/reject")
@SENDERS
def reject(refund_id: UUID) -> ResponseReturnValue:
    """Nothing goes back, and why."""
    form, here = RejectForm(), portal()
    if not form.validate():
        return page_with(read(refund_id), rejecting=form), HTTPStatus.UNPROCESSABLE_ENTITY
    state = reject_refund(
        here.database,
        require_staff().principal,
        refund_id,
        reason=form.reason.data or "",
        now=here.clock(),
        request_id=request_id(),
    )
    if state in GIVEN_UP:
        flash(gettext("Nothing goes back."))
    return to_refund(refund_id)


@refunds.post("/<uuid:refund_id>/handed")
@SENDERS
def handed(refund_id: UUID) -> ResponseReturnValue:
    """Somebody mailed the check, or used the card machine."""
    page, form, here = read(refund_id), HandedForm(), portal()
    _set_bounds(form, page)
    if not form.validate():
        return page_with(page, handing=form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        hand_over(
            here.database,
            require_staff().principal,
            refund_id,
            form.handed(),
            now=here.clock(),
            request_id=request_id(),
        )
    except (NotToHandOverError, HandedOnError, BooksBusyError) as error:
        return page_with(page, why_not(error), handing=form), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(gettext("It is written down, and in the books."))
    return to_refund(refund_id)


def read(refund_id: UUID) -> OneRefundPage:
    """One refund as it is now."""
    here, principal = portal(), require_staff().principal
    return one_refund_page(
        here.database, principal, refund_id, now=here.clock(), request_id=request_id()
    )


def page_with(
    page: OneRefundPage,
    *messages: str,
    rejecting: RejectForm | None = None,
    handing: HandedForm | None = None,
    stopping: StopForm | None = None,
) -> str:
    """Its page with what was wrong: of a form, or in words."""
    wrong = rejecting or handing or stopping or RejectForm(formdata=None)
    return render_template(
        "money/refund.html",
        page=page,
        rejecting=rejecting or RejectForm(formdata=None),
        handing=handing or HandedForm(formdata=None),
        stopping=stopping or StopForm(formdata=None),
        errors=error_summary(wrong, *messages),
    )


def _set_bounds(form: HandedForm, page: OneRefundPage) -> None:
    form.first_day, form.last_day = page.first_day, page.today
    form.address = page.address if page.refund.way is RefundWay.CHECK else None


def why_not(error: Exception) -> str:
    """What stands against it."""
    words: str
    match error:
        case RefundDisputedError():
            words = gettext("The bank decides over this payment. It is not sent back as well.")
        case SamePersonError():
            words = gettext("You asked for it yourself. Somebody else has to agree.")
        case RefundTooLargeError():
            most = format_usd(error.most_cents)
            words = gettext("By now at most %(most)s can be sent back.", most=most)
        case CheckNotSureError():
            words = gettext("The check it was paid with can still come back. Wait for its day.")
        case BooksBusyError():
            words = gettext("Insurance payments are being read in. Try again in a few minutes.")
        case _:
            words = gettext("This cannot be done with this refund now.")
    return words


def _what_became(state: RefundState, way: RefundWay) -> str:
    words: str = gettext("Agreed. The money is on its way back.")
    if way is RefundWay.CHECK:
        words = gettext("Agreed. Write the check, mail it, then say so here.")
    elif way is RefundWay.TERMINAL:
        words = gettext("Agreed. Send it back on the card machine, then say so here.")
    elif state is RefundState.REQUESTED:
        words = gettext("Agreed. Stripe has not answered yet; we keep asking.")
    return words


def to_refund(refund_id: UUID) -> Response:
    """To the refund's page."""
    return redirect(url_for(".show", refund_id=refund_id), code=HTTPStatus.SEE_OTHER)
