"""The outbox to the practice's system, for the people who post."""

from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from portal.auth.current import require_staff
from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.request_id import request_id
from portal.sync.queries import sync_page
from portal.sync.service import PostNotFoundError, PostNotRejectedError, send_again
from portal.web.context import portal

sync = Blueprint("sync", __name__, url_prefix="/insurance/sync")

_POSTERS = staff_only(*REACH[Area.SYNC])


@sync.errorhandler(PostNotFoundError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Another practice's looks like nobody's."""
    return current_app.handle_user_exception(NotFound())


@sync.get("")
@_POSTERS
def index() -> str:
    here = portal()
    page = sync_page(
        here.database, require_staff().principal, now=here.clock(), request_id=request_id()
    )
    return render_template("insurance/sync.html", page=page)


@sync.post("/posts/<uuid:post_id>/again")
@_POSTERS
def again(post_id: UUID) -> Response:
    """What was refused goes out once more, after somebody mended the reason over there."""
    here = portal()
    try:
        send_again(
            here.database,
            require_staff().principal,
            post_id,
            now=here.clock(),
            request_id=request_id(),
        )
    except PostNotRejectedError:  # somebody else was faster
        return redirect(url_for(".index"), code=303)
    flash(gettext("It goes out again with the next batch."))
    return redirect(url_for(".index"), code=303)
