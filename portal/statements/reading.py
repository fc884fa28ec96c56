"""A statement's row with whether it was taken back, and what it asks whoever reads it for."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy import BindParameter, Row, Select, select
from sqlalchemy.orm import Session

from portal.db import PrincipalKind, practice_of, principal_of
from portal.statements.due import AccountNow, AskedFor, StatementDue, due_of, left_of, owed_now
from portal.statements.models import Statement, StatementVoid


def statements_with_voids(session: Session) -> Select[Statement, bool]:
    return statements_of_practice(practice_of(session))


def statements_of_practice(practice_id: UUID | BindParameter[UUID]) -> Select[Statement, bool]:
    return (
        select(Statement, StatementVoid.statement_id.is_not(None).label("is_voided"))
        .outerjoin(
            StatementVoid,
            (StatementVoid.practice_id == practice_id)
            & (StatementVoid.statement_id == Statement.statement_id),
        )
        .where(Statement.practice_id == practice_id)
    )


def statement_row(session: Session, statement_id: UUID) -> Row[Statement, bool] | None:
    """Row-level security shows it to whom it belongs and to staff."""
    return session.execute(
        statements_with_voids(session).where(Statement.statement_id == statement_id)
    ).one_or_none()


def issued_on_of(statement: Statement) -> date:
    return date.fromisoformat(statement.document["issued_on"])


def due_for_reader(
    statement: Statement, account: AccountNow, asked: AskedFor, *, voided: bool
) -> StatementDue:
    """What it asks whoever reaches the account for: the same as every other."""
    if voided:
        return due_alone(statement, account, asked, voided=True)
    return owed_now(account, asked)


def due_alone(
    statement: Statement, account: AccountNow, asked: AskedFor, *, voided: bool
) -> StatementDue:
    """What is left to pay of its own lines."""
    if voided:
        return replace(due_of(account, {}, due_on=statement.due_on), voided=True)
    return replace(left_of(account, asked, statement.statement_id), due_on=statement.due_on)


def due_standing(
    statement: Statement, account: AccountNow, asked: AskedFor, *, voided: bool
) -> StatementDue:
    """What its state is about: the newest stands for all there is."""
    is_newest = statement.statement_id == asked.newest_id
    return (due_for_reader if is_newest else due_alone)(statement, account, asked, voided=voided)


def reaches_account(session: Session) -> bool:
    """Not who opened one statement of somebody else's by a link: they see no other."""
    principal = principal_of(session)
    return principal.kind is not PrincipalKind.LINK or principal.holds_account
