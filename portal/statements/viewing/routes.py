"""Who may see what visits were for: one page, and one button each for yes and no."""

from http import HTTPStatus

from flask import Blueprint, abort, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from portal.auth.current import current_link
from portal.auth.policies import Policy, policy
from portal.request_id import request_id
from portal.statements.viewing import service
from portal.web.context import portal

viewing = Blueprint("viewing", __name__, url_prefix="/who-may-see")


@viewing.errorhandler(service.NotTheirsToSayError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Whoever pays cannot say yes for somebody else."""
    return current_app.handle_user_exception(NotFound())


@viewing.get("")
@policy(Policy.STATEMENT_LINK)
def show() -> str:
    """What is shown of whose visits, and to whom."""
    here, link = portal(), current_link() or abort(404)
    page = service.view_who_may_see(
        here.database,
        link.principal,
        link.statement_id,
        now=here.clock(),
        request_id=request_id(),
    )
    return render_template("viewing/show.html", page=page)


@viewing.post("/allow")
@policy(Policy.STATEMENT_LINK)
def allow() -> Response:
    """A patient lets whoever pays see what their visits were for."""
    _decide(is_granted=True)
    return redirect(url_for("viewing.show"), code=HTTPStatus.SEE_OTHER)


@viewing.post("/stop")
@policy(Policy.STATEMENT_LINK)
def stop() -> Response:
    """No longer."""
    _decide(is_granted=False)
    return redirect(url_for("viewing.show"), code=HTTPStatus.SEE_OTHER)


def _decide(*, is_granted: bool) -> None:
    here, link = portal(), current_link() or abort(404)
    service.decide_who_may_see(
        here.database,
        link.principal,
        is_granted=is_granted,
        now=here.clock(),
        request_id=request_id(),
    )
