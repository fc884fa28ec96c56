"""The practice's feed in double entry, and what a receipt is put to and gives back."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.allocation import Allocation, OpenTarget
from portal.domain.feed_postings import Split, split_receipt, taken_back
from portal.domain.journal import NOWHERE, JournalEntry, LedgerAccount, Target
from portal.domain.visit_deposits import OpenLine, WaitingDeposit, meet
from tests.domain.claims import check_accounts
from tests.domain.feed_entries import FEED_ENTRIES

DAY = date(2026, 1, 5)
LINES = [Target(UUID(int=1), UUID(int=number)) for number in (11, 12, 13)]
CENTS = st.integers(min_value=1, max_value=5_000)
OPEN = st.lists(CENTS, max_size=3).map(
    lambda many: [
        OpenTarget(target, DAY, cents) for target, cents in zip(LINES, many, strict=False)
    ]
)


@pytest.mark.parametrize(("entry", "legs"), FEED_ENTRIES)
def test_a_row_posts_exactly_these_legs(
    entry: JournalEntry, legs: Sequence[tuple[LedgerAccount, int]]
) -> None:
    assert [(one.account, one.amount_cents) for one in entry.postings] == list(legs)
    check_accounts(entry)


@given(cents=CENTS, targets=OPEN, is_for_a_visit=st.booleans())
def test_a_receipt_is_put_to_no_more_than_is_open_and_nothing_is_lost(
    cents: int, targets: list[OpenTarget], *, is_for_a_visit: bool
) -> None:
    split = split_receipt(cents, targets, is_for_a_visit=is_for_a_visit)
    put = {part.target: part.amount_cents for part in split.parts}
    assert all(put.get(one.target, 0) <= one.open_cents for one in targets)
    assert split.cents == cents
    assert not (is_for_a_visit and NOWHERE in put)


@given(cents=CENTS, targets=OPEN, deposit=st.integers(min_value=0, max_value=3_000))
def test_what_goes_back_comes_from_what_is_left_deposit_first(
    cents: int, targets: list[OpenTarget], deposit: int
) -> None:
    remains = Split(tuple(Allocation(one.target, one.open_cents) for one in targets), deposit)
    if cents > remains.cents:
        with pytest.raises(ValueError, match=str(cents)):
            taken_back(cents, remains)
        return
    taken = taken_back(cents, remains)
    assert taken.cents == cents
    assert taken.deposit_cents == min(cents, deposit)
    there = {part.target: part.amount_cents for part in remains.parts}
    assert all(part.amount_cents <= there[part.target] for part in taken.parts)


def test_a_deposit_pays_its_own_visit_and_no_other() -> None:
    ana, ben = UUID(int=7), UUID(int=8)
    deposits = [
        WaitingDeposit(UUID(int=21), ana, "A1", None, 1_000),
        WaitingDeposit(UUID(int=22), ana, "", DAY, 500),
        WaitingDeposit(UUID(int=23), ana, "A1", date(2026, 2, 1), 900),
    ]
    lines = [
        OpenLine(LINES[0], ben, "A1", DAY, 5_000),
        OpenLine(LINES[1], ana, "A2", DAY, 5_000),
        OpenLine(LINES[2], ana, "A1", DAY, 1_200),
    ]
    assert [(one.receipt_id.int, one.target, one.cents) for one in meet(deposits, lines)] == [
        (21, LINES[2], 1_000),
        (22, LINES[1], 500),
    ]
