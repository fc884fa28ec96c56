"""Statements against themselves: what was frozen adds up, and each opens where the last closed."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from portal.db import practice_of
from portal.domain.statement_document import from_json
from portal.ledger.checks import CheckFinding
from portal.statements.models import Statement, StatementShare


def checks(session: Session) -> Iterator[CheckFinding]:
    """Everything statements can say about themselves, for the practice of this transaction."""
    yield from _shares_add_up(session)
    yield from _documents_add_up(session)


def _shares_add_up(session: Session) -> Iterator[CheckFinding]:
    practice_id = practice_of(session)
    shares = (
        select(StatementShare.statement_id, func.sum(StatementShare.owed_cents).label("cents"))
        .where(StatementShare.practice_id == practice_id)
        .group_by(StatementShare.statement_id)
        .subquery()
    )
    cents = func.coalesce(shares.c.cents, 0)
    rows = session.execute(
        select(Statement.number, Statement.amount_due_cents, cents.label("cents"))
        .outerjoin(shares, shares.c.statement_id == Statement.statement_id)
        .where(Statement.practice_id == practice_id, Statement.amount_due_cents != cents)
    )
    for row in rows:
        asked = f"Statement {row.number} asks for {row.amount_due_cents} cents"
        message = f"{asked}, its shares for {row.cents}."
        yield CheckFinding("statement_shares", message)


def _documents_add_up(session: Session) -> Iterator[CheckFinding]:
    """Reading a document adds its rows up; a row that is off cannot be read."""
    practice_id = practice_of(session)
    previous = aliased(Statement)
    rows = session.execute(
        select(Statement, previous.amount_due_cents)
        .outerjoin(
            previous,
            (previous.practice_id == practice_id)
            & (previous.statement_id == Statement.previous_statement_id),
        )
        .where(Statement.practice_id == practice_id)
        .execution_options(yield_per=500)
    )
    for statement, closing_cents in rows:
        try:
            document = from_json(statement.document, version=statement.document_version)
        except (ValueError, KeyError) as error:
            message = f"Statement {statement.number} cannot be read: {error}."
            yield CheckFinding("statement_document", message)
            continue
        if document.amount_due_cents != statement.amount_due_cents:
            message = f"Statement {statement.number} says another amount than it asks for."
            yield CheckFinding("statement_document", message)
        if document.previous_amount_due_cents != (closing_cents or 0):
            message = f"Statement {statement.number} does not open where the last one closed."
            yield CheckFinding("statement_opening", message)
