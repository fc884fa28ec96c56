"""Payments against the books: each one that came is posted once, whole, and on a receipt."""

from collections.abc import Collection, Iterator
from typing import Final
from uuid import UUID

from sqlalchemy import Row, String, Subquery, cast, func, literal, select
from sqlalchemy.orm import Session, aliased

from portal.db import practice_of
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.domain.payment_status import GIVEN_UP, UNDONE, PaymentState, RefundState
from portal.ledger.checks import CheckFinding
from portal.ledger.models import Allocation, JournalEntryRow, PostingRow
from portal.payments.models import Payment, Refund
from portal.practice.models import Claim

_CAME: Final = [state.value for state in (PaymentState.SUCCEEDED, *UNDONE)]
_WENT_OUT: Final = (RefundState.SUCCEEDED.value, RefundState.RETURNED.value)
_COMING: Final = (BusinessEvent.PAYMENT_SETTLED, BusinessEvent.DEPOSIT_TAKEN)
_CLEARED: Final = [
    account.value
    for account in (
        LedgerAccount.CARD_CLEARING,
        LedgerAccount.BANK_CLEARING,
        LedgerAccount.DESK_CASH,
        LedgerAccount.TERMINAL_CLEARING,
        LedgerAccount.BANK,
    )
]


def checks(session: Session) -> Iterator[CheckFinding]:
    """Everything payments can say about the books of this transaction's practice."""
    practice_id = practice_of(session)
    settled = (
        select(
            cast(Payment.payment_id, String).label("source_key"),
            Payment.amount_cents,
            Payment.receipt_number.is_not(None).label("on_a_receipt"),
        )
        .where(Payment.practice_id == practice_id, Payment.state.in_(_CAME))
        .subquery()
    )
    refunded = (
        select(
            cast(Refund.refund_id, String).label("source_key"),
            (-Refund.amount_cents).label("amount_cents"),
            literal(value=True).label("on_a_receipt"),
        )
        .where(Refund.practice_id == practice_id, Refund.state.in_(_WENT_OUT))
        .subquery()
    )
    returned = (
        select(
            cast(Refund.refund_id, String).label("source_key"),
            Refund.amount_cents,
            literal(value=True).label("on_a_receipt"),
        )
        .where(Refund.practice_id == practice_id, Refund.state == RefundState.RETURNED.value)
        .subquery()
    )
    yield from _against_entries(session, settled, _COMING, noun="payment")
    yield from _against_entries(session, refunded, (BusinessEvent.REFUND_PAID,), noun="refund")
    came_back = (BusinessEvent.REFUND_RETURNED,)
    yield from _against_entries(session, returned, came_back, noun="returned refund")
    yield from _suspended_without_entry(session)
    yield from _settled_and_suspended(session)
    yield from _refunded_too_much(session)
    yield from _more_waits_than_there_is(session)


def _against_entries(
    session: Session, moved: Subquery, events: Collection[BusinessEvent], *, noun: str
) -> Iterator[CheckFinding]:
    """Money as payments know it beside money as the journal has it, each way round."""
    posted = _posted(session, events)
    rows = session.execute(
        select(
            func.coalesce(moved.c.source_key, posted.c.source_key).label("source_key"),
            moved.c.amount_cents,
            moved.c.on_a_receipt,
            posted.c.entry_id,
            posted.c.posted_cents,
            posted.c.allocated_cents,
        ).select_from(moved.join(posted, moved.c.source_key == posted.c.source_key, full=True))
    )
    for row in rows:
        yield from _differences(row, noun)


def _posted(session: Session, events: Collection[BusinessEvent]) -> Subquery:
    """Entries of these events with what they moved through a clearing account and allocated.

    In place of an allocation, what of a refund no payment explains is in suspense, and what is for
    a visit to come is a deposit.
    """
    practice_id = practice_of(session)
    apart = PostingRow.account.in_(
        (LedgerAccount.PAYMENT_SUSPENSE.value, LedgerAccount.PATIENT_DEPOSITS.value)
    )
    cleared = (
        select(
            PostingRow.entry_id,
            func.sum(PostingRow.amount_cents).filter(~apart).label("cents"),
            func.sum(PostingRow.amount_cents).filter(apart).label("apart_cents"),
        )
        .where(
            PostingRow.practice_id == practice_id,
            apart | PostingRow.account.in_(_CLEARED),
        )
        .group_by(PostingRow.entry_id)
        .subquery()
    )
    allocated = (
        select(Allocation.entry_id, func.sum(Allocation.amount_cents).label("cents"))
        .where(Allocation.practice_id == practice_id)
        .group_by(Allocation.entry_id)
        .subquery()
    )
    return (
        select(
            JournalEntryRow.entry_id,
            JournalEntryRow.source_key,
            func.coalesce(cleared.c.cents, 0).label("posted_cents"),
            (func.coalesce(allocated.c.cents, 0) - func.coalesce(cleared.c.apart_cents, 0)).label(
                "allocated_cents"
            ),
        )
        .outerjoin(cleared, cleared.c.entry_id == JournalEntryRow.entry_id)
        .outerjoin(allocated, allocated.c.entry_id == JournalEntryRow.entry_id)
        .where(
            JournalEntryRow.practice_id == practice_id,
            JournalEntryRow.business_event.in_([event.value for event in events]),
        )
        .subquery()
    )


