"""What is said about who may see visits: by a patient, or by staff on somebody's word."""

from collections.abc import Collection, Mapping
from dataclasses import astuple, dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from portal.db import new_id, practice_of, principal_of
from portal.practice.models import Claim, Patient
from portal.practice.viewing_models import PatientContact, ViewingGrant, VisitFlagChange


class How(StrEnum):
    """How a patient said it."""

    LINK = "link"  # at a statement link, with their date of birth
    OWN_LINK = "own_link"  # at one that went to their own address
    PAPER = "paper"
    PHONE = "phone"
    REACHED_APART = "reached_apart"  # by asking for it: an earlier yes ends there


class UnknownPatientError(LookupError):
    """No such patient on this account."""


class UnknownVisitError(LookupError):
    """No such claim in this practice."""


@dataclass(frozen=True, slots=True)
class ReachedAt:
    """Where a patient wants to be reached instead of where who pays is; empty: nowhere else."""

    email: str = ""
    address_line: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""

    @property
    def is_empty(self) -> bool:
        return not any(astuple(self))

    def email_beside(self, of_payer: str | None) -> str:
        """Empty where there is none, or where it is the payer's after all."""
        return "" if self.email.casefold() == (of_payer or "").casefold() else self.email


def patient_of(session: Session, guarantor_id: UUID, patient_id: UUID) -> Patient:
    """Raises UnknownPatientError, also for a patient of another account."""
    found = session.execute(
        select(Patient).where(
            Patient.practice_id == practice_of(session),
            Patient.guarantor_id == guarantor_id,
            Patient.patient_id == patient_id,
        )
    ).scalar_one_or_none()
    if found is None:
        raise UnknownPatientError(patient_id)
    return found


def record_grant(
    session: Session, patient: Patient, how: How, *, is_granted: bool, now: datetime
) -> None:
    """From now on whoever pays sees the patient's visits, or no longer. History stays."""
    principal = principal_of(session)
    session.execute(
        insert(ViewingGrant).values(
            practice_id=practice_of(session),
            grant_id=new_id(),
            guarantor_id=patient.guarantor_id,
            patient_id=patient.patient_id,
            is_granted=is_granted,
            how=how.value,
            recorded_at=now,
            recorded_by=str(principal.actor_id or principal.role),
        )
    )


def flag_visit(
    session: Session,
    claim_id: UUID,
    *,
    is_sensitive: bool,
    is_part2: bool,
    reason: str,
    now: datetime,
) -> UUID | None:
    """Keep a visit from whoever pays and is not its patient, or no longer; returns whose it is.

    For staff. Raises UnknownVisitError.
    """
    practice_id = practice_of(session)
    claim = session.execute(
        select(Claim)
        .where(Claim.practice_id == practice_id, Claim.claim_id == claim_id)
        .with_for_update()
    ).scalar_one_or_none()
    if claim is None:
        raise UnknownVisitError(claim_id)
    claim.is_sensitive, claim.is_part2 = is_sensitive, is_part2
    session.execute(
        insert(VisitFlagChange).values(
            practice_id=practice_id,
            change_id=new_id(),
            claim_id=claim_id,
            is_sensitive=is_sensitive,
            is_part2=is_part2,
            reason=reason,
            changed_at=now,
            changed_by=principal_of(session).actor_id,
        )
    )
    return claim.guarantor_id


def keep_as_private(session: Session, claim_id: UUID, as_claim_id: UUID) -> None:
    """Of two claims that are one, what was kept private on either stays so on the first."""
    claims = session.scalars(
        select(Claim)
        .where(
            Claim.practice_id == practice_of(session), Claim.claim_id.in_([claim_id, as_claim_id])
        )
        .order_by(Claim.claim_id)
        .with_for_update()
    ).all()
    stays = next(one for one in claims if one.claim_id == claim_id)
    stays.is_sensitive = any(one.is_sensitive for one in claims)
    stays.is_part2 = any(one.is_part2 for one in claims)


def reach_apart(
    session: Session, patient: Patient, where: ReachedAt, *, reason: str, now: datetime
) -> None:
    """From now on what is about the patient goes there and nowhere else (45 CFR 164.522(b)).

    An earlier yes to the payer ends; a later one counts. For staff. An empty ``where`` ends it.
    """
    practice_id = practice_of(session)
    if not (where.is_empty or patient.is_reached_apart):
        record_grant(session, patient, How.REACHED_APART, is_granted=False, now=now)
    session.execute(
        insert(PatientContact).values(
            practice_id=practice_id,
            contact_id=new_id(),
            patient_id=patient.patient_id,
            email=where.email,
            address_line=where.address_line,
            city=where.city,
            state=where.state,
            postal_code=where.postal_code,
            reason=reason,
            set_at=now,
            set_by=principal_of(session).actor_id,
        )
    )
    session.execute(
        update(Patient)
        .where(Patient.practice_id == practice_id, Patient.patient_id == patient.patient_id)
        .values(is_reached_apart=not where.is_empty)
    )


def reached_at(session: Session, patient_id: UUID) -> ReachedAt:
    """Where a patient is reached apart from who pays, for staff and jobs alone."""
    return reached_at_each(session, [patient_id])[patient_id]


def reached_at_each(session: Session, patient_ids: Collection[UUID]) -> Mapping[UUID, ReachedAt]:
    """The same of each of these: what was said last counts."""
    rows = session.scalars(
        select(PatientContact)
        .ext(distinct_on(PatientContact.patient_id))
        .where(
            PatientContact.practice_id == practice_of(session),
            PatientContact.patient_id.in_(patient_ids),
        )
        .order_by(PatientContact.patient_id, PatientContact.contact_id.desc())
    )
    said = {
        row.patient_id: ReachedAt(row.email, row.address_line, row.city, row.state, row.postal_code)
        for row in rows
    }
    return {patient_id: said.get(patient_id, ReachedAt()) for patient_id in patient_ids}
