"""`portal ledger check` of plans that were kept: sound through their life; what is off is found."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, text

from portal.plans.checks import checks
from tests.conftest import DatabaseUrls
from tests.plans.living import Living


@pytest.fixture
def superuser(database_urls: DatabaseUrls) -> Iterator[Engine]:
    """What no code of ours may do."""
    engine = create_engine(database_urls.superuser)
    yield engine
    engine.dispose()


def found(living: Living) -> set[str]:
    return {finding.check for finding in living.keeper.payer.read(lambda s: list(checks(s)))}


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        ("UPDATE portal.plans SET state = 'past_due'", "plan_events"),
        ("UPDATE portal.plan_installments SET state = 'due' WHERE number = 2", "plan_events"),
        ("UPDATE portal.plan_installments SET due_on = due_on + 1", "plan_schedule"),
        ("UPDATE portal.plans SET consent_id = NULL", "plan_consent"),
        ("UPDATE portal.plan_consents SET schedule_hash = 'other'", "plan_consent"),
        ("UPDATE portal.plan_consents SET method_id = gen_random_uuid()", "plan_consent"),
        ("UPDATE portal.plan_consents SET way = 'by_hand', method_id = NULL", "plan_consent"),
        ("UPDATE portal.plan_versions SET schedule_hash = 'other'", "plan_schedule"),
        ("UPDATE portal.plan_versions SET principal_cents = 1", "plan_schedule"),
        ("UPDATE portal.plan_consents SET given_at = given_at + interval '1 year'", "plan_consent"),
    ],
)
def test_what_is_off_is_found(living: Living, superuser: Engine, broken: str, check: str) -> None:
    living.agree(count=2, method_id=living.keeper.save())
    living.reach(living.due_on(1))
    assert found(living) == set()
    with superuser.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(broken))
    assert check in found(living)
