"""What envelopes the practice's letters go in: the form, a sample letter, then it counts."""

from http import HTTPStatus

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.auth.current import require_staff
from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.desk.practice_envelope_forms import SIDES, EnvelopeForm, filled
from portal.desk.practice_envelope_preview import envelope_preview
from portal.practice.letterhead import print_for
from portal.request_id import request_id
from portal.statements.papers import envelopes
from portal.web.context import portal
from portal.web.fields import error_summary

practice_envelope = Blueprint("practice_envelope", __name__, url_prefix="/practice/envelope")

_MANAGERS = staff_only(*REACH[Area.PRACTICE])


@practice_envelope.get("")
@_MANAGERS
def change() -> str:
    """The form, filled with what counts now."""
    page = _page()
    form = filled(page.envelope)
    return render_template("practice/envelope.html", page=page, form=form, sides=SIDES)


@practice_envelope.post("")
@_MANAGERS
def keep() -> ResponseReturnValue:
    """Every letter printed from now on is made for it."""
    form, here = EnvelopeForm(), portal()
    if not _is_right(form):
        return _again(form)
    envelopes.keep_envelope(
        here.database,
        require_staff().principal,
        form.envelope,
        now=here.clock(),
        request_id=request_id(),
    )
    flash(gettext("The settings count from now on."))
    return redirect(url_for(".change"), code=HTTPStatus.SEE_OTHER)


@practice_envelope.post("/sample.pdf")
@_MANAGERS
def sample() -> ResponseReturnValue:
    """A letter for what was typed; nothing is changed."""
    form, here = EnvelopeForm(), portal()
    if not _is_right(form):
        return _again(form)
    paper = envelope_preview(_page().practice, form.envelope)
    content = print_for(here.database, require_staff().principal, paper, made_at=here.clock())
    named = {"Content-Disposition": "attachment; filename=sample-letter.pdf"}
    return Response(content, mimetype="application/pdf", headers=named)


def _is_right(form: EnvelopeForm) -> bool:
    """What is wrong stands beside its field then."""
    if not form.validate():
        return False
    findings = envelopes.envelope_findings(form.envelope)
    form.show(findings)
    return not findings


def _again(form: EnvelopeForm) -> ResponseReturnValue:
    body = render_template(
        "practice/envelope.html",
        page=_page(),
        form=form,
        sides=SIDES,
        errors=error_summary(form),
    )
    return body, HTTPStatus.UNPROCESSABLE_ENTITY


def _page() -> envelopes.EnvelopePage:
    return envelopes.view_envelope(portal().database, require_staff().principal)
