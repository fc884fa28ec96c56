"""Reading a statement for its paper: for who looks at it, or as it goes to the guarantor's address.

Papers of staff and of print runs are the guarantor's: who pays for another adult gets the sums.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, PrincipalKind, principal_of
from portal.practice.contact import practice_day
from portal.statements.coming import ScheduledOfStatement
from portal.statements.papers.reading import PaperFacts, paper_facts
from portal.statements.queries import StatementPage, read_page
from portal.statements.service import StatementNotFoundError


@dataclass(frozen=True, slots=True)
class Sheet:
    """A statement's page, and what its paper says beside it."""

    page: StatementPage
    facts: PaperFacts


def view_paper(
    database: Database,
    principal: Principal,
    statement_id: UUID,
    *,
    scheduled_of_statement: ScheduledOfStatement,
    now: datetime,
    request_id: str,
) -> Sheet:
    """With a row in the audit log. Raises StatementNotFoundError."""
    with database.transaction(principal) as session:
        sheet = read_sheet(
            session, statement_id, scheduled_of_statement=scheduled_of_statement, now=now
        )
        record(
            session,
            action="view_paper",
            object_kind="statement",
            object_id=statement_id,
            guarantor_id=sheet.page.guarantor_id,
            now=now,
            request_id=request_id,
        )
        return sheet


def read_sheet(
    session: Session,
    statement_id: UUID,
    *,
    scheduled_of_statement: ScheduledOfStatement,
    now: datetime,
) -> Sheet:
    """Within a transaction that does more. Raises StatementNotFoundError."""
    page = read_page(session, statement_id, today=partial(practice_day, now=now))
    if page is None:
        raise StatementNotFoundError(statement_id)
    page = as_mailed(replace(page, coming=scheduled_of_statement(session, statement_id)))
    today = practice_day(page.practice, now=now)
    facts = paper_facts(session, statement_id, page.practice, today=today)
    if not _knows_the_address(principal_of(session)):
        facts = replace(facts, address_lines=facts.address_lines[:1])
    return Sheet(page, facts)


def as_mailed(page: StatementPage) -> StatementPage:
    """What staff see whole, as the guarantor sees it."""
    if page.payer_sees is None:
        return page
    whole = {visit.claim_id for visit in page.document.visits if visit in page.payer_sees.visits}
    changes = {claim: told for claim, told in page.changes_since.items() if claim in whole}
    return replace(page, document=page.payer_sees, changes_since=changes)


def _knows_the_address(principal: Principal) -> bool:
    """Whoever is only somebody on the statement learns no address from it."""
    return principal.holds_account or principal.kind in (PrincipalKind.STAFF, PrincipalKind.JOB)
