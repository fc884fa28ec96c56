"""Receipts: what a payment was put to, what of it went back, and whether the books have it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from portal.db import Database, Principal, practice_of
from portal.domain.allocation import Allocation
from portal.domain.journal import BusinessEvent, Target
from portal.domain.payment_channel import PaymentChannel
from portal.domain.payment_status import UNDONE, PaymentState, RefundState
from portal.domain.service_kind import ServiceKind
from portal.domain.visit_privacy import Viewer
from portal.ledger import models as ledger
from portal.ledger.models import JournalEntryRow, LedgerPost
from portal.ledger.outbox import LedgerPostState
from portal.payments.access import Payable, StatementDue, own_payment, payable_for
from portal.payments.disputes.models import DisputeRow
from portal.payments.lines import seen_parts
from portal.payments.models import Payment, Refund
from portal.payments.moves import payment_of
from portal.payments.queries import PlanOfPayment, local_time, note_view, plan_of
from portal.payments.receipts.lists import NOT_SENT
from portal.payments.unexpected import Unexpected, unexpected_of
from portal.practice.contact import PracticeContact, practice_contact
from portal.practice.viewing import shows_part2, viewer_of

_ARRIVED: Final = (BusinessEvent.PAYMENT_SETTLED.value, BusinessEvent.DEPOSIT_TAKEN.value)
_WENT_BACK: Final = (
    BusinessEvent.REFUND_PAID.value,
    BusinessEvent.REFUND_RETURNED.value,
    BusinessEvent.DISPUTE_LOST.value,
    BusinessEvent.PAYMENT_VOIDED.value,
    BusinessEvent.PAYMENT_RETURNED.value,
)
"""Rows of a payment that say what left it; its other rows say where it stands."""


@dataclass(frozen=True, slots=True)
class RefundRow:
    """A part that was sent back, or (not ``is_done``) is on its way."""

    amount_cents: int
    at: datetime
    is_done: bool


@dataclass(frozen=True, slots=True)
class TakenBackRow:
    """A part that did not stay, though we did not send it: a bank took it, or it was a mistake."""

    amount_cents: int
    at: datetime
    is_mistake: bool


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One service a payment paid for; ``charge_cents`` is what was billed for it, by anybody."""

    service_kind: ServiceKind
    patient_name: str
    service_on: date | None
    provider_name: str
    charge_cents: int
    amount_cents: int


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """A payment that arrived: what it paid for, and whether the practice's books have it.

    ``lines`` and ``unapplied_cents`` are where it stands before anything went back; what is not in
    them waits for a visit to come. ``statement_id`` is the one the reader's session opened;
    ``left_cents`` and ``due_on`` are empty where the payment was for another. Of a payment for a
    ``plan`` they are what is left of it, and the day of its next payment.
    """

    practice: PracticeContact
    statement_id: UUID | None
    payment_id: UUID
    receipt_number: str
    amount_cents: int
    by_guest: bool
    method_kind: str
    method_brand: str
    method_last4: str
    method_wallet: str
    charged_at: datetime
    on_account_at: datetime
    books: LedgerPostState
    books_at: datetime | None
    lines: tuple[ReceiptLine, ...]
    unapplied_cents: int
    unexpected: Unexpected
    refunds: tuple[RefundRow, ...]
    taken_back: tuple[TakenBackRow, ...]
    left_cents: int | None
    due_on: date | None
    plan: PlanOfPayment | None = None
    has_part2: bool = False  # a visit whose records 42 CFR Part 2 protects is shown

    @property
    def has_private(self) -> bool:
        """Whether only the sums of a visit are shown to whoever reads it."""
        return any(line.service_kind is ServiceKind.PRIVATE for line in self.lines)

    @property
    def waiting_cents(self) -> int:
        """Taken for a visit to come."""
        put_cents = sum(line.amount_cents for line in self.lines) + self.unapplied_cents
        return self.amount_cents - put_cents

    @property
    def kept_cents(self) -> int:
        """What stayed: nobody sent it back, and no bank took it."""
        sent_cents = sum(part.amount_cents for part in self.refunds)
        taken_cents = sum(part.amount_cents for part in self.taken_back)
        return self.amount_cents - sent_cents - taken_cents


