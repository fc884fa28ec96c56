"""The posters' door for files: send one, see what is in it, import it or leave it."""

from datetime import datetime
from http import HTTPStatus
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from portal.auth.current import require_staff
from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.remittances.claims.work import Act
from portal.remittances.forms import refuse
from portal.remittances.incoming import uploads
from portal.remittances.incoming.forms import FileForm
from portal.remittances.incoming.pages import upload_page, uploads_page
from portal.request_id import request_id
from portal.web.context import portal
from portal.web.fields import error_summary
from portal.web.security import takes_files

intake = Blueprint("intake", __name__, url_prefix="/insurance")

_POSTERS = staff_only(*REACH[Area.INSURANCE])
_FORM_BYTES = 16 * 1024  # what stands around the file in a request


@intake.errorhandler(uploads.UploadNotFoundError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Another practice's looks like nobody's."""
    return current_app.handle_user_exception(NotFound())


@intake.get("/upload")
@_POSTERS
def upload() -> str:
    """The form, and the newest files."""
    return _form(FileForm(formdata=None))


@intake.post("/upload")
@_POSTERS
@takes_files(uploads.MOST_BYTES + _FORM_BYTES)
def send() -> ResponseReturnValue:
    """Look into a file; nothing is imported yet."""
    form, why = FileForm(), ""
    if form.validate():
        file = form.file.data
        try:
            upload_id = uploads.take_upload(
                portal().database,
                require_staff().principal,
                file.stream,
                name=file.filename or "",
                act=_act(),
            )
        except uploads.UnreadableRemittanceError as error:
            why = str(error)
            refuse(form.file, gettext("This file cannot be imported. Choose another one"))
        else:
            return _to_file(upload_id)
    return _form(form, why=why), HTTPStatus.UNPROCESSABLE_ENTITY


@intake.get("/uploads/<uuid:upload_id>")
@_POSTERS
def uploaded(upload_id: UUID) -> str:
    """What is in a file, and what became of it."""
    here = portal()
    page = upload_page(
        here.database,
        require_staff().principal,
        upload_id,
        now=here.clock(),
        request_id=request_id(),
    )
    return render_template("insurance/upload_file.html", page=page)


@intake.post("/uploads/<uuid:upload_id>/import")
@_POSTERS
def bring(upload_id: UUID) -> Response:
    """Let the worker import it."""
    try:
        uploads.start_import(portal().database, require_staff().principal, upload_id, act=_act())
    except uploads.UnknownMoveError:  # somebody else was faster
        return _to_file(upload_id)
    return _to_file(upload_id)


@intake.post("/uploads/<uuid:upload_id>/drop")
@_POSTERS
def drop(upload_id: UUID) -> Response:
    """Leave it."""
    try:
        uploads.drop_upload(portal().database, require_staff().principal, upload_id, act=_act())
    except uploads.UnknownMoveError:
        return _to_file(upload_id)
    flash(gettext("The file was not imported. Nothing of it is kept."))
    return redirect(url_for(".upload"), code=HTTPStatus.SEE_OTHER)


def _form(form: FileForm, *, why: str = "") -> str:
    """``why`` a file cannot be taken, in English."""
    here = portal()
    page = uploads_page(
        here.database, require_staff().principal, now=here.clock(), request_id=request_id()
    )
    return render_template(
        "insurance/upload.html", page=page, form=form, why=why, errors=error_summary(form)
    )


def _to_file(upload_id: UUID) -> Response:
    return redirect(url_for(".uploaded", upload_id=upload_id), code=HTTPStatus.SEE_OTHER)


def _act() -> Act:
    now: datetime = portal().clock()
    today = now.astimezone(ZoneInfo(require_staff().time_zone)).date()
    return Act(now=now, today=today, request_id=request_id())
