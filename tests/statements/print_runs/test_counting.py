"""However many letters were left out, what they ask for by now is read in as few statements."""

from collections.abc import Callable
from datetime import timedelta

from portal.statements.due import account_now, asked_for
from portal.statements.due_of_many import asked_of_many
from portal.statements.print_runs import service
from tests.home.test_pages import counted
from tests.statements.builders import hold_account
from tests.statements.conftest import NOW, TODAY, Bill, Family, Issue, PayIn
from tests.statements.print_runs.conftest import PEOPLE, Town, settle
from tests.statements.print_runs.test_letters_apart import bill_mateo, reach


def give_up_a_run(town: Town) -> None:
    service.end_run(town.database, town.act, town.run(), home=town.home)


def count_queries(town: Town, act: Callable[[], object]) -> int:
    with counted(town.database) as sent:
        act()
    return len(sent)


def test_twenty_left_out_cost_no_more_than_two(town: Town, issue: Issue) -> None:
    for index in range(2, PEOPLE):
        town.change(index, email="a@example.com", email_agreed_at=NOW)
    give_up_a_run(town)
    assert len(town.letters().due) == 2
    look_at_two = count_queries(town, town.letters)
    start_with_two = count_queries(town, lambda: give_up_a_run(town))
    for index in range(2, PEOPLE):
        town.change(index, email=None)
    settle(town.database, town.practice_id, range(PEOPLE, 20))
    issue(now=NOW + timedelta(hours=1))
    give_up_a_run(town)
    assert len(town.letters().due) == 20
    assert count_queries(town, town.letters) == look_at_two
    assert count_queries(town, lambda: give_up_a_run(town)) == start_with_two


def test_of_patients_reached_apart_a_left_out_letter_is_due_while_it_asks(
    house: Town, family: Family, bill: Bill, issue: Issue, pay_in: PayIn
) -> None:
    bill()
    mateo = bill_mateo(family, bill)
    issue()
    reach(house, family)
    give_up_a_run(house)
    assert {one.for_patient_id for one in house.letters().due} == {None, family.mateo_id}
    pay_in(puts=[(mateo.target(), 2_500)], on=TODAY, at=NOW + timedelta(minutes=1))
    assert {one.for_patient_id for one in house.letters().due} == {None}


def test_many_are_read_as_each_is_read_alone(
    house: Town, family: Family, bill: Bill, issue: Issue, pay_in: PayIn
) -> None:
    """Paid in part, grown by a second statement, on hold; of plans in tests/plans."""
    ids = [family.guarantor_id, *settle(house.database, house.practice_id, range(4))]
    made = bill()
    issue()
    pay_in(puts=[(made.target(), 1_500)], on=TODAY, at=NOW + timedelta(hours=2))
    bill(claim_number="C-2009")
    issue(as_of=TODAY + timedelta(days=30), now=NOW + timedelta(days=30))
    hold_account(house.database, house.practice_id, guarantor_id=ids[3])
    with house.database.transaction(house.act.principal) as session:
        alone = {one: (account_now(session, one), asked_for(session, one)) for one in ids}
        assert asked_of_many(session, ids) == alone
