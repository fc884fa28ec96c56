"""Papers of a statement: the statement as a letter and the itemized bill, each also in large print.

``?size=large`` is the size of the print and tells nothing of anyone. The addresses are given in
portal/statements/routes.py.
"""

from uuid import UUID

from flask import abort, request
from werkzeug.wrappers import Response

from portal.auth.current import require_statement
from portal.auth.policies import Policy, policy
from portal.connectors.pdf import Paper, print_paper
from portal.request_id import request_id
from portal.statements.coming import ScheduledOfStatement
from portal.statements.papers.itemized import itemized_paper
from portal.statements.papers.service import Sheet, view_paper
from portal.statements.papers.statement import Layout, statement_paper
from portal.statements.service import StatementNotFoundError
from portal.web.context import portal

_LARGE = "large"


@policy(Policy.STATEMENT_LINK)
def paper(statement_id: UUID) -> Response:
    """The page as a letter; the page itself stays the first way to read it (45 CFR 84.85)."""
    sheet = _sheet(statement_id)
    layout = Layout(portal().settings.base_url, is_large=wants_large_print())
    return as_file(
        statement_paper(sheet.page, sheet.facts, layout),
        f"statement-{sheet.page.document.number}.pdf",
    )


@policy(Policy.STATEMENT_LINK)
def itemized(statement_id: UUID) -> Response:
    """Every line with its code: nobody is asked why (45 CFR 164.524)."""
    sheet = _sheet(statement_id)
    return as_file(
        itemized_paper(sheet.page, sheet.facts, is_large=wants_large_print()),
        f"itemized-{sheet.page.document.number}.pdf",
    )


def wants_large_print() -> bool:
    """Whether this request asks for 18 points."""
    return request.args.get("size") == _LARGE


def as_file(printed: Paper, name: str) -> Response:
    """A paper to keep. Its name holds a number, and no one's."""
    content = print_paper(printed, made_at=portal().clock())
    named = {"Content-Disposition": f"attachment; filename={name}"}
    return Response(content, mimetype="application/pdf", headers=named)


def _sheet(statement_id: UUID) -> Sheet:
    here = portal()
    try:
        return view_paper(
            here.database,
            require_statement(statement_id),
            statement_id,
            scheduled_of_statement=here.service(ScheduledOfStatement),
            now=here.clock(),
            request_id=request_id(),
        )
    except StatementNotFoundError:
        abort(404)
