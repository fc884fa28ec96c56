"""One name for one thing in all books: "payment:…", "refund:…", "dispute:…", and "intent:…".

The last is money at the processor of which we know no payment.
"""

from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, case, cast, func, select
from sqlalchemy.orm import aliased

from portal.domain.gateway_movements import MovementKind
from portal.domain.journal import BusinessEvent
from portal.ledger.models import JournalEntryRow, PostingRow
from portal.payments.books.models import MovementRow
from portal.payments.books.placing import CLEARING
from portal.payments.disputes.models import DisputeRow
from portal.payments.models import Payment, Refund

REFUNDS = (MovementKind.REFUND.value, MovementKind.REFUND_FAILED.value)
DISPUTES = (MovementKind.DISPUTE.value, MovementKind.DISPUTE_REVERSED.value)

_OF_A_REFUND = (BusinessEvent.REFUND_PAID.value, BusinessEvent.REFUND_RETURNED.value)
_OF_A_DISPUTE = (BusinessEvent.DISPUTE_OPENED.value, BusinessEvent.DISPUTE_WON.value)
_OF_A_PAYOUT = (
    BusinessEvent.PAYOUT_SETTLED.value,
    BusinessEvent.PAYOUT_RETURNED.value,
    BusinessEvent.MOVEMENT_PLACED.value,
)

CLEARED = case(
    (MovementRow.kind.in_(DISPUTES), MovementRow.amount_cents - MovementRow.fee_cents),
    else_=MovementRow.amount_cents,
)
"""What a movement is in its clearing account; see `cleared_cents`."""

_REFERENCED = aliased(Payment)
"""Known by our reference alone: what the processor made for it was never heard of."""

SUBJECT_OF_MOVEMENT: ColumnElement[str | None] = case(
    (MovementRow.kind.in_(REFUNDS), "refund:" + cast(Refund.refund_id, String)),
    (MovementRow.kind.in_(DISPUTES), "dispute:" + cast(DisputeRow.dispute_id, String)),
    else_=func.coalesce(
        "payment:" + cast(func.coalesce(Payment.payment_id, _REFERENCED.payment_id), String),
        "intent:" + MovementRow.payment_intent_id,
    ),
)


Query = TypeVar("Query", bound=Select[*tuple[Any, ...]])


def with_what_movements_are_about(query: Query, practice_id: UUID) -> Query:
    """A query from MovementRow, joined so that SUBJECT_OF_MOVEMENT can be said."""
    return (
        query.outerjoin(
            Payment,
            (Payment.practice_id == practice_id)
            & (Payment.payment_intent_id == MovementRow.payment_intent_id),
        )
        # Apart, not "one or the other": that would compare each movement with every payment.
        .outerjoin(
            _REFERENCED,
            (_REFERENCED.practice_id == practice_id)
            & (_REFERENCED.payment_id == MovementRow.reference)
            & _REFERENCED.payment_intent_id.is_(None),
        )
        .outerjoin(
            Refund,
            (Refund.practice_id == practice_id)
            & (Refund.stripe_refund_id == MovementRow.source_id),
        )
        .outerjoin(
            DisputeRow,
            (DisputeRow.practice_id == practice_id)
            & (DisputeRow.stripe_dispute_id == MovementRow.source_id),
        )
    )


def clearing_entries(practice_id: UUID) -> Select[Any]:
    """Every entry that moved a clearing account but for payouts: subject, account, day, cents.

    A reversal is about what it reverses.
    """
    reversed_ = aliased(JournalEntryRow)
    event = func.coalesce(reversed_.business_event, JournalEntryRow.business_event)
    key = func.coalesce(reversed_.source_key, JournalEntryRow.source_key)
    subject = case(
        (event.in_(_OF_A_REFUND), "refund:" + key),
        (event.in_(_OF_A_DISPUTE), "dispute:" + func.split_part(key, ":", 1)),
        (event == BusinessEvent.PAYMENT_SETTLED.value, "payment:" + key),
        else_=func.coalesce("payment:" + cast(Payment.payment_id, String), "intent:" + key),
    )
    return (
        select(
            JournalEntryRow.entry_id,
            subject.label("subject"),
            JournalEntryRow.business_event,
            JournalEntryRow.effective_on,
            PostingRow.account,
            func.sum(PostingRow.amount_cents).label("cents"),
        )
        .join(
            PostingRow,
            (PostingRow.practice_id == practice_id)
            & (PostingRow.entry_id == JournalEntryRow.entry_id),
        )
        .outerjoin(
            reversed_,
            (reversed_.practice_id == practice_id)
            & (reversed_.entry_id == JournalEntryRow.reverses_id),
        )
        .outerjoin(
            Payment,
            (Payment.practice_id == practice_id) & (Payment.payment_intent_id == key),
        )
        .where(
            JournalEntryRow.practice_id == practice_id,
            JournalEntryRow.business_event.not_in(_OF_A_PAYOUT),
            PostingRow.account.in_([account.value for account in CLEARING]),
        )
        .group_by(
            JournalEntryRow.entry_id,
            JournalEntryRow.business_event,
            JournalEntryRow.effective_on,
            PostingRow.account,
            subject,
        )
    )
