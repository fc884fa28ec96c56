"""What waits in suspense, thing by thing; together it is the balance of payment_suspense."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, String, cast, exists, func, select
from sqlalchemy.orm import Session, aliased

from portal.db import practice_of
from portal.domain.dispute_status import CLOSED
from portal.domain.gateway_movements import MovementKind, SettledMovement, suspended_cents
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.domain.payment_status import PROMISED, PaymentState
from portal.ledger.models import JournalEntryRow, PostingRow
from portal.payments.books.explaining import waiting_movements
from portal.payments.books.models import MovementRow
from portal.payments.disputes.models import DisputeRow
from portal.payments.models import Payment, Refund
from portal.payments.suspense.models import SuspenseDecision

_OF_OTHERS: Final = (
    BusinessEvent.PAYMENT_SUSPENDED.value,
    BusinessEvent.SUSPENSE_CLEARED.value,
    BusinessEvent.PAYOUT_SETTLED.value,
    BusinessEvent.MOVEMENT_PLACED.value,
)
"""Events that no item of money that went is made of."""

_WENT_BACK: Final = (
    BusinessEvent.REFUND_PAID.value,
    BusinessEvent.REFUND_RETURNED.value,
    BusinessEvent.DISPUTE_LOST.value,
)


class SuspenseKind(StrEnum):
    """What kind of money it is."""

    FOUND = "found"  # it came, and no payment of ours explains it
    GONE = "gone"  # it went back, and no payment of ours had it any more
    PAYOUT = "payout"  # a payout carried it, and nothing explains it


class SuspenseAct(StrEnum):
    """What was decided."""

    ATTACHED = "attached"  # it is this person's: it pays what they owe, the rest is their credit
    SENT_BACK = "sent_back"
    FROM_CREDIT = "from_credit"  # what went too much is taken from the person's credit
    NOT_OURS = "not_ours"  # of an event: the practice's account has other business
    FEE = "fee"  # of a payout's: what the processor or the card networks keep
    RESERVE = "reserve"  # of a payout's: held back for a while, or given free again
    OTHER = "other"  # of a payout's: no patient's money


@dataclass(frozen=True, slots=True)
class OpenItem:
    """What of payment_suspense one thing explains: above zero it came, below zero it went.

    ``subject``: the entry of money that came; what it was that went, a refund or a dispute; or the
    movement of a payout, with the processor's ``word`` for it. ``intent_id``: it may be a payment.
    """

    kind: SuspenseKind
    subject: str
    gateway_id: str
    guarantor_id: UUID | None
    amount_cents: int
    at: datetime
    came_cents: int = 0  # of money that came: all of it, before some went back
    is_going_back: bool = False
    is_disputed: bool = False
    intent_id: str = ""
    word: str = ""
    payout_id: UUID | None = None


def open_items(session: Session) -> Sequence[OpenItem]:
    """All that has not been decided; together they are the balance of payment_suspense."""
    return [*_found(session), *_gone(session), *_carried(session)]


def gone_of(session: Session, payment_id: UUID) -> Mapping[UUID, int]:
    """What left a payment while it waited in suspense, by the refund or the lost dispute."""
    legs = _left_while_waiting(practice_of(session)).subquery()
    rows = session.execute(
        select(legs.c.subject, legs.c.cents).where(legs.c.payment_id == payment_id)
    )
    return {UUID(row.subject): int(row.cents) for row in rows if row.cents}


def _left_while_waiting(practice_id: UUID) -> Select[UUID, str, int]:
    """By payment that waits and by what took it: refunds, less what came back, and disputes."""
    payment_id = func.coalesce(Refund.payment_id, DisputeRow.payment_id)
    subject = JournalEntryRow.source_key
    return (
        select(
            payment_id.label("payment_id"),
            subject.label("subject"),
            func.sum(PostingRow.amount_cents).label("cents"),
        )
        .join(
            PostingRow,
            (PostingRow.practice_id == practice_id)
            & (PostingRow.entry_id == JournalEntryRow.entry_id),
        )
        .outerjoin(
            Refund,
            (Refund.practice_id == practice_id) & (cast(Refund.refund_id, String) == subject),
        )
        .outerjoin(
            DisputeRow,
            (DisputeRow.practice_id == practice_id)
            & (cast(DisputeRow.dispute_id, String) == subject),
        )
        .join(Payment, (Payment.practice_id == practice_id) & (Payment.payment_id == payment_id))
        .where(
            JournalEntryRow.practice_id == practice_id,
            JournalEntryRow.business_event.in_(_WENT_BACK),
            PostingRow.account == LedgerAccount.PAYMENT_SUSPENSE.value,
            Payment.state == PaymentState.SUSPENDED.value,
        )
        .group_by(payment_id, subject)
    )


def _found(session: Session) -> Sequence[OpenItem]:
    """Entries that nothing took back, less what of them went back since."""
    practice_id = practice_of(session)
    taken_back = aliased(JournalEntryRow)
    legs = _left_while_waiting(practice_id).subquery()
    gone = (
        select(legs.c.payment_id, func.sum(legs.c.cents).label("cents"))
        .group_by(legs.c.payment_id)
        .subquery()
    )
    left_cents = -PostingRow.amount_cents - func.coalesce(gone.c.cents, 0)
    rows = session.execute(
        select(
            JournalEntryRow.entry_id,
            JournalEntryRow.source_key,
            JournalEntryRow.guarantor_id,
            JournalEntryRow.recorded_at,
            (-PostingRow.amount_cents).label("came_cents"),
            left_cents.label("left_cents"),
            _is_going_back(practice_id).label("is_going_back"),
            _is_disputed(practice_id).label("is_disputed"),
        )
        .join(
            PostingRow,
            (PostingRow.practice_id == practice_id)
            & (PostingRow.entry_id == JournalEntryRow.entry_id),
        )
        .outerjoin(
            taken_back,
            (taken_back.practice_id == practice_id)
            & (taken_back.reverses_id == JournalEntryRow.entry_id),
        )
        .outerjoin(
            Payment,
            (Payment.practice_id == practice_id)
            & (Payment.payment_intent_id == JournalEntryRow.source_key)
            & (Payment.state == PaymentState.SUSPENDED.value),
        )
        .outerjoin(gone, gone.c.payment_id == Payment.payment_id)
        .where(
            JournalEntryRow.practice_id == practice_id,
            JournalEntryRow.business_event == BusinessEvent.PAYMENT_SUSPENDED.value,
            JournalEntryRow.reverses_id.is_(None),
            taken_back.entry_id.is_(None),
            PostingRow.account == LedgerAccount.PAYMENT_SUSPENSE.value,
            left_cents != 0,
        )
        .order_by(JournalEntryRow.recorded_at)
    )
    return [
        OpenItem(
            kind=SuspenseKind.FOUND,
            subject=str(row.entry_id),
            gateway_id=row.source_key,
            guarantor_id=row.guarantor_id,
            amount_cents=int(row.left_cents),
            at=row.recorded_at,
            came_cents=int(row.came_cents),
            is_going_back=row.is_going_back,
            is_disputed=row.is_disputed,
        )
        for row in rows
    ]


def _is_going_back(practice_id: UUID) -> Any:
    return exists().where(
        Refund.practice_id == practice_id,
        Refund.payment_id == Payment.payment_id,
        Refund.state.in_([state.value for state in PROMISED]),
    )


def _is_disputed(practice_id: UUID) -> Any:
    """As `disputes.queries.is_disputed` has it."""
    return exists().where(
        DisputeRow.practice_id == practice_id,
        DisputeRow.payment_id == Payment.payment_id,
        DisputeRow.state.not_in([state.value for state in CLOSED]),
        DisputeRow.is_refundable.is_(False),
    )


def _gone(session: Session) -> Sequence[OpenItem]:
    """Refunds, lost disputes and returned checks of which suspense had to give something.

    Less what came back since, and what staff decided. What left a payment that itself waits is
    taken off that.
    """
    practice_id = practice_of(session)
    cleared = (
        select(SuspenseDecision.subject, func.sum(SuspenseDecision.amount_cents).label("cents"))
        .where(
            SuspenseDecision.practice_id == practice_id,
            SuspenseDecision.act == SuspenseAct.FROM_CREDIT.value,
        )
        .group_by(SuspenseDecision.subject)
        .subquery()
    )
    subject = JournalEntryRow.source_key
    cents = func.sum(PostingRow.amount_cents) - func.coalesce(func.max(cleared.c.cents), 0)
    gateway_id = func.coalesce(Refund.stripe_refund_id, DisputeRow.stripe_dispute_id, "")
    of_one = (subject, JournalEntryRow.guarantor_id, gateway_id)
    rows = session.execute(
        select(
            subject,
            JournalEntryRow.guarantor_id,
            gateway_id.label("gateway_id"),
            func.max(JournalEntryRow.recorded_at).label("at"),
            cents.label("gone_cents"),
        )
        .join(
            PostingRow,
            (PostingRow.practice_id == practice_id)
            & (PostingRow.entry_id == JournalEntryRow.entry_id),
        )
        .outerjoin(
            Refund,
            (Refund.practice_id == practice_id) & (cast(Refund.refund_id, String) == subject),
        )
        .outerjoin(
            DisputeRow,
            (DisputeRow.practice_id == practice_id)
            & (cast(DisputeRow.dispute_id, String) == subject),
        )
        .outerjoin(
            Payment,
            (Payment.practice_id == practice_id)
            & (Payment.payment_id == func.coalesce(Refund.payment_id, DisputeRow.payment_id)),
        )
        .outerjoin(cleared, cleared.c.subject == subject)
        .where(
            JournalEntryRow.practice_id == practice_id,
            JournalEntryRow.business_event.not_in(_OF_OTHERS),
            PostingRow.account == LedgerAccount.PAYMENT_SUSPENSE.value,
            func.coalesce(Payment.state, "") != PaymentState.SUSPENDED.value,
        )
        .group_by(*of_one)
        .having(cents != 0)
        .order_by(func.max(JournalEntryRow.recorded_at))
    )
    return [
        OpenItem(
            kind=SuspenseKind.GONE,
            subject=row.source_key,
            gateway_id=row.gateway_id,
            guarantor_id=row.guarantor_id,
            amount_cents=-int(row.gone_cents),
            at=row.at,
        )
        for row in rows
    ]


def _carried(session: Session) -> Sequence[OpenItem]:
    """What payouts carried and nothing explains, movement by movement."""
    return [
        OpenItem(
            kind=SuspenseKind.PAYOUT,
            subject=row.movement_id,
            gateway_id=row.source_id or row.movement_id,
            guarantor_id=None,
            amount_cents=_suspended_cents(row),
            at=row.created_at,
            intent_id=row.payment_intent_id or "" if row.kind == MovementKind.CHARGE else "",
            word=row.word,
            payout_id=row.payout_id,
        )
        for row in waiting_movements(session)
    ]


def _suspended_cents(row: MovementRow) -> int:
    movement = SettledMovement(MovementKind(row.kind), row.amount_cents, row.fee_cents)
    return suspended_cents(movement)
