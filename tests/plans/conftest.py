"""Ana of the payments' tests, with a plan over the older of her visits."""

from datetime import timedelta

import pytest

from tests.payments.conftest import ana, gateway, keeper, payer, settling  # noqa: F401 — fixtures
from tests.payments.paying import Payer
from tests.plans.planning import Planner
from tests.plans.standing_plans import make_plan


@pytest.fixture
def planner(payer: Payer) -> Planner:  # noqa: F811 — the fixture of that name
    """60.00 in four payments of 15.00, the first past due; 40.00 are on the statement still."""
    owing = payer.owing
    days = [payer.now.date() + timedelta(days=days) for days in (-10, 20, 50, 80)]
    lines = {owing.older.target: owing.older.cents}
    plan_id = make_plan(payer.database, owing.practice_id, owing.guarantor_id, lines, days=days)
    return Planner(payer, plan_id)
