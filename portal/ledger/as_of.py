"""The ledger as it stood at the end of a day: what statements are made of."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import BindParameter, Date, DateTime, Select, Uuid, bindparam, func, or_, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.billed_claim import ClaimBooks
from portal.domain.journal import BusinessEvent, LedgerAccount, Target
from portal.domain.posting_table import LET_OFF_ACCOUNTS
from portal.ledger.models import JournalEntryRow, PostingRow

Query = TypeVar("Query", bound=Select[*tuple[Any, ...]])

PATIENTS_MONEY = (
    BusinessEvent.PAYMENT_SETTLED,
    BusinessEvent.CREDIT_APPLIED,
    BusinessEvent.CREDIT_RELEASED,
    BusinessEvent.PAYMENT_REALLOCATED,
    BusinessEvent.REFUND_PAID,
    BusinessEvent.DISPUTE_LOST,
    BusinessEvent.RECEIPT_RECORDED,
    BusinessEvent.RECEIPT_RETURNED,
    BusinessEvent.DEPOSIT_APPLIED,
    BusinessEvent.PAYMENT_VOIDED,
    BusinessEvent.PAYMENT_RETURNED,
)
"""Events that lower (or give back) what a patient owes because the patient paid."""

BESIDE_THE_SHARE = (*PATIENTS_MONEY, BusinessEvent.PLACED, BusinessEvent.RECALLED)
"""Events that move what is open, and not what insurance left to the patient."""
_PAYMENTS = (
    BusinessEvent.PAYMENT_SETTLED,
    BusinessEvent.REFUND_PAID,
    BusinessEvent.REFUND_RETURNED,
    BusinessEvent.SUSPENSE_CLEARED,
    BusinessEvent.DISPUTE_LOST,
    BusinessEvent.RECEIPT_RECORDED,
    BusinessEvent.RECEIPT_RETURNED,
    BusinessEvent.DEPOSIT_TAKEN,
    BusinessEvent.PAYMENT_VOIDED,
    BusinessEvent.PAYMENT_RETURNED,
)
_CREDIT_OF_CLAIMS = (BusinessEvent.CREDIT_RELEASED, BusinessEvent.CREDIT_APPLIED)
_THEIR_ACCOUNTS = (
    LedgerAccount.PATIENT_RECEIVABLE.value,
    LedgerAccount.UNAPPLIED_CREDIT.value,
    LedgerAccount.PATIENT_DEPOSITS.value,
)


@dataclass(frozen=True, slots=True)
class ReceivedPayment:
    """Money of a guarantor that arrived on a day; below zero when it went back."""

    received_on: date
    amount_cents: int


def guarantors_who_owe(session: Session) -> Sequence[UUID]:
    """Everybody with something on patient_receivable now, in the order of their ids."""
    rows = session.scalars(
        select(PostingRow.guarantor_id)
        .where(
            PostingRow.practice_id == practice_of(session),
            PostingRow.guarantor_id.is_not(None),
            PostingRow.account == LedgerAccount.PATIENT_RECEIVABLE.value,
        )
        .group_by(PostingRow.guarantor_id)
        .having(func.sum(PostingRow.amount_cents) != 0)
        .order_by(PostingRow.guarantor_id)
    )
    return [guarantor_id for guarantor_id in rows if guarantor_id is not None]


def claim_books(
    session: Session, claim_ids: Sequence[UUID], *, as_of: date
) -> dict[UUID, ClaimBooks]:
    """Each claim's sums by account and line; entries after ``as_of`` only leave a mark.

    One statement, so that a payment posted meanwhile is in all of it or in nothing.
    """
    totals = {claim_id: _Totals() for claim_id in claim_ids}
    in_time = JournalEntryRow.effective_on <= as_of
    rows = session.execute(
        _postings_with_entries(
            session,
            select(
                PostingRow.claim_id,
                PostingRow.charge_id,
                PostingRow.account,
                JournalEntryRow.business_event,
                in_time.label("in_time"),
                func.sum(PostingRow.amount_cents).label("cents"),
            ),
        )
        .where(PostingRow.claim_id.in_(claim_ids))
        .group_by(
            PostingRow.claim_id,
            PostingRow.charge_id,
            PostingRow.account,
            JournalEntryRow.business_event,
            in_time,
        )
    )
    for row in rows:
        totals[row.claim_id].add(
            row.charge_id,
            LedgerAccount(row.account),
            BusinessEvent(row.business_event),
            cents=int(row.cents),
            later=not row.in_time,
        )
    return {claim_id: total.books() for claim_id, total in totals.items()}


def owed_on(session: Session, guarantor_id: UUID, *, as_of: date) -> int:
    """All of a guarantor's patient_receivable, with or without a claim."""
    return _sum_on(session, guarantor_id, LedgerAccount.PATIENT_RECEIVABLE, as_of)


def unapplied_credit_on(session: Session, guarantor_id: UUID, *, as_of: date) -> int:
    """What the guarantor had paid and nothing had used."""
    return -_sum_on(session, guarantor_id, LedgerAccount.UNAPPLIED_CREDIT, as_of)


def payments_received(
    session: Session, guarantor_id: UUID, *, from_on: date, to_on: date | None = None
) -> tuple[ReceivedPayment, ...]:
    """Payments and refunds by posting day, both days included, oldest first."""
    on = JournalEntryRow.effective_on
    query = _payments().where(on >= from_on, *([on <= to_on] if to_on else ()))
    return _received(session, query, guarantor_id)


