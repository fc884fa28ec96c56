"""Finding a person: who pays, found by their own or a patient's name, birth, number or phone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.desk.search_terms import SearchTerm
from portal.domain.names import in_mixed_case
from portal.practice.folded_names import folded
from portal.practice.models import Guarantor, Patient
from portal.statements.due import StatementDue, account_now, asked_for, owed_now
from portal.statements.models import Statement

ROWS_MAX = 25


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person found, with what is owed now and by when, as on their own page."""

    guarantor_id: UUID
    name: str
    born_on: date | None
    account_number: str
    patient_names: tuple[str, ...]
    due_now_cents: int
    due_on: date | None


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A search and what it found: at most 25 people, by name."""

    term: str
    searched: bool
    people: tuple[PersonRow, ...]
    has_more: bool


NOT_SEARCHED = SearchPage("", searched=False, people=(), has_more=False)


def find_people(session: Session, typed: str, term: SearchTerm) -> SearchPage:
    """Everybody who fits the term in any way it may be meant."""
    if term.says_nothing:
        return SearchPage(typed, searched=True, people=(), has_more=False)
    practice_id = practice_of(session)
    found = session.scalars(
        select(Guarantor)
        .where(Guarantor.practice_id == practice_id, or_(*_conditions(practice_id, term)))
        .order_by(Guarantor.last_name, Guarantor.first_name, Guarantor.guarantor_id)
        .limit(ROWS_MAX + 1)
    ).all()
    shown = found[:ROWS_MAX]
    people = _rows(session, shown)
    return SearchPage(typed, searched=True, people=people, has_more=len(found) > ROWS_MAX)


def _conditions(practice_id: UUID, term: SearchTerm) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if term.born_on is not None:
        conditions += _themselves_or_a_patient(
            practice_id, Guarantor.born_on == term.born_on, Patient.born_on == term.born_on
        )
    if term.words:
        conditions += _themselves_or_a_patient(
            practice_id, _named(Guarantor, term.words), _named(Patient, term.words)
        )
    if term.phone_digits:
        digits = func.regexp_replace(Guarantor.phone, r"\D", "", "g")
        conditions.append(func.right(digits, len(term.phone_digits)) == term.phone_digits)
    if term.number:
        conditions.append(func.lower(Guarantor.account_number) == term.number.lower())
        conditions.append(
            Guarantor.guarantor_id.in_(
                select(Statement.guarantor_id).where(
                    Statement.practice_id == practice_id, Statement.number == term.number
                )
            )
        )
    return conditions


def _themselves_or_a_patient(
    practice_id: UUID, themselves: ColumnElement[bool], a_patient: ColumnElement[bool]
) -> list[ColumnElement[bool]]:
    patients = select(Patient.guarantor_id).where(Patient.practice_id == practice_id, a_patient)
    return [themselves, Guarantor.guarantor_id.in_(patients)]


def _named(person: type[Guarantor | Patient], words: Sequence[str]) -> ColumnElement[bool]:
    """Each word begins one of the person's names, in any order."""
    spaced = folded(person.first_name + " " + person.last_name)
    return and_(*(spaced.contains(f" {word}", autoescape=True) for word in words))


def _rows(session: Session, found: Sequence[Guarantor]) -> tuple[PersonRow, ...]:
    ids = [guarantor.guarantor_id for guarantor in found]
    patients = _patients(session, ids)
    return tuple(
        PersonRow(
            guarantor_id=guarantor.guarantor_id,
            name=in_mixed_case(f"{guarantor.first_name} {guarantor.last_name}".strip()),
            born_on=guarantor.born_on,
            account_number=guarantor.account_number,
            patient_names=tuple(patients.get(guarantor.guarantor_id, ())),
            due_now_cents=due.due_now_cents if due else 0,
            due_on=due.due_on if due else None,
        )
        for guarantor in found
        for due in (_owed(session, guarantor.guarantor_id),)
    )


def _patients(session: Session, guarantor_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    rows = session.execute(
        select(Patient.guarantor_id, Patient.first_name, Patient.last_name)
        .where(Patient.practice_id == practice_of(session), Patient.guarantor_id.in_(guarantor_ids))
        .order_by(Patient.born_on.nulls_last(), Patient.first_name)
    )
    names: dict[UUID, list[str]] = {}
    for row in rows:
        name = in_mixed_case(f"{row.first_name} {row.last_name}".strip())
        names.setdefault(row.guarantor_id, []).append(name)
    return names


def _owed(session: Session, guarantor_id: UUID) -> StatementDue | None:
    """As home and every other page say it; None where no statement asks for anything now."""
    owed = owed_now(account_now(session, guarantor_id), asked_for(session, guarantor_id))
    return owed if owed.due_now_cents > 0 else None
