"""What is on record of one visit: what insurance told us, what was paid for it, who asked when."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.claim_position import Outcome
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.domain.names import in_mixed_case
from portal.ledger.as_of import PATIENTS_MONEY
from portal.ledger.models import JournalEntryRow, PostingRow
from portal.payments.models import Payment
from portal.practice.decisions import Adjudication
from portal.practice.models import Payer
from portal.statements.models import Statement, StatementShare, StatementVoid


@dataclass(frozen=True, slots=True)
class InsurersFigures:
    """What a plan told us, as its own letter has it: X12 835 CLP04, the sum of PR, CLP07, TRN02.

    ``is_last``: what it left is the patient's share, and no other plan's to pay.
    """

    payer_name: str
    decided_on: date
    paid_cents: int
    share_cents: int
    claim_number: str  # the plan's own
    payment_number: str  # of its check or electronic payment
    is_last: bool = True


@dataclass(frozen=True, slots=True)
class PaidOnVisit:
    """Money of the patient that went to it, or away from it; with a receipt where it has one."""

    on: date
    cents: int
    payment_id: UUID | None
    receipt_number: str


@dataclass(frozen=True, slots=True)
class OnStatement:
    """A statement that asked for it."""

    statement_id: UUID
    number: str
    issued_on: date
    asked_cents: int


def insurers_figures(session: Session, claim_id: UUID) -> tuple[InsurersFigures, ...]:
    """Decisions that counted when they came, the oldest first, without those voided since."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(Adjudication, Payer.name)
        .join(Payer, (Payer.practice_id == practice_id) & (Payer.payer_id == Adjudication.payer_id))
        .where(Adjudication.practice_id == practice_id, Adjudication.claim_id == claim_id)
        .order_by(Adjudication.adjudication_id)
    ).all()
    voided = {row.Adjudication.voids_id for row in rows}
    standing = [
        row
        for row in rows
        if row.Adjudication.disposition == Outcome.POSTED.value
        and row.Adjudication.adjudication_id not in voided
    ]
    last = max((row.Adjudication.rank for row in standing), default=0)
    return tuple(
        InsurersFigures(
            payer_name=in_mixed_case(row.name),
            decided_on=row.Adjudication.decided_on,
            paid_cents=row.Adjudication.paid_cents,
            share_cents=row.Adjudication.responsibility_cents,
            claim_number=row.Adjudication.payer_control_number,
            payment_number=row.Adjudication.trace_number,
            is_last=row.Adjudication.rank == last,
        )
        for row in standing
    )


def paid_on_visit(session: Session, claim_id: UUID) -> tuple[PaidOnVisit, ...]:
    """What patients' money did to what is owed for it, by entry, oldest first."""
    practice_id = practice_of(session)
    cents = -func.sum(PostingRow.amount_cents)
    rows = session.execute(
        select(
            JournalEntryRow.entry_id,
            JournalEntryRow.effective_on,
            Payment.payment_id,
            Payment.receipt_number,
            cents.label("cents"),
        )
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == PostingRow.entry_id),
        )
        .outerjoin(
            Payment,
            (Payment.practice_id == practice_id)
            & (Payment.guarantor_id == PostingRow.guarantor_id)
            & (JournalEntryRow.business_event == BusinessEvent.PAYMENT_SETTLED.value)
            & (cast(Payment.payment_id, String) == JournalEntryRow.source_key),
        )
        .select_from(PostingRow)
        .where(
            PostingRow.practice_id == practice_id,
            PostingRow.claim_id == claim_id,
            PostingRow.account == LedgerAccount.PATIENT_RECEIVABLE.value,
            JournalEntryRow.business_event.in_([event.value for event in PATIENTS_MONEY]),
        )
        .group_by(
            JournalEntryRow.entry_id,
            JournalEntryRow.effective_on,
            Payment.payment_id,
            Payment.receipt_number,
        )
        .having(cents != 0)
        .order_by(JournalEntryRow.effective_on, JournalEntryRow.entry_id)
    )
    return tuple(
        PaidOnVisit(row.effective_on, int(row.cents), row.payment_id, row.receipt_number or "")
        for row in rows
    )


def on_statements(session: Session, claim_id: UUID) -> tuple[OnStatement, ...]:
    """Those that stand and asked for it, newest first."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(
            Statement.statement_id,
            Statement.number,
            Statement.document["issued_on"].astext.label("issued_on"),
            func.sum(StatementShare.owed_cents).label("cents"),
        )
        .join(
            StatementShare,
            (StatementShare.practice_id == practice_id)
            & (StatementShare.statement_id == Statement.statement_id),
        )
        .outerjoin(
            StatementVoid,
            (StatementVoid.practice_id == practice_id)
            & (StatementVoid.statement_id == Statement.statement_id),
        )
        .where(
            Statement.practice_id == practice_id,
            StatementShare.claim_id == claim_id,
            StatementVoid.statement_id.is_(None),
        )
        .group_by(Statement.practice_id, Statement.statement_id)
        .order_by(Statement.as_of.desc())
    )
    return tuple(
        OnStatement(row.statement_id, row.number, date.fromisoformat(row.issued_on), int(row.cents))
        for row in rows
    )
