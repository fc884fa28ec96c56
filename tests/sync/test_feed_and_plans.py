"""Money that the practice took itself, and payment plans: what names a visit is meant for it."""

import pytest

from portal.domain.journal import LedgerAccount, Target
from portal.ledger.plan_cover import cents_on_plans
from portal.ledger.queries import open_shares
from tests.plans.standing_plans import make_plan
from tests.remittances.desk import ImportDesk, SentClaim
from tests.sync.feeding import Feeder, Row


@pytest.mark.parametrize(
    ("claim_number", "left_cents", "credit_cents"), [("", 2_000, 500), ("A1", 1_500, 0)]
)
def test_only_what_names_a_visit_goes_to_a_plans_lines(
    desk: ImportDesk, feeder: Feeder, claim_number: str, left_cents: int, credit_cents: int
) -> None:
    desk.receive(SentClaim())  # 20.00 is the patient's
    guarantor_id = desk.guarantor_id("A1")
    with desk.database.transaction(desk.principal()) as session:
        lines = {
            Target(one.claim_id, one.charge_id): one.open_cents
            for one in open_shares(session, guarantor_id)
        }
    make_plan(desk.database, desk.practice.practice_id, guarantor_id, lines)
    feeder.send(Row(account_number="J-1", claim_number=claim_number, cents=500))
    with desk.database.transaction(desk.principal()) as session:
        assert sum(cents_on_plans(session, guarantor_id).values()) == left_cents
    assert -desk.sums().get(LedgerAccount.UNAPPLIED_CREDIT, 0) == credit_cents
    assert feeder.findings() == []
