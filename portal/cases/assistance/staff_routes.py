"""Help with paying, for staff: the decision, the second person, the practice's rules."""

from http import HTTPStatus
from typing import Final
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.auth.current import require_staff
from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.cases.assistance import deciding, pages
from portal.cases.assistance.deciding import BooksBusyError, SamePersonError, UnknownMoveError
from portal.cases.assistance.forms import DenyForm, GrantForm, PolicyForm, StopForm
from portal.cases.assistance.policies import set_policy
from portal.cases.blueprint import at
from portal.cases.ports import DetailsForPractice
from portal.cases.staff.routes import staff_cases
from portal.db import Database, Principal
from portal.web.context import portal
from portal.web.fields import error_summary

_DECIDES: Final = staff_only(*REACH[Area.ASSISTANCE])
_RULES: Final = staff_only(*REACH[Area.ASSISTANCE_RULES])

Page = Response | str | tuple[str, int]


@staff_cases.errorhandler(SamePersonError)
def same_person(_error: ValueError) -> Response:
    """Two people, or nobody."""
    flash(gettext("A second person, a manager, has to agree."))
    return redirect(url_for("staff_cases.index"), code=HTTPStatus.SEE_OTHER)


@staff_cases.errorhandler(UnknownMoveError)
def decided_meanwhile(_error: ValueError) -> Response:
    """Somebody else was faster."""
    flash(gettext("This case has changed meanwhile. Look at it again."))
    return redirect(url_for("staff_cases.index"), code=HTTPStatus.SEE_OTHER)


@staff_cases.errorhandler(BooksBusyError)
def busy(_error: RuntimeError) -> Response:
    """What lines ask for changes just now."""
    flash(gettext("A remittance is being imported. Try again in a minute"))
    return redirect(url_for("staff_cases.index"), code=HTTPStatus.SEE_OTHER)


@staff_cases.get("/<uuid:case_id>/assistance")
@_DECIDES
def decide(case_id: UUID) -> str:
    """What they say, what the rules say, what it would take off."""
    return _decide(case_id)


@staff_cases.post("/<uuid:case_id>/assistance/grant")
@_DECIDES
def grant(case_id: UUID) -> Page:
    """Take it off, or ask a second person."""
    form = GrantForm()
    if not form.validate():
        return _decide(case_id, grant=form), HTTPStatus.UNPROCESSABLE_ENTITY
    given = deciding.Grant(form.off_percent.data or 0, form.words.data or "")
    done = deciding.grant(_database(), _member(), case_id, given, details=_details(), at=at())
    flash(
        gettext("It is granted, and off their bills.")
        if done
        else gettext("It is more than one person may grant. A manager has to agree.")
    )
    return _to(case_id)


@staff_cases.post("/<uuid:case_id>/assistance/agree")
@_RULES
def agree(case_id: UUID) -> Response:
    """The second person says yes."""
    deciding.agree(_database(), _member(), case_id, details=_details(), at=at())
    flash(gettext("It is granted, and off their bills."))
    return _to(case_id)


@staff_cases.post("/<uuid:case_id>/assistance/send-back")
@_DECIDES
def send_back(case_id: UUID) -> Response:
    """The second person says no, or the first takes it back."""
    deciding.send_back(_database(), _member(), case_id, at=at())
    flash(gettext("It is to be decided again."))
    return _to(case_id)


@staff_cases.post("/<uuid:case_id>/assistance/deny")
@_DECIDES
def deny(case_id: UUID) -> Page:
    """No, with the reason."""
    form = DenyForm()
    if not form.validate():
        return _decide(case_id, deny=form), HTTPStatus.UNPROCESSABLE_ENTITY
    deciding.deny(_database(), _member(), case_id, form.words.data or "", at=at())
    flash(gettext("It is denied. They read why on their page."))
    return _to(case_id)


@staff_cases.post("/<uuid:case_id>/assistance/stop")
@_RULES
def stop(case_id: UUID) -> Page:
    """No more for later bills."""
    form = StopForm()
    if not form.validate():
        return _decide(case_id, stop=form), HTTPStatus.UNPROCESSABLE_ENTITY
    deciding.stop(_database(), _member(), case_id, form.words.data or "", at=at())
    flash(gettext("Later bills get no help. What was given stays. They read why on their page."))
    return _to(case_id)


@staff_cases.get("/assistance-rules", endpoint="policy")
@_RULES
def show_policy() -> str:
    """By which bands, for how long, for which visits."""
    page = pages.policy_page(_database(), _member(), at=at())
    return _rules(PolicyForm.of(page.policy))


@staff_cases.post("/assistance-rules")
@_RULES
def set_rules() -> Page:
    """For applications from now on."""
    form = PolicyForm()
    policy = form.policy() if form.validate() else None
    if policy is None:
        return _rules(form), HTTPStatus.UNPROCESSABLE_ENTITY
    set_policy(_database(), _member(), policy, at=at())
    flash(gettext("The rules are in force for applications from now on."))
    return redirect(url_for(".policy"), code=HTTPStatus.SEE_OTHER)


def _decide(
    case_id: UUID,
    *,
    grant: GrantForm | None = None,
    deny: DenyForm | None = None,
    stop: StopForm | None = None,
) -> str:
    page = pages.decide_page(_database(), _member(), case_id, at=at())
    wrong = grant or deny or stop
    proposal = GrantForm(formdata=None, data={"off_percent": page.off_percent or page.banded})
    return render_template(
        "staff_cases/decide.html",
        page=page,
        grant=grant or proposal,
        deny=deny or DenyForm(formdata=None),
        stop=stop or StopForm(formdata=None),
        errors=error_summary(wrong) if wrong else (),
    )


def _rules(form: PolicyForm) -> str:
    page = pages.policy_page(_database(), _member(), at=at())
    return render_template(
        "staff_cases/policy.html", page=page, form=form, errors=error_summary(form)
    )


def _details() -> DetailsForPractice:
    return portal().service(DetailsForPractice)


def _to(case_id: UUID) -> Response:
    return redirect(url_for(".decide", case_id=case_id), code=HTTPStatus.SEE_OTHER)


def _database() -> Database:
    return portal().database


def _member() -> Principal:
    return require_staff().principal
