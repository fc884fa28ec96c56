"""Every payment of an account: by year, by patient, by what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, practice_of
from portal.domain.payment_channel import PaymentChannel
from portal.domain.payment_status import UNDONE, PaymentState
from portal.ledger import models as ledger
from portal.ledger.plan_standing import plan_numbers
from portal.payments.models import Payment
from portal.payments.queries import local_time
from portal.payments.receipts.lists import refunded_by_payment, taken_back_by_payment
from portal.payments.receipts.years import years_paid
from portal.practice.contact import PracticeContact, practice_contact
from portal.practice.models import Claim, Patient


class Kind(StrEnum):
    """What became of a payment; a part that was sent back makes it refunded as well as paid."""

    PAID = "paid"
    REFUNDED = "refunded"
    ON_ITS_WAY = "on_its_way"


_SHOWN: Final = frozenset(
    {PaymentState.SUCCEEDED, PaymentState.PROCESSING, PaymentState.SUSPENDED} | UNDONE
)


_WAITS_FOR_STAFF: Final = (Payment.channel == PaymentChannel.FOUND.value) & (
    Payment.state == PaymentState.SUSPENDED.value
)
"""Money that nobody could place yet: whose it is, staff find out."""


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """What the reader wants to see; empty means everything."""

    year: int | None = None
    patient_id: UUID | None = None
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class HistoryPatient:
    """A choice of the filter."""

    patient_id: UUID
    first_name: str


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One payment. ``patients`` are those it paid for, in order of their names.

    ``undone``: the check came back, or it was a mistake of the desk.
    """

    payment_id: UUID
    receipt_number: str
    amount_cents: int
    refunded_cents: int
    taken_back_cents: int  # by a bank, for good
    at: datetime
    on_its_way: bool
    undone: bool
    by_guest: bool
    patients: tuple[str, ...]
    plan_number: str = ""  # of the payment plan it was made for


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """The payments that fit, newest first, and what can be chosen."""

    practice: PracticeContact
    statement_id: UUID
    chosen: HistoryFilter
    years: tuple[int, ...]
    patients: tuple[HistoryPatient, ...]
    rows: tuple[HistoryRow, ...]

    @property
    def kept_cents(self) -> int:
        """What arrived of the payments shown, less what went back of them."""
        return sum(
            row.amount_cents - row.refunded_cents - row.taken_back_cents
            for row in self.rows
            if not row.on_its_way and not row.undone
        )


@dataclass(frozen=True, slots=True)
class _Gone:
    """Of each payment."""

    refunded: Mapping[UUID, int]
    taken_back: Mapping[UUID, int]


def history_page(
    database: Database,
    principal: Principal,
    chosen: HistoryFilter,
    *,
    statement_id: UUID,
    now: datetime,
    request_id: str,
) -> HistoryPage:
    """With a row in the audit log; ``principal`` is an account holder."""
    if principal.guarantor_id is None:
        raise ValueError(principal.kind)
    with database.transaction(principal) as session:
        record(
            session,
            action="view_payments",
            object_kind="guarantor",
            object_id=principal.guarantor_id,
            guarantor_id=principal.guarantor_id,
            now=now,
            request_id=request_id,
        )
        practice = practice_contact(session)
        patients = _patients(session, principal.guarantor_id)
        return HistoryPage(
            practice=practice,
            statement_id=statement_id,
            chosen=chosen,
            years=years_paid(session, principal.guarantor_id),
            patients=patients,
            rows=_rows(session, practice, principal.guarantor_id, chosen),
        )


def _rows(
    session: Session, practice: PracticeContact, guarantor_id: UUID, chosen: HistoryFilter
) -> tuple[HistoryRow, ...]:
    gone = _Gone(
        refunded_by_payment(session, guarantor_id), taken_back_by_payment(session, guarantor_id)
    )
    of_patients = _of_patients(session, guarantor_id)
    payments = session.scalars(
        select(Payment)
        .where(
            Payment.practice_id == practice_of(session),
            Payment.guarantor_id == guarantor_id,
            Payment.state.in_([state.value for state in _SHOWN]),
            ~_WAITS_FOR_STAFF,
            *_within(chosen.year, practice),
        )
        .order_by(func.coalesce(Payment.settled_at, Payment.state_at).desc())
    ).all()
    numbers = plan_numbers(session, {one.plan_id for one in payments if one.plan_id})
    rows = (
        _row(
            payment,
            practice,
            gone,
            of_patients.get(payment.payment_id, {}),
            numbers.get(payment.plan_id, "") if payment.plan_id else "",
        )
        for payment in payments
        if chosen.patient_id is None or chosen.patient_id in of_patients.get(payment.payment_id, {})
    )
    return tuple(row for row in rows if _fits(row, chosen.kind))


def _within(year: int | None, practice: PracticeContact) -> tuple[ColumnElement[bool], ...]:
    if year is None:
        return ()
    zone = ZoneInfo(practice.time_zone)
    at = func.coalesce(Payment.settled_at, Payment.state_at)
    first, after = (datetime(one, 1, 1, tzinfo=zone) for one in (year, year + 1))
    return (at >= first, at < after)


def _row(
    payment: Payment,
    practice: PracticeContact,
    gone: _Gone,
    patients: Mapping[UUID, str],
    plan_number: str,
) -> HistoryRow:
    state = PaymentState(payment.state)
    return HistoryRow(
        payment_id=payment.payment_id,
        receipt_number=payment.receipt_number or "",
        amount_cents=payment.amount_cents,
        refunded_cents=gone.refunded.get(payment.payment_id, 0),
        taken_back_cents=gone.taken_back.get(payment.payment_id, 0),
        at=local_time(payment.settled_at or payment.state_at, practice),
        on_its_way=payment.settled_at is None,
        undone=state in UNDONE,
        by_guest=payment.channel == PaymentChannel.GUEST.value,
        patients=tuple(sorted(patients.values())),
        plan_number=plan_number,
    )


def _fits(row: HistoryRow, kind: Kind | None) -> bool:
    match kind:
        case None:
            return True
        case Kind.PAID:
            return not row.on_its_way and not row.undone
        case Kind.REFUNDED:
            return row.refunded_cents + row.taken_back_cents > 0 or row.undone
        case Kind.ON_ITS_WAY:
            return row.on_its_way


def _patients(session: Session, guarantor_id: UUID) -> tuple[HistoryPatient, ...]:
    rows = session.execute(
        select(Patient.patient_id, Patient.first_name)
        .where(Patient.practice_id == practice_of(session), Patient.guarantor_id == guarantor_id)
        .order_by(Patient.first_name, Patient.patient_id)
    )
    return tuple(HistoryPatient(row.patient_id, row.first_name) for row in rows)


def _of_patients(session: Session, guarantor_id: UUID) -> dict[UUID, dict[UUID, str]]:
    """By payment: whose visits it was ever put to."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(ledger.Allocation.payment_id, Patient.patient_id, Patient.first_name)
        .join(
            Claim,
            (Claim.practice_id == practice_id) & (Claim.claim_id == ledger.Allocation.claim_id),
        )
        .join(
            Patient,
            (Patient.practice_id == practice_id) & (Patient.patient_id == Claim.patient_id),
        )
        .where(
            ledger.Allocation.practice_id == practice_id,
            ledger.Allocation.guarantor_id == guarantor_id,
        )
        .distinct()
    )
    found: dict[UUID, dict[UUID, str]] = {}
    for row in rows:
        found.setdefault(row.payment_id, {})[row.patient_id] = row.first_name
    return found
