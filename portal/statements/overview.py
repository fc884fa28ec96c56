"""All statements of an account, newest first: how each stands, and what it changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, practice_of
from portal.domain.statement import StatementState
from portal.domain.statement_changes import StatementChange
from portal.domain.statement_document import from_json
from portal.domain.statement_version_3 import changes_between
from portal.practice.contact import PracticeContact, practice_contact
from portal.statements.models import Statement
from portal.statements.queries import StatementRow, statement_rows


@dataclass(frozen=True, slots=True)
class ListedStatement:
    """``is_carried_over``: a newer statement asks for what is open of it, and it alone counts."""

    row: StatementRow
    is_newest: bool
    changes: tuple[StatementChange, ...]

    @property
    def is_carried_over(self) -> bool:
        return self.row.state is StatementState.DUE and not self.is_newest

    @property
    def asks_now(self) -> bool:
        """Whether it is the one to pay."""
        return self.is_newest and self.row.due_now_cents > 0


@dataclass(frozen=True, slots=True)
class StatementsPage:
    practice: PracticeContact
    guarantor_id: UUID
    statements: tuple[ListedStatement, ...]

    @property
    def due_now_cents(self) -> int:
        """What is owed now, on the newest that stands."""
        return sum(one.row.due_now_cents for one in self.statements if one.is_newest)


def statements_page(
    database: Database, principal: Principal, *, now: datetime, request_id: str
) -> StatementsPage:
    """With a row in the audit log; ``principal`` is an account holder."""
    guarantor_id = principal.guarantor_id
    if guarantor_id is None:
        raise ValueError(principal.kind)
    with database.transaction(principal) as session:
        record(
            session,
            action="view_statements",
            object_kind="guarantor",
            object_id=guarantor_id,
            guarantor_id=guarantor_id,
            now=now,
            request_id=request_id,
        )
        rows = statement_rows(session, guarantor_id)
        changed = _changes(session, guarantor_id)
        newest = next((row for row in rows if row.state is not StatementState.VOIDED), None)
        return StatementsPage(
            practice=practice_contact(session),
            guarantor_id=guarantor_id,
            statements=tuple(
                ListedStatement(row, row == newest, changed.get(row.statement_id, ()))
                for row in rows
            ),
        )


def _changes(session: Session, guarantor_id: UUID) -> Mapping[UUID, tuple[StatementChange, ...]]:
    """Of each statement, against the one it followed."""
    rows = session.execute(
        select(
            Statement.statement_id,
            Statement.previous_statement_id,
            Statement.document,
            Statement.document_version,
        ).where(
            Statement.practice_id == practice_of(session), Statement.guarantor_id == guarantor_id
        )
    ).all()
    documents = {
        row.statement_id: from_json(row.document, version=row.document_version) for row in rows
    }
    return {
        row.statement_id: changes_between(
            documents.get(row.previous_statement_id), documents[row.statement_id]
        )
        for row in rows
    }
