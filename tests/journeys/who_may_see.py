"""What was said of who may see the visits of Ana's household: a row of each kind, and no effect."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from portal.db import Database, Principal, new_id
from portal.practice.models import Claim, Patient
from portal.practice.viewing_acts import How, ReachedAt, flag_visit, reach_apart, record_grant


def say_who_may_see(
    database: Database, practice_id: UUID, guarantor_id: UUID, *, now: datetime
) -> UUID:
    """The patient of whom it was said; their visits look as before."""
    clerk = Principal.staff(practice_id, staff_id=new_id(), role="manager")
    with database.transaction(clerk) as session:
        claim = session.scalars(
            select(Claim).where(
                Claim.practice_id == practice_id,
                Claim.guarantor_id == guarantor_id,
                Claim.patient_id.is_not(None),
            )
        ).first()
        assert claim is not None
        patient = session.scalars(
            select(Patient).where(
                Patient.practice_id == practice_id, Patient.patient_id == claim.patient_id
            )
        ).one()
        record_grant(session, patient, How.PAPER, is_granted=False, now=now)
        flag_visit(
            session,
            claim.claim_id,
            is_sensitive=False,
            is_part2=False,
            reason="Asked by phone",
            now=now,
        )
        reach_apart(session, patient, ReachedAt(), reason="Asked by phone", now=now)
        return patient.patient_id
