"""The statement's pages: thin, read-only. The session's link says whose; the address only which."""

from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.auth.current import require_account, require_statement
from portal.auth.policies import Policy, policy
from portal.request_id import request_id
from portal.statements.coming import ScheduledOfStatement
from portal.statements.overview import statements_page
from portal.statements.papers.routes import itemized, paper
from portal.statements.service import StatementNotFoundError, find_statement, view_statement
from portal.web.context import portal

statements = Blueprint("statements", __name__, url_prefix="/statements")
statements.add_url_rule("/<uuid:statement_id>.pdf", view_func=paper)
statements.add_url_rule("/<uuid:statement_id>/itemized.pdf", view_func=itemized)


@statements.get("")
@policy(Policy.ACCOUNT)
def index() -> str:
    """Every statement there was, and what each changed."""
    page = statements_page(
        portal().database, require_account(), now=portal().clock(), request_id=request_id()
    )
    return render_template("statements/index.html", page=page)


@statements.get("/<uuid:statement_id>")
@policy(Policy.STATEMENT_LINK)
def show(statement_id: UUID) -> str:
    """What do I owe, by when, why, and what can I do."""
    here = portal()
    try:
        page = view_statement(
            here.database,
            require_statement(statement_id),
            statement_id,
            scheduled_of_statement=here.service(ScheduledOfStatement),
            now=here.clock(),
            request_id=request_id(),
        )
    except StatementNotFoundError:
        abort(404)
    return render_template("statements/statement.html", page=page)


@statements.get("/<uuid:statement_id>/help", endpoint="help")
@policy(Policy.STATEMENT_LINK)
def show_help(statement_id: UUID) -> Response:
    """The page of help, about this statement."""
    try:
        find_statement(portal().database, require_statement(statement_id), statement_id)
    except StatementNotFoundError:
        abort(404)
    return redirect(url_for("cases.help", statement=statement_id), code=303)
