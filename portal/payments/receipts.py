"""Receipts: what a payment was put to, what of it was sent back, and whether the books have it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, practice_of
from portal.domain.allocation import Allocation
from portal.domain.journal import BusinessEvent, Target
from portal.domain.payment_status import GIVEN_UP, RefundState
from portal.ledger import models as ledger
from portal.ledger.models import JournalEntryRow, LedgerPost
from portal.ledger.outbox import LedgerPostState
from portal.payments.access import StatementDue, own_payment, payable
from portal.payments.models import Payment, Refund
from portal.payments.queries import AllocationRow, allocation_rows, local_time, note_view
from portal.practice.contact import PracticeContact, practice_contact


@dataclass(frozen=True, slots=True)
class RefundRow:
    """A part that was sent back, or (not ``is_done``) is on its way."""

    amount_cents: int
    at: datetime
    is_done: bool


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """A payment that arrived: what it paid for, and whether the practice's books have it.

    ``allocations`` and ``unapplied_cents`` are as it was settled, before any refund.
    """

    practice: PracticeContact
    statement_id: UUID
    payment_id: UUID
    receipt_number: str
    amount_cents: int
    method_kind: str
    method_brand: str
    method_last4: str
    charged_at: datetime
    on_account_at: datetime
    books: LedgerPostState
    books_at: datetime | None
    allocations: tuple[AllocationRow, ...]
    unapplied_cents: int
    refunds: tuple[RefundRow, ...]
    left_cents: int
    due_on: date

    @property
    def kept_cents(self) -> int:
        """What was not sent back, nor is on its way back."""
        return self.amount_cents - sum(refund.amount_cents for refund in self.refunds)


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """One receipt in a list."""

    payment_id: UUID
    receipt_number: str
    amount_cents: int
    refunded_cents: int
    charged_at: datetime


@dataclass(frozen=True, slots=True)
class ReceiptsPage:
    """Every payment of a statement that arrived, newest first."""

    practice: PracticeContact
    statement_id: UUID
    receipts: tuple[ReceiptRow, ...]


def receipt_page(
    database: Database,
    principal: Principal,
    payment_id: UUID,
    *,
    statement_due: StatementDue,
    now: datetime,
    request_id: str,
) -> ReceiptPage | None:
    """None for a payment that is not money (yet), else with a row in the audit log.

    Raises PaymentNotFoundError.
    """
    with database.transaction(principal) as session:
        payment = own_payment(session, payment_id)
        if payment.settled_at is None:
            return None
        note_view(session, payment, now=now, request_id=request_id)
        due = payable(session, payment.statement_id, statement_due=statement_due)
        practice = practice_contact(session)
        parts = _posted_parts(session, payment)
        books, books_at = _books(session, payment)
        settled_at = local_time(payment.settled_at, practice)
        return ReceiptPage(
            practice=practice,
            statement_id=payment.statement_id,
            payment_id=payment_id,
            receipt_number=payment.receipt_number or "",
            amount_cents=payment.amount_cents,
            method_kind=payment.method_kind or "",
            method_brand=payment.method_brand or "",
            method_last4=payment.method_last4 or "",
            charged_at=settled_at,
            on_account_at=settled_at,
            books=books,
            books_at=local_time(books_at, practice) if books_at else None,
            allocations=allocation_rows(session, parts),
            unapplied_cents=sum(part.amount_cents for part in parts if part.is_unapplied),
            refunds=_refunds(session, payment, practice),
            left_cents=due.due_now_cents,
            due_on=due.due_on,
        )


def receipts_page(
    database: Database,
    principal: Principal,
    statement_id: UUID,
    *,
    statement_due: StatementDue,
    now: datetime,
    request_id: str,
) -> ReceiptsPage:
    """The list, with a row in the audit log. Raises StatementNotFoundError."""
    with database.transaction(principal) as session:
        due = payable(session, statement_id, statement_due=statement_due)
        record(
            session,
            action="view_receipts",
            object_kind="statement",
            object_id=statement_id,
            guarantor_id=due.guarantor_id,
            now=now,
            request_id=request_id,
        )
        practice = practice_contact(session)
        rows = receipt_rows(
            session, practice, due.guarantor_id, Payment.statement_id == statement_id
        )
        return ReceiptsPage(practice, statement_id, rows)


def receipt_rows(
    session: Session,
    practice: PracticeContact,
    guarantor_id: UUID,
    *which: ColumnElement[bool],
) -> tuple[ReceiptRow, ...]:
    """Every payment of a guarantor that arrived, or ``which`` of them, newest first."""
    refunded = _refunded(session, guarantor_id)
    rows = session.scalars(
        select(Payment)
        .where(
            Payment.practice_id == practice_of(session),
            Payment.guarantor_id == guarantor_id,
            Payment.settled_at.is_not(None),
            *which,
        )
        .order_by(Payment.settled_at.desc())
    )
    return tuple(
        ReceiptRow(
            payment_id=row.payment_id,
            receipt_number=row.receipt_number or "",
            amount_cents=row.amount_cents,
            refunded_cents=refunded.get(row.payment_id, 0),
            charged_at=local_time(row.settled_at, practice),
        )
        for row in rows
        if row.settled_at is not None
    )


def has_receipts(session: Session, statement_id: UUID) -> bool:
    """Whether anything was paid online on a statement."""
    found = session.scalar(
        select(Payment.payment_id)
        .where(
            Payment.practice_id == practice_of(session),
            Payment.statement_id == statement_id,
            Payment.settled_at.is_not(None),
        )
        .limit(1)
    )
    return found is not None


def _refunds(
    session: Session, payment: Payment, practice: PracticeContact
) -> tuple[RefundRow, ...]:
    rows = session.scalars(
        select(Refund)
        .where(
            Refund.practice_id == practice_of(session),
            Refund.payment_id == payment.payment_id,
            Refund.state.not_in(GIVEN_UP),
        )
        .order_by(Refund.refund_id)
    )
    return tuple(
        RefundRow(
            amount_cents=row.amount_cents,
            at=local_time(row.state_at, practice),
            is_done=row.state == RefundState.SUCCEEDED.value,
        )
        for row in rows
    )


def _refunded(session: Session, guarantor_id: UUID) -> dict[UUID, int]:
    """By payment."""
    rows = session.execute(
        select(Refund.payment_id, func.sum(Refund.amount_cents).label("cents"))
        .where(
            Refund.practice_id == practice_of(session),
            Refund.guarantor_id == guarantor_id,
            Refund.state.not_in(GIVEN_UP),
        )
        .group_by(Refund.payment_id)
    )
    return {row.payment_id: int(row.cents) for row in rows}


def _posted_parts(session: Session, payment: Payment) -> Sequence[Allocation]:
    """As it was settled; what a refund took back later stands beside it."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(
            ledger.Allocation.claim_id,
            ledger.Allocation.charge_id,
            ledger.Allocation.amount_cents,
        )
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == ledger.Allocation.entry_id),
        )
        .where(
            ledger.Allocation.practice_id == practice_id,
            ledger.Allocation.payment_id == payment.payment_id,
            JournalEntryRow.business_event == BusinessEvent.PAYMENT_SETTLED.value,
        )
        .order_by(ledger.Allocation.allocation_id)
    )
    return [Allocation(Target(row.claim_id, row.charge_id), int(row.amount_cents)) for row in rows]


def _books(session: Session, payment: Payment) -> tuple[LedgerPostState, datetime | None]:
    row = session.execute(
        select(LedgerPost.state, LedgerPost.state_at).where(
            LedgerPost.practice_id == practice_of(session),
            LedgerPost.subject_id == payment.payment_id,
            LedgerPost.kind == BusinessEvent.PAYMENT_SETTLED.value,
        )
    ).one_or_none()
    return (LedgerPostState(row.state), row.state_at) if row else (LedgerPostState.QUEUED, None)
