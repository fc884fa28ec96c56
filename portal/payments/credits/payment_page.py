"""One payment as staff see it: what it pays now, what went back, who moved it, what can be done."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.models import StaffMember
from portal.db import Database, Principal, practice_of
from portal.domain.allocation import Allocation
from portal.domain.journal import NOWHERE, Target
from portal.domain.payment_channel import PaymentChannel
from portal.domain.payment_status import PaymentState, RefundState
from portal.domain.reallocating import Movable, MovableLine
from portal.domain.refund_ways import RefundWay
from portal.ledger import models as ledger
from portal.ledger.visit_deposits import deposit_of
from portal.payments.credits.models import DepositDecision, PaymentMove
from portal.payments.credits.moving import movable_of
from portal.payments.credits.part_rows import PartRow, key_of, part_rows
from portal.payments.models import Payment, Refund
from portal.payments.moves import PaymentNotFoundError, payment_of
from portal.payments.queries import local_time
from portal.payments.refunds.page import Account, account_of
from portal.practice.contact import PracticeContact, practice_contact


@dataclass(frozen=True, slots=True)
class SentBack:
    """One refund of it."""

    refund_id: UUID
    amount_cents: int
    state: RefundState
    way: RefundWay
    at: datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """One act of staff that put it to other lines."""

    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class ForVisit:
    """What of it waits for a visit to come."""

    left_cents: int
    service_on: date | None
    claim_number: str


@dataclass(frozen=True, slots=True)
class VisitSaid:
    """What staff said about that visit. ``service_on``: its other day; None: there was none."""

    at: datetime
    by: str
    reason: str
    amount_cents: int
    service_on: date | None


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """``parts`` is what it pays now, the credit among them. ``can_void``: it is no money yet."""

    account: Account
    payment_id: UUID
    receipt_number: str
    amount_cents: int
    channel: PaymentChannel
    state: PaymentState
    began_at: datetime
    settled_at: datetime | None
    method_kind: str
    method_brand: str
    method_last4: str
    parts: tuple[PartRow, ...]
    refunds: tuple[SentBack, ...]
    moves: tuple[Moved, ...]
    waiting: ForVisit | None = None
    visits_said: tuple[VisitSaid, ...] = ()

    @property
    def can_void(self) -> bool:
        return self.state in (PaymentState.PREPARED, PaymentState.OPEN)

    @property
    def is_money(self) -> bool:
        return self.state is PaymentState.SUCCEEDED


@dataclass(frozen=True, slots=True)
class MoveLine:
    """``part.amount_cents`` is paid now; it may be between ``least_cents`` and ``most_cents``."""

    part: PartRow
    least_cents: int
    most_cents: int


@dataclass(frozen=True, slots=True)
class MovePage:
    """What a payment pays and could pay; ``free_cents`` of its credit may be used."""

    account: Account
    payment_id: UUID
    receipt_number: str
    amount_cents: int
    credit_cents: int
    free_cents: int
    lines: tuple[MoveLine, ...]


def payment_page(
    database: Database, principal: Principal, payment_id: UUID, *, now: datetime, request_id: str
) -> PaymentPage:
    """With a row in the audit log. Raises PaymentNotFoundError."""
    with database.transaction(principal) as session:
        payment = payment_of(session, payment_id)
        account = _seen(session, payment, now=now, request_id=request_id)
        practice = practice_contact(session)
        settled_at = payment.settled_at
        return PaymentPage(
            account=account,
            payment_id=payment_id,
            receipt_number=payment.receipt_number or "",
            amount_cents=payment.amount_cents,
            channel=PaymentChannel(payment.channel),
            state=PaymentState(payment.state),
            began_at=local_time(payment.created_at, practice),
            settled_at=local_time(settled_at, practice) if settled_at else None,
            method_kind=payment.method_kind or "",
            method_brand=payment.method_brand or "",
            method_last4=payment.method_last4 or "",
            parts=part_rows(session, _parts_now(session, payment)),
            refunds=_refunds(session, payment, practice),
            moves=_moves(session, payment, practice),
            waiting=_for_visit(session, payment),
            visits_said=_visits_said(session, payment, practice),
        )


def move_page(
    database: Database, principal: Principal, payment_id: UUID, *, now: datetime, request_id: str
) -> MovePage:
    """With a row in the audit log. Raises PaymentNotFoundError, of one that is no money too."""
    with database.transaction(principal) as session:
        payment = payment_of(session, payment_id)
        if payment.state != PaymentState.SUCCEEDED.value:
            raise PaymentNotFoundError(payment_id)
        account = _seen(session, payment, now=now, request_id=request_id)
        movable = movable_of(session, payment, now=now)
        return MovePage(
            account=account,
            payment_id=payment_id,
            receipt_number=payment.receipt_number or "",
            amount_cents=payment.amount_cents,
            credit_cents=movable.credit_cents,
            free_cents=movable.free_cents,
            lines=_move_lines(session, movable),
        )


def _seen(session: Session, payment: Payment, *, now: datetime, request_id: str) -> Account:
    account = account_of(session, payment.guarantor_id)
    if account is None:
        raise PaymentNotFoundError(payment.payment_id)
    record(
        session,
        action="view",
        object_kind="payment",
        object_id=payment.payment_id,
        guarantor_id=payment.guarantor_id,
        now=now,
        request_id=request_id,
    )
    return account


def _move_lines(session: Session, movable: Movable) -> tuple[MoveLine, ...]:
    lines: dict[str, MovableLine] = {key_of(line.target): line for line in movable.lines}
    parts = part_rows(session, [Allocation(line.target, line.now_cents) for line in movable.lines])
    return tuple(
        MoveLine(part, lines[part.key].promised_cents, lines[part.key].most_cents) for part in parts
    )


def _parts_now(session: Session, payment: Payment) -> list[Allocation]:
    """Lines in the order they were first paid, the credit last."""
    rows = session.execute(
        select(
            ledger.Allocation.claim_id,
            ledger.Allocation.charge_id,
            func.sum(ledger.Allocation.amount_cents).label("cents"),
        )
        .where(
            ledger.Allocation.practice_id == practice_of(session),
            ledger.Allocation.payment_id == payment.payment_id,
        )
        .group_by(ledger.Allocation.claim_id, ledger.Allocation.charge_id)
        .order_by(func.min(cast(ledger.Allocation.allocation_id, Text)))
    )
    parts = [
        Allocation(Target(row.claim_id, row.charge_id), int(row.cents)) for row in rows if row.cents
    ]
    return sorted(parts, key=lambda part: part.target == NOWHERE)


def _refunds(session: Session, payment: Payment, practice: PracticeContact) -> tuple[SentBack, ...]:
    rows = session.scalars(
        select(Refund)
        .where(Refund.practice_id == practice_of(session), Refund.payment_id == payment.payment_id)
        .order_by(Refund.refund_id)
    )
    return tuple(
        SentBack(
            row.refund_id,
            row.amount_cents,
            RefundState(row.state),
            RefundWay(row.way),
            local_time(row.state_at, practice),
        )
        for row in rows
    )


def _for_visit(session: Session, payment: Payment) -> ForVisit | None:
    found = deposit_of(session, payment.payment_id)
    return ForVisit(found.left_cents, found.service_on, found.claim_number) if found else None


def _visits_said(
    session: Session, payment: Payment, practice: PracticeContact
) -> tuple[VisitSaid, ...]:
    practice_id = practice_of(session)
    rows = session.execute(
        select(DepositDecision, StaffMember.name)
        .outerjoin(
            StaffMember,
            (StaffMember.practice_id == practice_id)
            & (StaffMember.staff_id == DepositDecision.decided_by),
        )
        .where(
            DepositDecision.practice_id == practice_id,
            DepositDecision.payment_id == payment.payment_id,
        )
        .order_by(DepositDecision.decided_at)
    )
    return tuple(
        VisitSaid(
            local_time(said.decided_at, practice),
            name or "",
            said.reason,
            said.amount_cents,
            said.service_on,
        )
        for said, name in rows
    )


def _moves(session: Session, payment: Payment, practice: PracticeContact) -> tuple[Moved, ...]:
    practice_id = practice_of(session)
    rows = session.execute(
        select(PaymentMove.moved_at, PaymentMove.reason, StaffMember.name)
        .outerjoin(
            StaffMember,
            (StaffMember.practice_id == practice_id)
            & (StaffMember.staff_id == PaymentMove.moved_by),
        )
        .where(
            PaymentMove.practice_id == practice_id,
            PaymentMove.payment_id == payment.payment_id,
        )
        .order_by(PaymentMove.move_id)
    )
    return tuple(
        Moved(local_time(row.moved_at, practice), row.name or "", row.reason) for row in rows
    )
