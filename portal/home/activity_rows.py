"""The rows of what happened on an account: one query a kind, narrowed to what is wanted.

Money is told by the journal, so that what was paid at the desk or by mail is here like what was
paid online.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    Select,
    SQLColumnExpression,
    String,
    Uuid,
    cast,
    func,
    literal,
    null,
    or_,
    select,
)

from portal.domain.claim_position import Outcome
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.ledger.models import JournalEntryRow, PostingRow
from portal.payments.models import Payment
from portal.practice.decisions import Adjudication
from portal.practice.models import Charge, Claim, Patient, Payer
from portal.statements.models import Statement, StatementShare, StatementVoid

Branch: TypeAlias = Select[Any]
_Id: TypeAlias = UUID | BindParameter[UUID]


class ActivityKind(StrEnum):
    """What can be chosen. Stable: they stand in addresses."""

    STATEMENT = "statement"
    VISIT = "visit"
    DECISION = "decision"
    MONEY = "money"
    CREDIT = "credit"  # no money came or went: what was there paid a bill


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What somebody wants to see. ``words`` are never in an address."""

    kind: ActivityKind | None = None
    patient_id: UUID | None = None
    year: int | None = None
    words: str = ""
    cents: int | None = None  # the words as an amount, where they are one
    unseen: frozenset[UUID] = frozenset()  # visits whose words must not be found


