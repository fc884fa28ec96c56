"""Managers' pages of disputes. Nothing leaves before somebody has read and approved it."""

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
from portal.connectors.settlement_records import SettlementRecords
from portal.payments.disputes.answers import (
    DisputeNotFoundError,
    NamesSomebodyError,
    NothingToAnswerError,
    accept_dispute,
    give_evidence,
)
from portal.payments.disputes.forms import AcceptForm, ChecklistForm, EvidenceForm
from portal.payments.disputes.pages import DisputePage, dispute_page, disputes_page, draft
from portal.request_id import request_id
from portal.web.context import portal
from portal.web.fields import error_summary

disputes = Blueprint("disputes", __name__, url_prefix="/money/disputes")

_BOOKS = staff_only(*REACH[Area.BOOKS])
_Page = Response | str | tuple[str, int]


@disputes.errorhandler(DisputeNotFoundError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Another practice's looks like nobody's."""
    return current_app.handle_user_exception(NotFound())


@disputes.errorhandler(NothingToAnswerError)
def answered(_error: RuntimeError) -> ResponseReturnValue:
    """A second window, or the bank, was faster."""
    flash(gettext("This dispute has changed meanwhile. Look again."))
    return redirect(url_for("disputes.index"), code=HTTPStatus.SEE_OTHER)


@disputes.get("")
@_BOOKS
def index() -> str:
    """Which are open, and until when."""
    here = portal()
    page = disputes_page(
        here.database, require_staff().principal, now=here.clock(), request_id=request_id()
    )
    return render_template("money/disputes.html", page=page)


@disputes.get("/<uuid:dispute_id>")
@_BOOKS
def show(dispute_id: UUID) -> str:
    """One dispute, and what can be done about it."""
    return _shown(dispute_id, AcceptForm(formdata=None))


@disputes.post("/<uuid:dispute_id>/evidence")
@_BOOKS
def evidence(dispute_id: UUID) -> _Page:
    """The text that the ticked items make, to be read; nothing has left."""
    chosen = ChecklistForm()
    if not chosen.validate():
        return _shown(dispute_id, AcceptForm(formdata=None)), HTTPStatus.UNPROCESSABLE_ENTITY
    page = _page(dispute_id)
    if not page.may_be_answered:
        raise NothingToAnswerError(dispute_id)
    text = draft(portal().database, require_staff().principal, dispute_id, chosen.chosen)
    form = EvidenceForm(formdata=None, items=[item.value for item in chosen.chosen], text=text)
    return _check(page, form)


@disputes.post("/<uuid:dispute_id>/evidence/confirm")
@_BOOKS
def confirm(dispute_id: UUID) -> _Page:
    """Send it, once."""
    form, here = EvidenceForm(), portal()
    if form.validate():
        try:
            is_there = give_evidence(
                here.database,
                here.service(SettlementRecords),
                require_staff().principal,
                dispute_id,
                items=form.chosen,
                text=form.text.data or "",
                now=here.clock(),
                request_id=request_id(),
            )
        except NamesSomebodyError as error:
            form.refuse_words(error.words)
        else:
            return _answered(dispute_id, is_there=is_there)
    return _check(_page(dispute_id), form), HTTPStatus.UNPROCESSABLE_ENTITY


@disputes.post("/<uuid:dispute_id>/accept")
@_BOOKS
def accept(dispute_id: UUID) -> _Page:
    """Give in, with a reason."""
    form, here = AcceptForm(), portal()
    if not form.validate():
        return _shown(dispute_id, form), HTTPStatus.UNPROCESSABLE_ENTITY
    is_there = accept_dispute(
        here.database,
        here.service(SettlementRecords),
        require_staff().principal,
        dispute_id,
        reason=form.reason.data or "",
        now=here.clock(),
        request_id=request_id(),
    )
    return _answered(dispute_id, is_there=is_there)


def _page(dispute_id: UUID) -> DisputePage:
    here = portal()
    return dispute_page(
        here.database,
        require_staff().principal,
        dispute_id,
        now=here.clock(),
        request_id=request_id(),
    )


def _shown(dispute_id: UUID, form: AcceptForm) -> str:
    page = _page(dispute_id)
    return render_template("money/dispute.html", page=page, form=form, errors=error_summary(form))


def _check(page: DisputePage, form: EvidenceForm) -> str:
    return render_template(
        "money/dispute_check.html", page=page, form=form, errors=error_summary(form)
    )


def _answered(dispute_id: UUID, *, is_there: bool) -> Response:
    if is_there:
        flash(gettext("The answer is with the bank."))
    else:
        flash(gettext("It is written down. Stripe has not answered yet; we keep asking."))
    return redirect(url_for("disputes.show", dispute_id=dispute_id), code=HTTPStatus.SEE_OTHER)
