"""Whether a visit is kept from whoever pays for it: shown and changed beside its claim."""

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import NotFound

from portal.auth.current import require_staff
from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.practice.viewing_acts import UnknownVisitError
from portal.remittances.claims.forms import PrivacyForm
from portal.remittances.claims.privacy import keep_private, privacy_page
from portal.remittances.claims.work import ClaimNotFoundError
from portal.remittances.routes import act_now
from portal.request_id import request_id
from portal.web.context import portal
from portal.web.fields import error_summary

claim_privacy = Blueprint("claim_privacy", __name__, url_prefix="/insurance/claims")

_POSTERS = staff_only(*REACH[Area.INSURANCE])


@claim_privacy.errorhandler(ClaimNotFoundError)
@claim_privacy.errorhandler(UnknownVisitError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Another practice's looks like nobody's."""
    return current_app.handle_user_exception(NotFound())


@claim_privacy.get("/<uuid:claim_id>/privacy")
@_POSTERS
def show(claim_id: UUID) -> str:
    """How it is now, and what was said before."""
    return _page(claim_id, None)


@claim_privacy.post("/<uuid:claim_id>/privacy")
@_POSTERS
def change(claim_id: UUID) -> ResponseReturnValue:
    """From now on, or no longer."""
    form = PrivacyForm()
    if not form.validate():
        return _page(claim_id, form), HTTPStatus.UNPROCESSABLE_ENTITY
    keep_private(
        portal().database,
        require_staff().principal,
        claim_id,
        is_sensitive=form.sensitive.data,
        is_part2=form.part2.data,
        reason=form.note.data or "",
        act=act_now(),
    )
    flash(gettext("It is noted, and counts at once."))
    return redirect(url_for("insurance.claim", claim_id=claim_id), code=HTTPStatus.SEE_OTHER)


def _page(claim_id: UUID, form: PrivacyForm | None) -> str:
    here = portal()
    page = privacy_page(
        here.database,
        require_staff().principal,
        claim_id,
        now=here.clock(),
        request_id=request_id(),
    )
    shown = form or PrivacyForm(
        formdata=None, data={"sensitive": page.is_sensitive, "part2": page.is_part2}
    )
    return render_template(
        "insurance/claim_privacy.html", page=page, form=shown, errors=error_summary(shown)
    )
