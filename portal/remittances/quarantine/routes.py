"""What was set aside, page by page: what is wrong with it, and what posters do about it."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from portal.auth.current import require_staff
from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.domain.quarantine import QuarantineAct
from portal.remittances.claims.work import ImportRunningError
from portal.remittances.forms import FindClaimForm, ResolveForm
from portal.remittances.insurance_pages import quarantine_list
from portal.remittances.quarantine import withheld_work
from portal.remittances.quarantine import work as quarantine_work
from portal.remittances.quarantine.pages import quarantine_page
from portal.remittances.quarantine.set_aside import QuarantineNotFoundError
from portal.remittances.quarantine.withheld_pages import payment_of, withheld_page
from portal.remittances.quarantine.work import Resolution
from portal.remittances.routes import act_now, looking, page_number
from portal.request_id import request_id
from portal.web.context import portal
from portal.web.fields import error_summary
from portal.web.i18n import current_language

quarantine = Blueprint("quarantine", __name__, url_prefix="/insurance/quarantine")

_POSTERS = staff_only(*REACH[Area.INSURANCE])
_Resolve = Callable[..., Resolution]
_ACTS: Mapping[QuarantineAct, _Resolve] = {
    QuarantineAct.AGAIN: quarantine_work.decide_again,
    QuarantineAct.MATCHED: quarantine_work.match_reversal,
    QuarantineAct.ACCEPTED: quarantine_work.accept,
    QuarantineAct.MOVED: quarantine_work.move,
    QuarantineAct.REPLACED: quarantine_work.replace,
    QuarantineAct.REJECTED: quarantine_work.reject,
}


@quarantine.errorhandler(QuarantineNotFoundError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Another practice's looks like nobody's."""
    return current_app.handle_user_exception(NotFound())


@quarantine.get("")
@_POSTERS
def index() -> str:
    """Everything that is not posted."""
    page = quarantine_list(portal().database, looking(), number=page_number())
    return render_template("insurance/quarantine.html", page=page)


@quarantine.get("/<uuid:quarantine_id>")
@_POSTERS
def show(quarantine_id: UUID) -> ResponseReturnValue:
    """One claim that is not in the ledger; of a payment withheld whole, that payment."""
    payment_id = _payment_of(quarantine_id)
    if payment_id not in {None, quarantine_id}:
        return _to(payment_id)
    form = ResolveForm(formdata=None)
    return _claim(quarantine_id, form) if payment_id is None else _payment(quarantine_id, form)


@quarantine.post("/<uuid:quarantine_id>/find")
@_POSTERS
def find(quarantine_id: UUID) -> str:
    """By POST: a claim number has no place in an address."""
    form = FindClaimForm()
    number = form.claim_number.data if form.validate() else ""
    return _claim(quarantine_id, ResolveForm(formdata=None), claim_number=number or "")


@quarantine.post("/<uuid:quarantine_id>/resolve")
@_POSTERS
def resolve(quarantine_id: UUID) -> ResponseReturnValue:
    """One of the acts, with its reason."""
    form = ResolveForm()
    is_payment = _payment_of(quarantine_id) is not None
    if not form.validate():
        page = (_payment if is_payment else _claim)(quarantine_id, form)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        return (_resolve_payment if is_payment else _resolve_claim)(quarantine_id, form)
    except quarantine_work.ResolvedError:
        message = gettext("Somebody was faster: it is resolved.")
    except (quarantine_work.NotPossibleError, quarantine_work.StillQuarantinedError):
        message = gettext("As things stand this cannot be done.")
    except ImportRunningError:
        message = gettext("A remittance is being imported. Try again soon.")
    return _to(quarantine_id, message)


def _resolve_claim(quarantine_id: UUID, form: ResolveForm) -> Response:
    work = _ACTS.get(form.what)
    more: dict[str, Any] = {}
    if form.what is QuarantineAct.MATCHED:
        more["takes_back"] = form.takes_back
    elif form.what is QuarantineAct.MOVED:
        more["claim_id"] = form.moves_to
    if work is None or None in more.values():
        abort(HTTPStatus.BAD_REQUEST)
    done = work(
        portal().database,
        require_staff().principal,
        quarantine_id,
        reason=form.reason.data or "",
        act=act_now(),
        **more,
    )
    if done.disposition is None:
        return _to(quarantine_id, gettext("It is resolved. Nothing was posted for it."))
    flash(gettext("It is in the ledger now."))
    address = url_for("insurance.claim", claim_id=done.claim_id)
    return redirect(address, code=HTTPStatus.SEE_OTHER)


def _resolve_payment(quarantine_id: UUID, form: ResolveForm) -> Response:
    works: Mapping[QuarantineAct, tuple[Callable[..., object], str]] = {
        QuarantineAct.TAKEN_IN: (
            withheld_work.ask_to_take_in,
            gettext("The payment waits for its turn: a worker takes it in."),
        ),
        QuarantineAct.REJECTED: (
            withheld_work.reject_payment,
            gettext("It is resolved. Nothing was posted for it."),
        ),
    }
    if form.what not in works:
        abort(HTTPStatus.BAD_REQUEST)
    work, message = works[form.what]
    reason = form.reason.data or ""
    principal = require_staff().principal
    work(portal().database, principal, quarantine_id, reason=reason, act=act_now())
    return _to(quarantine_id, message)


def _payment_of(quarantine_id: UUID) -> UUID | None:
    return payment_of(portal().database, require_staff().principal, quarantine_id)


def _claim(quarantine_id: UUID, form: ResolveForm, *, claim_number: str = "") -> str:
    here = portal()
    page = quarantine_page(
        here.database,
        require_staff().principal,
        quarantine_id,
        language=current_language(),
        claim_number=claim_number,
        now=here.clock(),
        request_id=request_id(),
    )
    errors = error_summary(form)
    return render_template("insurance/quarantine_claim.html", page=page, form=form, errors=errors)


def _payment(quarantine_id: UUID, form: ResolveForm) -> str:
    here = portal()
    page = withheld_page(
        here.database,
        require_staff().principal,
        quarantine_id,
        now=here.clock(),
        request_id=request_id(),
    )
    errors = error_summary(form)
    return render_template("insurance/quarantine_payment.html", page=page, form=form, errors=errors)


def _to(quarantine_id: UUID | None, message: str = "") -> Response:
    if message:
        flash(message)
    return redirect(url_for(".show", quarantine_id=quarantine_id), code=HTTPStatus.SEE_OTHER)
