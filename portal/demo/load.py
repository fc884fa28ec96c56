"""Fill an empty database with the made-up practice: people, remittances, statements."""

import tempfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from portal.db import Principal, new_id, practice_of
from portal.demo.claim_writer import write_claims
from portal.demo.people import (
    HOUSEHOLDS,
    RIVERBEND,
    DemoHousehold,
    DemoPatient,
    DemoPlan,
)
from portal.demo.remittance_writer import DemoPayer, write_remittance
from portal.demo.staff import make_staff
from portal.demo.visits import files, sent_visits
from portal.practice.directory import PracticeRef, add_practice, all_practices
from portal.practice.models import Coverage, Guarantor, Patient, Payer
from portal.remittances.sent.claims import import_any
from portal.runtime import Runtime
from portal.statements.service import issue_statements

_ROLE = "demo"


def load(runtime: Runtime, *, now: datetime) -> PracticeRef:
    """Make the practice unless it is there already."""
    practices = all_practices(runtime.database)
    if practices:
        return practices[0]
    practice = add_practice(runtime.database, RIVERBEND)
    with runtime.database.transaction(Principal.job(practice.practice_id, role=_ROLE)) as session:
        payers = _add_payers(session)
        for household in HOUSEHOLDS:
            _add_household(session, household, payers, now=now, today=practice.today(now))
    make_staff(runtime.database, runtime.settings, practice, now=now)
    _import_files(runtime, practice, now=now)
    issue_statements(
        runtime.database,
        practice.practice_id,
        as_of=practice.today(now),
        now=now,
        dry_run=False,
    )
    return practice


def _add_payers(session: Session) -> dict[DemoPayer, UUID]:
    """Under the names and numbers that their remittances give."""
    patients = [patient for household in HOUSEHOLDS for patient in household.patients]
    payers = {plan.payer: new_id() for patient in patients for plan in _plans(patient)}
    for payer, payer_id in payers.items():
        session.execute(
            insert(Payer).values(
                practice_id=practice_of(session),
                payer_id=payer_id,
                identifier=payer.identifier,
                name=payer.name,
            )
        )
    return payers


def _add_household(
    session: Session,
    household: DemoHousehold,
    payers: dict[DemoPayer, UUID],
    *,
    now: datetime,
    today: date,
) -> None:
    guarantor_id = new_id()
    owes = household.guarantor
    session.execute(
        insert(Guarantor).values(
            practice_id=practice_of(session),
            guarantor_id=guarantor_id,
            account_number=household.account_number,
            first_name=owes.first_name,
            last_name=owes.last_name,
            born_on=owes.born_on,
            email=household.email,
            email_agreed_at=now if household.email else None,
            phone=household.phone,
            address_line=household.street,
            city=RIVERBEND.city,
            state=RIVERBEND.state,
            postal_code=RIVERBEND.postal_code,
            language=household.language,
        )
    )
    for patient in household.patients:
        patient_id = new_id()
        session.execute(
            insert(Patient).values(
                practice_id=practice_of(session),
                patient_id=patient_id,
                guarantor_id=guarantor_id,
                first_name=patient.first_name,
                last_name=patient.last_name,
                born_on=patient.born_on,
                member_identifier=patient.member_identifier,
            )
        )
        for rank, plan in enumerate(_plans(patient), start=1):
            began = plan.began_days_ago
            session.execute(
                insert(Coverage).values(
                    practice_id=practice_of(session),
                    coverage_id=new_id(),
                    patient_id=patient_id,
                    guarantor_id=guarantor_id,
                    payer_id=payers[plan.payer],
                    member_identifier=plan.member_identifier,
                    rank=rank,
                    starts_on=None if began is None else today - timedelta(days=began),
                )
            )


def _plans(patient: DemoPatient) -> Iterator[DemoPlan]:
    """In the order in which they pay."""
    yield DemoPlan(patient.payer, patient.member_identifier)
    if patient.second is not None:
        yield patient.second


def _import_files(runtime: Runtime, practice: PracticeRef, *, now: datetime) -> None:
    """Through the same door as a practice's own files: first what was sent, then the answers."""
    today = practice.today(now)
    sent = (
        (f"{payer.identifier.lower()}.837", write_claims(payer, visits, control=control))
        for control, (payer, visits) in enumerate(sent_visits(today).items(), start=1)
    )
    heard = (
        (
            file.name,
            write_remittance(file.payer, file.claims, paid_on=file.paid_on, control=control),
        )
        for control, file in enumerate(files(today), start=1)
    )
    with tempfile.TemporaryDirectory(prefix="portal-demo-") as folder:
        for name, text in (*sent, *heard):
            path = Path(folder) / name
            path.write_text(text, encoding="ascii")
            import_any(
                runtime.database,
                practice,
                path,
                create_patients=False,
                now=now,
                today=today,
                imported_by=_ROLE,
            )
