"""A year for taxes: what a household paid, less what went back, by patient and month.

It is read from the ledger, so that it has every kind of money (card, bank, cash, what the
practice's own system took) and its total is the ledger's. A month is the posting day's, where the
practice is. What staff put to another patient's visits later is that patient's, in the month in
which it was paid.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Final
from uuid import UUID

from sqlalchemy import String, Subquery, case, cast, func, select
from sqlalchemy.orm import Session, aliased

from portal.audit.record import record
from portal.connectors.practice_systems.spreadsheets import written
from portal.db import Database, Principal, practice_of
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.domain.money import format_plain
from portal.ledger.models import Allocation, JournalEntryRow, PostingRow
from portal.payments.queries import local_time
from portal.practice.contact import PracticeContact, practice_contact
from portal.practice.models import Claim, Guarantor, Patient

FIRST_YEAR: Final = 2000

_PAID: Final = frozenset(
    {
        BusinessEvent.PAYMENT_SETTLED,
        BusinessEvent.PAYMENT_VOIDED,  # a mistake of the desk: it was never paid
        BusinessEvent.DEPOSIT_TAKEN,
        BusinessEvent.RECEIPT_RECORDED,
    }
)
_WENT_BACK: Final = frozenset(
    {
        BusinessEvent.REFUND_PAID,
        BusinessEvent.REFUND_RETURNED,
        BusinessEvent.SUSPENSE_CLEARED,
        BusinessEvent.DISPUTE_LOST,
        BusinessEvent.PAYMENT_RETURNED,
        BusinessEvent.RECEIPT_RETURNED,
    }
)
_MOVED: Final = BusinessEvent.PAYMENT_REALLOCATED
_ARRIVED: Final = (BusinessEvent.PAYMENT_SETTLED.value, BusinessEvent.DEPOSIT_TAKEN.value)
_COUNTED: Final = [event.value for event in _PAID | _WENT_BACK | {_MOVED}]
_THEIR_ACCOUNTS: Final = (
    LedgerAccount.PATIENT_RECEIVABLE.value,
    LedgerAccount.UNAPPLIED_CREDIT.value,
    LedgerAccount.PATIENT_DEPOSITS.value,
)


class NoSuchYearError(LookupError):
    """A year before there were any, or one that has not begun."""


@dataclass(frozen=True, slots=True)
class YearRow:
    """A month, or (``month`` 0) a sum of months."""

    month: int
    paid_cents: int
    back_cents: int

    @property
    def net_cents(self) -> int:
        """What counts."""
        return self.paid_cents - self.back_cents


@dataclass(frozen=True, slots=True)
class YearPart:
    """One patient's months. Without a name: credit, and what was paid before a visit was known."""

    patient_name: str
    months: tuple[YearRow, ...]

    @property
    def total(self) -> YearRow:
        """Of the year."""
        return _total(self.months)


@dataclass(frozen=True, slots=True)
class YearPage:
    """A year, and which others there are. ``statement_id`` leads back to where the reader was."""

    practice: PracticeContact
    statement_id: UUID
    account_number: str
    year: int
    years: tuple[int, ...]
    made_at: datetime
    is_over: bool
    parts: tuple[YearPart, ...]

    @property
    def total(self) -> YearRow:
        """Of everybody."""
        return _total(part.total for part in self.parts)


@dataclass(frozen=True, slots=True)
class _Sum:
    patient_id: UUID | None
    name: str
    month: int
    event: BusinessEvent
    cents: int


def year_page(
    database: Database,
    principal: Principal,
    year: int,
    *,
    statement_id: UUID,
    now: datetime,
    request_id: str,
) -> YearPage:
    """With a row in the audit log. Raises NoSuchYearError; ``principal`` is an account holder."""
    with database.transaction(principal) as session:
        guarantor_id = _guarantor_id(principal)
        practice = practice_contact(session)
        made_at = local_time(now, practice)
        if not FIRST_YEAR <= year <= made_at.year:
            raise NoSuchYearError(year)
        _note(session, guarantor_id, now=now, request_id=request_id)
        return YearPage(
            practice=practice,
            statement_id=statement_id,
            account_number=_account_number(session, guarantor_id),
            year=year,
            years=years_paid(session, guarantor_id),
            made_at=made_at,
            is_over=year < made_at.year,
            parts=_parts(_sums(session, guarantor_id, year)),
        )


def paid_in_year(session: Session, guarantor_id: UUID, year: int) -> YearRow:
    """What a year's page adds up to."""
    return _total(part.total for part in _parts(_sums(session, guarantor_id, year)))


def years_paid(session: Session, guarantor_id: UUID) -> tuple[int, ...]:
    """In which something was paid or went back, newest first."""
    year = func.extract("year", JournalEntryRow.effective_on)
    found = session.scalars(
        select(year)
        .where(
            JournalEntryRow.practice_id == practice_of(session),
            JournalEntryRow.guarantor_id == guarantor_id,
            JournalEntryRow.business_event.in_([event.value for event in _PAID | _WENT_BACK]),
        )
        .distinct()
    )
    return tuple(sorted((int(one) for one in found), reverse=True))


