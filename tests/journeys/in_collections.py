"""What collections keep of Ana: a promise, a note, and a visit that an agency holds."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select

from portal.db import Database, Principal, new_id
from portal.domain.agency_postings import placed
from portal.ledger.journal import post
from portal.ledger.models import AgencyPlacement, PlacedLine
from portal.practice.final_notices import FinalNoticeVisit
from portal.practice.models import Patient
from portal.practice.promises import AccountNote, Promise
from tests.payments.owing import owe


def talk_and_place(
    database: Database, practice_id: UUID, guarantor_id: UUID, *, now: datetime
) -> None:
    """A promise that was kept, a note, a final notice, and 25.00 at an agency."""
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        patient_id = session.scalars(
            select(Patient.patient_id)
            .where(Patient.practice_id == practice_id, Patient.guarantor_id == guarantor_id)
            .order_by(Patient.patient_id)
        ).first()
    assert patient_id is not None
    owed = owe(
        database,
        practice_id,
        guarantor_id,
        patient_id,
        claim_number="PLACED-1",
        service_on=date(2025, 8, 2),
        cents=2_500,
    )
    staff_id, placement_id = new_id(), new_id()
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        entry = placed(
            placement_id,
            {owed.target: owed.cents},
            guarantor_id=guarantor_id,
            effective_on=now.date(),
        )
        entry_id = post(session, entry, now=now)
        common = {"practice_id": practice_id, "guarantor_id": guarantor_id}
        session.execute(
            insert(AgencyPlacement).values(
                practice_id=practice_id,
                placement_id=placement_id,
                agency_name="Harbor Recovery",
                placed_at=now,
                placed_by=staff_id,
            )
        )
        session.execute(
            insert(PlacedLine).values(
                **common,
                placed_line_id=new_id(),
                placement_id=placement_id,
                claim_id=owed.target.claim_id,
                charge_id=owed.target.charge_id,
                amount_cents=owed.cents,
                first_statement_on=date(2025, 9, 1),
                entry_id=entry_id,
            )
        )
        session.execute(
            insert(FinalNoticeVisit).values(
                **common, notice_id=new_id(), claim_id=owed.target.claim_id, asked_at=now
            )
        )
        session.execute(
            insert(Promise).values(
                **common,
                promise_id=new_id(),
                promised_for=now.date() + timedelta(days=5),
                amount_cents=5_000,
                made_at=now,
                made_by=staff_id,
                outcome="kept",
            )
        )
        session.execute(
            insert(AccountNote).values(
                **common, note_id=new_id(), words="Called.", written_at=now, written_by=staff_id
            )
        )
