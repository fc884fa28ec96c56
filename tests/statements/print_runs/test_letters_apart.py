"""A patient reached apart from who pays gets a letter of their own (45 CFR 164.522(b))."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal.domain.paper_delivery import LetterReason
from portal.practice.models import Patient, Task
from portal.practice.viewing_acts import ReachedAt, patient_of, reach_apart
from portal.statements.papers.own_visits import read_own_sheet
from portal.statements.print_runs import service
from tests.builders import make_guarantor
from tests.statements.builders import Decided, MadeClaim
from tests.statements.conftest import NOW, TODAY, Bill, Family, Issue, PayIn
from tests.statements.papers.pdf_reading import text_of
from tests.statements.print_runs.conftest import HOME, Town, index_of

THEIRS = ReachedAt(
    address_line="7 Shelter Way", city="Weston", state="OR", postal_code="97886", email=""
)
VISIT = (Decided("90834", 15_000, 9_000, (("CO", "45", 3_500), ("PR", "3", 2_500))),)


def reach(house: Town, family: Family, where: ReachedAt = THEIRS) -> None:
    with house.database.transaction(house.act.principal) as session:
        mateo = patient_of(session, family.guarantor_id, family.mateo_id)
        reach_apart(session, mateo, where, reason="Asked for it", now=NOW)


def bill_mateo(family: Family, bill: Bill) -> MadeClaim:
    return bill(patient_id=family.mateo_id, claim_number="C-2002", lines=VISIT)


def test_a_statement_of_nobody_else_goes_to_their_address_and_not_to_who_pays(
    house: Town, family: Family, bill: Bill, issue: Issue
) -> None:
    bill_mateo(family, bill)
    issue()
    reach(house, family)
    (due,) = house.letters().due
    assert (due.reason, due.for_patient_id) == (LetterReason.REACHED_APART, family.mateo_id)
    (letter,) = index_of(folder := house.print(house.run()))
    assert (letter["name"], letter["address"]) == ("Mateo Reyes", "7 Shelter Way")
    assert (letter["place"], letter["postal_code"]) == ("Weston, OR 97886", "97886")
    printed = text_of((folder / "batch-0001.pdf").read_bytes())
    assert "7 Shelter Way" in printed
    assert HOME["address_line"] not in printed
    assert house.letters().due == ()


def test_of_a_shared_statement_each_gets_a_letter_and_theirs_shows_their_visits_alone(
    house: Town, family: Family, bill: Bill, issue: Issue, pay_in: PayIn
) -> None:
    own = bill()
    mateo = bill_mateo(family, bill)
    (statement_id,) = issue().statement_ids
    reach(house, family)
    later = NOW + timedelta(minutes=1)
    pay_in(puts=[(own.target(), 1_000), (mateo.target(), 500)], on=TODAY, at=later)
    rows = {row["name"]: row for row in index_of(house.print(house.run()))}
    assert {name: row["amount_due_cents"] for name, row in rows.items()} == {
        "Ana Reyes": "5000",  # 40 and 25, less 15
        "Mateo Reyes": "2000",
    }
    with house.database.transaction(house.act.principal) as session:
        sheet = read_own_sheet(session, statement_id, family.mateo_id, now=NOW)
    (visit,) = sheet.page.document.visits
    assert (visit.claim_id, visit.grouped_because) == (mateo.claim_id, "")
    assert sheet.page.document.guarantor_name == "Mateo Reyes"
    assert sheet.page.document.pending == ()
    assert [cents for _, cents in sheet.page.paid_since_issue] == [500]
    assert sheet.page.pay_code is None


def test_who_has_an_address_for_e_mail_alone_gets_no_letter_and_who_has_none_becomes_a_task(
    house: Town, family: Family, bill: Bill, issue: Issue
) -> None:
    bill_mateo(family, bill)
    issue()
    reach(house, family, ReachedAt(email="mateo@example.com"))
    assert house.letters().due == ()
    house.change(0, email="mateo@example.com")  # it is the payer's after all
    (nowhere,) = house.letters().without_address
    assert nowhere.for_patient_id == family.mateo_id
    with pytest.raises(service.NothingToPrintError):
        house.run()
    with house.database.transaction(house.act.principal) as session:
        (task,) = session.scalars(select(Task).where(Task.kind == "patient_not_reached"))
        assert task.subject_id == family.mateo_id


def test_an_older_statement_still_goes_to_who_pays_where_the_newest_is_not_theirs(
    house: Town, family: Family, bill: Bill, issue: Issue, pay_in: PayIn
) -> None:
    """Ana paid, the next statement was of Mateo alone, and then her bank took the money back."""
    own, later = bill(), NOW + timedelta(days=30)
    issue()
    pay_in(puts=[(own.target(), 4_000)], on=TODAY, at=NOW + timedelta(minutes=1))
    reach(house, family)
    bill_mateo(family, bill)
    issue(as_of=later.date(), now=later)
    pay_in(puts=[(own.target(), -4_000)], on=later.date(), at=later + timedelta(minutes=1))
    house = replace(house, now=later)
    rows = {row["name"]: row["amount_due_cents"] for row in index_of(house.print(house.run()))}
    assert rows["Mateo Reyes"] == "2500"
    assert rows["Ana Reyes"] == "4000"


def test_a_patient_who_moved_to_another_account_stops_no_letter(
    house: Town, family: Family, bill: Bill, issue: Issue
) -> None:
    """Their visits stay with who owes them; the letter of each is another's business now."""
    bill()
    bill_mateo(family, bill)
    issue()
    reach(house, family)
    run_id = house.run()
    elsewhere = make_guarantor(house.database, house.practice_id, account_number="A-90001")
    with house.database.transaction(house.act.principal) as session:
        session.execute(
            update(Patient)
            .where(Patient.practice_id == house.practice_id, Patient.patient_id == family.mateo_id)
            .values(guarantor_id=elsewhere)
        )
    letters = index_of(house.print(run_id))
    assert [one["name"] for one in letters] == ["Ana Reyes"]
    assert house.letters().due == ()


def test_a_letter_begun_before_somebody_was_reached_apart_is_left_out(
    house: Town, family: Family, bill: Bill, issue: Issue
) -> None:
    bill_mateo(family, bill)
    issue()
    run_id = house.run()
    reach(house, family)
    house.print(run_id)
    (left_out,) = house.state(run_id).look_at
    assert (left_out.state, left_out.detail) == ("left_out", "reached_apart")
    (due,) = house.letters().due
    assert due.for_patient_id == family.mateo_id
