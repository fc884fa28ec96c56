"""Letters, for managers: what is due, runs, their files, what the mailing house said."""

import tempfile
import zipfile
from collections.abc import Iterator
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Final
from uuid import UUID

from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from portal.auth.current import require_staff
from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.domain.print_run import RunState, UnknownMoveError
from portal.request_id import request_id
from portal.statements.print_runs import service
from portal.statements.print_runs.acknowledgment import (
    MOST_BYTES,
    AnswersUnreadableError,
    Reconciled,
    read_answers,
)
from portal.statements.print_runs.files import run_folder
from portal.statements.print_runs.forms import AnswersForm, TakeOutForm
from portal.web.context import portal
from portal.web.fields import error_summary
from portal.web.security import takes_files

letters = Blueprint("letters", __name__, url_prefix="/letters")

_MANAGERS = staff_only(*REACH[Area.LETTERS])
_FORM_BYTES: Final = 16 * 1024
_CHUNK_BYTES: Final = 64 * 1024


@letters.errorhandler(service.UnknownRunError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Another practice's looks like nobody's."""
    return current_app.handle_user_exception(NotFound())


@letters.get("")
@_MANAGERS
def index() -> str:
    """What has to go by mail, and every run."""
    page = service.view_letters(portal().database, _act())
    return render_template("letters/index.html", page=page)


@letters.post("")
@_MANAGERS
def start() -> Response:
    """A run of everything that is due and has an address."""
    try:
        run_id = service.start_run(portal().database, _act())
    except service.NothingToPrintError:
        flash(gettext("No letter is due."))
        return redirect(url_for(".index"), code=303)
    return redirect(url_for(".run", run_id=run_id), code=303)


@letters.get("/<uuid:run_id>")
@_MANAGERS
def run(run_id: UUID) -> str:
    """How far it is, its files, what to look at."""
    return _run_page(run_id)


@letters.get("/<uuid:run_id>.zip")
@_MANAGERS
def files(run_id: UUID) -> Response:
    """Everything the mailing house gets, in one file."""
    here, member = portal(), require_staff()
    page = service.view_run(here.database, _act(), run_id)
    folder = run_folder(here.settings.home, member.principal.practice_id, page.run.number)
    if page.run.state not in (RunState.READY, RunState.HANDED_OVER) or not folder.is_dir():
        abort(404)
    if page.astray:
        return _refused_for_astray(run_id)
    named = {"Content-Disposition": f"attachment; filename={folder.name}.zip"}
    return Response(_zipped(folder), mimetype="application/zip", headers=named)


@letters.post("/<uuid:run_id>/handed-over")
@_MANAGERS
def hand_over(run_id: UUID) -> Response:
    """The files are at the mailing house: its letters count as sent."""
    here = portal()
    try:
        service.hand_over(here.database, _act(), run_id, home=here.settings.home)
    except service.AstrayLettersError:
        return _refused_for_astray(run_id)
    except UnknownMoveError:
        flash(gettext("This run is not ready."))
    return redirect(url_for(".run", run_id=run_id), code=303)


@letters.post("/<uuid:run_id>/take-out")
@_MANAGERS
def take_out(run_id: UUID) -> ResponseReturnValue:
    """One letter stays here; the others are put together anew."""
    form = TakeOutForm()
    if not form.validate():
        return _run_page(run_id, taking_out=form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        letter, reason = form.letter.data or "", form.reason.data or ""
        service.take_out(portal().database, _act(), run_id, letter, reason=reason)
    except service.NotOneLetterError as error:
        form.letter.errors = [_which(error.sequences)]
        return _run_page(run_id, taking_out=form), HTTPStatus.UNPROCESSABLE_ENTITY
    except service.OnlyLetterError:
        flash(gettext("It is the only letter of this run. Give the run up instead."))
    except UnknownMoveError:
        flash(gettext("This run is not ready."))
    else:
        flash(gettext("That letter does not go. The files are made anew."))
    return redirect(url_for(".run", run_id=run_id), code=303)


@letters.post("/<uuid:run_id>/end")
@_MANAGERS
def end(run_id: UUID) -> Response:
    """Given up before it is handed over: everything it was to print is due again."""
    here = portal()
    try:
        service.end_run(here.database, _act(), run_id, home=here.settings.home)
    except UnknownMoveError as error:
        flash(
            gettext("Nothing of this run was printed: its letters are due again.")
            if error.present is RunState.FAILED
            else gettext("This run is at the mailing house already.")
        )
    return redirect(url_for(".index"), code=303)


@letters.post("/<uuid:run_id>/answers")
@_MANAGERS
@takes_files(MOST_BYTES + _FORM_BYTES)
def take_answers(run_id: UUID) -> ResponseReturnValue:
    """What the mailing house says of each letter, held against what was sent."""
    form = AnswersForm()
    if not form.validate():
        return _run_page(run_id, answers=form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        answers = read_answers(form.file.data.read(MOST_BYTES))
    except AnswersUnreadableError as error:
        form.file.errors = [str(error)]
        return _run_page(run_id, answers=form), HTTPStatus.UNPROCESSABLE_ENTITY
    reconciled = service.take_answers(portal().database, _act(), run_id, answers)
    return _run_page(run_id, reconciled=reconciled)


def _run_page(
    run_id: UUID,
    *,
    answers: AnswersForm | None = None,
    taking_out: TakeOutForm | None = None,
    reconciled: Reconciled | None = None,
) -> str:
    page = service.view_run(portal().database, _act(), run_id, reconciled=reconciled)
    return render_template(
        "letters/run.html",
        page=page,
        form=answers or AnswersForm(formdata=None),
        taking_out=taking_out or TakeOutForm(formdata=None),
        errors=error_summary(taking_out or answers or AnswersForm(formdata=None)),
    )


def _refused_for_astray(run_id: UUID) -> Response:
    flash(gettext("Some letters must not go. Take them out first."))
    return redirect(url_for(".run", run_id=run_id), code=303)


def _which(sequences: tuple[int, ...]) -> str:
    if not sequences:
        return str(gettext("No letter of this run has that number"))
    numbers = ", ".join(map(str, sequences))
    return str(gettext("This account has the letters %(numbers)s: enter one", numbers=numbers))


def _zipped(folder: Path) -> Iterator[bytes]:
    """Stored as they are: PDF files are compressed already. A large run is not held in memory."""
    with tempfile.TemporaryFile() as packed:
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
            for file in sorted(one for one in folder.iterdir() if one.is_file()):
                archive.write(file, f"{folder.name}/{file.name}")
        packed.seek(0)
        yield from iter(partial(packed.read, _CHUNK_BYTES), b"")


def _act() -> service.Act:
    return service.Act(require_staff().principal, portal().clock(), request_id())
