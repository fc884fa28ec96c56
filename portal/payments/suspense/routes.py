"""Money that nobody can place: what is known of it, and what becomes of it."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.auth.current import require_staff
from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.connectors.payment_gateway import GatewayError, PaymentGateway
from portal.db import new_id
from portal.domain.money import format_usd
from portal.payments.moves import BooksBusyError
from portal.payments.refunds.service import RefundNotAllowedError, RefundTooLargeError
from portal.payments.suspense.clearing import take_from_credit
from portal.payments.suspense.decisions import (
    CreditTooSmallError,
    Decision,
    MoneyChangedError,
    NotInSuspenseError,
    UnknownAccountError,
)
from portal.payments.suspense.forms import (
    CarriedForm,
    FoundForm,
    GoneForm,
    ParkedForm,
    SuspenseForm,
)
from portal.payments.suspense.naming import name_carried
from portal.payments.suspense.queries import suspense_page
from portal.payments.suspense.service import (
    attach_carried,
    attach_found,
    attach_parked,
    dismiss_parked,
    send_back_found,
)
from portal.request_id import request_id
from portal.web.context import portal
from portal.web.fields import error_summary

suspense = Blueprint("suspense", __name__, url_prefix="/money/suspense")

_KEEPERS = staff_only(*REACH[Area.BOOKS])
_STANDS_AGAINST = (
    BooksBusyError,
    CreditTooSmallError,
    GatewayError,
    MoneyChangedError,
    NotInSuspenseError,
    RefundNotAllowedError,
    RefundTooLargeError,
    UnknownAccountError,
)


@suspense.get("")
@_KEEPERS
def index() -> str:
    """All that waits."""
    return _index(SuspenseForm(formdata=None))


@suspense.post("/found")
@_KEEPERS
def found() -> ResponseReturnValue:
    """Money that came: it is this person's, or it goes back."""
    form, here, principal = FoundForm(), portal(), require_staff().principal
    about = request.form.get("subject", "")
    if not form.validate():
        return _index(form, about=about), HTTPStatus.UNPROCESSABLE_ENTITY
    gateway = here.service(PaymentGateway)
    try:
        if form.act.data == "attach":
            attach_found(here.database, gateway, principal, form.about, _decision(form))
            flash(gettext("It is the person’s now, with a receipt."))
        else:
            send_back_found(here.database, gateway, principal, form.about, _decision(form))
            flash(gettext("It is written down. Look at the refunds for how far it is."))
    except _STANDS_AGAINST as error:
        page = _index(form, _why_not(error), about=about)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    return _to_index()


@suspense.post("/gone")
@_KEEPERS
def gone() -> ResponseReturnValue:
    """Money that went too much: the person's credit pays for it."""
    form, here, about = GoneForm(), portal(), request.form.get("subject", "")
    if not form.validate():
        return _index(form, about=about), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        principal = require_staff().principal
        take_from_credit(here.database, principal, form.about, _decision(form))
    except _STANDS_AGAINST as error:
        page = _index(form, _why_not(error), about=about)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    flash(gettext("It is taken from the credit."))
    return _to_index()


@suspense.post("/carried")
@_KEEPERS
def carried() -> ResponseReturnValue:
    """A line of a payout: whose money it is, or what else."""
    form, here, principal = CarriedForm(), portal(), require_staff().principal
    about = form.subject.data or ""
    if not form.validate():
        return _index(form, about=about), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        if form.act.data == "attach":
            attach_carried(
                here.database,
                here.service(PaymentGateway),
                principal,
                about,
                account_number=form.account_number.data or "",
                decision=_decision(form),
            )
            flash(gettext("It is the person’s now, with a receipt."))
        else:
            name_carried(here.database, principal, about, form.said, _decision(form))
            flash(gettext("It is in the books as what it is."))
    except _STANDS_AGAINST as error:
        page = _index(form, _why_not(error), about=about)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    return _to_index()


@suspense.post("/parked")
@_KEEPERS
def parked() -> ResponseReturnValue:
    """An event that is none of ours: whose money it is, or that it is other business."""
    form, here, principal = ParkedForm(), portal(), require_staff().principal
    event_id = form.event.data or ""
    if not form.validate():
        return _index(form, about=event_id), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        if form.act.data == "attach":
            attach_parked(
                here.database,
                here.service(PaymentGateway),
                principal,
                event_id,
                account_number=form.account_number.data or "",
                decision=_decision(form),
            )
            flash(gettext("It is the person’s now, with a receipt."))
        else:
            dismiss_parked(here.database, principal, event_id, _decision(form))
            flash(gettext("It is off the list."))
    except _STANDS_AGAINST as error:
        page = _index(form, _why_not(error), about=event_id)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    return _to_index()


def _decision(form: SuspenseForm) -> Decision:
    return Decision(form.decision, form.reason.data or "", portal().clock(), request_id())


def _index(form: SuspenseForm, *messages: str, about: str = "") -> str:
    """``about``: the item whose form was sent, and is shown again as it was typed."""
    here = portal()
    form.stand_beside(about)
    page = suspense_page(
        here.database, require_staff().principal, now=here.clock(), request_id=request_id()
    )
    return render_template(
        "money/suspense.html",
        page=page,
        form=form,
        about=about,
        new_id=new_id,
        errors=error_summary(form, *messages),
    )


def _why_not(error: Exception) -> str:
    words: str
    match error:
        case CreditTooSmallError():
            free = format_usd(error.free_cents)
            words = gettext(
                "Their free credit is %(free)s. First take another payment off what it pays: "
                "that visit is owed again.",
                free=free,
            )
        case UnknownAccountError():
            words = gettext("There is no account with this number.")
        case MoneyChangedError():
            words = gettext(
                "Stripe says otherwise by now: some of it went back, it is disputed, or it is not "
                "in US dollars. What we know now is below."
            )
        case GatewayError():
            words = gettext("Stripe has not answered. Try again in a minute.")
        case NotInSuspenseError():
            words = gettext("It does not wait any more.")
        case BooksBusyError():
            words = gettext("Insurance payments are being read in. Try again in a few minutes.")
        case _:
            words = gettext("It cannot be sent back now.")
    return words


def _to_index() -> Response:
    return redirect(url_for(".index"), code=HTTPStatus.SEE_OTHER)
