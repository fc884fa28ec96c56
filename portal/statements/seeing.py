"""A statement as whoever asks may see it: what they may not see is grouped, to the same cent."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.statement import StatementDocument
from portal.domain.statement_document import from_json
from portal.domain.visit_privacy import ViewerKind
from portal.practice.viewing import masked, payer_of, viewer_of
from portal.statements.models import Statement


@dataclass(frozen=True, slots=True)
class SeenDocument:
    """``by_payer``: for staff, who see it whole, the same as the guarantor sees it.

    ``issued``: as it was issued, for what is worked out and never for what is shown.
    """

    document: StatementDocument
    issued: StatementDocument
    by_payer: StatementDocument | None

    @property
    def whole_ids(self) -> frozenset[UUID]:
        """The visits that are not grouped."""
        visits = self.document.visits
        return frozenset(visit.claim_id for visit in visits if not visit.grouped_because)


def seen_document(session: Session, statement: Statement, *, today: date) -> SeenDocument:
    """``today`` is the practice's day, on which a child may have come of age."""
    document = from_json(statement.document, version=statement.document_version)
    viewer = viewer_of(session, today=today)
    if viewer.kind is not ViewerKind.STAFF:
        return SeenDocument(masked(session, document, viewer), document, None)
    payer = payer_of(session, statement.guarantor_id, today=today)
    return SeenDocument(document, document, masked(session, document, payer))


def seen_documents(
    session: Session, statement_ids: Collection[UUID], *, today: date
) -> Mapping[UUID, StatementDocument]:
    """Several, as who pays sees them also where staff look: they are printed and mailed.

    Nothing is asked where there are none.
    """
    if not statement_ids:
        return {}
    found = session.scalars(
        select(Statement).where(
            Statement.practice_id == practice_of(session),
            Statement.statement_id.in_(statement_ids),
        )
    )
    seen = {one.statement_id: seen_document(session, one, today=today) for one in found}
    return {statement_id: one.by_payer or one.document for statement_id, one in seen.items()}
