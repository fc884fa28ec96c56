"""The staff's inbox of cases, one case, and opening one for a caller."""

from http import HTTPStatus
from typing import Final
from uuid import UUID

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask import Response as FileResponse
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from portal.auth.current import require_staff
from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.cases.blueprint import at, file_response, ports
from portal.cases.files import FileNotFoundInCaseError
from portal.cases.forms import FORMS
from portal.cases.ports import TakeInsurance
from portal.cases.service import Told
from portal.cases.staff import acts, inbox, pages
from portal.cases.staff.acts import OutcomeRefusedError, UnknownMoveError
from portal.cases.staff.forms import (
    KINDS,
    AnswerForm,
    CallerForm,
    CardForm,
    CloseForm,
    NoteForm,
)
from portal.cases.staff.insurance import Card, InsuranceRefusedError, use_insurance
from portal.cases.store import CaseNotFoundError
from portal.db import Database, Principal
from portal.domain.cases import HOLDS_VISITS, CaseOutcome, CaseState
from portal.web.context import portal
from portal.web.fields import error_summary

staff_cases: Final = Blueprint("staff_cases", __name__, url_prefix="/cases")

_STAFF = staff_only(*REACH[Area.CASES])
_DESK = staff_only(*REACH[Area.CASES_FOR_OTHERS])
_INSURANCE = staff_only(*REACH[Area.INSURANCE])

Page = Response | str | tuple[str, int]


