"""The pages of charges to come: for the person who pays."""

from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from typing import TypedDict
from uuid import UUID

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from portal.auth.current import LinkSession, current_link, require_holder, require_statement
from portal.auth.policies import Policy, fresh_only, policy
from portal.domain.charge_schedule import ScheduledState
from portal.payments.access import StatementDue, StatementNotFoundError
from portal.payments.methods.consents import NotAgreedError, address_hash
from portal.payments.scheduled import queries
from portal.payments.scheduled.forms import (
    AgreeForm,
    MoveForm,
    PayLaterForm,
)
from portal.payments.scheduled.moves import ScheduledNotFoundError
from portal.payments.scheduled.queries import PayLaterPage
from portal.payments.scheduled.service import (
    AlreadyPlannedError,
    DayRefusedError,
    MethodNotFoundError,
    ScheduledAmountRefusedError,
    TooLateError,
    agree_to_payment,
    choose_payment,
    move,
    stop,
)
from portal.payments.service import LEAST_CENTS
from portal.request_id import request_id
from portal.web.context import portal
from portal.web.fields import error_summary
from portal.web.i18n import current_language

scheduled = Blueprint("scheduled", __name__)

_Page = Response | str | tuple[str, int]
_PLAN_PAGE = "plans.plan"


class _Seen(TypedDict):
    statement_id: UUID
    now: datetime
    request_id: str


@scheduled.errorhandler(ScheduledNotFoundError)
@scheduled.errorhandler(StatementNotFoundError)
@scheduled.errorhandler(MethodNotFoundError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Somebody else's looks like nobody's."""
    return current_app.handle_user_exception(NotFound())


@scheduled.route("/statements/<uuid:statement_id>/pay-later", methods=["GET", "POST"])
@policy(Policy.HOLDER)
def pay_later(statement_id: UUID) -> _Page:
    """How much, when, with what."""
    require_statement(statement_id)
    here, form = portal(), PayLaterForm()
    page = queries.pay_later_page(
        here.database,
        require_holder(),
        statement_id,
        statement_due=here.service(StatementDue),
        now=here.clock(),
        request_id=request_id(),
    )
    if page.standing is not None:
        return redirect(url_for(".show", scheduled_id=page.standing.scheduled_id), code=303)
    if not page.can_pay:
        return redirect(url_for("statements.show", statement_id=statement_id), code=303)
    form.amount.allow(minimum_cents=LEAST_CENTS, maximum_cents=page.due_now_cents)
    form.day.allow(first_on=page.first_on, last_on=page.last_on)
    form.method.offer(frozenset(one.method_id for one in page.methods))
    if form.validate_on_submit():
        return _choose(page, form)
    return _shown("payments/scheduled/pay_later.html", page, form)


@scheduled.route("/scheduled-payments/<uuid:scheduled_id>/agree", methods=["GET", "POST"])
@policy(Policy.HOLDER)
@fresh_only
def agree(scheduled_id: UUID) -> _Page:
    """The wording and the box; a ticked one makes the charge stand."""
    here, link, form = portal(), _account(), AgreeForm()
    page = queries.scheduled_page(
        here.database, link.principal, scheduled_id, **_seen(link), language=current_language()
    )
    charge_address = url_for(".show", scheduled_id=scheduled_id)
    if page.planned.state is not ScheduledState.DRAFT:
        return redirect(charge_address, code=303)
    if not form.validate_on_submit():
        return _shown("payments/scheduled/agree.html", page, form)
    try:
        agree_to_payment(
            here.database,
            link.principal,
            scheduled_id,
            language=current_language(),
            address_hash=_address_hash(),
            statement_due=here.service(StatementDue),
            now=here.clock(),
            request_id=request_id(),
        )
    except (NotAgreedError, AlreadyPlannedError, MethodNotFoundError):
        again = url_for(".pay_later", statement_id=page.planned.statement_id)
        return redirect(again, code=303)
    return redirect(charge_address, code=303)


@scheduled.get("/scheduled-payments/<uuid:scheduled_id>")
@policy(Policy.HOLDER)
def show(scheduled_id: UUID) -> _Page:
    """One charge: how it stands, what was agreed, and how to stop or move it."""
    return _scheduled_page(scheduled_id, MoveForm())


@scheduled.post("/scheduled-payments/<uuid:scheduled_id>/move")
@policy(Policy.HOLDER)
@fresh_only
def move_payment(scheduled_id: UUID) -> _Page:
    """To another day, until the day."""
    here, form = portal(), MoveForm()
    if not form.validate():
        return _scheduled_page(scheduled_id, form)
    try:
        move(
            here.database,
            require_holder(),
            scheduled_id,
            charge_on=form.chosen_day(),
            language=current_language(),
            address_hash=_address_hash(),
            now=here.clock(),
            request_id=request_id(),
        )
    except DayRefusedError as refusal:
        form.day.allow(first_on=refusal.first_on, last_on=refusal.last_on)
        form.validate()
        return _scheduled_page(scheduled_id, form)
    except TooLateError:
        pass  # its page says how it stands
    return redirect(url_for(".show", scheduled_id=scheduled_id), code=303)


@scheduled.post("/scheduled-payments/<uuid:scheduled_id>/stop")
@policy(Policy.HOLDER)
def stop_payment(scheduled_id: UUID) -> Response:
    """Not at all."""
    here = portal()
    with suppress(TooLateError):  # its page says how it stands
        stop(
            here.database,
            require_holder(),
            scheduled_id,
            now=here.clock(),
            request_id=request_id(),
        )
    return redirect(url_for(".show", scheduled_id=scheduled_id), code=303)


def _choose(page: PayLaterPage, form: PayLaterForm) -> Response:
    here = portal()
    try:
        scheduled_id = choose_payment(
            here.database,
            require_holder(),
            statement_id=page.statement_id,
            amount_cents=form.chosen_cents(page.due_now_cents),
            charge_on=form.chosen_day(),
            method_id=form.method.data,
            statement_due=here.service(StatementDue),
            now=here.clock(),
        )
    except (ScheduledAmountRefusedError, DayRefusedError, AlreadyPlannedError):
        again = url_for(".pay_later", statement_id=page.statement_id)
        return redirect(again, code=303)  # it changed since the form was checked
    return redirect(url_for(".agree", scheduled_id=scheduled_id), code=303)


def _scheduled_page(scheduled_id: UUID, form: MoveForm) -> _Page:
    here, link = portal(), _account()
    page = queries.scheduled_page(
        here.database, link.principal, scheduled_id, **_seen(link), language=current_language()
    )
    if page.planned.state is ScheduledState.DRAFT:
        return redirect(url_for(".agree", scheduled_id=scheduled_id), code=303)
    if page.planned.plan_id is not None and _PLAN_PAGE in current_app.view_functions:
        return redirect(url_for(_PLAN_PAGE, plan_id=page.planned.plan_id), code=303)
    return _shown("payments/scheduled/show.html", page, form)


def _shown(template: str, page: object, form: FlaskForm) -> tuple[str, int]:
    shown = render_template(template, page=page, form=form, errors=error_summary(form))
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK


def _seen(link: LinkSession) -> _Seen:
    return _Seen(statement_id=link.statement_id, now=portal().clock(), request_id=request_id())


def _account() -> LinkSession:
    """The person who pays, with the statement they came by."""
    require_holder()
    return current_link() or abort(HTTPStatus.NOT_FOUND)


def _address_hash() -> bytes:
    return address_hash(portal().settings.secret_key, request.remote_addr or "")
