"""The blueprint of collections, to which each room adds its pages; rooms.py has them all."""

from datetime import datetime
from typing import Final, TypedDict

from flask import Blueprint, Response, current_app
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from portal.auth.current import require_staff
from portal.collections.people import PersonNotFoundError
from portal.collections.views import ViewNotFoundError
from portal.db import Database, Principal
from portal.request_id import request_id
from portal.web.context import portal

collections: Final = Blueprint("collections", __name__, url_prefix="/collections")


class Act(TypedDict):
    """When, and by which request: for the audit log."""

    now: datetime
    request_id: str


def act() -> Act:
    """Of the request that is being answered."""
    return Act(now=portal().clock(), request_id=request_id())


def database() -> Database:
    """Of the running portal."""
    return portal().database


def member() -> Principal:
    """Whoever of the staff is signed in."""
    return require_staff().principal


def csv_file(content: bytes, name: str) -> Response:
    """A file to be saved."""
    named = {"Content-Disposition": f"attachment; filename={name}.csv"}
    return Response(content, mimetype="text/csv", headers=named)


@collections.errorhandler(PersonNotFoundError)
@collections.errorhandler(ViewNotFoundError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Another practice's looks like nobody's."""
    return current_app.handle_user_exception(NotFound())
