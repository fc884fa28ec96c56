"""The front desk's pages: find somebody, see what they see, send a link and watch it."""

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from portal.auth import links
from portal.auth.accounts import ending
from portal.auth.accounts.credentials import Change
from portal.auth.current import require_staff
from portal.auth.link_tokens import LinkTokens
from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area, Role
from portal.desk import account_holds, service
from portal.desk.forms import AccountHoldForm
from portal.desk.search import NOT_SEARCHED
from portal.desk.tasks import UnknownTaskError, finish_task, view_tasks
from portal.messages.rendering import TemplateRenderer
from portal.request_id import request_id
from portal.statements.coming import ScheduledOfStatement
from portal.statements.service import StatementNotFoundError, view_statement
from portal.web.context import portal
from portal.web.fields import error_summary
from portal.web.sessions import end_sessions_of

desk = Blueprint("desk", __name__, url_prefix="/desk")

_DESK = staff_only(*REACH[Area.DESK])


@desk.errorhandler(service.UnknownPersonError)
@desk.errorhandler(account_holds.UnknownAccountError)
@desk.errorhandler(service.UnknownStatementError)
@desk.errorhandler(UnknownTaskError)
@desk.errorhandler(StatementNotFoundError)
@desk.errorhandler(links.UnknownLinkError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Another practice's looks like nobody's: the page for what does not exist."""
    return current_app.handle_http_exception(NotFound())


@desk.get("")
@_DESK
def home() -> str:
    """An empty search."""
    return render_template("desk/search.html", page=NOT_SEARCHED)


@desk.post("/search")
@_DESK
def search() -> str:
    """By POST, and shown at once: a name or a date of birth has no place in an address."""
    here = portal()
    page = service.search_people(
        here.database,
        require_staff().principal,
        request.form.get("term", "").strip(),
        now=here.clock(),
        request_id=request_id(),
    )
    return render_template("desk/search.html", page=page)


@desk.get("/people/<uuid:guarantor_id>")
@_DESK
def person(guarantor_id: UUID) -> str:
    """What they owe, the link and where it is, what happened."""
    return _person(guarantor_id, AccountHoldForm(formdata=None))


@desk.post("/people/<uuid:guarantor_id>/holds")
@_DESK
def place_hold(guarantor_id: UUID) -> ResponseReturnValue:
    """Nothing is asked of this person until somebody ends it."""
    here, form = portal(), AccountHoldForm()
    if form.validate():
        try:
            account_holds.place_account_hold(
                here.database,
                require_staff().principal,
                guarantor_id,
                form.kind,
                reason=form.reason.data or "",
                now=here.clock(),
                request_id=request_id(),
            )
        except account_holds.HoldStandsError:
            form.hold.errors = [gettext("The account has this hold already")]
        else:
            flash(gettext("The account is on hold."))
            return _to_person(guarantor_id)
    return _person(guarantor_id, form), HTTPStatus.UNPROCESSABLE_ENTITY


@desk.post("/people/<uuid:guarantor_id>/holds/end")
@_DESK
def end_hold(guarantor_id: UUID) -> ResponseReturnValue:
    """The account may be billed again, unless another hold stands."""
    here, form = portal(), AccountHoldForm()
    if not form.validate():
        ending = form.hold.data or ""
        return _person(guarantor_id, form, ending=ending), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        account_holds.end_account_hold(
            here.database,
            require_staff().principal,
            guarantor_id,
            form.kind,
            reason=form.reason.data or "",
            now=here.clock(),
            request_id=request_id(),
        )
    except account_holds.HoldNotEndedError:
        flash(gettext("This hold cannot be ended by you, or has ended."))
    else:
        flash(gettext("The hold has ended."))
    return _to_person(guarantor_id)


@desk.get("/statements/<uuid:statement_id>")
@_DESK
def statement(statement_id: UUID) -> str:
    """Exactly what the patient sees, under a banner."""
    here = portal()
    page = view_statement(
        here.database,
        require_staff().principal,
        statement_id,
        scheduled_of_statement=here.service(ScheduledOfStatement),
        now=here.clock(),
        request_id=request_id(),
    )
    return render_template("desk/statement.html", page=page, guarantor_id=page.guarantor_id)


@desk.post("/statements/<uuid:statement_id>/links")
@_DESK
def send_link(statement_id: UUID) -> Response:
    """E-mail a link to a statement."""
    return _send(statement_id)


@desk.post("/links/<uuid:link_id>/resend")
@_DESK
def resend_link(link_id: UUID) -> Response:
    """A new link to the same statement; the old one stops opening."""
    here, principal = portal(), require_staff().principal
    return _send(service.statement_of_link(here.database, principal, link_id))


@desk.post("/links/<uuid:link_id>/revoke")
@_DESK
def revoke_link(link_id: UUID) -> Response:
    """Turn a link off."""
    here = portal()
    guarantor_id = links.revoke_link(
        here.database,
        require_staff().principal,
        link_id,
        now=here.clock(),
        request_id=request_id(),
    )
    flash(gettext("The link is turned off."))
    return _to_person(guarantor_id)


@desk.post("/people/<uuid:guarantor_id>/account/end")
@_DESK
def end_account(guarantor_id: UUID) -> ResponseReturnValue:
    """Nobody signs in to it any more, and whoever is signed in is not."""
    here = portal()
    act = Change(here.clock(), here.settings.secret_key, request_id())
    try:
        ended = ending.end_account(here.database, require_staff().principal, guarantor_id, act=act)
    except ending.NoAccountError:  # the page says that there is none, or there is no such person
        return _person(guarantor_id, AccountHoldForm(formdata=None)), HTTPStatus.CONFLICT
    end_sessions_of(here.database, ended, now=here.clock())
    flash(gettext("The account was ended."))
    return _to_person(guarantor_id)


@desk.get("/tasks")
@staff_only(*Role)
def tasks() -> str:
    """What waits for somebody, whatever their role."""
    here = portal()
    page = view_tasks(
        here.database,
        require_staff().principal,
        after=_page_before(),
        now=here.clock(),
        request_id=request_id(),
    )
    return render_template("desk/tasks.html", page=page)


@desk.post("/tasks/<uuid:task_id>/done")
@staff_only(*Role)
def finish(task_id: UUID) -> Response:
    """Somebody has seen to it."""
    here = portal()
    finish_task(
        here.database,
        require_staff().principal,
        task_id,
        now=here.clock(),
        request_id=request_id(),
    )
    flash(gettext("Ticked off."))
    return redirect(url_for("desk.tasks", after=_page_before()), code=HTTPStatus.SEE_OTHER)


def _page_before() -> UUID | None:
    """The task that ends it; an id in an address tells nothing of anybody."""
    return request.args.get("after", type=UUID)


def _send(statement_id: UUID) -> Response:
    """The person's page says what stood against it, if anything did."""
    here = portal()
    sending = service.send_link(
        here.database,
        require_staff().principal,
        statement_id,
        tokens=LinkTokens(here.settings.secret_key),
        now=here.clock(),
        request_id=request_id(),
    )
    if not sending.refusals:
        flash(gettext("The link is on its way."))
    return _to_person(sending.guarantor_id)


def _person(guarantor_id: UUID, form: AccountHoldForm, *, ending: str = "") -> str:
    """``ending``: the kind of hold whose end was sent with a mistake."""
    here = portal()
    page = service.view_person(
        here.database,
        require_staff().principal,
        guarantor_id,
        renderer=TemplateRenderer(),
        base_url=here.settings.base_url,
        now=here.clock(),
        request_id=request_id(),
    )
    errors = error_summary(form)
    return render_template("desk/person.html", page=page, form=form, ending=ending, errors=errors)


def _to_person(guarantor_id: UUID) -> Response:
    return redirect(url_for("desk.person", guarantor_id=guarantor_id), code=HTTPStatus.SEE_OTHER)
