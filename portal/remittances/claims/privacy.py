"""A visit that is kept from whoever pays for it: staff say so on its claim, and why."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, practice_of
from portal.domain.names import in_mixed_case
from portal.practice.contact import practice_contact
from portal.practice.models import Claim, Patient
from portal.practice.viewing_acts import flag_visit
from portal.practice.viewing_models import VisitFlagChange
from portal.remittances.claims.work import Act, ClaimNotFoundError
from portal.remittances.worklists import placer_names


@dataclass(frozen=True, slots=True)
class FlagChange:
    """What somebody of the staff said of the visit, newest first."""

    is_sensitive: bool
    is_part2: bool
    reason: str
    by: str
    on: date


@dataclass(frozen=True, slots=True)
class PrivacyPage:
    """One claim, and whether it is kept private now."""

    claim_id: UUID
    claim_number: str
    patient_name: str
    service_on: date | None
    is_sensitive: bool
    is_part2: bool
    changes: tuple[FlagChange, ...]


def privacy_page(
    database: Database, principal: Principal, claim_id: UUID, *, now: datetime, request_id: str
) -> PrivacyPage:
    """With a row in the audit log. Raises ClaimNotFoundError."""
    with database.transaction(principal) as session:
        practice_id = practice_of(session)
        row = session.execute(
            select(Claim, Patient)
            .outerjoin(
                Patient,
                (Patient.practice_id == practice_id) & (Patient.patient_id == Claim.patient_id),
            )
            .where(Claim.practice_id == practice_id, Claim.claim_id == claim_id)
        ).one_or_none()
        if row is None:
            raise ClaimNotFoundError(claim_id)
        claim: Claim = row.Claim
        _note(
            session,
            claim.guarantor_id,
            claim_id,
            action="view_privacy",
            now=now,
            request_id=request_id,
        )
        ours = f"{row.Patient.first_name} {row.Patient.last_name}" if row.Patient else ""
        return PrivacyPage(
            claim_id=claim_id,
            claim_number=claim.claim_number,
            patient_name=in_mixed_case(ours.strip() or claim.patient_name_on_file),
            service_on=claim.service_on,
            is_sensitive=claim.is_sensitive,
            is_part2=claim.is_part2,
            changes=_changes(session, claim_id),
        )


def keep_private(
    database: Database,
    principal: Principal,
    claim_id: UUID,
    *,
    is_sensitive: bool,
    is_part2: bool,
    reason: str,
    act: Act,
) -> None:
    """From now on, or no longer. Raises ClaimNotFoundError, UnknownVisitError."""
    with database.transaction(principal) as session:
        guarantor_id = flag_visit(
            session,
            claim_id,
            is_sensitive=is_sensitive,
            is_part2=is_part2,
            reason=reason,
            now=act.now,
        )
        action = "keep_private" if is_sensitive or is_part2 else "keep_private_no_longer"
        _note(
            session,
            guarantor_id,
            claim_id,
            action=action,
            now=act.now,
            request_id=act.request_id,
        )


def _changes(session: Session, claim_id: UUID) -> tuple[FlagChange, ...]:
    zone = ZoneInfo(practice_contact(session).time_zone)
    rows = session.scalars(
        select(VisitFlagChange)
        .where(
            VisitFlagChange.practice_id == practice_of(session),
            VisitFlagChange.claim_id == claim_id,
        )
        .order_by(VisitFlagChange.change_id.desc())
    ).all()
    names = placer_names(session, {str(row.changed_by) for row in rows})
    return tuple(
        FlagChange(
            is_sensitive=row.is_sensitive,
            is_part2=row.is_part2,
            reason=row.reason,
            by=names[str(row.changed_by)],
            on=row.changed_at.astimezone(zone).date(),
        )
        for row in rows
    )


def _note(
    session: Session,
    guarantor_id: UUID | None,
    claim_id: UUID,
    *,
    action: str,
    now: datetime,
    request_id: str,
) -> None:
    record(
        session,
        action=action,
        object_kind="claim",
        object_id=claim_id,
        guarantor_id=guarantor_id,
        now=now,
        request_id=request_id,
    )
