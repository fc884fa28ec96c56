"""Taking money at the desk page by page: how much, check, receipt; and undoing it."""

from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.db import new_id
from portal.payments.counter import cash_voids, missing_checks, taking, undoing
from portal.payments.counter.access import (
    DrawerNotOpenError,
    DrawerOfAnotherDayError,
    NoDrawerError,
)
from portal.payments.counter.forms import (
    ConfirmTakeForm,
    FoundForm,
    ReturnForm,
    TakeForm,
    VoidForm,
)
from portal.payments.counter.payment_pages import check_page, desk_receipt_page, take_page
from portal.payments.counter.routes import DESK, Page, counter, moment, who
from portal.payments.moves import BooksBusyError
from portal.web.context import portal
from portal.web.fields import error_summary


@counter.errorhandler(taking.PlanOverError)
def plan_over(_error: taking.PlanOverError) -> Response:
    """It ended while the clerk was at it, or is not of this account."""
    flash(gettext("That payment plan is over. Choose again what the money is for."))
    return redirect(url_for("counter.take", **(request.view_args or {})), code=HTTPStatus.SEE_OTHER)


@counter.route("/people/<uuid:guarantor_id>", methods=["GET", "POST"])
@DESK
def take(guarantor_id: UUID) -> Page:
    """How much, how and what for; with right answers the page to check. Nothing is written yet."""
    page = take_page(portal().database, who(), guarantor_id, **moment())
    form = TakeForm(what_for="oldest")
    form.today = page.today
    form.allow_amounts()
    if not page.why_not and form.validate_on_submit():
        return _checked(guarantor_id, form)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
    errors = error_summary(form)
    shown = render_template("money/counter/take.html", page=page, form=form, errors=errors)
    return shown, status


@counter.post("/people/<uuid:guarantor_id>/confirm")
@staff_only(*REACH[Area.DRAWER])
def confirm(guarantor_id: UUID) -> Page:
    """The money is in the drawer: write it down. What stands against it is said on the page."""
    form = ConfirmTakeForm()
    form.allow_amounts()
    if not form.validate():
        return redirect(
            url_for("counter.take", guarantor_id=guarantor_id), code=HTTPStatus.SEE_OTHER
        )
    agreed = taking.Agreed(form.payment, int(form.due.data or 0), may_exceed=bool(form.over.data))
    money = form.money(guarantor_id)
    try:
        taking.take_money(portal().database, who(), money, agreed, now=moment()["now"])
    except taking.OverNotAgreedError:
        form.over.errors = [gettext("Say that more than what is owed is meant")]
        return _checked(guarantor_id, form), HTTPStatus.UNPROCESSABLE_ENTITY
    except (
        taking.DueChangedError,
        BooksBusyError,
        NoDrawerError,
        DrawerNotOpenError,
        DrawerOfAnotherDayError,
    ) as error:
        words = _why_not(error)
        return _checked(guarantor_id, form, words), HTTPStatus.UNPROCESSABLE_ENTITY
    return _to_receipt(agreed.payment_id)


@counter.get("/payments/<uuid:payment_id>")
@DESK
def receipt(payment_id: UUID) -> str:
    """The receipt to print and hand over, and what staff may still do about it."""
    return _receipt(payment_id, VoidForm(formdata=None), ReturnForm(formdata=None))


@counter.post("/payments/<uuid:payment_id>/void")
@DESK
def void(payment_id: UUID) -> Page:
    """Undo it, on its day and before its drawer is counted."""
    form = VoidForm()
    if not form.validate():
        shown = _receipt(payment_id, form, ReturnForm(formdata=None))
        return shown, HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        undoing.void_payment(
            portal().database,
            who(),
            payment_id,
            reason=undoing.VoidReason(form.void_why.data or ""),
            **moment(),
        )
    except (
        undoing.NotUndoableError,
        DrawerNotOpenError,
        DrawerOfAnotherDayError,
        BooksBusyError,
    ) as error:
        flash(_why_not(error))
    else:
        flash(gettext("The payment is voided. Give the money back."))
    return _to_receipt(payment_id)


