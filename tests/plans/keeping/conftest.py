"""Ana, who keeps ways to pay, with a plan: days pass by a clock that both she and Stripe have."""

import pytest

from tests.payments.conftest import ana, gateway, payer  # noqa: F401 — fixtures
from tests.payments.conftest import keeper as keeper  # noqa: PLC0414 — so that parameters may have its name
from tests.payments.keeping import Keeper
from tests.plans.living import Living


@pytest.fixture
def living(keeper: Keeper) -> Living:
    return Living(keeper)
