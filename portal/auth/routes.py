"""The doors: a statement link with a date of birth, staff with password and code, and out again."""

from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.auth.accounts.sign_in import note_account_sign_out
from portal.auth.accounts.typed import drop_typed_form, typed_form
from portal.auth.current import (
    awaiting_code,
    begin_link_session,
    begin_second_factor,
    begin_staff_session,
    current_account,
    current_staff,
    note_wrong_code,
    require_staff,
)
from portal.auth.forms import BirthDateForm, CodeForm, SignInForm
from portal.auth.link_opening import (
    LinkLanding,
    OpenedLink,
    Paused,
    WrongDate,
    look_at_link,
    open_link,
)
from portal.auth.link_tokens import LinkTokens
from portal.auth.policies import Policy, policy, staff_only
from portal.auth.roles import Area, Role, areas_of
from portal.auth.staff import check_code, check_password, note_sign_out
from portal.auth.views import LandingPage, LinkDeadPage
from portal.auth.wrong_tries import source_of_dates
from portal.domain.link_status import LinkEnd
from portal.request_id import request_id
from portal.web.context import portal
from portal.web.fields import error_summary
from portal.web.i18n import LANGUAGE_COOKIE, LANGUAGES, remember_language
from portal.web.security import send_no_referrer
from portal.web.sessions import end_session

auth = Blueprint("auth", __name__)
staff = Blueprint("staff", __name__, url_prefix="/staff")

_DOOR = "the door of a statement link: says who sent it and nothing of a person"
_STAFF_DOOR = "the door for staff: says nothing of anybody"
_Page = Response | tuple[str, int]


@auth.get("/s/<token>")
@policy(Policy.PUBLIC, reason=_DOOR)
def landing(token: str) -> _Page:
    """Scanners follow links: this reads, and leaves no row, no cookie, no trace."""
    send_no_referrer()
    here = portal()
    found = look_at_link(here.database, _tokens(), token, now=here.clock())
    return _door(found, BirthDateForm(formdata=None), HTTPStatus.OK)


