"""What plans and agencies post about debt: exactly these legs, on the accounts of its row."""

import pytest

from portal.domain.journal import JournalEntry, LedgerAccount
from tests.domain.claims import check_accounts
from tests.domain.owed_elsewhere_entries import OWED_ELSEWHERE_ENTRIES


@pytest.mark.parametrize(("entry", "legs"), OWED_ELSEWHERE_ENTRIES)
def test_an_event_about_debt_posts_exactly_these_legs(
    entry: JournalEntry, legs: list[tuple[LedgerAccount, int]]
) -> None:
    assert [(one.account, one.amount_cents) for one in entry.postings] == legs
    check_accounts(entry)
