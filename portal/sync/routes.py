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
from portal.sync.feed_queries import feed_page
from portal.sync.feed_settling import RowNotFoundError, settle_row
from portal.sync.queries import sync_page
from portal.sync.service import PostNotFoundError, PostNotRejectedError, send_again
from portal.web.context import portal

sync = Blueprint("sync", __name__, url_prefix="/insurance/sync")

_POSTERS = staff_only(*REACH[Area.SYNC])


@sync.errorhandler(PostNotFoundError)
@sync.errorhandler(RowNotFoundError)
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


@sync.get("/feed")
@_POSTERS
def feed() -> str:
    """What the practice's own system told us, how old it is, and what could not be posted."""
    here = portal()
    page = feed_page(
        here.database, require_staff().principal, now=here.clock(), request_id=request_id()
    )
    return render_template("insurance/feed.html", page=page)


@sync.post("/feed/rows/<uuid:row_id>/settled")
@_POSTERS
def settled(row_id: UUID) -> Response:
    """Somebody put it right over there, or it is none of ours."""
    here = portal()
    if settle_row(
        here.database,
        require_staff().principal,
        row_id,
        now=here.clock(),
        request_id=request_id(),
    ):
        flash(gettext("It is off the list."))
    return redirect(url_for(".feed"), code=303)


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
