"""Receipts on paper, the history of an account, and a year for taxes. An address names no one."""

from dataclasses import replace
from uuid import UUID

from flask import Blueprint, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from portal.auth.current import account_statement, current_link, require_account
from portal.auth.policies import Policy, policy
from portal.connectors.pdf import Paper
from portal.db import Principal
from portal.payments.access import PlanNotFoundError, StatementDue, StatementNotFoundError
from portal.payments.moves import PaymentNotFoundError
from portal.payments.receipts.forms import history_filter
from portal.payments.receipts.history import history_page
from portal.payments.receipts.papers import receipt_paper, year_paper
from portal.payments.receipts.queries import receipt_page
from portal.payments.receipts.years import NoSuchYearError, YearPage, year_csv, year_page
from portal.practice.letterhead import print_for
from portal.request_id import request_id
from portal.web.context import portal
from portal.web.print_size import wants_large_print

receipts = Blueprint("receipts", __name__, url_prefix="/payments")


@receipts.errorhandler(PaymentNotFoundError)
@receipts.errorhandler(StatementNotFoundError)
@receipts.errorhandler(PlanNotFoundError)
@receipts.errorhandler(NoSuchYearError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Somebody else's looks like nobody's."""
    return current_app.handle_user_exception(NotFound())


@receipts.get("/<uuid:payment_id>/receipt.pdf")
@policy(Policy.STATEMENT_LINK)
def paper(payment_id: UUID) -> Response:
    """The receipt's page as a file."""
    here, link = portal(), current_link()
    principal = link.principal if link else abort(404)
    page = receipt_page(
        here.database,
        principal,
        payment_id,
        account_at=account_statement(),
        statement_due=here.service(StatementDue),
        now=here.clock(),
        request_id=request_id(),
    )
    if page is None:
        abort(404)
    return _file(receipt_paper(page), f"receipt-{page.charged_at.year}.pdf", principal)


@receipts.get("")
@policy(Policy.ACCOUNT)
def history() -> str:
    here = portal()
    page = history_page(
        here.database,
        require_account(),
        history_filter(request.args),
        statement_id=account_statement() or abort(404),
        now=here.clock(),
        request_id=request_id(),
    )
    return render_template("payments/history.html", page=page)


@receipts.get("/year/<int:year>")
@policy(Policy.COPIES)
def year(year: int) -> str:
    return render_template("payments/year.html", page=_year(year))


@receipts.get("/year/<int:year>.pdf")
@policy(Policy.COPIES)
def year_as_paper(year: int) -> Response:
    return _file(year_paper(_year(year)), f"payments-{year}.pdf", require_account())


@receipts.get("/year/<int:year>.csv")
@policy(Policy.COPIES)
def year_as_csv(year: int) -> Response:
    header = (
        gettext("Year"),
        gettext("Month"),
        gettext("Patient"),
        gettext("Paid"),
        gettext("Went back"),
        gettext("You paid in all"),
    )
    named = {"Content-Disposition": f"attachment; filename=payments-{year}.csv"}
    return Response(year_csv(_year(year), header), mimetype="text/csv", headers=named)


def _year(year: int) -> YearPage:
    here = portal()
    return year_page(
        here.database,
        require_account(),
        year,
        statement_id=account_statement() or abort(404),
        now=here.clock(),
        request_id=request_id(),
    )


def _file(paper: Paper, name: str, principal: Principal) -> Response:
    here = portal()
    sized = replace(paper, is_large=wants_large_print())
    content = print_for(here.database, principal, sized, made_at=here.clock())
    named = {"Content-Disposition": f"attachment; filename={name}"}
    return Response(content, mimetype="application/pdf", headers=named)