@auth.post("/s/<token>")
@policy(Policy.PUBLIC, reason=_DOOR)
def open_statement(token: str) -> _Page:
    """A right date of birth opens a session for this one statement, at an address without token."""
    send_no_referrer()
    here = portal()
    form = BirthDateForm()
    if not form.validate():
        found = look_at_link(here.database, _tokens(), token, now=here.clock())
        return _door(found, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    outcome = open_link(
        here.database,
        _tokens(),
        token,
        born_on=form.born_on.data,
        source=source_of_dates(here.settings.secret_key, request.remote_addr or ""),
        now=here.clock(),
        request_id=request_id(),
    )
    match outcome:
        case OpenedLink():
            return _enter(outcome)
        case WrongDate(found):
            form.born_on.errors = [gettext("That does not match the date of birth we have")]
            return _door(found, form, HTTPStatus.UNPROCESSABLE_ENTITY)
        case Paused(found):
            form.born_on.errors = [
                gettext(
                    "Several dates from your network did not match."
                    " Wait half a minute, then try again. Your link still works."
                )
            ]
            return _door(found, form, HTTPStatus.TOO_MANY_REQUESTS)
        case LinkLanding():
            return _door(outcome, form, HTTPStatus.OK)


@auth.post("/sign-out")
@policy(Policy.PUBLIC, reason="whoever wants to leave may, also when the session has ended")
def sign_out() -> Response:
    """End the session of a statement link or of an account; nothing typed stays behind."""
    account, here = current_account(), portal()
    if account is not None:
        note_account_sign_out(
            here.database, account.principal, now=here.clock(), request_id=request_id()
        )
    end_session()
    drop_typed_form()
    return redirect(url_for("auth.signed_out"), code=HTTPStatus.SEE_OTHER)


@auth.get("/signed-out")
@policy(Policy.PUBLIC, reason="says that nobody is signed in")
def signed_out() -> str:
    """Where leaving leads."""
    return render_template("auth/signed_out.html", timed_out=False)


@staff.get("/sign-in")
@policy(Policy.PUBLIC, reason=_STAFF_DOOR)
def sign_in() -> _Page:
    """The first step; whoever is signed in goes on to work."""
    member = current_staff()
    if member is not None:
        return _to_work(member.role)
    return render_template("auth/staff_sign_in.html", form=SignInForm(formdata=None)), HTTPStatus.OK


@staff.post("/sign-in")
@policy(Policy.PUBLIC, reason=_STAFF_DOOR)
def check_sign_in() -> _Page:
    """One answer for a wrong password, an unknown address, a disabled account and a pause."""
    here = portal()
    form = SignInForm()
    errors: tuple[str, ...] = ()
    if form.validate():
        ref = check_password(
            here.database,
            secret_key=here.settings.secret_key,
            email=form.email.data or "",
            password=form.password.data or "",
            source_address=request.remote_addr or "",
            now=here.clock(),
            request_id=request_id(),
        )
        if ref is not None:
            begin_second_factor(ref, now=here.clock())
            return redirect(url_for("staff.sign_in_code"), code=HTTPStatus.SEE_OTHER)
        errors = (gettext("Check the e-mail address and the password. After some tries, wait."),)
    page = render_template(
        "auth/staff_sign_in.html", form=form, errors=error_summary(form, *errors)
    )
    return page, HTTPStatus.UNPROCESSABLE_ENTITY


@staff.get("/sign-in/code")
@policy(Policy.PUBLIC, reason=_STAFF_DOOR)
def sign_in_code() -> _Page:
    """The second step, for whoever took the first within ten minutes."""
    if awaiting_code(now=portal().clock()) is None:
        return _to_sign_in()
    return render_template("auth/staff_code.html", form=CodeForm(formdata=None)), HTTPStatus.OK


@staff.post("/sign-in/code")
@policy(Policy.PUBLIC, reason=_STAFF_DOOR)
def check_sign_in_code() -> _Page:
    """A right code signs in, under a new session id; it works once."""
    here = portal()
    ref = awaiting_code(now=here.clock())
    if ref is None:
        return _to_sign_in()
    form = CodeForm()
    if form.validate():
        right = check_code(
            here.database,
            ref,
            secret_key=here.settings.secret_key,
            code=form.code.data or "",
            now=here.clock(),
            request_id=request_id(),
        )
        if right:
            member = begin_staff_session(ref)
            return _to_work(member.role) if member else _to_sign_in()
        if not note_wrong_code():
            return _to_sign_in()
        form.code.errors = [gettext("Wait for the next code in your app and enter that one")]
    page = render_template("auth/staff_code.html", form=form, errors=error_summary(form))
    return page, HTTPStatus.UNPROCESSABLE_ENTITY


@staff.post("/sign-out", endpoint="sign_out")
@staff_only(*Role)
def sign_out_staff() -> Response:
    """End a member of staff's session."""
    here = portal()
    note_sign_out(
        here.database, require_staff().principal, now=here.clock(), request_id=request_id()
    )
    end_session()
    return _to_sign_in()


def _tokens() -> LinkTokens:
    return LinkTokens(portal().settings.secret_key)


def _door(found: LinkLanding, form: BirthDateForm, status: HTTPStatus) -> _Page:
    if found.ended is not None or found.practice is None:
        reason = found.ended or LinkEnd.UNKNOWN
        gone = HTTPStatus.NOT_FOUND if reason is LinkEnd.UNKNOWN else HTTPStatus.GONE
        dead = LinkDeadPage(found.practice, reason)
        return render_template("auth/link_dead.html", page=dead), gone
    site_host = urlsplit(portal().settings.base_url).netloc
    page = render_template(
        "auth/landing.html",
        page=LandingPage(found.practice, site_host),
        form=form,
        errors=error_summary(form),
    )
    return page, status


def _enter(opened: OpenedLink) -> Response:
    begin_link_session(opened)
    if request.cookies.get(LANGUAGE_COOKIE) not in LANGUAGES:  # else they chose one themselves
        remember_language(opened.language)
    if typed_form() is not None:
        return redirect(url_for("accounts.kept"), code=HTTPStatus.SEE_OTHER)
    address = url_for("statements.show", statement_id=opened.statement_id)
    return redirect(address, code=HTTPStatus.SEE_OTHER)


def _to_sign_in() -> Response:
    return redirect(url_for("staff.sign_in"), code=HTTPStatus.SEE_OTHER)


def _to_work(role: Role) -> Response:
    endpoint = "desk.home" if Area.DESK in areas_of(role) else "insurance.index"
    return redirect(url_for(endpoint), code=HTTPStatus.SEE_OTHER)
