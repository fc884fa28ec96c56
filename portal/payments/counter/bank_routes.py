"""What leaves the desk, page by page: deposits and slips, and a day's report."""

from datetime import date
from http import HTTPStatus
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from portal.payments.counter import banking
from portal.payments.counter.bank_pages import day_csv, day_page, slip_page
from portal.payments.counter.forms import DepositForm
from portal.payments.counter.routes import DESK, Page, counter, moment, to_counter, who
from portal.web.context import portal


@counter.post("/deposits")
@DESK
def deposit() -> Page:
    """Take what the chosen drawers held to the bank."""
    form = DepositForm()
    try:
        desk_deposit_id = banking.make_deposit(
            portal().database, who(), form.drawers.ids, **moment()
        )
    except banking.NothingToDepositError:
        flash(gettext("Choose closed drawers that hold something together."))
        return to_counter()
    slip_address = url_for("counter.slip", desk_deposit_id=desk_deposit_id)
    return redirect(slip_address, code=HTTPStatus.SEE_OTHER)


@counter.get("/deposits/<uuid:desk_deposit_id>")
@DESK
def slip(desk_deposit_id: UUID) -> str:
    """The deposit slip, to print."""
    page = slip_page(portal().database, who(), desk_deposit_id, **moment())
    return render_template("money/counter/slip.html", page=page)


@counter.get("/day")
@DESK
def day() -> str:
    """What the desk took on a day, by person and by method."""
    page = day_page(portal().database, who(), _day_asked_for(), **moment())
    return render_template("money/counter/day.html", page=page)


@counter.get("/day.csv")
@DESK
def day_as_csv() -> Response:
    """The same payment by payment, for a spreadsheet."""
    content = day_csv(portal().database, who(), _day_asked_for(), **moment())
    named = {"Content-Disposition": "attachment; filename=desk-day.csv"}
    return Response(content, mimetype="text/csv", headers=named)


def _day_asked_for() -> date | None:
    """A day in an address tells nothing of anybody; what is none means today."""
    try:
        return date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return None
