"""Managers' pages about the processor's books: a day, payouts, and all money that is open."""

from datetime import date
from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, Response, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from portal.auth.current import require_staff
from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.payments.books.overview import money_page
from portal.payments.books.pages import (
    PayoutNotFoundError,
    books_csv,
    books_page,
    payout_page,
    payouts_page,
)
from portal.request_id import request_id
from portal.web.context import portal

books = Blueprint("books", __name__, url_prefix="/money")

_BOOKS = staff_only(*REACH[Area.BOOKS])


@books.errorhandler(PayoutNotFoundError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Another practice's looks like nobody's."""
    return current_app.handle_user_exception(NotFound())


@books.get("")
@staff_only(*REACH[Area.MONEY])
def index() -> str:
    """All money that waits for somebody, with the way to each room."""
    here = portal()
    page = money_page(
        here.database, require_staff().principal, now=here.clock(), request_id=request_id()
    )
    return render_template("money/index.html", page=page)


@books.get("/books")
@_BOOKS
def day() -> str:
    """A day in four books."""
    here = portal()
    page = books_page(
        here.database,
        require_staff().principal,
        _day(),
        now=here.clock(),
        request_id=request_id(),
    )
    return render_template("money/books.html", page=page)


@books.get("/books.csv")
@_BOOKS
def day_as_csv() -> Response:
    """The same for a spreadsheet."""
    here = portal()
    chosen = _day()
    content = books_csv(
        here.database,
        require_staff().principal,
        chosen,
        now=here.clock(),
        request_id=request_id(),
    )
    name = f"books-{chosen}.csv" if chosen else "books.csv"
    named = {"Content-Disposition": f"attachment; filename={name}"}
    return Response(content, mimetype="text/csv", headers=named)


@books.get("/payouts")
@_BOOKS
def payouts() -> str:
    """The newest payouts."""
    here = portal()
    items = payouts_page(
        here.database, require_staff().principal, now=here.clock(), request_id=request_id()
    )
    return render_template("money/payouts.html", page=items)


@books.get("/payouts/<uuid:payout_id>")
@_BOOKS
def payout(payout_id: UUID) -> str:
    """What one of them carried, in four books."""
    here = portal()
    page = payout_page(
        here.database,
        require_staff().principal,
        payout_id,
        now=here.clock(),
        request_id=request_id(),
    )
    return render_template("money/payout.html", page=page)


def _day() -> date | None:
    typed = request.args.get("day", "")
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        abort(HTTPStatus.NOT_FOUND)
