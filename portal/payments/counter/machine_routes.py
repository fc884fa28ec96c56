"""The card machine page by page: what waits on it, a batch that arrived, and taking one back."""

from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.domain.money import format_usd
from portal.payments.counter import banking
from portal.payments.counter.forms import BatchForm, TakeBackForm
from portal.payments.counter.machine_pages import BatchPage, batch_page, machine_batch_page
from portal.payments.counter.routes import DESK, Page, counter, moment, who
from portal.payments.counter.taking_back import take_batch_back
from portal.web.context import portal
from portal.web.fields import error_summary


@counter.route("/card-machine", methods=["GET", "POST"])
@DESK
def batch() -> Page:
    """The machine's batch beside what was taken on it."""
    page = batch_page(portal().database, who(), **moment())
    form = BatchForm()
    form.today = page.today
    form.allow_amounts()
    if form.validate_on_submit():
        terminal_batch_id = _settled(form, page)
        if terminal_batch_id is not None:
            flash(gettext("The batch is at the bank."))
            return _to_batch(terminal_batch_id)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
    errors = error_summary(form)
    return render_template("money/counter/batch.html", page=page, form=form, errors=errors), status


@counter.get("/card-machine/<uuid:terminal_batch_id>")
@DESK
def machine_batch(terminal_batch_id: UUID) -> str:
    """One batch that arrived."""
    return _batch(terminal_batch_id, TakeBackForm(formdata=None))


@counter.post("/card-machine/<uuid:terminal_batch_id>/take-back")
@staff_only(*REACH[Area.BOOKS])
def take_back(terminal_batch_id: UUID) -> Page:
    """A manager undoes it, and says why."""
    form = TakeBackForm()
    if not form.validate():
        return _batch(terminal_batch_id, form), HTTPStatus.UNPROCESSABLE_ENTITY
    take_batch_back(
        portal().database, who(), terminal_batch_id, reason=form.reason.data or "", **moment()
    )
    flash(gettext("The batch is taken back. Its payments wait for the bank again."))
    return _to_batch(terminal_batch_id)


def _batch(terminal_batch_id: UUID, form: TakeBackForm) -> str:
    page = machine_batch_page(portal().database, who(), terminal_batch_id, **moment())
    errors = error_summary(form)
    return render_template("money/counter/machine_batch.html", page=page, form=form, errors=errors)


def _to_batch(terminal_batch_id: UUID) -> Response:
    address = url_for("counter.machine_batch", terminal_batch_id=terminal_batch_id)
    return redirect(address, code=HTTPStatus.SEE_OTHER)


def _settled(form: BatchForm, page: BatchPage) -> UUID | None:
    """The batch that was written down; what stands against it is said at the field."""
    arrived_on = form.arrived_on.data
    if arrived_on is None:
        return None
    arrived = banking.ArrivedBatch(
        arrived_on,
        int(form.amount.data),
        form.reference.data or "",
        form.payments.ids,
        less_refunds=bool(form.less_refunds.data),
        reason=form.reason.data or "",
    )
    try:
        return banking.settle_batch(portal().database, who(), arrived, **moment())
    except banking.BatchDiffersError as error:
        most = format_usd(error.taken_cents)
        form.amount.errors = [
            gettext("The chosen payments come to %(most)s, and no more can arrive", most=most)
        ]
    except banking.MuchIsMissingError as error:
        most = format_usd(error.most_cents)
        if page.may_explain:
            form.reason.errors = [gettext("More than %(most)s is missing. Write why", most=most)]
        else:
            form.amount.errors = [
                gettext("More than %(most)s is missing. A manager writes it down", most=most)
            ]
    except banking.NotOnTheMachineError:
        form.payments.errors = [gettext("One of them has changed meanwhile. Choose again")]
    return None
