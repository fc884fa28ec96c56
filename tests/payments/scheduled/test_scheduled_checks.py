"""What `portal ledger check` finds in charges that do not fit their payments."""

import pytest

from portal.payments.scheduled.checks import checks
from tests.conftest import DatabaseUrls
from tests.payments.keeping import DECLINED_LATER, Keeper
from tests.payments.test_checks import spoil


def found(keeper: Keeper) -> list[str]:
    return keeper.payer.read(lambda session: [finding.check for finding in checks(session)])


def test_what_was_charged_and_declined_as_agreed_is_sound(keeper: Keeper) -> None:
    keeper.plan(keeper.save(DECLINED_LATER), days=5)
    keeper.pass_days(5)
    keeper.charge()
    assert found(keeper) == []


@pytest.mark.parametrize(
    ("spoiling", "check"),
    [
        ("UPDATE portal.scheduled_payments SET consent_id = NULL", "scheduled_consent"),
        ("UPDATE portal.scheduled_payments SET agreed_cents = 9999", "scheduled_amount"),
        ("UPDATE portal.scheduled_payments SET state = 'failed'", "scheduled_state"),
        ("DELETE FROM portal.scheduled_tries", "scheduled_agreement"),
    ],
)
def test_what_does_not_fit_is_found(
    keeper: Keeper, database_urls: DatabaseUrls, spoiling: str, check: str
) -> None:
    keeper.plan(keeper.save(), days=5)
    keeper.pass_days(5)
    keeper.charge()
    assert found(keeper) == []
    spoil(database_urls, spoiling)
    assert found(keeper) == [check]
