"""Help: the ways of it, one kind's questions, check, send; and each case with its thread."""

from http import HTTPStatus
from uuid import UUID

from flask import Response as FileResponse
from flask import abort, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.auth.policies import Policy, policy
from portal.cases import queries, service
from portal.cases.blueprint import (
    FORM_BYTES,
    at,
    came_from,
    cases,
    file_response,
    opened_statement,
    ports,
    trouble_words,
    visitor,
)
from portal.cases.forms import FORMS, AskForm, FileForm, ReplyForm, with_bounds
from portal.cases.pictures import MOST_BYTES, FileRefusedError
from portal.cases.service import Told, UnknownMoveError
from portal.cases.views import AskPage, From
from portal.domain.cases import WITH_FILES, CaseKind
from portal.web.context import portal
from portal.web.fields import error_summary
from portal.web.i18n import current_language
from portal.web.security import takes_files

Page = Response | str | tuple[str, int]


@cases.get("")
@policy(Policy.STATEMENT_LINK)
def help() -> str:  # noqa: A001 — the endpoint's name
    """What is wrong, or what do you need?"""
    page = queries.ways_page(
        portal().database,
        visitor(),
        came_from(),
        on_statement=ports().on_statement,
        at=at(),
    )
    return render_template("cases/ways.html", page=page)


@cases.get("/cannot_afford")
@policy(Policy.STATEMENT_LINK)
def cannot_afford() -> str:
    """A plan, help with all or part of it, or a talk."""
    page = queries.cases_page(portal().database, visitor(), came_from().statement_id, at=at())
    return render_template("cases/cannot_afford.html", page=page)


@cases.get("/<kind>")
@policy(Policy.STATEMENT_LINK)
def begin(kind: str) -> str:
    """One kind's questions."""
    asked = _kind(kind)
    return _ask(asked, came_from(), FORMS[asked](formdata=None))


@cases.post("/<kind>")
@policy(Policy.STATEMENT_LINK)
def write_down(kind: str) -> Page:
    """Keep the answers as a draft; the check page comes next, or the pictures."""
    asked, came = _kind(kind), came_from()
    form = with_bounds(FORMS[asked]())
    if not (form.validate() & form.require_visits(asked)):
        return _ask(asked, came, form), HTTPStatus.UNPROCESSABLE_ENTITY
    told = _told(asked, form, came.statement_id)
    case_id = service.draft_case(portal().database, visitor(), told, ports=ports(), at=at())
    step = ".files" if asked in WITH_FILES else ".check"
    return redirect(url_for(step, case_id=case_id), code=HTTPStatus.SEE_OTHER)


@cases.get("/drafts/<uuid:case_id>/change")
@policy(Policy.STATEMENT_LINK)
def change(case_id: UUID) -> str:
    """The questions again, with what was answered."""
    draft = queries.draft_page(portal().database, visitor(), case_id, at=at())
    form = FORMS[_kind(draft.kind)].from_answers(
        draft.answers,
        visits=[one.claim_id for one in draft.visits],
        lines=list(draft.lines),
    )
    return _ask(draft.kind, From(draft.statement_id), form, case_id=case_id)


@cases.post("/drafts/<uuid:case_id>/change")
@policy(Policy.STATEMENT_LINK)
def changed(case_id: UUID) -> Page:
    """Other answers."""
    draft = queries.draft_page(portal().database, visitor(), case_id, at=at())
    form = with_bounds(FORMS[_kind(draft.kind)]())
    if not (form.validate() & form.require_visits(draft.kind)):
        asked = _ask(draft.kind, From(draft.statement_id), form, case_id=case_id)
        return asked, HTTPStatus.UNPROCESSABLE_ENTITY
    told = _told(draft.kind, form, draft.statement_id)
    service.change_draft(portal().database, visitor(), case_id, told, ports=ports(), at=at())
    return redirect(url_for(".check", case_id=case_id), code=HTTPStatus.SEE_OTHER)


@cases.get("/drafts/<uuid:case_id>/files")
@policy(Policy.STATEMENT_LINK)
def files(case_id: UUID) -> str:
    """Pictures of a card or a receipt; one may do without."""
    return _files(case_id, FileForm(formdata=None))


@cases.post("/drafts/<uuid:case_id>/files")
@policy(Policy.STATEMENT_LINK)
@takes_files(MOST_BYTES + FORM_BYTES)
def add_draft_file(case_id: UUID) -> Page:
    """One more."""
    form = FileForm()
    try:
        if form.validate() and _take_file(case_id, form):
            return redirect(url_for(".files", case_id=case_id), code=HTTPStatus.SEE_OTHER)
    except UnknownMoveError:  # it was sent in another window, and closed since
        abort(HTTPStatus.CONFLICT)
    return _files(case_id, form), HTTPStatus.UNPROCESSABLE_ENTITY


@cases.post("/drafts/files/<uuid:case_file_id>/remove")
@policy(Policy.STATEMENT_LINK)
def remove_file(case_file_id: UUID) -> Response:
    """Not this one."""
    case_id = service.remove_file(portal().database, visitor(), case_file_id, at=at())
    return redirect(url_for(".files", case_id=case_id), code=HTTPStatus.SEE_OTHER)


