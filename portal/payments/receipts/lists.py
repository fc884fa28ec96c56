"""Lists of receipts: of a statement, of a person, and what of each payment is gone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, practice_of
from portal.domain.payment_channel import PaymentChannel
from portal.domain.payment_status import GIVEN_UP, PaymentState, RefundState
from portal.payments.access import StatementDue, payable
from portal.payments.disputes.models import DisputeRow
from portal.payments.models import Payment, Refund
from portal.payments.queries import local_time
from portal.practice.contact import PracticeContact, practice_contact

NOT_SENT: Final = GIVEN_UP | {RefundState.WAITING}
"""Refunds that went nowhere, or about which a second person has to decide."""


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """One receipt in a list."""

    payment_id: UUID
    receipt_number: str
    amount_cents: int
    refunded_cents: int
    charged_at: datetime
    is_of_desk: bool = False
    state: PaymentState = PaymentState.SUCCEEDED


@dataclass(frozen=True, slots=True)
class ReceiptsPage:
    """Every payment of a statement that arrived, newest first."""

    practice: PracticeContact
    statement_id: UUID
    receipts: tuple[ReceiptRow, ...]


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
    refunded = refunded_by_payment(session, guarantor_id)
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
            is_of_desk=row.channel == PaymentChannel.DESK.value,
            state=PaymentState(row.state),
        )
        for row in rows
        if row.settled_at is not None
    )


def taken_back_by_payment(session: Session, guarantor_id: UUID) -> dict[UUID, int]:
    """What a bank took back of each payment for good."""
    rows = session.execute(
        select(DisputeRow.payment_id, func.sum(DisputeRow.taken_cents).label("cents"))
        .where(
            DisputeRow.practice_id == practice_of(session),
            DisputeRow.guarantor_id == guarantor_id,
            DisputeRow.lost_entry_id.is_not(None),
        )
        .group_by(DisputeRow.payment_id)
    )
    return {row.payment_id: int(row.cents) for row in rows}


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


def refunded_by_payment(session: Session, guarantor_id: UUID) -> dict[UUID, int]:
    """What of each payment was sent back, or is on its way back."""
    rows = session.execute(
        select(Refund.payment_id, func.sum(Refund.amount_cents).label("cents"))
        .where(
            Refund.practice_id == practice_of(session),
            Refund.guarantor_id == guarantor_id,
            Refund.state.not_in(NOT_SENT),
        )
        .group_by(Refund.payment_id)
    )
    return {row.payment_id: int(row.cents) for row in rows}