def receipt_page(
    database: Database,
    principal: Principal,
    payment_id: UUID,
    *,
    statement_due: StatementDue,
    now: datetime,
    request_id: str,
    account_at: UUID | None = None,
) -> ReceiptPage | None:
    """None for a payment that is not money (yet), else with a row in the audit log.

    ``account_at``: the statement at which the account holder came in, who may see every payment of
    the account. Raises PaymentNotFoundError.
    """
    with database.transaction(principal) as session:
        payment = _payment(session, payment_id, account_at)
        if payment.settled_at is None:
            return None
        note_view(session, payment, now=now, request_id=request_id)
        statement_id = account_at or payment.statement_id
        due = _due(session, payment, statement_id, statement_due=statement_due)
        practice = practice_contact(session)
        viewer = viewer_of(session, today=local_time(now, practice).date())
        parts = _parts(session, payment)
        claim_ids = {part.target.claim_id for part in parts if part.target.claim_id}
        books, books_at = _books(session, payment)
        settled_at = local_time(payment.settled_at, practice)
        return ReceiptPage(
            practice=practice,
            statement_id=statement_id,
            payment_id=payment_id,
            receipt_number=payment.receipt_number or "",
            amount_cents=payment.amount_cents,
            by_guest=payment.channel == PaymentChannel.GUEST.value,
            method_kind=payment.method_kind or "",
            method_brand=payment.method_brand or "",
            method_last4=payment.method_last4 or "",
            method_wallet=payment.method_wallet or "",
            charged_at=settled_at,
            on_account_at=settled_at,
            books=books,
            books_at=local_time(books_at, practice) if books_at else None,
            lines=_lines(session, parts, viewer),
            unapplied_cents=sum(part.amount_cents for part in parts if part.is_unapplied),
            unexpected=unexpected_of(session, payment),
            refunds=_refunds(session, payment, practice),
            taken_back=_taken_back(session, payment, practice),
            left_cents=due.due_now_cents if due else None,
            due_on=due.due_on if due else None,
            plan=plan_of(due) if due else None,
            has_part2=shows_part2(session, claim_ids, viewer),
        )


def _due(
    session: Session, payment: Payment, statement_id: UUID | None, *, statement_due: StatementDue
) -> Payable | None:
    """What the reader may be told of the rest: of their own statement, or of their plan."""
    is_of_reader = statement_id is not None and statement_id == payment.statement_id
    if payment.plan_id is None and not is_of_reader:
        return None
    return payable_for(session, payment, statement_due=statement_due)


def _refunds(
    session: Session, payment: Payment, practice: PracticeContact
) -> tuple[RefundRow, ...]:
    rows = session.scalars(
        select(Refund)
        .where(
            Refund.practice_id == practice_of(session),
            Refund.payment_id == payment.payment_id,
            Refund.state.not_in(NOT_SENT),
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


def _payment(session: Session, payment_id: UUID, account_at: UUID | None) -> Payment:
    """Row-level security keeps an account holder to the account."""
    if account_at is not None:
        return payment_of(session, payment_id)
    return own_payment(session, payment_id)


def _parts(session: Session, payment: Payment) -> Sequence[Allocation]:
    """Where it stands, in the order it was put; as it arrived, where what went back was put too."""
    practice_id = practice_of(session)
    event = JournalEntryRow.business_event
    cents = func.sum(ledger.Allocation.amount_cents)
    arrived_cents = func.coalesce(cents.filter(event.in_(_ARRIVED)), 0)
    rows = session.execute(
        select(
            ledger.Allocation.claim_id,
            ledger.Allocation.charge_id,
            cents.label("cents"),
            arrived_cents.label("arrived_cents"),
        )
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == ledger.Allocation.entry_id),
        )
        .where(
            ledger.Allocation.practice_id == practice_id,
            ledger.Allocation.payment_id == payment.payment_id,
            event.not_in(_WENT_BACK),
        )
        .group_by(ledger.Allocation.claim_id, ledger.Allocation.charge_id)
        .order_by(func.min(cast(ledger.Allocation.allocation_id, String)))
    ).all()
    stands = all(row.cents >= 0 for row in rows)
    parts = [
        Allocation(
            Target(row.claim_id, row.charge_id), int(row.cents if stands else row.arrived_cents)
        )
        for row in rows
    ]
    return [part for part in parts if part.amount_cents]


def _lines(
    session: Session, parts: Sequence[Allocation], viewer: Viewer
) -> tuple[ReceiptLine, ...]:
    return tuple(
        ReceiptLine(
            service_kind=line.service_kind,
            patient_name=f"{line.patient_first_name} {line.patient_last_name}".strip(),
            service_on=line.service_on,
            provider_name=line.provider_name,
            charge_cents=line.charge_cents,
            amount_cents=cents,
        )
        for line, cents in seen_parts(session, parts, viewer)
    )


def _taken_back(
    session: Session, payment: Payment, practice: PracticeContact
) -> tuple[TakenBackRow, ...]:
    state = PaymentState(payment.state)
    if state in UNDONE:
        at = local_time(payment.state_at, practice)
        is_mistake = state is PaymentState.VOIDED
        return (TakenBackRow(payment.amount_cents, at, is_mistake=is_mistake),)
    lost = session.scalars(
        select(DisputeRow)
        .where(
            DisputeRow.practice_id == practice_of(session),
            DisputeRow.payment_id == payment.payment_id,
            DisputeRow.lost_entry_id.is_not(None),
        )
        .order_by(DisputeRow.dispute_id)
    )
    return tuple(
        TakenBackRow(row.taken_cents, local_time(row.state_at, practice), is_mistake=False)
        for row in lost
    )


def _books(session: Session, payment: Payment) -> tuple[LedgerPostState, datetime | None]:
    row = session.execute(
        select(LedgerPost.state, LedgerPost.state_at).where(
            LedgerPost.practice_id == practice_of(session),
            LedgerPost.subject_id == payment.payment_id,
            LedgerPost.kind.in_(_ARRIVED),
        )
    ).one_or_none()
    return (LedgerPostState(row.state), row.state_at) if row else (LedgerPostState.QUEUED, None)
