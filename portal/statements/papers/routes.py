"""Papers of a statement: the statement as a letter and the itemized bill, each also in large print.

``?size=large`` is the size of the print and tells nothing of anyone. The addresses are given in
portal/statements/routes.py.
"""

from uuid import UUID

from flask import abort
from werkzeug.wrappers import Response

from portal.auth.current import require_statement
from portal.auth.policies import Policy, policy
from portal.connectors.pdf import Paper
from portal.db import Principal
from portal.practice.letterhead import print_for
from portal.request_id import request_id
from portal.statements.coming import ScheduledOfStatement
from portal.statements.papers.itemized import itemized_paper
from portal.statements.papers.service import Sheet, view_paper
from portal.statements.papers.statement import Layout, statement_paper
from portal.statements.service import StatementNotFoundError
from portal.web.context import portal
from portal.web.print_size import wants_large_print


@policy(Policy.STATEMENT_LINK)
def paper(statement_id: UUID) -> Response:
    """The page as a letter; the page itself stays the first way to read it (45 CFR 84.85)."""
    sheet = _sheet(statement_id)
    layout = Layout(portal().settings.base_url, is_large=in_large_print(sheet))
    return as_file(
        statement_paper(sheet.page, sheet.facts, layout),
        f"statement-{sheet.page.document.number}.pdf",
        require_statement(statement_id),
    )


@policy(Policy.STATEMENT_LINK)
def itemized(statement_id: UUID) -> Response:
    """Every line with its code: nobody is asked why (45 CFR 164.524)."""
    sheet = _sheet(statement_id)
    return as_file(
        itemized_paper(sheet.page, sheet.facts, is_large=in_large_print(sheet)),
        f"itemized-{sheet.page.document.number}.pdf",
        require_statement(statement_id),
    )


def in_large_print(sheet: Sheet) -> bool:
    """In 18 points: where this request asks for it, or its reader wants all papers so."""
    return wants_large_print() or sheet.is_large


def as_file(paper: Paper, name: str, principal: Principal) -> Response:
    """A paper to keep, of the practice of who asks. Its name holds a number, and no one's."""
    here = portal()
    content = print_for(here.database, principal, paper, made_at=here.clock())
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
