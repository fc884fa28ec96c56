"""The desk's page of who may see whose visits; a word given on paper or by phone is put in here."""

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
from portal.desk.viewing import service
from portal.desk.viewing.forms import GrantForm, ReachForm
from portal.practice.viewing_acts import UnknownPatientError
from portal.request_id import request_id
from portal.web.context import portal
from portal.web.fields import error_summary

staff_viewing = Blueprint("staff_viewing", __name__, url_prefix="/desk/people")

_DESK = staff_only(*REACH[Area.DESK])


@staff_viewing.errorhandler(service.UnknownHouseholdError)
@staff_viewing.errorhandler(UnknownPatientError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Another practice's looks like nobody's."""
    return current_app.handle_user_exception(NotFound())


@staff_viewing.get("/<uuid:guarantor_id>/who-may-see")
@_DESK
def person(guarantor_id: UUID) -> str:
    """Each patient of the account: who sees their visits, and where they are reached."""
    return _page(guarantor_id, GrantForm(formdata=None), ReachForm(formdata=None))


@staff_viewing.post("/<uuid:guarantor_id>/who-may-see")
@_DESK
def record_word(guarantor_id: UUID) -> ResponseReturnValue:
    """What a patient said on paper or by phone."""
    here, form = portal(), GrantForm()
    if not form.validate():
        page = _page(guarantor_id, form, ReachForm(formdata=None))
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    service.record_word(
        here.database,
        require_staff().principal,
        guarantor_id,
        form.patient,
        form.how,
        is_granted=form.is_granted,
        now=here.clock(),
        request_id=request_id(),
    )
    flash(gettext("It is noted, and counts at once."))
    return _to_page(guarantor_id)


@staff_viewing.post("/<uuid:guarantor_id>/reached-at")
@_DESK
def set_contact(guarantor_id: UUID) -> ResponseReturnValue:
    """Where a patient asked to be reached; no reason may be asked for (45 CFR 164.522(b))."""
    here, form = portal(), ReachForm()
    if not form.validate():
        page = _page(guarantor_id, GrantForm(formdata=None), form)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    runs = service.set_contact(
        here.database,
        require_staff().principal,
        guarantor_id,
        form.patient,
        form.where,
        reason=form.note.data or "",
        now=here.clock(),
        request_id=request_id(),
    )
    flash(gettext("It is noted, and counts at once."))
    if runs:
        flash(
            gettext(
                "Letters about this patient were printed before, in run %(numbers)s. "
                "Ask a manager to take them out before they go.",
                numbers=", ".join(map(str, runs)),
            )
        )
    return _to_page(guarantor_id)


def _page(guarantor_id: UUID, grant: GrantForm, reach: ReachForm) -> str:
    here = portal()
    page = service.household_page(
        here.database,
        require_staff().principal,
        guarantor_id,
        now=here.clock(),
        request_id=request_id(),
    )
    errors = error_summary(grant) or error_summary(reach)
    return render_template(
        "desk/viewing/person.html", page=page, form=grant, reach=reach, errors=errors
    )


def _to_page(guarantor_id: UUID) -> Response:
    address = url_for("staff_viewing.person", guarantor_id=guarantor_id)
    return redirect(address, code=HTTPStatus.SEE_OTHER)
