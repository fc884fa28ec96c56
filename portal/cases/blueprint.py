"""The pages of help, for who opened a statement or an account; two modules add to it."""

from typing import Final
from uuid import UUID

from flask import Blueprint, Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import NotFound

from portal.auth.current import current_link, require_account, require_statement
from portal.cases.files import FileNotFoundInCaseError, OpenedFile
from portal.cases.pictures import FileTrouble
from portal.cases.ports import DisputeHolds, VisitsOnStatement
from portal.cases.service import Ports
from portal.cases.store import CaseNotFoundError, Moment
from portal.cases.views import From
from portal.db import Principal
from portal.request_id import request_id
from portal.web.context import portal

cases: Final = Blueprint("cases", __name__, url_prefix="/help")

FORM_BYTES: Final = 16 * 1024
"""What stands around a file in a request."""


@cases.errorhandler(CaseNotFoundError)
@cases.errorhandler(FileNotFoundInCaseError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Somebody else's looks like nobody's."""
    return current_app.handle_user_exception(NotFound())


def at() -> Moment:
    """Of the request that is being answered."""
    return Moment(portal().clock(), request_id())


def ports() -> Ports:
    """What other features do for cases here."""
    here = portal()
    return Ports(here.service(VisitsOnStatement), here.service(DisputeHolds))


def visitor() -> Principal:
    """Whoever opened a statement, or signed in to an account; 404 for everybody else."""
    link = current_link()
    return link.principal if link is not None else require_account()


def opened_statement() -> UUID | None:
    """The statement this browser came in by."""
    link = current_link()
    return link.statement_id if link is not None else None


def came_from() -> From:
    """Ids of the address; a statement that is not theirs is 404, a visit is looked at later."""
    statement_id = _id("statement")
    if statement_id is not None:
        require_statement(statement_id)
    return From(statement_id or opened_statement(), _id("visit"), _id("line"))


def file_response(file: OpenedFile) -> Response:
    """To be saved, never shown in place: what is in it was not made by us."""
    response = Response(file.content, mimetype=file.media_type)
    response.headers["Content-Disposition"] = f"attachment; filename={file.name}"
    return response


def trouble_words(trouble: FileTrouble) -> str:
    """What to do about a file that is not taken."""
    words: dict[FileTrouble, str] = {
        FileTrouble.EMPTY: gettext("This file is empty. Choose another one"),
        FileTrouble.TOO_LARGE: gettext("This file is larger than 10 MB. Choose a smaller one"),
        FileTrouble.WRONG_KIND: gettext("Choose a picture (JPEG or PNG) or a PDF"),
        FileTrouble.UNREADABLE: gettext("We cannot read this file. Take a new picture"),
        FileTrouble.TOO_MANY_PIXELS: gettext("This picture is too large. Take a smaller one"),
        FileTrouble.ACTIVE_PDF: gettext(
            "This PDF is locked, or holds more than pages. Take a picture of it instead"
        ),
        FileTrouble.TOO_MANY: gettext("You have sent 5 files, and that is the most"),
    }
    return words[trouble]


def _id(name: str) -> UUID | None:
    typed = request.args.get(name, "")
    if not typed:
        return None
    try:
        return UUID(typed)
    except ValueError:
        abort(404)
