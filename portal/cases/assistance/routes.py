"""Help with paying, for who pays: two questions, an application, and what was decided.

What somebody earns is told by nobody who may only act for them, and shown to none of these.
"""

from http import HTTPStatus
from uuid import UUID

from flask import abort, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.auth.current import require_holder
from portal.auth.policies import Policy, policy
from portal.cases.assistance import applying, pages
from portal.cases.assistance.applying import AlreadyAppliedError
from portal.cases.assistance.forms import ApplyForm, AttestForm, ScreenForm
from portal.cases.blueprint import at, cases, opened_statement, visitor
from portal.domain.assistance import UnknownMoveError
from portal.web.context import portal
from portal.web.fields import error_summary
from portal.web.i18n import current_language

Page = Response | str | tuple[str, int]


@cases.errorhandler(AlreadyAppliedError)
def applied_already(error: AlreadyAppliedError) -> Response:
    """Their page says how it stands."""
    address = url_for("cases.application", case_id=error.case_id)
    return redirect(address, code=HTTPStatus.SEE_OTHER)


@cases.get("/assistance")
@policy(Policy.STATEMENT_LINK)
def screen() -> str:
    """Two questions, of which nothing is kept."""
    return _screen(ScreenForm(formdata=None))


@cases.post("/assistance")
@policy(Policy.STATEMENT_LINK)
def screened() -> Page:
    """What the rules say; it is on this page and nowhere else."""
    form = ScreenForm()
    if not form.validate():
        return _screen(form), HTTPStatus.UNPROCESSABLE_ENTITY
    page = pages.plain_page(portal().database, visitor(), opened_statement(), at=at())
    result = applying.screen(portal().database, visitor(), form.household, at=at())
    return render_template("cases/assistance/screened.html", page=page, form=form, result=result)


@cases.get("/assistance/apply")
@policy(Policy.HOLDER)
def apply_form() -> str:
    """What the application asks."""
    return _apply(ApplyForm(formdata=None))


@cases.post("/assistance/apply")
@policy(Policy.HOLDER)
def apply() -> Page:
    """Keep it as a draft; papers come next."""
    form = ApplyForm()
    if not form.validate():
        return _apply(form), HTTPStatus.UNPROCESSABLE_ENTITY
    case_id = applying.draft_application(
        portal().database, require_holder(), form.applied(), language=current_language(), at=at()
    )
    return redirect(url_for(".files", case_id=case_id), code=HTTPStatus.SEE_OTHER)


@cases.get("/drafts/<uuid:case_id>/application")
@policy(Policy.HOLDER)
def change_application(case_id: UUID) -> str:
    """The questions again, with what was answered."""
    draft = pages.draft_application_page(portal().database, require_holder(), case_id, at=at())
    form = ApplyForm(
        formdata=None,
        data={
            "people": draft.household.people,
            "income": draft.household.income_cents,
            "period": draft.household.period.value,
            "income_words": draft.income_words,
        },
    )
    return _apply(form, case_id=case_id)


@cases.post("/drafts/<uuid:case_id>/application")
@policy(Policy.HOLDER)
def changed_application(case_id: UUID) -> Page:
    """Other answers."""
    form = ApplyForm()
    if not form.validate():
        return _apply(form, case_id=case_id), HTTPStatus.UNPROCESSABLE_ENTITY
    applied = form.applied()
    applying.change_application(portal().database, require_holder(), case_id, applied)
    return redirect(url_for(".check_application", case_id=case_id), code=HTTPStatus.SEE_OTHER)


@cases.get("/drafts/<uuid:case_id>/application/check")
@policy(Policy.HOLDER)
def check_application(case_id: UUID) -> str:
    """All of it once more, with a box that nobody ticked."""
    return _check(case_id, AttestForm(formdata=None))


@cases.post("/drafts/<uuid:case_id>/application/check")
@policy(Policy.HOLDER)
def send_application(case_id: UUID) -> Page:
    """From now on nothing is asked until it is decided."""
    form = AttestForm()
    if not form.validate():
        return _check(case_id, form), HTTPStatus.UNPROCESSABLE_ENTITY
    applying.send_application(portal().database, require_holder(), case_id, at=at())
    return redirect(url_for(".show", case_id=case_id), code=HTTPStatus.SEE_OTHER)


@cases.get("/cases/<uuid:case_id>/application")
@policy(Policy.HOLDER)
def application(case_id: UUID) -> str:
    """How it stands, or what was decided, in plain words."""
    page = pages.application_page(portal().database, require_holder(), case_id, at=at())
    return render_template("cases/assistance/application.html", page=page)


@cases.post("/cases/<uuid:case_id>/application/withdraw")
@policy(Policy.HOLDER)
def withdraw_application(case_id: UUID) -> Response:
    """Not needed any more."""
    try:
        applying.withdraw_application(portal().database, require_holder(), case_id, at=at())
    except UnknownMoveError:
        abort(HTTPStatus.CONFLICT)
    return redirect(url_for(".show", case_id=case_id), code=HTTPStatus.SEE_OTHER)


def _screen(form: ScreenForm) -> str:
    page = pages.plain_page(portal().database, visitor(), opened_statement(), at=at())
    return render_template(
        "cases/assistance/screen.html", page=page, form=form, errors=error_summary(form)
    )


def _apply(form: ApplyForm, *, case_id: UUID | None = None) -> str:
    page = pages.plain_page(
        portal().database, require_holder(), opened_statement(), at=at(), case_id=case_id
    )
    return render_template(
        "cases/assistance/apply.html", page=page, form=form, errors=error_summary(form)
    )


def _check(case_id: UUID, form: AttestForm) -> str:
    page = pages.draft_application_page(portal().database, require_holder(), case_id, at=at())
    return render_template(
        "cases/assistance/check.html", page=page, form=form, errors=error_summary(form)
    )
