"""The account holder's own pages: home, everything that happened, a year, and all of it to keep.

What a list is narrowed to comes with the address, except for words: those are posted.
"""

from itertools import chain
from uuid import UUID

from flask import Blueprint, abort, render_template, request, stream_with_context
from werkzeug.wrappers import Response

from portal.auth.current import require_account
from portal.auth.policies import Policy, policy
from portal.home.account_papers import Asked, papers_of
from portal.home.account_tables import account_tables
from portal.home.download import keepsake, note_download, zipped
from portal.home.everything import everything_page
from portal.home.forms import SearchForm, headings, narrowed_by
from portal.home.queries import home_page
from portal.home.summary import summary_page
from portal.home.visits import VisitNotFoundError, visit_page
from portal.payments.receipts.years import NoSuchYearError
from portal.request_id import request_id
from portal.web.context import portal

home = Blueprint("home", __name__)
visits = Blueprint("visits", __name__)


@home.get("/home")
@policy(Policy.ACCOUNT)
def show() -> str:
    """What do I owe, by when, why, and what can I do."""
    here = portal()
    page = home_page(here.database, require_account(), now=here.clock(), request_id=request_id())
    return render_template("home/home.html", page=page)


@home.get("/activity")
@policy(Policy.ACCOUNT)
def activity() -> str:
    """Everything that happened; ``?patient=``, ``?year=``, ``?kind=`` and ``?page=`` narrow it."""
    return _activity("")


@home.post("/activity")
@policy(Policy.ACCOUNT)
def search() -> str:
    """The same with words in it: what somebody looks for never stands in an address."""
    form = SearchForm()
    return _activity(form.words.data or "" if form.validate() else "")


@home.get("/summary/<int:year>")
@policy(Policy.ACCOUNT)
def summary(year: int) -> str:
    """A year over everything: what was billed, who paid, what is left."""
    here = portal()
    try:
        page = summary_page(
            here.database, require_account(), year, now=here.clock(), request_id=request_id()
        )
    except NoSuchYearError:
        abort(404)
    return render_template("home/summary.html", page=page)


@home.get("/account")
@policy(Policy.COPIES)
def ask_for_all() -> str:
    """What the file holds, before it is fetched."""
    here = portal()
    page = keepsake(here.database, require_account(), now=here.clock(), request_id=request_id())
    return render_template("home/download.html", page=page)


@home.get("/account.zip")
@policy(Policy.COPIES)
def all_of_it() -> Response:
    """Sent while it is read. The address names no one, and so does the file."""
    here, principal = portal(), require_account()
    now = here.clock()
    note_download(here.database, principal, now=now, request_id=request_id())
    tables = account_tables(here.database, principal, headings(), now=now)
    papers = papers_of(tables, Asked(principal, now, request_id()))
    pieces = zipped(chain(tables.files, papers))
    named = {"Content-Disposition": "attachment; filename=account.zip"}
    return Response(stream_with_context(pieces), mimetype="application/zip", headers=named)


@visits.get("/visits/<uuid:claim_id>", endpoint="show")
@policy(Policy.ACCOUNT)
def show_visit(claim_id: UUID) -> str:
    """One visit, from its claim to what is left to pay."""
    here = portal()
    try:
        page = visit_page(
            here.database,
            require_account(),
            claim_id,
            now=here.clock(),
            request_id=request_id(),
        )
    except VisitNotFoundError:
        abort(404)
    return render_template("home/visit.html", page=page)


def _activity(words: str) -> str:
    here = portal()
    page = everything_page(
        here.database,
        require_account(),
        narrowed_by(request.args, words=words),
        number=request.args.get("page", 1, type=int),
        now=here.clock(),
        request_id=request_id(),
    )
    return render_template("home/activity.html", page=page, words=words)
