"""A payment by phone: the caller gets a link and pays by themselves, while the clerk watches.

No card number is said, typed or seen here: whoever takes one by voice brings the whole desk into
the card industry's rules (PCI DSS).
"""

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from portal.auth.current import require_staff
from portal.auth.link_tokens import LinkTokens
from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.desk import service
from portal.desk.queries import PersonPage
from portal.messages.rendering import TemplateRenderer
from portal.request_id import request_id
from portal.web.context import portal

phone = Blueprint("phone", __name__, url_prefix="/desk")

_DESK = staff_only(*REACH[Area.MONEY])


@phone.errorhandler(service.UnknownPersonError)
@phone.errorhandler(service.UnknownStatementError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Another practice's looks like nobody's."""
    return current_app.handle_user_exception(NotFound())


@phone.get("/people/<uuid:guarantor_id>/phone")
@_DESK
def call(guarantor_id: UUID) -> str:
    """What to say, the link to send, and how far the caller is; it loads itself again."""
    return render_template("desk/phone.html", page=_person(guarantor_id))


@phone.post("/people/<uuid:guarantor_id>/phone")
@_DESK
def send(guarantor_id: UUID) -> Response:
    """Send the link to the newest open statement; what stands against it is said on the page."""
    here, page = portal(), _person(guarantor_id)
    if page.send is not None:
        sending = service.send_link(
            here.database,
            require_staff().principal,
            page.send.statement_id,
            tokens=LinkTokens(here.settings.secret_key),
            now=here.clock(),
            request_id=request_id(),
        )
        if not sending.refusals:
            flash(gettext("The link is on its way."))
    return redirect(url_for(".call", guarantor_id=guarantor_id), code=HTTPStatus.SEE_OTHER)


def _person(guarantor_id: UUID) -> PersonPage:
    here = portal()
    return service.view_person(
        here.database,
        require_staff().principal,
        guarantor_id,
        renderer=TemplateRenderer(),
        base_url=here.settings.base_url,
        now=here.clock(),
        request_id=request_id(),
    )
