"""Staff open a case for whoever called: for that person, whatever is imported meanwhile."""

import re
from datetime import date
from uuid import UUID

from flask import Flask
from sqlalchemy import select, update

from portal.auth.roles import Role
from portal.cases.models import Case
from portal.db import Database
from portal.practice.models import Guarantor, Patient
from tests.auth.running import Browser, Clock
from tests.builders import make_guarantor, make_patient
from tests.cases.people import Family, at_work

ASKED = {"kind": "question", "words": "What is a copay?"}


def choices(page: str) -> dict[str, str]:
    """Whom the form offers, and what it sends for them."""
    select_of_people = page.split('<select id="caller"')[1].split("</select>", maxsplit=1)[0]
    found = re.findall(r'<option value="([^"]*)"[^>]*>([^<]*)</option>', select_of_people)
    return {name: value for value, name in found}


def whose(database: Database, family: Family, address: str) -> tuple[str, UUID]:
    with database.transaction(family.job) as session:
        case = session.scalars(
            select(Case).where(
                Case.practice_id == family.practice_id,
                Case.case_id == UUID(address.rsplit("/", 1)[-1]),
            )
        ).one()
        return case.person_kind, case.person_id


def test_the_choice_stands_for_a_person_whatever_is_imported_meanwhile(
    database: Database, family: Family, app: Flask, clock: Clock
) -> None:
    lucia = make_patient(
        database, family.practice_id, guarantor_id=family.guarantor_id, first_name="Lucia"
    )
    (clerk,) = at_work(app, database, family.practice_id, clock, Role.FRONT_DESK)
    page = f"/cases/people/{family.guarantor_id}/new"
    offered = choices(clerk.get(page).text)
    moved_to = make_guarantor(database, family.practice_id, account_number="B-1")
    with database.transaction(family.job) as session:  # the practice's list moves Mateo
        session.execute(
            update(Patient)
            .where(
                Patient.practice_id == family.practice_id,
                Patient.patient_id == family.patient_id,
            )
            .values(guarantor_id=moved_to)
        )
    asked = clerk.send(page, {**ASKED, "caller": offered["Lucia Reyes"]})
    assert whose(database, family, asked.location) == ("patient", lucia)
    assert clerk.send(page, {**ASKED, "caller": offered["Mateo Reyes"]}).status == 404


def test_who_pays_is_one_person_also_as_a_patient(
    database: Database, family: Family, app: Flask, ana: Browser, clock: Clock
) -> None:
    with database.transaction(family.job) as session:
        born_on = session.scalar(
            select(Guarantor.born_on).where(
                Guarantor.practice_id == family.practice_id,
                Guarantor.guarantor_id == family.guarantor_id,
            )
        )
    own = make_patient(
        database,
        family.practice_id,
        guarantor_id=family.guarantor_id,
        first_name="Ana",
        born_on=born_on or date(1985, 4, 27),
    )
    (clerk,) = at_work(app, database, family.practice_id, clock, Role.FRONT_DESK)
    page = f"/cases/people/{family.guarantor_id}/new"
    offered = choices(clerk.get(page).text)
    assert sorted(offered) == ["Ana Reyes, who pays", "Mateo Reyes"]
    for caller in ("", str(own)):
        address = clerk.send(page, {**ASKED, "caller": caller}).location
        assert whose(database, family, address) == ("guarantor", family.guarantor_id)
        assert ana.get(f"/help{address}").status == 200
