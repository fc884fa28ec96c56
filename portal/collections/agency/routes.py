"""The agency's room: what might go, a check before it does, each file, and taking back."""

from http import HTTPStatus
from uuid import UUID

from flask import Response as FileResponse
from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from werkzeug.exceptions import NotFound

from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.collections.agency.noticing import send_final_notices
from portal.collections.agency.pages import (
    PlacementNotFoundError,
    agency_page,
    check_page,
    paid_csv,
    placement_csv,
)
from portal.collections.agency.placing import place as place_visits
from portal.collections.agency.placing import recall as recall_person
from portal.collections.blueprint import act, collections, csv_file, database, member
from portal.collections.forms import AgencyForm, NoticeForm
from portal.domain.money import format_usd
from portal.plans.moves import PlanNotFoundError
from portal.web.fields import error_summary

_STAFF = staff_only(*REACH[Area.PLANS])
_MANAGERS = staff_only(*REACH[Area.AGENCY])


@collections.errorhandler(PlacementNotFoundError)
@collections.errorhandler(PlanNotFoundError)
def nothing_there(_error: LookupError) -> ResponseReturnValue:
    """Another practice's looks like nobody's."""
    return current_app.handle_user_exception(NotFound())


@collections.get("/agency")
@_STAFF
def agency() -> str:
    """What might go and why not, what went, what was paid here since."""
    return _agency(AgencyForm(formdata=None))


@collections.post("/agency/check")
@_MANAGERS
def check_placement() -> ResponseReturnValue:
    """What would go, with its sum; nothing does yet."""
    form = AgencyForm()
    if not form.validate():
        return _agency(form), HTTPStatus.UNPROCESSABLE_ENTITY
    if not form.visits.ids:
        return _agency(form, gettext("Choose what is to go.")), HTTPStatus.UNPROCESSABLE_ENTITY
    page = check_page(database(), member(), form.visits.ids, form.agency_name.data or "", **act())
    return render_template("collections/agency_check.html", page=page)


@collections.post("/agency/notice")
@_MANAGERS
def final_notice() -> ResponseReturnValue:
    """To whoever owes these visits: after it so many days have to pass."""
    form = NoticeForm()
    form.validate()
    done = send_final_notices(database(), member(), form.visits.ids, **act())
    if done.mailed:
        flash(
            ngettext(
                "%(num)s person is told by e-mail.",
                "%(num)s people are told by e-mail.",
                done.mailed,
            )
        )
    if done.by_staff:
        flash(
            ngettext(
                "%(num)s person gets it by letter: see Tasks.",
                "%(num)s people get it by letter: see Tasks.",
                done.by_staff,
            )
        )
    if not done.mailed and not done.by_staff:
        flash(gettext("Choose whom to tell."))
    return redirect(url_for(".agency"), code=HTTPStatus.SEE_OTHER)


@collections.post("/agency/place")
@_MANAGERS
def place() -> ResponseReturnValue:
    """What nothing speaks against at this moment."""
    form = AgencyForm()
    if not form.validate():
        return _agency(form), HTTPStatus.UNPROCESSABLE_ENTITY
    done = place_visits(database(), member(), form.visits.ids, form.agency_name.data or "", **act())
    flash(
        gettext("%(sum)s were placed. Save the file and send it.", sum=format_usd(done.cents))
        if done.placed
        else gettext("Nothing was placed: something speaks against each of them now.")
    )
    return redirect(url_for(".agency"), code=HTTPStatus.SEE_OTHER)


@collections.get("/agency/files/<uuid:placement_id>.csv")
@_MANAGERS
def placement_file(placement_id: UUID) -> FileResponse:
    """What is sent to the agency."""
    return csv_file(placement_csv(database(), member(), placement_id, **act()), "placement")


@collections.get("/agency/paid.csv")
@_STAFF
def paid_here() -> FileResponse:
    """What people paid here although an agency asked them."""
    return csv_file(paid_csv(database(), member(), **act()), "paid-here")


@collections.post("/agency/people/<uuid:guarantor_id>/recall")
@_MANAGERS
def recall(guarantor_id: UUID) -> ResponseReturnValue:
    """All that agencies hold of one person."""
    cents = recall_person(database(), member(), guarantor_id, **act())
    if cents:
        words = gettext(
            "%(sum)s are ours to ask for again. Tell the agency.", sum=format_usd(cents)
        )
        flash(words)
    return redirect(url_for(".person", guarantor_id=guarantor_id), code=HTTPStatus.SEE_OTHER)


def _agency(form: AgencyForm, *messages: str) -> str:
    return render_template(
        "collections/agency.html",
        page=agency_page(database(), member(), **act()),
        form=form,
        errors=error_summary(form, *messages),
    )
