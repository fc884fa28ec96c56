"""Questions about statements: what one is due, which a guarantor has, whose visits one asks for."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.statement import PendingReason, StatementState
from portal.practice.models import Claim
from portal.statements.due import (
    StatementDue,
    account_now,
    agencies_by_visit,
    asked_for,
    state_of,
)
from portal.statements.models import Statement, StatementShare, StatementVoid
from portal.statements.reading import (
    due_alone,
    due_for_reader,
    due_standing,
    issued_on_of,
    reaches_account,
    statement_row,
    statements_with_voids,
)
from portal.statements.undecided import undecided_visits, waits_for


@dataclass(frozen=True, slots=True)
class StatementIssued:
    """Which statement, and its day; what it asks for is a question of its own."""

    statement_id: UUID
    issued_on: date


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One statement of a guarantor in a list.

    ``amount_due_cents`` as it was issued. What it leaves to pay now, and what of that is on its
    way, is all there is on the newest, and what its own lines leave on an older one.
    """

    statement_id: UUID
    number: str
    issued_on: date
    due_on: date
    amount_due_cents: int
    due_now_cents: int
    on_the_way_cents: int
    state: StatementState
    waits_for: PendingReason | None  # where it asks for nothing


def statement_due(
    session: Session,
    statement_id: UUID,
    /,
    *,
    by_itself: bool = False,
    but_for: Collection[UUID] = (),
) -> StatementDue | None:
    """Only what statements asked for: shares released since wait for the next one.

    Every one that stands asks for what all of them asked for, and by the day of the newest. But its
    own lines alone are asked for ``by_itself`` (autopay charges each new statement, and not what
    came before), and of whoever may see no other statement (ADR 0008). ``but_for``: as `read_page`.
    """
    row = statement_row(session, statement_id)
    if row is None:
        return None
    statement: Statement = row.Statement
    account = account_now(session, statement.guarantor_id)
    asked = asked_for(session, statement.guarantor_id).but_for(but_for)
    if by_itself or not reaches_account(session):
        return due_alone(statement, account, asked, voided=row.is_voided)
    return due_for_reader(statement, account, asked, voided=row.is_voided)


def statements_issued(
    session: Session, guarantor_id: UUID, *, since: datetime
) -> tuple[StatementIssued, ...]:
    """Those a guarantor got since then and that were not taken back, oldest first."""
    rows = session.execute(
        statements_with_voids(session)
        .where(
            Statement.guarantor_id == guarantor_id,
            Statement.issued_at >= since,
            StatementVoid.statement_id.is_(None),
        )
        .order_by(Statement.issued_at)
    )
    return tuple(
        StatementIssued(row.Statement.statement_id, issued_on_of(row.Statement)) for row in rows
    )


def visits_billed(session: Session, claim_ids: Collection[UUID], /) -> frozenset[UUID]:
    """Of these visits, those that a statement which stands has asked for."""
    practice_id = practice_of(session)
    voided = select(StatementVoid.statement_id).where(StatementVoid.practice_id == practice_id)
    found = session.scalars(
        select(StatementShare.claim_id).where(
            StatementShare.practice_id == practice_id,
            StatementShare.claim_id.in_(claim_ids),
            StatementShare.statement_id.not_in(voided),
        )
    )
    return frozenset(found)


def visits_on_statement(session: Session, statement_id: UUID, /) -> frozenset[UUID] | None:
    """The visits that a statement asks for; None when this principal has none of that id."""
    if statement_row(session, statement_id) is None:
        return None
    found = session.scalars(
        select(StatementShare.claim_id).where(
            StatementShare.practice_id == practice_of(session),
            StatementShare.statement_id == statement_id,
        )
    )
    return frozenset(found)


def statement_rows(session: Session, guarantor_id: UUID) -> tuple[StatementRow, ...]:
    """A guarantor's statements, newest first."""
    account, asked = account_now(session, guarantor_id), asked_for(session, guarantor_id)
    found = session.execute(
        statements_with_voids(session)
        .where(Statement.guarantor_id == guarantor_id)
        .order_by(Statement.as_of.desc())
    ).all()
    dues = {
        one.statement_id: due_standing(one, account, asked, voided=is_voided)
        for one, is_voided in found
    }
    placed = agencies_by_visit(session, account)
    undecided = undecided_visits(session, dues.values())
    rows = []
    for row in found:
        due = dues[row.Statement.statement_id]
        rows.append(
            StatementRow(
                statement_id=row.Statement.statement_id,
                number=row.Statement.number,
                issued_on=issued_on_of(row.Statement),
                due_on=row.Statement.due_on,
                amount_due_cents=row.Statement.amount_due_cents,
                due_now_cents=due.due_now_cents,
                on_the_way_cents=due.on_the_way_cents,
                state=state_of(
                    due, account, is_placed=not placed.keys().isdisjoint(due.visit_cents)
                ),
                waits_for=waits_for(due, undecided),
            )
        )
    return tuple(rows)


def statement_patient_ids(session: Session, statement_id: UUID) -> tuple[UUID, ...]:
    """The patients whose visits it asks for: their dates of birth open its links too."""
    practice_id = practice_of(session)
    rows = session.scalars(
        select(Claim.patient_id)
        .join(
            StatementShare,
            (StatementShare.practice_id == practice_id)
            & (StatementShare.claim_id == Claim.claim_id),
        )
        .where(
            Claim.practice_id == practice_id,
            Claim.patient_id.is_not(None),
            StatementShare.statement_id == statement_id,
        )
        .distinct()
        .order_by(Claim.patient_id)
    )
    return tuple(patient_id for patient_id in rows if patient_id is not None)