def year_csv(page: YearPage, header: tuple[str, ...]) -> bytes:
    """One row a patient and month, amounts as plain numbers; no cell runs as a formula."""
    rows = [
        (
            str(page.year),
            f"{row.month:02d}",
            part.patient_name,
            format_plain(row.paid_cents),
            format_plain(row.back_cents),
            format_plain(row.net_cents),
        )
        for part in page.parts
        for row in part.months
    ]
    return written([header, *rows])


def _sums(session: Session, guarantor_id: UUID, year: int) -> list[_Sum]:
    practice_id = practice_of(session)
    arrival = _arrivals(practice_id, guarantor_id)
    counted_on = case(
        (
            JournalEntryRow.business_event == _MOVED.value,
            func.coalesce(arrival.c.arrived_on, JournalEntryRow.effective_on),
        ),
        else_=JournalEntryRow.effective_on,
    )
    month = func.extract("month", counted_on)
    rows = session.execute(
        select(
            Patient.patient_id,
            Patient.first_name,
            Patient.last_name,
            month.label("month"),
            JournalEntryRow.business_event,
            func.sum(PostingRow.amount_cents).label("cents"),
        )
        .select_from(PostingRow)
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == PostingRow.entry_id),
        )
        .outerjoin(
            Claim,
            (Claim.practice_id == practice_id) & (Claim.claim_id == PostingRow.claim_id),
        )
        .outerjoin(
            Patient,
            (Patient.practice_id == practice_id) & (Patient.patient_id == Claim.patient_id),
        )
        .outerjoin(arrival, arrival.c.entry_id == JournalEntryRow.entry_id)
        .where(
            PostingRow.practice_id == practice_id,
            PostingRow.guarantor_id == guarantor_id,
            PostingRow.account.in_(_THEIR_ACCOUNTS),
            JournalEntryRow.business_event.in_(_COUNTED),
            counted_on.between(date(year, 1, 1), date(year, 12, 31)),
        )
        .group_by(
            Patient.patient_id,
            Patient.first_name,
            Patient.last_name,
            month,
            JournalEntryRow.business_event,
        )
    )
    return [
        _Sum(
            row.patient_id,
            f"{row.first_name or ''} {row.last_name or ''}".strip(),
            int(row.month),
            BusinessEvent(row.business_event),
            int(row.cents),
        )
        for row in rows
    ]


def _arrivals(practice_id: UUID, guarantor_id: UUID) -> Subquery:
    """For each entry that put a payment somewhere: when that payment had arrived."""
    arrived = aliased(JournalEntryRow)
    return (
        select(Allocation.entry_id, func.min(arrived.effective_on).label("arrived_on"))
        .join(
            arrived,
            (arrived.practice_id == practice_id)
            & arrived.business_event.in_(_ARRIVED)
            & (arrived.source_key == cast(Allocation.payment_id, String)),
        )
        .where(Allocation.practice_id == practice_id, Allocation.guarantor_id == guarantor_id)
        .group_by(Allocation.entry_id)
        .subquery()
    )


def _parts(sums: Iterable[_Sum]) -> tuple[YearPart, ...]:
    """By name; what is nobody's alone comes last."""

    def whose(one: _Sum) -> tuple[bool, str, str]:
        return one.patient_id is None, one.name, str(one.patient_id)

    parts = (
        YearPart(name, _months(rows))
        for (_, name, _), rows in groupby(sorted(sums, key=whose), key=whose)
    )
    return tuple(part for part in parts if part.months)  # all of it may have been moved


def _months(sums: Iterable[_Sum]) -> tuple[YearRow, ...]:
    """What came is a credit on their accounts, and what went is a debit."""
    paid: dict[int, int] = {}
    back: dict[int, int] = {}
    for one in sums:
        if one.event in _PAID or one.event is _MOVED:
            paid[one.month] = paid.get(one.month, 0) - one.cents
        else:
            back[one.month] = back.get(one.month, 0) + one.cents
    rows = (YearRow(month, paid.get(month, 0), back.get(month, 0)) for month in sorted(paid | back))
    return tuple(row for row in rows if row.paid_cents or row.back_cents)


def _total(rows: Iterable[YearRow]) -> YearRow:
    listed = list(rows)
    return YearRow(0, sum(row.paid_cents for row in listed), sum(row.back_cents for row in listed))


def _guarantor_id(principal: Principal) -> UUID:
    if principal.guarantor_id is None:
        raise ValueError(principal.kind)
    return principal.guarantor_id


def _account_number(session: Session, guarantor_id: UUID) -> str:
    return session.execute(
        select(Guarantor.account_number).where(
            Guarantor.practice_id == practice_of(session), Guarantor.guarantor_id == guarantor_id
        )
    ).scalar_one()


def _note(session: Session, guarantor_id: UUID, *, now: datetime, request_id: str) -> None:
    record(
        session,
        action="view_year",
        object_kind="guarantor",
        object_id=guarantor_id,
        guarantor_id=guarantor_id,
        now=now,
        request_id=request_id,
    )