def _differences(row: Row[str, int, bool, object, int, int], noun: str) -> Iterator[CheckFinding]:
    check = f"{noun}s"
    if row.entry_id is None:
        yield CheckFinding(check, f"The {noun} {row.source_key} is money and has no entry.")
        return
    if row.amount_cents is None:
        message = f"The entry is of {noun} {row.source_key}, which did not succeed."
        yield CheckFinding(check, message, row.entry_id)
        return
    if row.posted_cents != row.amount_cents:
        message = f"A {noun} of {row.amount_cents} cents is posted as {row.posted_cents}."
        yield CheckFinding(check, message, row.entry_id)
    if row.allocated_cents != row.amount_cents:
        message = f"Of a {noun} of {row.amount_cents} cents {row.allocated_cents} are allocated."
        yield CheckFinding(check, message, row.entry_id)
    if not row.on_a_receipt:
        yield CheckFinding(check, f"The {noun} {row.source_key} has no receipt.", row.entry_id)


def _suspended_without_entry(session: Session) -> Iterator[CheckFinding]:
    practice_id = practice_of(session)
    rows = session.scalars(
        select(Payment.payment_id)
        .outerjoin(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.business_event == BusinessEvent.PAYMENT_SUSPENDED.value)
            & (JournalEntryRow.source_key == Payment.payment_intent_id),
        )
        .where(
            Payment.practice_id == practice_id,
            Payment.state == PaymentState.SUSPENDED.value,
            JournalEntryRow.entry_id.is_(None),
        )
    )
    for payment_id in rows:
        message = f"The money of payment {payment_id} is in suspense and has no entry."
        yield CheckFinding("payments", message)


def _settled_and_suspended(session: Session) -> Iterator[CheckFinding]:
    """One PaymentIntent is money once."""
    practice_id = practice_of(session)
    taken_out = aliased(JournalEntryRow)
    rows = session.execute(
        select(Payment.payment_id, JournalEntryRow.entry_id)
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.business_event == BusinessEvent.PAYMENT_SUSPENDED.value)
            & (JournalEntryRow.source_key == Payment.payment_intent_id),
        )
        .outerjoin(
            taken_out,
            (taken_out.practice_id == practice_id)
            & (taken_out.reverses_id == JournalEntryRow.entry_id),
        )
        .where(
            Payment.practice_id == practice_id,
            Payment.state == PaymentState.SUCCEEDED.value,
            taken_out.entry_id.is_(None),
        )
    )
    for row in rows:
        message = f"The money of payment {row.payment_id} is settled and in suspense as well."
        yield CheckFinding("payments", message, row.entry_id)


def _refunded_too_much(session: Session) -> Iterator[CheckFinding]:
    practice_id = practice_of(session)
    refunded_cents = func.sum(Refund.amount_cents)
    rows = session.execute(
        select(Payment.payment_id, Payment.amount_cents, refunded_cents.label("refunded_cents"))
        .join(
            Refund,
            (Refund.practice_id == practice_id) & (Refund.payment_id == Payment.payment_id),
        )
        .where(Payment.practice_id == practice_id, Refund.state.not_in(GIVEN_UP))
        .group_by(Payment.payment_id, Payment.amount_cents)
        .having(refunded_cents > Payment.amount_cents)
    )
    for row in rows:
        message = (
            f"Of payment {row.payment_id}, {row.amount_cents} cents, "
            f"{row.refunded_cents} were given back or promised."
        )
        yield CheckFinding("refunds", message)


def _more_waits_than_there_is(session: Session) -> Iterator[CheckFinding]:
    """Credit kept for payers' corrections is in the ledger, guarantor by guarantor."""
    practice_id = practice_of(session)
    waiting: dict[UUID | None, int] = {}
    claims = session.execute(
        select(Claim.guarantor_id, Claim.waiting_credit).where(
            Claim.practice_id == practice_id, func.jsonb_typeof(Claim.waiting_credit) == "object"
        )
    )
    for claim in claims:
        kept = waiting.get(claim.guarantor_id, 0)
        waiting[claim.guarantor_id] = kept + sum(claim.waiting_credit.values())
    rows = session.execute(
        select(PostingRow.guarantor_id, (-func.sum(PostingRow.amount_cents)).label("cents"))
        .where(
            PostingRow.practice_id == practice_id,
            PostingRow.account == LedgerAccount.UNAPPLIED_CREDIT.value,
        )
        .group_by(PostingRow.guarantor_id)
    )
    credit = {row.guarantor_id: int(row.cents) for row in rows}
    for guarantor_id, cents in waiting.items():
        if cents > credit.get(guarantor_id, 0):
            message = (
                f"Guarantor {guarantor_id}: {cents} cents wait for payers' corrections, "
                f"{credit.get(guarantor_id, 0)} are there."
            )
            yield CheckFinding("waiting_credit", message)
