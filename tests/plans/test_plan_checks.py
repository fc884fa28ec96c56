"""`portal ledger check` of payment plans: each thing that must hold, broken once."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, text

from portal.payments.plans.checks import checks as payment_checks
from portal.plans.checks import checks as plan_checks
from tests.conftest import DatabaseUrls
from tests.payments.owing import make_owing
from tests.plans.planning import Planner

PAYS = "000123456789"


@pytest.fixture
def superuser(database_urls: DatabaseUrls) -> Iterator[Engine]:
    """What no code of ours may do."""
    engine = create_engine(database_urls.superuser)
    yield engine
    engine.dispose()


def found(planner: Planner) -> list[str]:
    return planner.payer.read(
        lambda session: [
            finding.check for one in (plan_checks, payment_checks) for finding in one(session)
        ]
    )


def test_a_plan_that_was_paid_on_is_sound(planner: Planner) -> None:
    planner.pay(2_000)
    planner.debit(1_000, account=PAYS)
    assert found(planner) == []


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        ("UPDATE portal.plan_installments SET amount_cents = 1 WHERE number = 2", "plan_schedule"),
        ("UPDATE portal.plan_installments SET state = 'superseded'", "plan_schedule"),
        ("UPDATE portal.plans SET principal_cents = 1", "plan_schedule"),
        ("UPDATE portal.plans SET version = 2", "plan_schedule"),
        ("UPDATE portal.plans SET state = 'completed'", "plan_cover"),
        ("UPDATE portal.plan_lines SET ended_at = now()", "plan_cover"),
        ("UPDATE portal.plan_lines SET guarantor_id = :ben", "plan_guarantor"),
        ("UPDATE portal.claims SET guarantor_id = :ben", "plan_guarantor"),
        ("UPDATE portal.payments SET plan_id = gen_random_uuid()", "payment_plan"),
    ],
)
def test_what_is_off_is_found(planner: Planner, superuser: Engine, broken: str, check: str) -> None:
    planner.prepare(1_000)
    owing = planner.payer.owing
    ben = make_owing(
        planner.payer.database, owing.practice_id, account_number="A-2", number="10483"
    )
    with superuser.begin() as connection:
        given = {"ben": ben.guarantor_id} if ":ben" in broken else {}
        connection.execute(text(broken), given)
    assert check in found(planner)


def test_what_is_on_its_way_knows_its_plan_from_its_payment(
    planner: Planner, superuser: Engine
) -> None:
    planner.debit(1_000, account=PAYS)
    with superuser.begin() as connection:
        connection.execute(text("UPDATE portal.commitments SET plan_id = NULL"))
    assert found(planner) == ["payment_plan"]
