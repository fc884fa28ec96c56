"""Whose date of birth opens a statement link: the guarantor's, and those of patients on it."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.auth.models import StatementLink
from portal.db import practice_of
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
