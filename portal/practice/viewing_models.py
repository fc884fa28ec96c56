"""What patients and staff said about who may see visits: histories, added to and never changed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import GUARANTOR_TABLE, STAFF_TABLE, PracticeBase, belongs_to


class ViewingGrant(PracticeBase):
    """A patient lets the person who pays see their visits, or (``is_granted`` false) no longer.

    The newest row of a patient counts. ``how``: a `viewing.How`; ``recorded_by``: the link or the
    member of staff.
    """

    __tablename__ = "viewing_grants"
    __table_args__ = (
        belongs_to("guarantors", "guarantor_id", child="viewing_grants"),
        belongs_to("patients", "patient_id", child="viewing_grants"),
        Index("viewing_grants_patient", "practice_id", "patient_id"),
        GUARANTOR_TABLE,
    )

    grant_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    patient_id: Mapped[UUID]
    is_granted: Mapped[bool]
    how: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class VisitFlagChange(PracticeBase):
    """What staff said of a claim, and why; how it stands now is on the claim itself."""

    __tablename__ = "visit_flag_changes"
    __table_args__ = (
        belongs_to("claims", "claim_id", child="visit_flag_changes"),
        Index("visit_flag_changes_claim", "practice_id", "claim_id"),
        STAFF_TABLE,
    )

    change_id: Mapped[UUID] = mapped_column(primary_key=True)
    claim_id: Mapped[UUID]
    is_sensitive: Mapped[bool]
    is_part2: Mapped[bool]
    reason: Mapped[str]
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID]


class PatientContact(PracticeBase):
    """Where a patient asked to be reached instead of where the guarantor is; the newest counts.

    45 CFR 164.522(b). Without an e-mail address and without a street they are reached as before.
    """

    __tablename__ = "patient_contacts"
    __table_args__ = (
        belongs_to("patients", "patient_id", child="patient_contacts"),
        Index("patient_contacts_patient", "practice_id", "patient_id"),
        STAFF_TABLE,
    )

    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    patient_id: Mapped[UUID]
    email: Mapped[str]
    address_line: Mapped[str]
    city: Mapped[str]
    state: Mapped[str]
    postal_code: Mapped[str]
    reason: Mapped[str]
    set_at: Mapped[datetime]
    set_by: Mapped[UUID]
