"""The statement's pages: thin, read-only. The session's link says whose; the address only which."""

from uuid import UUID

from flask import Blueprint, abort, render_template

from portal.auth.current import require_statement
from portal.auth.policies import Policy, policy
from portal.request_id import request_id
from portal.statements.coming import ScheduledOfStatement
from portal.statements.service import StatementNotFoundError, view_help, view_statement
from portal.web.context import portal

statements = Blueprint("statements", __name__, url_prefix="/statements")


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
def show_help(statement_id: UUID) -> str:
    """Whom to call, and what to say."""
    here = portal()
    try:
        page = view_help(
            here.database,
            require_statement(statement_id),
            statement_id,
            now=here.clock(),
            request_id=request_id(),
        )
    except StatementNotFoundError:
        abort(404)
    return render_template("statements/help.html", page=page)
