"""What money at the desk posts: exactly these legs, on the accounts of its row."""

import pytest

from portal.domain.desk_postings import terminal_settled
from portal.domain.journal import JournalEntry, LedgerAccount
from tests.domain.claims import check_accounts
from tests.domain.desk_entries import DESK_ENTRIES, ONE, TODAY


@pytest.mark.parametrize(("entry", "legs"), DESK_ENTRIES)
def test_an_event_of_the_desk_posts_exactly_these_legs(
    entry: JournalEntry, legs: list[tuple[LedgerAccount, int]]
) -> None:
    assert [(one.account, one.amount_cents) for one in entry.postings] == legs
    check_accounts(entry)


def test_no_more_arrives_of_a_batch_than_was_taken() -> None:
    with pytest.raises(ValueError, match="arrived of"):
        terminal_settled(ONE, taken_cents=100, arrived_cents=101, effective_on=TODAY)
