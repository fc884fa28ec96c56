"""A letter printed at the desk is the one that would go by mail: language, size and addressee."""

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update

from portal.app import create_app
from portal.db import Database
from portal.domain.paper_delivery import DeliveryKind
from portal.practice.models import Guarantor
from portal.practice.viewing_acts import ReachedAt, patient_of, reach_apart
from portal.statements.delivery.service import Occasion, choose
from portal.statements.print_runs.models import PrintRunLetter
from portal.statements.print_runs.service import Act, start_run
from tests.auth.billed import NOW
from tests.auth.running import Browser, Clock, settings_for_tests
from tests.desk.conftest import Household, make_household
from tests.desk.test_desk_pages import staff_of
from tests.statements.papers.pdf_reading import smallest_print, text_of
from tests.statements.print_runs.conftest import HOME


@pytest.fixture
def app(database: Database, clock: Clock) -> Flask:
    return create_app(settings_for_tests(), database, clock=clock)


def letter(clerk: Browser, statement_id: UUID) -> bytes:
    answer = clerk.client.get(f"/desk/statements/{statement_id}.pdf")
    assert answer.mimetype == "application/pdf"
    return bytes(answer.data)


def test_it_is_in_the_language_and_size_of_who_gets_it(
    database: Database, practice_id: UUID, clerk: Browser
) -> None:
    rosa = make_household(database, practice_id, language="es")
    job = staff_of(practice_id)
    choose(database, Occasion(job, rosa.guarantor_id, NOW, "t"), DeliveryKind.LARGE_PRINT)
    printed = letter(clerk, rosa.statement_id)
    assert "Usted debe" in text_of(printed)
    assert smallest_print(printed, page=1) >= 18


def test_a_statement_of_nobody_but_a_patient_reached_apart_is_addressed_to_them(
    database: Database, ana: Household, clerk: Browser
) -> None:
    assert "Mateo Reyes" not in text_of(letter(clerk, ana.statement_id))
    there = ReachedAt(address_line="7 Shelter Way", city="Weston", state="OR", postal_code="97886")
    with database.transaction(staff_of(ana.practice_id)) as session:
        mateo = patient_of(session, ana.guarantor_id, ana.patient_id)
        reach_apart(session, mateo, there, reason="Asked for it", now=NOW)
    printed = text_of(letter(clerk, ana.statement_id))
    assert "Mateo Reyes" in printed
    assert "7 Shelter Way" in printed
    assert "Ana Reyes" not in printed


def test_what_became_of_a_letter_stands_on_the_timeline(
    database: Database, ana: Household, clerk: Browser
) -> None:
    job = staff_of(ana.practice_id)
    with database.transaction(job) as session:
        people = update(Guarantor).where(Guarantor.practice_id == ana.practice_id)
        session.execute(people.values(**HOME))
    choose(database, Occasion(job, ana.guarantor_id, NOW, "t"), DeliveryKind.CHOSE_PAPER)
    start_run(database, Act(job, NOW, "t"))
    person = f"/desk/people/{ana.guarantor_id}"
    assert "Letter" not in clerk.get(person).text
    for state, said in (("printed", "Letter printed"), ("mailed", "says the mailing house")):
        with database.transaction(job) as session:
            letters = update(PrintRunLetter).where(PrintRunLetter.practice_id == ana.practice_id)
            session.execute(letters.values(state=state, state_at=NOW))
        assert said in clerk.get(person).text
