"""Refund checks in the mail page by page: which are out, which were cashed, and stopping one."""

from collections.abc import Callable
from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.auth.current import require_staff
from portal.domain.refund_checks import StopAnswer
from portal.payments.moves import BooksBusyError
from portal.payments.refunds import mailed_checks
from portal.payments.refunds.asking import RefundNotFoundError
from portal.payments.refunds.check_pages import checks_page
from portal.payments.refunds.forms import CashedForm, StopForm
from portal.payments.refunds.routes import SENDERS, page_with, read, refunds, to_refund, why_not
from portal.payments.refunds.service import RefundNotAllowedError, RefundTooLargeError
from portal.payments.refunds.taken_checks import CheckNotSureError
from portal.request_id import request_id
from portal.web.context import portal
from portal.web.fields import error_summary

_NOT_NOW = (
    mailed_checks.NotInTheMailError,
    BooksBusyError,
    CheckNotSureError,
    RefundNotAllowedError,
    RefundTooLargeError,
)


@refunds.get("/checks")
@SENDERS
def checks() -> str:
    """Those that are out, the oldest first."""
    return _checks(CashedForm(formdata=None))


@refunds.post("/checks/cashed")
@SENDERS
def cashed() -> ResponseReturnValue:
    """The bank paid some of them."""
    form, here = CashedForm(), portal()
    if not form.validate() or form.cashed_on.data is None:
        return _checks(form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        mailed_checks.note_cashed(
            here.database,
            require_staff().principal,
            form.checks.ids,
            cashed_on=form.cashed_on.data,
            now=here.clock(),
            request_id=request_id(),
        )
    except mailed_checks.CashedOnError:
        form.cashed_on.errors = [gettext("Enter a day after it was mailed that has come")]
        return _checks(form), HTTPStatus.UNPROCESSABLE_ENTITY
    except (mailed_checks.NotInTheMailError, RefundNotFoundError):
        form.checks.errors = [gettext("One of them has changed meanwhile. Choose again")]
        return _checks(form), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(gettext("It is written down."))
    return redirect(url_for(".checks"), code=HTTPStatus.SEE_OTHER)


@refunds.post("/<uuid:refund_id>/stop")
@SENDERS
def stop(refund_id: UUID) -> ResponseReturnValue:
    """A check that nobody cashed is stopped, alone or with a second person."""
    form, here = StopForm(), portal()
    if not form.validate():
        return page_with(read(refund_id), stopping=form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        answer = mailed_checks.stop_check(
            here.database,
            require_staff().principal,
            refund_id,
            form.wish(),
            now=here.clock(),
            request_id=request_id(),
        )
    except _NOT_NOW as error:
        words = why_not(error)
        return page_with(read(refund_id), words, stopping=form), HTTPStatus.UNPROCESSABLE_ENTITY
    if answer is StopAnswer.WAITING:
        flash(gettext("It is written down and waits for a second person."))
    else:
        flash(gettext("The check is stopped. Its money is here again."))
    return to_refund(refund_id)


@refunds.post("/<uuid:refund_id>/stop/agree")
@SENDERS
def agree_to_stop(refund_id: UUID) -> ResponseReturnValue:
    """The second person agrees."""
    words = gettext("The check is stopped. Its money is here again.")
    return _done(mailed_checks.agree_to_stop, refund_id, words)


@refunds.post("/<uuid:refund_id>/stop/refuse")
@SENDERS
def refuse_to_stop(refund_id: UUID) -> ResponseReturnValue:
    """The check stays good."""
    return _done(mailed_checks.refuse_to_stop, refund_id, gettext("The check stays good."))


@refunds.post("/<uuid:refund_id>/not-cashed")
@SENDERS
def not_cashed(refund_id: UUID) -> ResponseReturnValue:
    """Another check was meant."""
    return _done(mailed_checks.note_not_cashed, refund_id, gettext("The check is still out."))


def _done(act: Callable[..., None], refund_id: UUID, words: str) -> ResponseReturnValue:
    here = portal()
    try:
        act(
            here.database,
            require_staff().principal,
            refund_id,
            now=here.clock(),
            request_id=request_id(),
        )
    except _NOT_NOW as error:
        return page_with(read(refund_id), why_not(error)), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(words)
    return to_refund(refund_id)


def _checks(form: CashedForm) -> str:
    here, principal = portal(), require_staff().principal
    page = checks_page(here.database, principal, now=here.clock(), request_id=request_id())
    errors = error_summary(form)
    return render_template("money/refund_checks.html", page=page, form=form, errors=errors)
