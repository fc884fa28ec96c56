"""What was written, read back for tests."""

from uuid import UUID

from sqlalchemy import select

from portal.db import Database, Principal
from portal.domain.statement import StatementDocument
from portal.domain.statement_document import from_json
from portal.practice.models import Task
from portal.statements.models import Statement


def documents(database: Database, job: Principal) -> list[StatementDocument]:
    with database.transaction(job) as session:
        rows = session.scalars(
            select(Statement)
            .where(Statement.practice_id == job.practice_id)
            .order_by(Statement.number)
        )
        return [from_json(row.document, version=row.document_version) for row in rows]


def tasks(database: Database, job: Principal) -> list[tuple[str, UUID, str]]:
    with database.transaction(job) as session:
        rows = session.scalars(select(Task).where(Task.practice_id == job.practice_id))
        return [(row.kind, row.subject_id, row.message) for row in rows]
