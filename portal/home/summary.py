"""A year on one page: its visits, what became of what they cost, by person; and the year's money.

Visits belong to the year of their service, as they stand today; money to the year in which it came
or went. The page for taxes (payments/receipts/years.py) has that money month by month.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, practice_of
from portal.domain.billed_claim import ClaimBooks
from portal.ledger.as_of import claim_books
from portal.payments.receipts.years import FIRST_YEAR, NoSuchYearError, YearRow, paid_in_year
from portal.practice.contact import PracticeContact, practice_contact, practice_day
from portal.practice.models import Claim, Patient


@dataclass(frozen=True, slots=True)
class PersonYear:
    """One person's visits of the year; without a name, what nobody has been found for.

    Billed, less everything below it, is what is still owed.
    """

    first_name: str
    visits: int
    billed_cents: int
    taken_off_cents: int
    plan_paid_cents: int
    with_insurance_cents: int  # or waits with us
    you_paid_cents: int
    placed_cents: int  # an agency asks for it
    owed_cents: int


@dataclass(frozen=True, slots=True)
class SummaryPage:
    """``money``: what was paid in the year and what went back, whichever visits it was for."""

    practice: PracticeContact
    guarantor_id: UUID
    year: int
    is_over: bool
    today: date
    people: tuple[PersonYear, ...]
    money: YearRow

    @property
    def total(self) -> PersonYear:
        """Of everybody."""
        return PersonYear(
            first_name="",
            visits=sum(one.visits for one in self.people),
            billed_cents=sum(one.billed_cents for one in self.people),
            taken_off_cents=sum(one.taken_off_cents for one in self.people),
            plan_paid_cents=sum(one.plan_paid_cents for one in self.people),
            with_insurance_cents=sum(one.with_insurance_cents for one in self.people),
            you_paid_cents=sum(one.you_paid_cents for one in self.people),
            placed_cents=sum(one.placed_cents for one in self.people),
            owed_cents=sum(one.owed_cents for one in self.people),
        )


def summary_page(
    database: Database, principal: Principal, year: int, *, now: datetime, request_id: str
) -> SummaryPage:
    """With a row in the audit log. Raises NoSuchYearError; ``principal`` is an account holder."""
    guarantor_id = principal.guarantor_id
    if guarantor_id is None:
        raise ValueError(principal.kind)
    with database.transaction(principal) as session:
        practice = practice_contact(session)
        today = practice_day(practice, now=now)
        if not FIRST_YEAR <= year <= today.year:
            raise NoSuchYearError(year)
        record(
            session,
            action="view_summary",
            object_kind="guarantor",
            object_id=guarantor_id,
            guarantor_id=guarantor_id,
            now=now,
            request_id=request_id,
        )
        return SummaryPage(
            practice=practice,
            guarantor_id=guarantor_id,
            year=year,
            is_over=year < today.year,
            today=today,
            people=_people(session, guarantor_id, year, today=today),
            money=paid_in_year(session, guarantor_id, year),
        )


def _people(
    session: Session, guarantor_id: UUID, year: int, *, today: date
) -> tuple[PersonYear, ...]:
    practice_id = practice_of(session)
    rows = session.execute(
        select(Claim.claim_id, Claim.patient_id, Patient.first_name)
        .outerjoin(
            Patient,
            (Patient.practice_id == practice_id) & (Patient.patient_id == Claim.patient_id),
        )
        .where(
            Claim.practice_id == practice_id,
            Claim.guarantor_id == guarantor_id,
            Claim.service_on.between(date(year, 1, 1), date(year, 12, 31)),
        )
        .order_by(Patient.first_name.nulls_last(), Claim.patient_id)
    ).all()
    books = claim_books(session, [row.claim_id for row in rows], as_of=today)
    by_person: dict[UUID | None, list[Row[UUID, UUID | None, str]]] = {}
    for row in rows:
        by_person.setdefault(row.patient_id, []).append(row)
    return tuple(
        _person(theirs[0].first_name or "", [books[row.claim_id] for row in theirs])
        for theirs in by_person.values()
    )


def _person(first_name: str, books: Sequence[ClaimBooks]) -> PersonYear:
    return PersonYear(
        first_name=first_name,
        visits=len(books),
        billed_cents=sum(one.billed_cents for one in books),
        taken_off_cents=sum(one.written_off_cents + sum(one.let_off.values()) for one in books),
        plan_paid_cents=sum(one.plan_paid_cents for one in books),
        with_insurance_cents=sum(one.with_insurance_cents + one.pending_cents for one in books),
        you_paid_cents=sum(one.patient_paid_cents for one in books),
        placed_cents=sum(sum(one.placed.values()) for one in books),
        owed_cents=sum(one.owed_cents for one in books),
    )