def payments_since(
    session: Session,
    guarantor_id: UUID,
    *,
    as_of: date,
    issued_at: datetime,
    to_on: date | None = None,
    but_for: Collection[Target] = (),
) -> tuple[ReceivedPayment, ...]:
    """What came after a statement: posted for a later day, or on its day once it was issued.

    Without what went to the lines ``but_for``.
    """
    elsewhere = [
        or_(
            PostingRow.claim_id.is_distinct_from(target.claim_id),
            PostingRow.charge_id.is_distinct_from(target.charge_id),
        )
        for target in but_for
    ]
    until = [JournalEntryRow.effective_on <= to_on] if to_on else []
    conditions = (*until, *elsewhere)
    query = _later_payments().where(*conditions) if conditions else _later_payments()
    return _received(session, query, guarantor_id, as_of=as_of, issued_at=issued_at)


def arrivals(session: Session) -> Select[UUID, UUID | None, date, datetime, int]:
    """Each entry that brought money of a guarantor, with its cents; below zero where it went."""
    cents = -func.sum(PostingRow.amount_cents)
    return (
        _postings_with_entries(
            session,
            select(
                JournalEntryRow.entry_id,
                JournalEntryRow.guarantor_id,
                JournalEntryRow.effective_on,
                JournalEntryRow.recorded_at,
                cents.label("cents"),
            ),
        )
        .where(
            PostingRow.account.in_(_THEIR_ACCOUNTS),
            JournalEntryRow.business_event.in_([event.value for event in _PAYMENTS]),
        )
        .group_by(
            JournalEntryRow.entry_id,
            JournalEntryRow.guarantor_id,
            JournalEntryRow.effective_on,
            JournalEntryRow.recorded_at,
        )
    )


@dataclass(slots=True)
class _Totals:
    """One claim's rows, added up."""

    accounts: dict[LedgerAccount, int] = field(default_factory=dict)
    owed: dict[UUID | None, int] = field(default_factory=dict)
    paid: dict[UUID | None, int] = field(default_factory=dict)
    insurance_moved_later: bool = False
    let_off: dict[UUID | None, int] = field(default_factory=dict)
    placed: dict[UUID | None, int] = field(default_factory=dict)
    freed_cents: int = 0

    def add(
        self,
        charge_id: UUID | None,
        account: LedgerAccount,
        event: BusinessEvent,
        *,
        cents: int,
        later: bool,
    ) -> None:
        if later:
            self.insurance_moved_later |= event not in BESIDE_THE_SHARE
            return
        self.accounts[account] = self.accounts.get(account, 0) + cents
        if account is LedgerAccount.AGENCY_RECEIVABLE:
            self.placed[charge_id] = self.placed.get(charge_id, 0) + cents
        elif account is LedgerAccount.PATIENT_RECEIVABLE:
            self.owed[charge_id] = self.owed.get(charge_id, 0) + cents
            if event in PATIENTS_MONEY:
                self.paid[charge_id] = self.paid.get(charge_id, 0) - cents
            if event in _CREDIT_OF_CLAIMS:
                self.freed_cents += cents
        elif account in LET_OFF_ACCOUNTS:
            self.let_off[charge_id] = self.let_off.get(charge_id, 0) + cents

    def books(self) -> ClaimBooks:
        return ClaimBooks(
            self.accounts,
            self.owed,
            self.paid,
            self.insurance_moved_later,
            let_off=self.let_off,
            placed=self.placed,
            freed_credit_cents=max(0, self.freed_cents),
        )


def _received(
    session: Session, query: Select[date, int], guarantor_id: UUID, **bounds: date
) -> tuple[ReceivedPayment, ...]:
    whose = {"practice": practice_of(session), "guarantor": guarantor_id}
    rows = session.execute(query, {**whose, **bounds})
    return tuple(ReceivedPayment(row.effective_on, int(row.cents)) for row in rows)


@cache
def _later_payments() -> Select[date, int]:
    """Those since a statement. Put together once: its page asks for them each time."""
    return _payments().where(
        or_(
            JournalEntryRow.effective_on > bindparam("as_of", type_=Date),
            JournalEntryRow.recorded_at > bindparam("issued_at", type_=DateTime(timezone=True)),
        )
    )


@cache
def _payments() -> Select[date, int]:
    cents = -func.sum(PostingRow.amount_cents)
    query = select(JournalEntryRow.effective_on, cents.label("cents"))
    return (
        _joined_to_entries(query, bindparam("practice", type_=Uuid))
        .where(
            PostingRow.guarantor_id == bindparam("guarantor", type_=Uuid),
            PostingRow.account.in_(_THEIR_ACCOUNTS),
            JournalEntryRow.business_event.in_([event.value for event in _PAYMENTS]),
        )
        .group_by(JournalEntryRow.entry_id, JournalEntryRow.effective_on)
        .order_by(JournalEntryRow.effective_on, JournalEntryRow.entry_id)
    )


def _sum_on(session: Session, guarantor_id: UUID, account: LedgerAccount, as_of: date) -> int:
    total = session.scalar(
        _postings_with_entries(
            session, select(func.coalesce(func.sum(PostingRow.amount_cents), 0))
        ).where(
            PostingRow.guarantor_id == guarantor_id,
            PostingRow.account == account.value,
            JournalEntryRow.effective_on <= as_of,
        )
    )
    return int(total or 0)


def _postings_with_entries(session: Session, query: Query) -> Query:
    return _joined_to_entries(query, practice_of(session))


def _joined_to_entries(query: Query, practice_id: UUID | BindParameter[UUID]) -> Query:
    """Both within the practice."""
    return (
        query.select_from(PostingRow)
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == PostingRow.entry_id),
        )
        .where(PostingRow.practice_id == practice_id)
    )
