"""The posters' pages: what came in from insurers, what waits for a person, one claim."""

from datetime import datetime
from http import HTTPStatus
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from portal.auth.current import require_staff
from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.remittances import claim_work
from portal.remittances.claim_pages import claim_page
from portal.remittances.claim_work import Act
from portal.remittances.forms import FindForm, MatchForm, ReleaseForm
from portal.remittances.worklists import insurance_page
from portal.web.context import portal
from portal.web.fields import error_summary
from portal.web.logs import request_id

insurance = Blueprint("insurance", __name__, url_prefix="/insurance")

_POSTERS = staff_only(*REACH[Area.INSURANCE])


@insurance.errorhandler(claim_work.ClaimNotFoundError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Another practice's looks like nobody's."""
    return current_app.handle_user_exception(NotFound())


@insurance.get("")
@_POSTERS
def index() -> str:
    """Files, what was set aside, what waits."""
    here = portal()
    page = insurance_page(
        here.database, require_staff().principal, now=here.clock(), request_id=request_id()
    )
    return render_template("insurance/index.html", page=page)


@insurance.get("/claims/<uuid:claim_id>")
@_POSTERS
def claim(claim_id: UUID) -> str:
    """One claim, its holds, and whose it may be."""
    return _claim(claim_id, ReleaseForm(formdata=None))


@insurance.post("/claims/<uuid:claim_id>/find")
@_POSTERS
def find_patient(claim_id: UUID) -> str:
    """By POST: an account number has no place in an address."""
    find = FindForm()
    account_number = find.account_number.data if find.validate() else ""
    return _claim(claim_id, ReleaseForm(formdata=None), account_number=account_number or "")


@insurance.post("/claims/<uuid:claim_id>/patient")
@_POSTERS
def match_patient(claim_id: UUID) -> Response:
    """Say whose claim it is."""
    form = MatchForm()
    if not form.validate():
        abort(400)
    try:
        claim_work.match_patient(
            portal().database,
            require_staff().principal,
            claim_id,
            patient_id=form.patient,
            act=_act(),
        )
    except claim_work.PatientKnownError:  # somebody else was faster
        return _to_claim(claim_id)
    except claim_work.ImportRunningError:
        return _to_claim(claim_id, gettext("A remittance is being imported. Try again soon."))
    return _to_claim(claim_id, gettext("The claim has its patient."))


@insurance.post("/claims/<uuid:claim_id>/holds/release")
@_POSTERS
def release_hold(claim_id: UUID) -> ResponseReturnValue:
    """End a hold with a reason."""
    form = ReleaseForm()
    if not form.validate():
        return _claim(claim_id, form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        claim_work.release_hold(
            portal().database,
            require_staff().principal,
            claim_id,
            form.hold_kind,
            reason=form.reason.data or "",
            act=_act(),
        )
    except claim_work.NotReleasableError:
        return _to_claim(claim_id, gettext("This hold cannot be released by you, or has ended."))
    except claim_work.ImportRunningError:
        return _to_claim(claim_id, gettext("A remittance is being imported. Try again soon."))
    return _to_claim(claim_id, gettext("The hold has ended."))


def _claim(claim_id: UUID, form: ReleaseForm, *, account_number: str = "") -> str:
    here = portal()
    page = claim_page(
        here.database,
        require_staff().principal,
        claim_id,
        account_number=account_number,
        now=here.clock(),
        request_id=request_id(),
    )
    errors = error_summary(form)
    return render_template("insurance/claim.html", page=page, form=form, errors=errors)


def _to_claim(claim_id: UUID, message: str = "") -> Response:
    if message:
        flash(message)
    return redirect(url_for(".claim", claim_id=claim_id), code=HTTPStatus.SEE_OTHER)


def _act() -> Act:
    now: datetime = portal().clock()
    today = now.astimezone(ZoneInfo(require_staff().time_zone)).date()
    return Act(now=now, today=today, request_id=request_id())
