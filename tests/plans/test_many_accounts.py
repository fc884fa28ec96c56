"""What statements ask of many people beside their plans is what they ask of each."""

from portal.statements.due import account_now, asked_for
from portal.statements.due_of_many import asked_of_many
from tests.builders import make_guarantor
from tests.plans.planning import Planner


def test_who_is_on_a_plan_is_read_among_others_as_alone(planner: Planner) -> None:
    payer = planner.payer
    other = make_guarantor(payer.database, payer.owing.practice_id, account_number="A-77777")
    ids = [payer.owing.guarantor_id, other]
    with payer.database.transaction(payer.job) as session:
        alone = {one: (account_now(session, one), asked_for(session, one)) for one in ids}
        assert asked_of_many(session, ids) == alone
    assert [len(account.plans) for account, _ in alone.values()] == [1, 0]
