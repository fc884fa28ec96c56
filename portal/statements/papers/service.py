"""Reading a statement for its paper: for who looks at it, or as it goes to the guarantor's address.

Papers of staff and of print runs are the guarantor's: who pays for another adult gets the sums.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.links_apart import all_reached_apart
from portal.db import Database, Principal, PrincipalKind, principal_of
from portal.practice.contact import practice_day
from portal.statements.coming import ScheduledOfStatement
from portal.statements.delivery.queries import deliveries
from portal.statements.page import StatementPage, read_page
from portal.statements.papers.reading import PaperFacts, paper_facts
from portal.statements.queries import statement_patient_ids
from portal.statements.service import StatementNotFoundError


@dataclass(frozen=True, slots=True)
class Sheet:
    """A statement's page, and what its paper says beside it.

    ``is_large``: who pays, and reads it, wants large print. ``language`` is theirs.
    """

    page: StatementPage
    facts: PaperFacts
    is_large: bool = False
    language: str = ""


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
    page, theirs = _read_as_mailed(session, statement_id, scheduled_of_statement, now=now)
    today = practice_day(page.practice, now=now)
    facts = paper_facts(session, statement_id, page.practice, today=today, but_for=theirs)
    if not _knows_the_address(principal_of(session)):
        return Sheet(page, replace(facts, address_lines=facts.address_lines[:1], postal_code=""))
    wants = deliveries(session, [page.guarantor_id])[page.guarantor_id]
    return Sheet(page, facts, is_large=wants.standing.is_large, language=wants.language)


def _read_as_mailed(
    session: Session,
    statement_id: UUID,
    scheduled_of_statement: ScheduledOfStatement,
    *,
    now: datetime,
) -> tuple[StatementPage, Collection[UUID]]:
    """The page, with the newer statements that are of nobody but patients reached apart.

    Those are no letters to who pays, so that no letter to them may lead to one, or ask for it: it
    says what the others leave. Raises StatementNotFoundError.
    """
    theirs: set[UUID] = set()
    while True:
        page = read_page(
            session,
            statement_id,
            today=partial(practice_day, now=now),
            scheduled_of_statement=scheduled_of_statement,
            but_for=theirs,
        )
        if page is None:
            raise StatementNotFoundError(statement_id)
        if page.newer is None or page.payer_sees is None:
            return as_mailed(page), theirs
        if not all_reached_apart(session, statement_patient_ids(session, page.newer.statement_id)):
            return as_mailed(page), theirs
        theirs.add(page.newer.statement_id)


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
