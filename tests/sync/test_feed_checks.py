"""What `portal ledger check` says when rows of the feed and the books do not fit."""

import pytest

from tests.conftest import DatabaseUrls
from tests.payments.test_checks import spoil
from tests.remittances.desk import ImportDesk, SentClaim
from tests.sync.feeding import Feeder, Row

DESK = Row(account_number="J-1", cents=2_500)
REFUND = Row(kind="refund", id="F-1", claim_number="", cents=300, refers_to="R-1")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("DELETE FROM portal.feed_rows WHERE row_key = 'R-1'", "No row of the feed tells of this"),
        ("UPDATE portal.feed_rows SET entry_id = NULL WHERE row_key = 'R-1'", "do not fit"),
        ("UPDATE portal.feed_rows SET amount_cents = 2600 WHERE row_key = 'R-1'", "says 2600"),
        ("UPDATE portal.feed_rows SET returned_cents = 0", "have 2500 cents left"),
        ("UPDATE portal.visit_deposits SET left_cents = 100", "the journal has 200"),
        ("DELETE FROM portal.visit_deposits", "0 cents wait as deposits"),
    ],
)
def test_what_does_not_fit_is_named(
    desk: ImportDesk, feeder: Feeder, database_urls: DatabaseUrls, change: str, words: str
) -> None:
    feeder.send(DESK)
    desk.receive(SentClaim())
    feeder.send(REFUND)
    assert feeder.findings() == []
    spoil(database_urls, change)
    assert any(words in message for message in feeder.findings()), feeder.findings()
