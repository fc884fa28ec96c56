"""Papers printed at the desk as they go by mail: a statement's letter, an agreement to autopay."""

from uuid import UUID

from flask import Blueprint, abort
from flask_babel import force_locale
from werkzeug.wrappers import Response

from portal.auth.current import require_staff
from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.desk.mandate_papers import NoMandateError, mandate_paper, view_mandate
from portal.request_id import request_id
from portal.statements.coming import ScheduledOfStatement
from portal.statements.papers.own_visits import view_letter
from portal.statements.papers.routes import as_file, in_large_print
from portal.statements.papers.statement import Layout, statement_paper
from portal.statements.service import StatementNotFoundError
from portal.web.context import portal

desk_papers = Blueprint("desk_papers", __name__, url_prefix="/desk")


@desk_papers.get("/statements/<uuid:statement_id>.pdf")
@staff_only(*REACH[Area.DESK])
def statement(statement_id: UUID) -> Response:
    """To fold into an envelope, or to hand over: in the language and size of who gets it."""
    here = portal()
    try:
        sheet = view_letter(
            here.database,
            require_staff().principal,
            statement_id,
            scheduled_of_statement=here.service(ScheduledOfStatement),
            now=here.clock(),
            request_id=request_id(),
        )
    except StatementNotFoundError:
        abort(404)
    layout = Layout(here.settings.base_url, is_large=in_large_print(sheet))
    with force_locale(sheet.language):
        paper = statement_paper(sheet.page, sheet.facts, layout)
    name = f"statement-{sheet.page.document.number}.pdf"
    return as_file(paper, name, require_staff().principal)


@desk_papers.get("/people/<uuid:guarantor_id>/autopay.pdf")
@staff_only(*REACH[Area.DESK])
def mandate(guarantor_id: UUID) -> Response:
    """To mail to whoever has not agreed to electronic papers; in the words they agreed to."""
    here, principal = portal(), require_staff().principal
    try:
        found = view_mandate(
            here.database, principal, guarantor_id, now=here.clock(), request_id=request_id()
        )
    except NoMandateError:
        abort(404)
    with force_locale(found.language):
        paper = mandate_paper(found)
    return as_file(paper, "autopay.pdf", principal)
