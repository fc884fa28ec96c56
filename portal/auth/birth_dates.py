"""Whose date of birth opens a statement link, and the guarantor's own, asked for once more."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.auth.models import StatementLink
from portal.auth.wrong_tries import (
    count_answers,
    note_wrong_answer,
    source_of_dates,
    subject_of_dates,
    take_back_answer,
)
from portal.db import Database, Principal, practice_of
from portal.practice.models import Guarantor, Patient


def people_of(session: Session, link: StatementLink) -> dict[UUID, date]:
    """Whose dates of birth open a link, and which those are."""
    if link.for_patient_id is not None:
        return _patients(session, link.guarantor_id, [link.for_patient_id])
    return born_on_by_person(session, link.guarantor_id, link.patient_ids)


def born_on_by_person(
    session: Session, guarantor_id: UUID, patient_ids: Sequence[UUID]
) -> dict[UUID, date]:
    """The guarantor, and of these patients those who are reached where the guarantor is."""
    born_on = session.scalar(
        select(Guarantor.born_on).where(
            Guarantor.practice_id == practice_of(session), Guarantor.guarantor_id == guarantor_id
        )
    )
    patients = _patients(session, guarantor_id, patient_ids, Patient.is_reached_apart.is_(False))
    return {**patients, **({guarantor_id: born_on} if born_on else {})}


def prove_birth_date(
    database: Database,
    principal: Principal,
    born_on: date,
    *,
    secret_key: str,
    source_address: str,
    now: datetime,
) -> bool:
    """Whether it is the guarantor's own date, asked once more.

    Wrong ones count by address, as at a link, and by whose date it is, wherever they come from.
    """
    if principal.guarantor_id is None:
        return False
    sources = (
        source_of_dates(secret_key, source_address),
        subject_of_dates(secret_key, str(principal.guarantor_id)),
    )
    counted = count_answers(database, sources, now=now)
    if counted is None:
        return False
    with database.transaction(principal) as session:
        is_right = guarantor_of(session, principal.guarantor_id).born_on == born_on
    settle = take_back_answer if is_right else note_wrong_answer
    for one in counted:
        settle(database, one, now=now)
    return is_right


def guarantor_of(session: Session, guarantor_id: UUID) -> Guarantor:
    """Whoever pays."""
    return session.execute(
        select(Guarantor).where(
            Guarantor.practice_id == practice_of(session), Guarantor.guarantor_id == guarantor_id
        )
    ).scalar_one()


def _patients(
    session: Session,
    guarantor_id: UUID,
    patient_ids: Sequence[UUID],
    *which: ColumnElement[bool],
) -> dict[UUID, date]:
    rows = session.execute(
        select(Patient.patient_id, Patient.born_on).where(
            Patient.practice_id == practice_of(session),
            Patient.guarantor_id == guarantor_id,
            Patient.patient_id.in_(patient_ids),
            Patient.born_on.is_not(None),
            *which,
        )
    )
    return {row.patient_id: row.born_on for row in rows}
