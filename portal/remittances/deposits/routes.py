"""Payers' payments beside the bank: posters record deposits, confirm what they were, undo."""

from datetime import datetime
from http import HTTPStatus
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from portal.auth.current import require_staff
from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.domain.line_errors import LineError
from portal.domain.money import format_usd
from portal.remittances.claims.work import Act, ImportRunningError
from portal.remittances.deposits import bank_files
from portal.remittances.deposits import service as deposits
from portal.remittances.deposits.forms import (
    BankFileForm,
    ConfirmForm,
    DepositForm,
    MatchDepositForm,
    ReasonForm,
)
from portal.remittances.deposits.pages import (
    deposit_page,
    new_deposit_page,
    payments_csv,
    payments_page,
)
from portal.remittances.forms import first_errors, refuse
from portal.request_id import request_id
from portal.web.context import portal
from portal.web.fields import error_summary
from portal.web.i18n import current_language
from portal.web.security import takes_files

deposit_pages = Blueprint("deposits", __name__, url_prefix="/insurance")

_POSTERS = staff_only(*REACH[Area.INSURANCE])
_FORM_BYTES = 16 * 1024


@deposit_pages.errorhandler(deposits.DepositNotFoundError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Another practice's looks like nobody's."""
    return current_app.handle_user_exception(NotFound())


@deposit_pages.get("/payments")
@_POSTERS
def index() -> str:
    """What payers say they paid, beside claims and bank."""
    return _index(BankFileForm(formdata=None))


@deposit_pages.get("/payments.csv")
@_POSTERS
def as_csv() -> Response:
    """The same for a spreadsheet."""
    here = portal()
    content = payments_csv(
        here.database, require_staff().principal, now=here.clock(), request_id=request_id()
    )
    named = {"Content-Disposition": "attachment; filename=payments.csv"}
    return Response(content, mimetype="text/csv", headers=named)


@deposit_pages.post("/deposits/bank-file")
@_POSTERS
@takes_files(bank_files.MOST_BYTES + _FORM_BYTES)
def bank_file() -> ResponseReturnValue:
    """Take in what the bank says; what it was is confirmed afterwards."""
    form = BankFileForm()
    wrong: tuple[LineError, ...] = ()
    if form.validate():
        try:
            new, known = bank_files.take_bank_file(
                portal().database, require_staff().principal, form.file.data.stream, act=_act()
            )
        except bank_files.BankFileRefusedError as error:
            wrong = error.errors
        else:
            flash(ngettext("One deposit is new.", "%(num)s deposits are new.", new))
            if known:
                flash(ngettext("One was known.", "%(num)s were known.", known))
            return _to_index()
    return _index(form, *wrong), HTTPStatus.UNPROCESSABLE_ENTITY


@deposit_pages.post("/deposits/confirm")
@_POSTERS
def confirm() -> AnyResponse:
    """Confirm proposals whose number and amount agree, each by itself."""
    form = ConfirmForm()
    done = 0
    for deposit_id, remittance_ids in form.pairs.items():
        try:
            deposits.match_deposit(
                portal().database,
                require_staff().principal,
                deposit_id,
                remittance_ids,
                reason="",
                act=_act(),
            )
        except (
            deposits.DepositNotFoundError,
            deposits.DepositTakenError,
            deposits.PaymentTakenError,
        ):
            continue  # somebody else was faster
        except deposits.DepositDiffersError:
            continue
        except ImportRunningError:
            flash(_importing())
            break
        done += 1
    flash(ngettext("One deposit is matched.", "%(num)s deposits are matched.", done))
    return _to_index()


@deposit_pages.get("/deposits/new")
@_POSTERS
def new() -> str:
    """Type in a deposit."""
    return _new(DepositForm(formdata=None))


@deposit_pages.post("/deposits/new")
@_POSTERS
def record() -> ResponseReturnValue:
    """Record it with the payments it was."""
    form = DepositForm()
    form.last_day = _act().today
    form.allow_amounts()
    if form.validate():
        try:
            deposit_id = deposits.record_deposit(
                portal().database,
                require_staff().principal,
                form.deposit,
                form.remittance_ids,
                reason=form.reason.data or "",
                act=_act(),
            )
        except deposits.DepositDiffersError as error:
            refuse(form.reason, _differs(error))
        except deposits.PaymentTakenError:
            refuse(form.payments, _arrived_already())
        except ImportRunningError:
            refuse(form.payments, _importing())
        else:
            return _to_deposit(deposit_id, gettext("The deposit is recorded."))
    return _new(form), HTTPStatus.UNPROCESSABLE_ENTITY


@deposit_pages.get("/deposits/<uuid:deposit_id>")
@_POSTERS
def deposit(deposit_id: UUID) -> str:
    """One deposit: which payments it was, or may be."""
    return _deposit(deposit_id)


@deposit_pages.post("/deposits/<uuid:deposit_id>/match")
@_POSTERS
def match(deposit_id: UUID) -> ResponseReturnValue:
    """Say which payments it was."""
    form = MatchDepositForm()
    if form.validate():
        try:
            deposits.match_deposit(
                portal().database,
                require_staff().principal,
                deposit_id,
                form.remittance_ids,
                reason=form.reason.data or "",
                act=_act(),
            )
        except deposits.DepositDiffersError as error:
            refuse(form.reason, _differs(error))
        except deposits.DepositTakenError:  # somebody else was faster
            return _to_deposit(deposit_id)
        except deposits.PaymentTakenError:
            refuse(form.payments, _arrived_already())
        except ImportRunningError:
            refuse(form.payments, _importing())
        else:
            return _to_deposit(deposit_id, gettext("The deposit is matched."))
    return _deposit(deposit_id, matching=form), HTTPStatus.UNPROCESSABLE_ENTITY


@deposit_pages.post("/deposits/<uuid:deposit_id>/undo")
@_POSTERS
def undo(deposit_id: UUID) -> ResponseReturnValue:
    """Take back what was said of it."""
    form = ReasonForm()
    if not form.validate():
        return _deposit(deposit_id, reason=form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        deposits.undo_deposit(
            portal().database,
            require_staff().principal,
            deposit_id,
            reason=form.reason.data or "",
            act=_act(),
        )
    except deposits.DepositTakenError:
        return _to_deposit(deposit_id)
    return _to_deposit(
        deposit_id, gettext("It is undone. The deposit waits for its payment again.")
    )


@deposit_pages.post("/deposits/<uuid:deposit_id>/aside")
@_POSTERS
def set_aside(deposit_id: UUID) -> ResponseReturnValue:
    """It is no payer's money."""
    form = ReasonForm()
    if not form.validate():
        return _deposit(deposit_id, reason=form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        deposits.set_deposit_aside(
            portal().database,
            require_staff().principal,
            deposit_id,
            reason=form.reason.data or "",
            act=_act(),
        )
    except deposits.DepositTakenError:
        return _to_deposit(deposit_id)
    flash(gettext("The deposit is set aside."))
    return _to_index()


def _index(form: BankFileForm, *wrong: LineError) -> str:
    here = portal()
    page = payments_page(
        here.database,
        require_staff().principal,
        language=current_language(),
        now=here.clock(),
        request_id=request_id(),
    )
    return render_template(
        "insurance/payments.html",
        page=page,
        form=form,
        errors=error_summary(form, *first_errors(wrong)),
    )


def _new(form: DepositForm) -> str:
    here = portal()
    awaited = new_deposit_page(
        here.database,
        require_staff().principal,
        language=current_language(),
        now=here.clock(),
        request_id=request_id(),
    )
    return render_template(
        "insurance/payments_new_deposit.html",
        awaited=awaited,
        form=form,
        errors=error_summary(form),
    )


def _deposit(
    deposit_id: UUID,
    *,
    matching: MatchDepositForm | None = None,
    reason: ReasonForm | None = None,
) -> str:
    here = portal()
    page = deposit_page(
        here.database,
        require_staff().principal,
        deposit_id,
        language=current_language(),
        now=here.clock(),
        request_id=request_id(),
    )
    match_form = matching or MatchDepositForm(formdata=None)
    reason_form = reason or ReasonForm(formdata=None)
    return render_template(
        "insurance/payments_deposit.html",
        page=page,
        form=match_form,
        reason=reason_form,
        errors=[*error_summary(match_form), *error_summary(reason_form)],
    )


def _to_index() -> AnyResponse:
    return redirect(url_for(".index"), code=HTTPStatus.SEE_OTHER)


def _to_deposit(deposit_id: UUID, message: str = "") -> AnyResponse:
    if message:
        flash(message)
    return redirect(url_for(".deposit", deposit_id=deposit_id), code=HTTPStatus.SEE_OTHER)


def _differs(error: deposits.DepositDiffersError) -> str:
    amount = format_usd(abs(error.difference_cents))
    if error.difference_cents > 0:
        return str(
            gettext("The deposit is %(amount)s more than its payments. Say why", amount=amount)
        )
    return str(gettext("The deposit is %(amount)s less than its payments. Say why", amount=amount))


def _arrived_already() -> str:
    return str(gettext("One of these payments has arrived already, or nothing of it is to arrive"))


def _importing() -> str:
    return str(gettext("A remittance is being imported. Try again soon."))


def _act() -> Act:
    now: datetime = portal().clock()
    today = now.astimezone(ZoneInfo(require_staff().time_zone)).date()
    return Act(now=now, today=today, request_id=request_id())