_MONEY: Final = (
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
_THEIR_ACCOUNTS: Final = (
    LedgerAccount.PATIENT_RECEIVABLE.value,
    LedgerAccount.UNAPPLIED_CREDIT.value,
    LedgerAccount.PATIENT_DEPOSITS.value,
)


def _columns(
    kind: ActivityKind,
    *,
    on: SQLColumnExpression[Any],
    order: SQLColumnExpression[Any],
    cents: SQLColumnExpression[Any],
    name: SQLColumnExpression[Any],
    object_id: SQLColumnExpression[Any],
    first_name: SQLColumnExpression[Any] | None = None,
    visit_on: SQLColumnExpression[Any] | None = None,
    claim_id: SQLColumnExpression[Any] | None = None,
) -> list[ColumnElement[Any]]:
    """Every branch has the same ones, in the same order."""
    return [
        literal(kind.value, String).label("kind"),
        cast(on, Date).label("happened_on"),
        cast(order, Uuid).label("order_id"),
        cents.label("cents"),
        cast(name, String).label("name"),
        cast(object_id, Uuid).label("object_id"),
        cast(null() if first_name is None else first_name, String).label("first_name"),
        cast(null() if visit_on is None else visit_on, Date).label("visit_on"),
        cast(null() if claim_id is None else claim_id, Uuid).label("claim_id"),
    ]


def _statements(practice_id: _Id, guarantor_id: _Id, narrowed: Narrowed, most: int) -> Branch:
    """Those that stand, by the day they were issued."""
    on = func.coalesce(cast(Statement.document["issued_on"].astext, Date), Statement.as_of)
    query = (
        select(
            *_columns(
                ActivityKind.STATEMENT,
                on=on,
                order=Statement.statement_id,
                cents=Statement.amount_due_cents,
                name=Statement.number,
                object_id=Statement.statement_id,
            )
        )
        .outerjoin(
            StatementVoid,
            (StatementVoid.practice_id == practice_id)
            & (StatementVoid.statement_id == Statement.statement_id),
        )
        .where(
            Statement.practice_id == practice_id,
            Statement.guarantor_id == guarantor_id,
            StatementVoid.statement_id.is_(None),
            *_in_year(on, narrowed),
        )
        .order_by(on.desc(), Statement.statement_id.desc())
        .limit(most)
    )
    of_visits = (
        select(StatementShare.statement_id)
        .join(
            Claim,
            (Claim.practice_id == practice_id) & (Claim.claim_id == StatementShare.claim_id),
        )
        .where(StatementShare.practice_id == practice_id, Claim.guarantor_id == guarantor_id)
    )
    if narrowed.patient_id is not None:
        theirs = of_visits.where(Claim.patient_id == narrowed.patient_id)
        query = query.where(Statement.statement_id.in_(theirs))
    if narrowed.words:
        named = of_visits.where(_says_claim(practice_id, narrowed))
        said = [Statement.number == narrowed.words, Statement.statement_id.in_(named)]
        query = query.where(or_(*said, *_is_amount(Statement.amount_due_cents, narrowed)))
    return query


def _visits(practice_id: _Id, guarantor_id: _Id, narrowed: Narrowed, most: int) -> Branch:
    query = (
        select(
            *_columns(
                ActivityKind.VISIT,
                on=Claim.service_on,
                order=Claim.claim_id,
                cents=Claim.charge_cents,
                name=Patient.first_name,
                object_id=Claim.claim_id,
                first_name=Patient.first_name,
                visit_on=Claim.service_on,
                claim_id=Claim.claim_id,
            )
        )
        .outerjoin(
            Patient,
            (Patient.practice_id == practice_id) & (Patient.patient_id == Claim.patient_id),
        )
        .where(
            Claim.practice_id == practice_id,
            Claim.guarantor_id == guarantor_id,
            *_in_year(Claim.service_on, narrowed),
            *_of_patient(narrowed),
        )
        .order_by(Claim.service_on.desc().nulls_last(), Claim.claim_id.desc())
        .limit(most)
    )
    if narrowed.words:
        said = _says_claim(practice_id, narrowed)
        query = query.where(or_(said, *_is_amount(Claim.charge_cents, narrowed)))
    return query


def _decisions(practice_id: _Id, guarantor_id: _Id, narrowed: Narrowed, most: int) -> Branch:
    """What counted when it came; repeats and what waits are no news."""
    query = (
        select(
            *_columns(
                ActivityKind.DECISION,
                on=Adjudication.decided_on,
                order=Adjudication.adjudication_id,
                cents=Adjudication.paid_cents,
                name=Payer.name,
                object_id=Claim.claim_id,
                first_name=Patient.first_name,
                visit_on=Claim.service_on,
                claim_id=Claim.claim_id,
            )
        )
        .join(Payer, (Payer.practice_id == practice_id) & (Payer.payer_id == Adjudication.payer_id))
        .join(Claim, (Claim.practice_id == practice_id) & (Claim.claim_id == Adjudication.claim_id))
        .outerjoin(
            Patient,
            (Patient.practice_id == practice_id) & (Patient.patient_id == Claim.patient_id),
        )
        .where(
            Adjudication.practice_id == practice_id,
            Adjudication.disposition == Outcome.POSTED.value,
            Claim.guarantor_id == guarantor_id,
            *_in_year(Adjudication.decided_on, narrowed),
            *_of_patient(narrowed),
        )
        .order_by(Adjudication.decided_on.desc(), Adjudication.adjudication_id.desc())
        .limit(most)
    )
    if narrowed.words:
        is_seen = Claim.claim_id.not_in(narrowed.unseen)
        payer_says = Payer.name.icontains(narrowed.words) & is_seen
        said = [_says_claim(practice_id, narrowed), payer_says]
        query = query.where(or_(*said, *_is_amount(Adjudication.paid_cents, narrowed)))
    return query


def _money(practice_id: _Id, guarantor_id: _Id, narrowed: Narrowed, most: int) -> Branch:
    """Entries that brought money of theirs or gave it back; a payment's own has a receipt."""
    cents = -func.sum(PostingRow.amount_cents)
    query = (
        select(
            *_columns(
                ActivityKind.MONEY,
                on=JournalEntryRow.effective_on,
                order=JournalEntryRow.entry_id,
                cents=cents,
                name=Payment.receipt_number,
                object_id=Payment.payment_id,
            )
        )
        .join(
            PostingRow,
            (PostingRow.practice_id == practice_id)
            & (PostingRow.entry_id == JournalEntryRow.entry_id),
        )
        .outerjoin(
            Payment,
            (Payment.practice_id == practice_id)
            & (Payment.guarantor_id == guarantor_id)
            & (JournalEntryRow.business_event == BusinessEvent.PAYMENT_SETTLED.value)
            & (cast(Payment.payment_id, String) == JournalEntryRow.source_key),
        )
        .where(
            JournalEntryRow.practice_id == practice_id,
            JournalEntryRow.business_event.in_([event.value for event in _MONEY]),
            PostingRow.guarantor_id == guarantor_id,
            PostingRow.account.in_(_THEIR_ACCOUNTS),
            *_in_year(JournalEntryRow.effective_on, narrowed),
        )
        .group_by(
            JournalEntryRow.entry_id,
            JournalEntryRow.effective_on,
            Payment.receipt_number,
            Payment.payment_id,
        )
        .having(cents != 0)
        .order_by(JournalEntryRow.effective_on.desc(), JournalEntryRow.entry_id.desc())
        .limit(most)
    )
    if narrowed.patient_id is not None:
        theirs = select(Claim.claim_id).where(
            Claim.practice_id == practice_id, Claim.patient_id == narrowed.patient_id
        )
        query = query.where(PostingRow.claim_id.in_(theirs))
    if narrowed.words:
        named = select(Claim.claim_id).where(
            Claim.practice_id == practice_id,
            Claim.guarantor_id == guarantor_id,
            _says_claim(practice_id, narrowed),
        )
        said = [Payment.receipt_number == narrowed.words, PostingRow.claim_id.in_(named)]
        query = query.where(or_(*said, *_is_amount(Payment.amount_cents, narrowed)))
    return query


def _credit_uses(practice_id: _Id, guarantor_id: _Id, narrowed: Narrowed, most: int) -> Branch:
    """Each time a credit paid for visits; of one patient, what it paid for theirs."""
    cents = -func.sum(PostingRow.amount_cents)
    query = (
        select(
            *_columns(
                ActivityKind.CREDIT,
                on=JournalEntryRow.effective_on,
                order=JournalEntryRow.entry_id,
                cents=cents,
                name=literal("", String),
                object_id=null(),
            )
        )
        .join(
            PostingRow,
            (PostingRow.practice_id == practice_id)
            & (PostingRow.entry_id == JournalEntryRow.entry_id),
        )
        .where(
            JournalEntryRow.practice_id == practice_id,
            JournalEntryRow.business_event == BusinessEvent.CREDIT_APPLIED.value,
            PostingRow.guarantor_id == guarantor_id,
            PostingRow.account == LedgerAccount.PATIENT_RECEIVABLE.value,
            *_in_year(JournalEntryRow.effective_on, narrowed),
        )
        .group_by(JournalEntryRow.entry_id, JournalEntryRow.effective_on)
        .having(cents > 0)
        .order_by(JournalEntryRow.effective_on.desc(), JournalEntryRow.entry_id.desc())
        .limit(most)
    )
    theirs = select(Claim.claim_id).where(
        Claim.practice_id == practice_id, Claim.guarantor_id == guarantor_id, *_of_patient(narrowed)
    )
    if narrowed.patient_id is not None:
        query = query.where(PostingRow.claim_id.in_(theirs))
    if narrowed.words:
        named = theirs.where(_says_claim(practice_id, narrowed))
        query = query.where(PostingRow.claim_id.in_(named))
    return query


BRANCHES: Final = {
    ActivityKind.STATEMENT: _statements,
    ActivityKind.VISIT: _visits,
    ActivityKind.DECISION: _decisions,
    ActivityKind.MONEY: _money,
    ActivityKind.CREDIT: _credit_uses,
}


def _in_year(on: SQLColumnExpression[Any], narrowed: Narrowed) -> tuple[ColumnElement[bool], ...]:
    if narrowed.year is None:
        return ()
    return (on >= date(narrowed.year, 1, 1), on <= date(narrowed.year, 12, 31))


def _of_patient(narrowed: Narrowed) -> tuple[ColumnElement[bool], ...]:
    return () if narrowed.patient_id is None else (Claim.patient_id == narrowed.patient_id,)


def _is_amount(
    cents: SQLColumnExpression[Any], narrowed: Narrowed
) -> tuple[ColumnElement[bool], ...]:
    return () if narrowed.cents is None else (cents == narrowed.cents,)


def _says_claim(practice_id: _Id, narrowed: Narrowed) -> ColumnElement[bool]:
    """Whether a claim's provider, place, number, patient or services say the words."""
    patients = select(Patient.patient_id).where(
        Patient.practice_id == practice_id, Patient.first_name.icontains(narrowed.words)
    )
    services = select(Charge.claim_id).where(
        Charge.practice_id == practice_id,
        Charge.claim_id == Claim.claim_id,
        Charge.description.icontains(narrowed.words),
    )
    said = or_(
        Claim.provider_name.icontains(narrowed.words),
        Claim.place_name.icontains(narrowed.words),
        Claim.claim_number == narrowed.words,
        Claim.claim_id.in_(services),
    )
    return or_(Claim.patient_id.in_(patients), said & Claim.claim_id.not_in(narrowed.unseen))
