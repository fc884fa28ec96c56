"""A patient reached apart from who pays gets a letter of their own (45 CFR 164.522(b))."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal.desk.viewing.service import set_contact
from portal.domain.paper_delivery import LetterReason
from portal.domain.print_run import RunState
from portal.practice.models import Patient, Task
from portal.practice.viewing_acts import ReachedAt
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


def reach(house: Town, family: Family, where: ReachedAt = THEIRS) -> tuple[int, ...]:
    return set_contact(
        house.database,
        house.act.principal,
        family.guarantor_id,
        family.mateo_id,
        where,
        reason="Asked for it",
        now=house.now,
        request_id="test",
    )


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


def test_a_printed_letter_of_who_is_reached_elsewhere_since_is_not_handed_over(
    house: Town, family: Family, bill: Bill, issue: Issue
) -> None:
    """Also one that goes to who pays for other visits too: it shows what is theirs no more."""
    bill()
    bill_mateo(family, bill)
    issue()
    run_id = house.run()
    house.print(run_id)
    assert house.state(run_id).astray == ()
    assert reach(house, family) == (1,)
    (astray,) = house.state(run_id).astray
    assert astray.sequence == 1
    with pytest.raises(service.AstrayLettersError):
        service.hand_over(house.database, house.act, run_id, home=house.home)
    assert house.state(run_id).run.state is RunState.READY
    service.end_run(house.database, house.act, run_id, home=house.home)
    assert {one.for_patient_id for one in house.letters().due} == {None, family.mateo_id}
    house = replace(house, now=NOW + timedelta(hours=1))
    again = house.run()
    names = {row["name"] for row in index_of(house.print(again))}
    assert names == {"Ana Reyes", "Mateo Reyes"}
    service.hand_over(house.database, house.act, again, home=house.home)


def test_nor_is_a_letter_to_an_address_they_have_left_and_the_others_go_without_it(
    house: Town, family: Family, bill: Bill, issue: Issue
) -> None:
    bill()
    bill_mateo(family, bill)
    issue()
    reach(house, family)
    later = replace(house, now=NOW + timedelta(hours=1))
    run_id = later.run()
    later.print(run_id)
    assert later.state(run_id).astray == ()
    moved = replace(later, now=NOW + timedelta(hours=2))
    assert reach(moved, family, replace(THEIRS, address_line="9 Harbor Road")) == (1,)
    astray = moved.state(run_id).astray
    assert [one.sequence for one in astray] == [1, 2]  # hers is read anew, too
    service.take_out(moved.database, moved.act, run_id, "1", reason="reached_apart")
    moved.print(run_id)
    assert [one.sequence for one in moved.state(run_id).astray] == [2]


def test_who_asks_is_told_of_no_run_that_has_nothing_of_theirs(
    house: Town, family: Family, bill: Bill, issue: Issue
) -> None:
    bill()
    issue()
    run_id = house.run()
    house.print(run_id)
    assert reach(house, family) == ()
    service.hand_over(house.database, house.act, run_id, home=house.home)