@staff_cases.errorhandler(CaseNotFoundError)
@staff_cases.errorhandler(FileNotFoundInCaseError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Another practice's, and what a role does not see, look like nobody's."""
    return current_app.handle_user_exception(NotFound())


@staff_cases.errorhandler(UnknownMoveError)
def moved_meanwhile(_error: ValueError) -> ResponseReturnValue:
    """Somebody else was faster: its page says how it stands."""
    flash(gettext("This case has changed meanwhile. Look at it again."))
    return redirect(url_for(".index"), code=HTTPStatus.SEE_OTHER)


@staff_cases.get("")
@_STAFF
def index() -> str:
    """What waits for us."""
    choice = inbox.choice_from(request.args)
    page = inbox.inbox_page(_database(), _member(), choice, at=at())
    return render_template("staff_cases/index.html", page=page)


@staff_cases.get("/<uuid:case_id>")
@_STAFF
def show(case_id: UUID) -> str:
    """One case, with all that can be done about it."""
    return _show(case_id)


@staff_cases.post("/<uuid:case_id>/take")
@_STAFF
def take(case_id: UUID) -> Response:
    """I work on it."""
    acts.take(_database(), _member(), case_id, at=at())
    return _to(case_id)


@staff_cases.post("/<uuid:case_id>/answer")
@_STAFF
def answer(case_id: UUID) -> Page:
    """Write to who opened it."""
    form = AnswerForm()
    if not form.validate():
        return _show(case_id, answer=form), HTTPStatus.UNPROCESSABLE_ENTITY
    state = CaseState.WAITING if form.act.data == "ask" else CaseState.ANSWERED
    words = form.words.data or ""
    acts.answer(_database(), _member(), case_id, words, state=state, at=at())
    flash(gettext("It is on their page. They get an e-mail that there is news, and no more."))
    return _to(case_id)


@staff_cases.post("/<uuid:case_id>/hold")
@_STAFF
def hold_again(case_id: UUID) -> Response:
    """Of a case that was opened again: nothing is asked while we look."""
    acts.hold_again(_database(), _member(), case_id, holds=ports().holds, at=at())
    flash(gettext("The visits are paused again."))
    return _to(case_id)


@staff_cases.post("/<uuid:case_id>/note")
@_STAFF
def note(case_id: UUID) -> Page:
    """Among staff."""
    form = NoteForm()
    if not form.validate():
        return _show(case_id, note=form), HTTPStatus.UNPROCESSABLE_ENTITY
    acts.add_note(_database(), _member(), case_id, form.words.data or "", at=at())
    return _to(case_id)


@staff_cases.post("/<uuid:case_id>/close")
@_STAFF
def close(case_id: UUID) -> Page:
    """Over, with what became of it."""
    form = CloseForm()
    if not form.validate():
        return _show(case_id, close=form), HTTPStatus.UNPROCESSABLE_ENTITY
    outcome, words = CaseOutcome(form.outcome.data or ""), form.words.data or ""
    try:
        acts.close(_database(), _member(), case_id, outcome, words, holds=ports().holds, at=at())
    except OutcomeRefusedError:
        form.outcome.errors = [gettext("Choose how it ended")]
        return _show(case_id, close=form), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(gettext("The case is closed. What it paused goes on."))
    return _to(case_id)


@staff_cases.post("/<uuid:case_id>/insurance")
@_INSURANCE
def insurance(case_id: UUID) -> Page:
    """Put the card on file."""
    form = CardForm()
    if form.validate():
        try:
            card = _card(form, pages.staff_case_page(_database(), _member(), case_id, at=at()))
            service = portal().service(TakeInsurance)
            use_insurance(_database(), _member(), case_id, card, take=service, at=at())
        except InsuranceRefusedError as error:
            form.payer_name.errors = [_refusal(str(error))]
        else:
            flash(gettext("The insurance is on file. Bill it, and close the case when it is done."))
            return _to(case_id)
    return _show(case_id, card=form), HTTPStatus.UNPROCESSABLE_ENTITY


@staff_cases.get("/files/<uuid:case_file_id>")
@_STAFF
def file(case_file_id: UUID) -> FileResponse:
    """As it was taken in."""
    key = portal().settings.secret_key
    opened = pages.staff_file(_database(), _member(), case_file_id, secret_key=key, at=at())
    return file_response(opened)


@staff_cases.get("/people/<uuid:guarantor_id>/new")
@_DESK
def new(guarantor_id: UUID) -> str:
    """For somebody on the phone or at the desk."""
    return _new(guarantor_id, CallerForm(formdata=None))


@staff_cases.post("/people/<uuid:guarantor_id>/new")
@_DESK
def open_for(guarantor_id: UUID) -> Page:
    """As if they had sent it themselves."""
    form = CallerForm()
    if not form.validate():
        return _new(guarantor_id, form), HTTPStatus.UNPROCESSABLE_ENTITY
    if form.asked in HOLDS_VISITS and not form.visits.ids:
        form.visits.errors = [gettext("Choose the visits this is about")]
        return _new(guarantor_id, form), HTTPStatus.UNPROCESSABLE_ENTITY
    page = pages.new_case_page(_database(), _member(), guarantor_id, at=at())
    language = page.person.language
    told = Told(form.asked, {"words": form.words.data}, form.visits.ids, language=language)
    caller = acts.ForCaller(guarantor_id, told, form.patient_id)
    case_id = acts.open_for(_database(), _member(), caller, holds=ports().holds, at=at())
    flash(gettext("The case is open. Tell them its number."))
    return _to(case_id)


def _show(
    case_id: UUID,
    *,
    answer: AnswerForm | None = None,
    note: NoteForm | None = None,
    close: CloseForm | None = None,
    card: CardForm | None = None,
) -> str:
    """With the form that was sent wrong, if one was."""
    page = pages.staff_case_page(_database(), _member(), case_id, at=at())
    wrong = next((form for form in (answer, note, close, card) if form is not None), None)
    return render_template(
        "staff_cases/case.html",
        page=page,
        answer=answer or AnswerForm(formdata=None),
        note=note or NoteForm(formdata=None),
        close=close or CloseForm(formdata=None),
        card=card or CardForm(formdata=None, data={**page.answers, "rank": 1}),
        labels=FORMS[page.kind](formdata=None) if page.kind in FORMS else (),
        errors=error_summary(wrong) if wrong else (),
    )


def _new(guarantor_id: UUID, form: CallerForm) -> str:
    page = pages.new_case_page(_database(), _member(), guarantor_id, at=at())
    return render_template(
        "staff_cases/new.html",
        page=page,
        form=form,
        kinds=KINDS,
        errors=error_summary(form),
    )


def _card(form: CardForm, page: pages.StaffCasePage) -> Card:
    """Of one of the patients that the page names."""
    if form.patient_id not in {patient_id for patient_id, _ in page.patients}:
        abort(HTTPStatus.NOT_FOUND)
    return Card(
        form.patient_id,
        form.payer_name.data or "",
        form.member_identifier.data or "",
        form.rank.data or 1,
        form.starts_on.data,
    )


def _refusal(trouble: str) -> str:
    words: dict[str, str] = {
        "overlaps": gettext("Another plan has this place in line. End that one first"),
        "importing": gettext("A remittance is being imported. Try again in a minute"),
        "unknown": gettext("This patient is not known"),
    }
    return words[trouble]


def _to(case_id: UUID) -> Response:
    return redirect(url_for(".show", case_id=case_id), code=HTTPStatus.SEE_OTHER)


def _database() -> Database:
    return portal().database


def _member() -> Principal:
    return require_staff().principal
