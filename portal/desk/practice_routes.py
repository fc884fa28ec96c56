"""The practice's settings: what counts, the form, a look at it in both themes, then it counts."""

from http import HTTPStatus

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.auth.current import require_staff
from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.desk import practice_service as service
from portal.desk.practice_forms import SETTING_NAMES, PracticeForm, filled, logo_words
from portal.domain.language_help import language_notices
from portal.domain.practice_look import Look, style_sheet
from portal.practice.branding import PracticeSetup, SetupChangedError, setup_findings
from portal.practice.logos import MOST_BYTES, LogoRefusedError
from portal.request_id import request_id
from portal.web.context import portal
from portal.web.fields import error_summary
from portal.web.security import takes_files

practice = Blueprint("practice", __name__, url_prefix="/practice")

_MANAGERS = staff_only(*REACH[Area.PRACTICE])
_FORM_BYTES = 128 * 1024


@practice.get("")
@_MANAGERS
def index() -> str:
    """What counts now, and who changed it when."""
    return render_template("practice/show.html", page=_page(), **_words())


@practice.get("/change")
@_MANAGERS
def change() -> str:
    """The form, filled with what counts now."""
    page = _page()
    form = filled(page.setup, seen=page.version)
    return render_template("practice/change.html", page=page, form=form, **_words())


@practice.post("/check")
@_MANAGERS
@takes_files(MOST_BYTES * 2 + _FORM_BYTES)
def check() -> ResponseReturnValue:
    """What would be another, and how it would look; nothing is changed yet."""
    form = PracticeForm()
    setup = _typed(form)
    if setup is None:
        return _again(form)
    page = _page()
    typed = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name in form and name not in ("csrf_token", "logo_id", "no_logo")
    ]
    return render_template(
        "practice/check.html",
        page=page,
        setup=setup,
        changes=service.changes(page.setup, setup),
        typed=[*typed, ("logo_id", setup.logo_id)],
        **_words(),
    )


@practice.post("/set")
@_MANAGERS
def put_in_force() -> ResponseReturnValue:
    """Every page of the practice has it from now on."""
    form, member, here = PracticeForm(), require_staff(), portal()
    setup = _typed(form)
    if setup is None:
        return _again(form)
    try:
        service.set_practice(
            here.database,
            member.principal,
            setup,
            seen=int(form.seen.data or 0),
            made_by=member.name,
            now=here.clock(),
            request_id=request_id(),
        )
    except SetupChangedError:
        return _again(form, gettext("Somebody changed the settings meanwhile. Look at them first."))
    flash(gettext("The settings count from now on."))
    return redirect(url_for(".index"), code=HTTPStatus.SEE_OTHER)


@practice.get("/preview.css")
@_MANAGERS
def preview() -> Response:
    """The style sheet of colours that are being tried; without their number signs."""
    light, dark = (f"#{request.args.get(name, '')}" for name in ("light", "dark"))
    look = Look(light, dark, request.args.get("corner", 0, type=int))
    try:
        body = style_sheet(look, '[data-brand="tried"]')
    except ValueError:
        abort(HTTPStatus.NOT_FOUND)
    return Response(body, content_type="text/css; charset=utf-8")


def _typed(form: PracticeForm) -> PracticeSetup | None:
    """What was typed, a new logo kept; None when something is wrong, beside its field then."""
    if not form.validate():
        return None
    setup = form.setup(logo_id=_logo_id(form))
    findings = setup_findings(setup)
    form.show(findings)
    return None if findings or form.logo.errors else setup


def _logo_id(form: PracticeForm) -> str:
    """Of the logo that was sent along, else of the one the form has."""
    sent = form.logo.data
    if not sent:
        return form.logo_id.data or ""
    here, member = portal(), require_staff()
    try:
        kept = service.keep_logo(
            here.database,
            member.principal,
            sent.read(),
            added_by=member.name,
            now=here.clock(),
        )
    except LogoRefusedError as refusal:
        form.logo.errors = [logo_words(refusal.problem)]
        return form.logo_id.data or ""
    form.logo_id.data = str(kept)
    return str(kept)


def _again(form: PracticeForm, *messages: str) -> ResponseReturnValue:
    body = render_template(
        "practice/change.html",
        page=_page(),
        form=form,
        errors=error_summary(form, *messages),
        **_words(),
    )
    return body, HTTPStatus.UNPROCESSABLE_ENTITY


def _page() -> service.PracticePage:
    return service.practice_page(portal().database, require_staff().principal)


def _words() -> dict[str, object]:
    return {"setting_names": SETTING_NAMES, "known_languages": language_notices().notices}
