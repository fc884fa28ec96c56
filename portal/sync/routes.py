"""The outbox to the practice's system, for the people who post."""

from http import HTTPStatus
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
from portal.sync.forms import SettleForm
from portal.sync.queries import sync_page
from portal.sync.service import PostNotFoundError, PostNotRejectedError, send_again
from portal.web.context import portal
from portal.web.fields import error_summary

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
    return _feed(SettleForm(formdata=None))


@sync.post("/feed/rows/<uuid:row_id>/settled")
@_POSTERS
def settled(row_id: UUID) -> ResponseReturnValue:
    """Somebody put it right over there, or it is none of ours, and says so."""
    here, form = portal(), SettleForm()
    if not form.validate():
        return _feed(form, wrong_row_id=row_id), HTTPStatus.UNPROCESSABLE_ENTITY
    if settle_row(
        here.database,
        require_staff().principal,
        row_id,
        reason=form.reason.data or "",
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


def _feed(form: SettleForm, *, wrong_row_id: UUID | None = None) -> str:
    """The page; under ``wrong_row_id`` what was wrong with what was typed there."""
    here = portal()
    page = feed_page(
        here.database, require_staff().principal, now=here.clock(), request_id=request_id()
    )
    return render_template(
        "insurance/feed.html",
        page=page,
        form=form,
        wrong_row_id=wrong_row_id,
        errors=error_summary(form),
    )
