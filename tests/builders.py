"""Make rows for tests, with defaults for what a test does not care about. Keyword-only."""

from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import insert

from portal.db import Database, Principal, new_id
from portal.practice.directory import PracticeDetails, add_practice
from portal.practice.models import Charge, Claim, Guarantor, Patient

BUILT_AT = datetime(2026, 3, 9, 17, 0, tzinfo=UTC)


def make_practice(
    database: Database,
    *,
    slug: str = "riverbend",
    name: str = "Riverbend Family Health",
) -> UUID:
    """A practice and its entry in the directory."""
    details = PracticeDetails(
        slug=slug,
        name=name,
        phone="(503) 555-0142",
        phone_hours="Monday to Friday, 8 AM to 5 PM",
        address_line="210 Mill Street",
        city="Easton",
        state="OR",
        postal_code="97399",
        tax_identifier="00-0000000",
        time_zone="America/Los_Angeles",
        receipt_prefix="RB",
    )
    return add_practice(database, details).practice_id


def make_guarantor(
    database: Database,
    practice_id: UUID,
    *,
    account_number: str = "A-20411",
    first_name: str = "Ana",
    last_name: str = "Reyes",
    born_on: date | None = date(1985, 4, 27),
    email: str | None = "ana.reyes@example.com",
    language: str = "en",
) -> UUID:
    """Somebody who owes, and has agreed to e-mail when there is an address."""
    guarantor_id = new_id()
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        session.execute(
            insert(Guarantor).values(
                practice_id=practice_id,
                guarantor_id=guarantor_id,
                account_number=account_number,
                first_name=first_name,
                last_name=last_name,
                born_on=born_on,
                email=email,
                email_agreed_at=BUILT_AT if email else None,
                language=language,
            )
        )
    return guarantor_id


def make_patient(
    database: Database,
    practice_id: UUID,
    *,
    guarantor_id: UUID,
    first_name: str = "Ana",
    last_name: str = "Reyes",
    born_on: date | None = date(1985, 4, 27),
    member_identifier: str | None = "BHZ000451880",
) -> UUID:
    """Somebody who was treated."""
    patient_id = new_id()
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        session.execute(
            insert(Patient).values(
                practice_id=practice_id,
                patient_id=patient_id,
                guarantor_id=guarantor_id,
                first_name=first_name,
                last_name=last_name,
                born_on=born_on,
                member_identifier=member_identifier,
            )
        )
    return patient_id


def make_claim(
    database: Database,
    practice_id: UUID,
    *,
    guarantor_id: UUID | None,
    patient_id: UUID | None,
    claim_number: str = "C-1001",
    service_on: date = date(2026, 1, 14),
    charges: tuple[tuple[str, int], ...] = (("99213", 12_000),),
) -> tuple[UUID, tuple[UUID, ...]]:
    """A claim with its charges (code, cents); nothing is posted for it."""
    claim_id = new_id()
    charge_ids = tuple(new_id() for _ in charges)
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        session.execute(
            insert(Claim).values(
                practice_id=practice_id,
                claim_id=claim_id,
                guarantor_id=guarantor_id,
                patient_id=patient_id,
                claim_number=claim_number,
                service_on=service_on,
                charge_cents=sum(cents for _, cents in charges),
            )
        )
        session.execute(
            insert(Charge).values(
                [
                    {
                        "practice_id": practice_id,
                        "charge_id": charge_id,
                        "claim_id": claim_id,
                        "guarantor_id": guarantor_id,
                        "line_number": number,
                        "control_number": f"L{number}",
                        "procedure_qualifier": "HC",
                        "procedure_code": code,
                        "modifiers": [],
                        "service_on": service_on,
                        "charge_cents": cents,
                    }
                    for number, (charge_id, (code, cents)) in enumerate(
                        zip(charge_ids, charges, strict=True), start=1
                    )
                ]
            )
        )
    return claim_id, charge_ids
