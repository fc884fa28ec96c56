"""The desk's drawers page by page: opened, counted blind, closed, and opened again by a manager."""

from datetime import datetime
from http import HTTPStatus
from typing import TypedDict
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from portal.auth.current import require_staff
from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.db import Principal
from portal.domain.drawer import PIECES, UnknownDrawerMoveError
from portal.payments.counter import drawers
from portal.payments.counter.access import (
    CounterNotAllowedError,
    DeskElsewhereError,
    DeskPaymentNotFoundError,
    DrawerNotFoundError,
)
from portal.payments.counter.bank_pages import DepositNotFoundError
from portal.payments.counter.forms import CloseForm, CountForm, OpenDrawerForm, ReopenForm
from portal.payments.counter.pages import count_page, counter_page, drawer_page
from portal.payments.counter.taking_back import BatchNotFoundError
from portal.payments.moves import PaymentNotFoundError
from portal.request_id import request_id
from portal.web.context import portal
from portal.web.fields import error_summary

counter = Blueprint("counter", __name__, url_prefix="/money/counter")

DESK = staff_only(*REACH[Area.MONEY])

Page = Response | str | tuple[str, int]


class Moment(TypedDict):
    """When, and in which request: what every use case is told."""

    now: datetime
    request_id: str


@counter.errorhandler(DrawerNotFoundError)
@counter.errorhandler(DeskPaymentNotFoundError)
@counter.errorhandler(DepositNotFoundError)
@counter.errorhandler(BatchNotFoundError)
@counter.errorhandler(PaymentNotFoundError)
@counter.errorhandler(CounterNotAllowedError)
def not_found(_error: Exception) -> ResponseReturnValue:
    """What is not yours looks like what does not exist."""
    return current_app.handle_user_exception(NotFound())


@counter.errorhandler(DeskElsewhereError)
def elsewhere(_error: DeskElsewhereError) -> ResponseReturnValue:
    """This practice's own system books what the desk takes; both would count it twice."""
    return render_template("money/counter/elsewhere.html"), HTTPStatus.CONFLICT


@counter.errorhandler(UnknownDrawerMoveError)
@counter.errorhandler(drawers.CountChangedError)
def changed(_error: RuntimeError) -> ResponseReturnValue:
    """A second window, or somebody else, was faster."""
    flash(gettext("This drawer has changed meanwhile. Look again."))
    return redirect(url_for("counter.index"), code=HTTPStatus.SEE_OTHER)


@counter.get("")
@DESK
def index() -> str:
    """The desk's money now: drawers, what waits for the bank, the card machine."""
    return _index(OpenDrawerForm(formdata=None))


@counter.post("/drawers")
@staff_only(*REACH[Area.DRAWER])
def open_drawer() -> Page:
    """Begin a drawer with the change in it."""
    form = OpenDrawerForm()
    form.allow_amounts()
    if not form.validate():
        return _index(form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        drawers.open_drawer(
            portal().database,
            who(),
            name=form.name.data or "",
            float_cents=int(form.start.data),
            **moment(),
        )
    except drawers.DrawerInUseError:
        flash(gettext("You have a drawer already. Close it before you open another one."))
    else:
        flash(gettext("Your drawer is open."))
    return to_counter()


@counter.get("/drawers/<uuid:drawer_id>")
@DESK
def drawer(drawer_id: UUID) -> str:
    """What was taken into one drawer, and once it was counted, what it was off by."""
    return _drawer(drawer_id, CloseForm(formdata=None))


@counter.route("/drawers/<uuid:drawer_id>/count", methods=["GET", "POST"])
@DESK
def count(drawer_id: UUID) -> Page:
    """Bills and coins, typed before anybody says what should be there."""
    page = count_page(portal().database, who(), drawer_id, **moment())
    if page is None:
        return _to_drawer(drawer_id)
    form = CountForm()
    pieces = form.pieces() if form.validate_on_submit() else None
    if pieces is None:
        wrong = (gettext("Enter whole numbers of bills and coins"),) if form.is_submitted() else ()
        shown = render_template(
            "money/counter/count.html",
            page=page,
            pieces=PIECES,
            form=form,
            errors=error_summary(form, *wrong),
        )
        return shown, HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    there = form.checks.ids
    database = portal().database
    drawers.count_drawer(database, who(), drawer_id, pieces=pieces, checks_there=there, **moment())
    return _to_drawer(drawer_id)


@counter.post("/drawers/<uuid:drawer_id>/close")
@DESK
def close(drawer_id: UUID) -> Page:
    """Agree to the newest count."""
    form = CloseForm()
    if not form.validate():
        return _drawer(drawer_id, form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        drawers.close_drawer(
            portal().database,
            who(),
            drawer_id,
            count_id=form.count,
            reason=form.reason.data or "",
            **moment(),
        )
    except drawers.ReasonMissingError:
        form.reason.errors = [gettext("Write why it differs")]
        return _drawer(drawer_id, form), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(gettext("The drawer is closed."))
    return _to_drawer(drawer_id)


@counter.post("/drawers/<uuid:drawer_id>/carry-on")
@DESK
def carry_on(drawer_id: UUID) -> Page:
    """Back to taking money; the count stays on record."""
    drawers.carry_on(portal().database, who(), drawer_id, **moment())
    flash(gettext("Your drawer is open again."))
    return _to_drawer(drawer_id)


@counter.post("/drawers/<uuid:drawer_id>/reopen")
@staff_only(*REACH[Area.BOOKS])
def reopen(drawer_id: UUID) -> Page:
    """A manager undoes the closing."""
    form = ReopenForm()
    if not form.validate():
        return _drawer(drawer_id, CloseForm(formdata=None), form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        drawers.reopen_drawer(
            portal().database, who(), drawer_id, reason=form.reason.data or "", **moment()
        )
    except drawers.DrawerInUseError:
        flash(gettext("Its owner works at another drawer. That one is closed first."))
    else:
        flash(gettext("The drawer is open again."))
    return _to_drawer(drawer_id)


def who() -> Principal:
    """Whoever is at the desk."""
    return require_staff().principal


def moment() -> Moment:
    """Now, in this request."""
    return {"now": portal().clock(), "request_id": request_id()}


def to_counter() -> Response:
    """To the desk's money."""
    return redirect(url_for("counter.index"), code=HTTPStatus.SEE_OTHER)


def _to_drawer(drawer_id: UUID) -> Response:
    return redirect(url_for("counter.drawer", drawer_id=drawer_id), code=HTTPStatus.SEE_OTHER)


def _index(form: OpenDrawerForm) -> str:
    page = counter_page(portal().database, who(), **moment())
    errors = error_summary(form)
    return render_template("money/counter/index.html", page=page, form=form, errors=errors)


def _drawer(drawer_id: UUID, form: CloseForm, reopening: ReopenForm | None = None) -> str:
    page = drawer_page(portal().database, who(), drawer_id, **moment())
    reopening = reopening or ReopenForm(formdata=None)
    return render_template(
        "money/counter/drawer.html",
        page=page,
        form=form,
        reopening=reopening,
        errors=[*error_summary(form), *error_summary(reopening)],
    )