@cases.get("/drafts/<uuid:case_id>/check")
@policy(Policy.STATEMENT_LINK)
def check(case_id: UUID) -> str:
    """All of it once more, before it is sent."""
    page = queries.draft_page(portal().database, visitor(), case_id, at=at())
    _kind(page.kind)
    return render_template("cases/check.html", page=page, form=FORMS[page.kind](formdata=None))


@cases.post("/drafts/<uuid:case_id>/check")
@policy(Policy.STATEMENT_LINK)
def send(case_id: UUID) -> Response:
    """From now on it is ours to answer."""
    service.send_case(portal().database, visitor(), case_id, ports=ports(), at=at())
    return redirect(url_for(".show", case_id=case_id), code=HTTPStatus.SEE_OTHER)


@cases.get("/cases")
@policy(Policy.STATEMENT_LINK)
def index() -> str:
    """All that was told and asked."""
    page = queries.cases_page(portal().database, visitor(), opened_statement(), at=at())
    return render_template("cases/index.html", page=page)


@cases.get("/cases/<uuid:case_id>")
@policy(Policy.STATEMENT_LINK)
def show(case_id: UUID) -> str:
    """One case: where it is, what was written, what happens next."""
    return _show(case_id, ReplyForm(formdata=None))


@cases.post("/cases/<uuid:case_id>/reply")
@policy(Policy.STATEMENT_LINK)
def reply(case_id: UUID) -> Page:
    """Write back."""
    form = ReplyForm()
    if not form.validate():
        return _show(case_id, form), HTTPStatus.UNPROCESSABLE_ENTITY
    words = form.words.data or ""
    try:
        service.reply(portal().database, visitor(), case_id, words, ports=ports(), at=at())
    except UnknownMoveError:
        abort(HTTPStatus.CONFLICT)
    return redirect(url_for(".show", case_id=case_id), code=HTTPStatus.SEE_OTHER)


@cases.post("/cases/<uuid:case_id>/files")
@policy(Policy.STATEMENT_LINK)
@takes_files(MOST_BYTES + FORM_BYTES)
def add_file(case_id: UUID) -> Page:
    """A further picture, which somebody asked for."""
    form = FileForm()
    try:
        if form.validate() and _take_file(case_id, form):
            return redirect(url_for(".show", case_id=case_id), code=HTTPStatus.SEE_OTHER)
    except UnknownMoveError:
        abort(HTTPStatus.CONFLICT)
    return _show(case_id, ReplyForm(formdata=None), form), HTTPStatus.UNPROCESSABLE_ENTITY


@cases.get("/files/<uuid:case_file_id>")
@policy(Policy.STATEMENT_LINK)
def file(case_file_id: UUID) -> FileResponse:
    """As it was taken in."""
    here = portal()
    opened = queries.file_of(
        here.database,
        visitor(),
        case_file_id,
        secret_key=here.settings.secret_key,
        at=at(),
    )
    return file_response(opened)


@cases.post("/cases/<uuid:case_id>/withdraw")
@policy(Policy.STATEMENT_LINK)
def withdraw(case_id: UUID) -> Response:
    """Not needed any more."""
    try:
        service.withdraw(portal().database, visitor(), case_id, ports=ports(), at=at())
    except UnknownMoveError:
        abort(HTTPStatus.CONFLICT)
    return redirect(url_for(".show", case_id=case_id), code=HTTPStatus.SEE_OTHER)


def _kind(typed: str) -> CaseKind:
    """One that has questions; 404 for any other word."""
    if typed not in set(FORMS):
        abort(HTTPStatus.NOT_FOUND)
    return CaseKind(typed)


def _told(kind: CaseKind, form: AskForm, statement_id: UUID | None) -> Told:
    return Told(
        kind=kind,
        answers=form.answers(),
        claim_ids=form.visits.ids,
        lines=form.lines.ids,
        statement_id=statement_id,
        language=current_language(),
    )


def _ask(kind: CaseKind, came: From, form: AskForm, *, case_id: UUID | None = None) -> str:
    page: AskPage = queries.ask_page(
        portal().database,
        visitor(),
        kind,
        came,
        on_statement=ports().on_statement,
        at=at(),
        case_id=case_id,
    )
    return render_template("cases/ask.html", page=page, form=form, errors=error_summary(form))


def _files(case_id: UUID, form: FileForm) -> str:
    page = queries.draft_page(portal().database, visitor(), case_id, at=at())
    return render_template("cases/files.html", page=page, form=form, errors=error_summary(form))


def _show(case_id: UUID, form: ReplyForm, file_form: FileForm | None = None) -> str:
    page = queries.case_page(portal().database, visitor(), case_id, at=at())
    file_form = file_form or FileForm(formdata=None)
    return render_template(
        "cases/case.html",
        page=page,
        form=form,
        file_form=file_form,
        labels=FORMS[page.kind](formdata=None) if page.kind in FORMS else (),
        errors=[*error_summary(form), *error_summary(file_form)],
    )


def _take_file(case_id: UUID, form: FileForm) -> bool:
    """False, with an error at the field, for a file that is not taken."""
    here = portal()
    try:
        service.add_file(
            here.database,
            visitor(),
            case_id,
            form.file.data.read(MOST_BYTES + 1),
            secret_key=here.settings.secret_key,
            at=at(),
        )
    except FileRefusedError as error:
        form.file.errors = [trouble_words(error.trouble)]
        return False
    return True