@counter.post("/payments/<uuid:payment_id>/ask-for-void")
@DESK
def ask_for_void(payment_id: UUID) -> Page:
    """Whoever took cash asks a manager to undo it."""
    form = VoidForm()
    if not form.validate():
        shown = _receipt(payment_id, form, ReturnForm(formdata=None))
        return shown, HTTPStatus.UNPROCESSABLE_ENTITY
    reason = undoing.VoidReason(form.void_why.data or "").value
    try:
        cash_voids.ask_for_void(portal().database, who(), payment_id, reason=reason, **moment())
    except (cash_voids.NotCashError, DrawerNotOpenError, DrawerOfAnotherDayError) as error:
        flash(_why_not(error))
    else:
        flash(gettext("A manager is asked. Keep the cash until somebody has agreed."))
    return _to_receipt(payment_id)


@counter.post("/payments/<uuid:payment_id>/keep")
@DESK
def keep(payment_id: UUID) -> Page:
    """The manager does not agree to a void, or whoever asked takes it back."""
    cash_voids.refuse_void(portal().database, who(), payment_id, **moment())
    flash(gettext("It stays a payment."))
    return _to_receipt(payment_id)


@counter.post("/payments/<uuid:payment_id>/found")
@staff_only(*REACH[Area.BOOKS])
def found(payment_id: UUID) -> Page:
    """A check that its drawer was short of was found."""
    form = FoundForm()
    if not form.validate():
        shown = _receipt(payment_id, VoidForm(formdata=None), ReturnForm(formdata=None), form)
        return shown, HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        missing_checks.deposit_found_check(
            portal().database, who(), payment_id, reason=form.where.data or "", **moment()
        )
    except missing_checks.NotMissingError as error:
        flash(_why_not(error))
    else:
        flash(gettext("It has a deposit of its own. Take it to the bank."))
    return _to_receipt(payment_id)


@counter.post("/payments/<uuid:payment_id>/returned")
@staff_only(*REACH[Area.BOOKS])
def returned(payment_id: UUID) -> Page:
    """The bank gave the check back unpaid."""
    form = ReturnForm()
    if not form.validate():
        shown = _receipt(payment_id, VoidForm(formdata=None), form)
        return shown, HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        undoing.return_check(
            portal().database,
            who(),
            payment_id,
            reason=undoing.ReturnReason(form.bank_said.data or ""),
            **moment(),
        )
    except (undoing.NotUndoableError, BooksBusyError) as error:
        flash(_why_not(error))
    else:
        flash(gettext("It is written down. The amount is owed again."))
    return _to_receipt(payment_id)


def _checked(guarantor_id: UUID, form: TakeForm, *messages: str) -> str:
    """The page to check, with a new id unless this form has one."""
    money = form.money(guarantor_id)
    page = check_page(portal().database, who(), money, **moment())
    confirming = form if isinstance(form, ConfirmTakeForm) else None
    return render_template(
        "money/counter/check.html",
        page=page,
        form=form,
        over=confirming.over if confirming else ConfirmTakeForm(formdata=None).over,
        payment_id=confirming.payment if confirming else new_id(),
        errors=error_summary(form, *messages),
    )


def _receipt(
    payment_id: UUID, voiding: VoidForm, returning: ReturnForm, finding: FoundForm | None = None
) -> str:
    finding = finding or FoundForm(formdata=None)
    page = desk_receipt_page(portal().database, who(), payment_id, **moment())
    return render_template(
        "money/counter/receipt.html",
        page=page,
        voiding=voiding,
        returning=returning,
        finding=finding,
        errors=[*error_summary(voiding), *error_summary(returning), *error_summary(finding)],
    )


def _to_receipt(payment_id: UUID) -> Response:
    return redirect(url_for("counter.receipt", payment_id=payment_id), code=HTTPStatus.SEE_OTHER)


def _why_not(error: Exception) -> str:
    words: str
    match error:
        case taking.DueChangedError():
            words = gettext("What is owed has changed meanwhile. Nothing is written down yet.")
        case NoDrawerError():
            words = gettext("You have no open drawer. Open one first.")
        case DrawerNotOpenError():
            words = gettext("This drawer is counted or closed, so nothing in it may change.")
        case DrawerOfAnotherDayError():
            words = gettext("This drawer is of another day. Count and close it first.")
        case undoing.MoneyUsedError():
            words = gettext("Part of this payment was used for another bill. Ask a manager.")
        case missing_checks.NotMissingError():
            words = gettext("This check is not missing.")
        case undoing.NotUndoableError() | cash_voids.NotCashError():
            words = gettext("This payment cannot be undone here any more.")
        case _:
            words = gettext("Insurance payments are being read in. Try again in a few minutes.")
    return words
