"""Staff's pages of charges made by themselves: everybody's, one person's, and how to stop one."""

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
from portal.payments.charges.forms import StopForm
from portal.payments.charges.queries import (
    PersonNotFoundError,
    charge_page,
    charges_page,
    person_charges_page,
)
from portal.payments.charges.service import stop_charge, turn_autopay_off
from portal.payments.scheduled.moves import ScheduledNotFoundError
from portal.payments.scheduled.service import TooLateError
from portal.request_id import request_id
from portal.web.context import portal
from portal.web.fields import error_summary

charges = Blueprint("charges", __name__, url_prefix="/money/charges")

_MONEY = staff_only(*REACH[Area.MONEY])
_Page = Response | str | tuple[str, int]


@charges.errorhandler(ScheduledNotFoundError)
@charges.errorhandler(PersonNotFoundError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Another practice's looks like nobody's."""
    return current_app.handle_user_exception(NotFound())


@charges.get("")
@_MONEY
def index() -> str:
    """What did not come, what is under way, what is to come."""
    here = portal()
    page = charges_page(
        here.database, require_staff().principal, now=here.clock(), request_id=request_id()
    )
    return render_template("money/charges.html", page=page)


@charges.get("/people/<uuid:guarantor_id>")
@_MONEY
def person(guarantor_id: UUID) -> _Page:
    """One person's, with autopay and what they keep."""
    return _person(guarantor_id, StopForm(formdata=None))


@charges.post("/people/<uuid:guarantor_id>/autopay/stop")
@_MONEY
def stop_autopay(guarantor_id: UUID) -> _Page:
    """Off, at their word."""
    here, form = portal(), StopForm()
    if not form.validate():
        return _person(guarantor_id, form)
    turn_autopay_off(
        here.database,
        require_staff().principal,
        guarantor_id,
        reason=form.reason.data or "",
        now=here.clock(),
        request_id=request_id(),
    )
    flash(gettext("Autopay is off. They get an e-mail that says so."))
    return redirect(url_for(".person", guarantor_id=guarantor_id), code=HTTPStatus.SEE_OTHER)


@charges.route("/<uuid:scheduled_id>", methods=["GET", "POST"])
@_MONEY
def charge(scheduled_id: UUID) -> _Page:
    """One charge with its tries; sent with a reason, it is stopped."""
    here, form = portal(), StopForm()
    if not form.validate_on_submit():
        return _charge(scheduled_id, form)
    try:
        guarantor_id = stop_charge(
            here.database,
            require_staff().principal,
            scheduled_id,
            reason=form.reason.data or "",
            now=here.clock(),
            request_id=request_id(),
        )
    except TooLateError:
        flash(gettext("It is being made, or it is over: it cannot be stopped any more."))
        return redirect(url_for(".charge", scheduled_id=scheduled_id), code=HTTPStatus.SEE_OTHER)
    flash(gettext("Stopped. They get an e-mail that says so."))
    return redirect(url_for(".person", guarantor_id=guarantor_id), code=HTTPStatus.SEE_OTHER)


def _person(guarantor_id: UUID, form: StopForm) -> tuple[str, int]:
    here = portal()
    page = person_charges_page(
        here.database,
        require_staff().principal,
        guarantor_id,
        now=here.clock(),
        request_id=request_id(),
    )
    shown = render_template(
        "money/person_charges.html", page=page, form=form, errors=error_summary(form)
    )
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK


def _charge(scheduled_id: UUID, form: StopForm) -> tuple[str, int]:
    here = portal()
    page = charge_page(
        here.database,
        require_staff().principal,
        scheduled_id,
        now=here.clock(),
        request_id=request_id(),
    )
    shown = render_template("money/charge.html", page=page, form=form, errors=error_summary(form))
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
