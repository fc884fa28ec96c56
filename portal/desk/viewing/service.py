"""A person's patients beside what each lets whoever pays see, and staff's record of their word."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, practice_of
from portal.domain.names import in_mixed_case
from portal.domain.visit_privacy import is_adult
from portal.practice.contact import practice_contact, practice_day
from portal.practice.models import Guarantor, Patient
from portal.practice.viewing import payer_of
from portal.practice.viewing_acts import (
    How,
    ReachedAt,
    patient_of,
    reach_apart,
    reached_at,
    record_grant,
)
from portal.practice.viewing_models import ViewingGrant
from portal.statements.print_runs.gone_astray import runs_with_astray


class UnknownHouseholdError(LookupError):
    """No such person in this practice."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a patient said once. ``how``: a `viewing_acts.How`."""

    is_granted: bool
    how: str
    on: date


@dataclass(frozen=True, slots=True)
class PatientRow:
    """One patient; ``said`` newest first. ``is_payer``: they pay for themselves."""

    patient_id: UUID
    name: str
    first_name: str
    born_on: date | None
    is_payer: bool
    is_adult: bool
    lets_payer_see: bool
    reached_at: ReachedAt
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class HouseholdPage:
    """Who is seen by whom, and reached where."""

    guarantor_id: UUID
    payer_name: str
    account_number: str
    patients: tuple[PatientRow, ...]


def household_page(
    database: Database, principal: Principal, guarantor_id: UUID, *, now: datetime, request_id: str
) -> HouseholdPage:
    """With a row in the audit log. Raises UnknownHouseholdError."""
    with database.transaction(principal) as session:
        payer = session.execute(
            select(Guarantor).where(
                Guarantor.practice_id == practice_of(session),
                Guarantor.guarantor_id == guarantor_id,
            )
        ).scalar_one_or_none()
        if payer is None:
            raise UnknownHouseholdError(guarantor_id)
        _note(session, guarantor_id, "view_who_may_see", now=now, request_id=request_id)
        return HouseholdPage(
            guarantor_id=guarantor_id,
            payer_name=in_mixed_case(f"{payer.first_name} {payer.last_name}".strip()),
            account_number=payer.account_number,
            patients=_patients(session, guarantor_id, now=now),
        )


def record_word(
    database: Database,
    principal: Principal,
    guarantor_id: UUID,
    patient_id: UUID,
    how: How,
    *,
    is_granted: bool,
    now: datetime,
    request_id: str,
) -> None:
    """What a patient said on paper or by phone takes effect at once. Raises UnknownPatientError."""
    with database.transaction(principal) as session:
        patient = patient_of(session, guarantor_id, patient_id)
        record_grant(session, patient, how, is_granted=is_granted, now=now)
        action = "let_payer_see" if is_granted else "stop_payer_seeing"
        _note(session, guarantor_id, action, patient_id, now=now, request_id=request_id)


def set_contact(
    database: Database,
    principal: Principal,
    guarantor_id: UUID,
    patient_id: UUID,
    where: ReachedAt,
    *,
    reason: str,
    now: datetime,
    request_id: str,
) -> tuple[int, ...]:
    """Where a patient is reached from now on. Raises UnknownPatientError.

    The numbers of the runs of letters that were printed for the place before, and did not go yet.
    """
    with database.transaction(principal) as session:
        patient = patient_of(session, guarantor_id, patient_id)
        reach_apart(session, patient, where, reason=reason, now=now)
        action = "reach_as_before" if where.is_empty else "reach_apart"
        _note(session, guarantor_id, action, patient_id, now=now, request_id=request_id)
        return runs_with_astray(session, patient_id)


def _patients(session: Session, guarantor_id: UUID, *, now: datetime) -> tuple[PatientRow, ...]:
    practice = practice_contact(session)
    today = practice_day(practice, now=now)
    payer = payer_of(session, guarantor_id, today=today)
    said = _said(session, guarantor_id, ZoneInfo(practice.time_zone))
    rows = session.scalars(
        select(Patient)
        .where(Patient.practice_id == practice_of(session), Patient.guarantor_id == guarantor_id)
        .order_by(Patient.born_on.nulls_last(), Patient.first_name, Patient.patient_id)
    ).all()
    return tuple(
        PatientRow(
            patient_id=row.patient_id,
            name=in_mixed_case(f"{row.first_name} {row.last_name}".strip()),
            first_name=in_mixed_case(row.first_name),
            born_on=row.born_on,
            is_payer=row.patient_id in payer.patient_ids,
            is_adult=is_adult(row.born_on, today),
            lets_payer_see=payer.people[row.patient_id].lets_payer_see,
            reached_at=reached_at(session, row.patient_id),
            said=tuple(said.get(row.patient_id, ())),
        )
        for row in rows
    )


def _said(session: Session, guarantor_id: UUID, zone: ZoneInfo) -> dict[UUID, list[Said]]:
    rows = session.scalars(
        select(ViewingGrant)
        .where(
            ViewingGrant.practice_id == practice_of(session),
            ViewingGrant.guarantor_id == guarantor_id,
        )
        .order_by(ViewingGrant.grant_id.desc())
    )
    found: dict[UUID, list[Said]] = {}
    for row in rows:
        on = row.recorded_at.astimezone(zone).date()
        found.setdefault(row.patient_id, []).append(Said(row.is_granted, row.how, on))
    return found


def _note(
    session: Session,
    guarantor_id: UUID,
    action: str,
    patient_id: UUID | None = None,
    *,
    now: datetime,
    request_id: str,
) -> None:
    record(
        session,
        action=action,
        object_kind="patient" if patient_id else "guarantor",
        object_id=patient_id or guarantor_id,
        guarantor_id=guarantor_id,
        now=now,
        request_id=request_id,
    )
