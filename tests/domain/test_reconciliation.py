"""Differences between four books: each has its name."""

from dataclasses import replace
from datetime import date

import pytest

from portal.domain.reconciliation import (
    DayTotals,
    Difference,
    FourSides,
    PracticeState,
    Standing,
    differences,
)

ALL_AGREE = FourSides(
    6_000,
    6_000,
    6_000,
    PracticeState.TAKEN,
    stripe_day_cents=6_000,
    journal_day_cents=6_000,
)


@pytest.mark.parametrize(
    ("sides", "expected"),
    [
        (ALL_AGREE, ()),
        (replace(ALL_AGREE, practice=PracticeState.NOTHING_TO_TELL), ()),
        (
            replace(ALL_AGREE, practice=PracticeState.WAITING),
            (Difference.NOT_IN_PRACTICE_SYSTEM,),
        ),
        (
            replace(ALL_AGREE, practice=PracticeState.REFUSED),
            (Difference.REFUSED_BY_PRACTICE_SYSTEM,),
        ),
        (replace(ALL_AGREE, journal_day_cents=0), (Difference.ANOTHER_DAY,)),
        (
            replace(ALL_AGREE, stripe_cents=None, stripe_day_cents=0),
            (Difference.ONLY_WITH_US,),
        ),
        (
            replace(ALL_AGREE, journal_cents=None, ours_cents=None, journal_day_cents=0),
            (Difference.ONLY_AT_STRIPE,),
        ),
        (
            replace(ALL_AGREE, journal_cents=None, ours_cents=0, is_on_its_way=True),
            (Difference.ON_ITS_WAY,),
        ),
        (replace(ALL_AGREE, ours_cents=5_999), (Difference.AMOUNT_DIFFERS,)),
        (replace(ALL_AGREE, journal_cents=5_999), (Difference.AMOUNT_DIFFERS,)),
        (  # a debit that failed: it came and went at Stripe, and nobody booked it
            FourSides(0, 0, None, PracticeState.NOTHING_TO_TELL),
            (),
        ),
    ],
)
def test_each_difference_has_its_name(sides: FourSides, expected: tuple[Difference, ...]) -> None:
    assert differences(sides) == expected


def test_totals_tie_when_the_rows_explain_both() -> None:
    totals = DayTotals(date(2026, 3, 10), 6_000, 204, 5_000, 6_000, 5_000)
    assert totals.ties
    assert not replace(totals, rows_journal_cents=4_999).ties


def test_clearing_is_the_balance_with_what_is_not_booked_alike() -> None:
    standing = Standing(
        clearing_cents=10_000,
        balance_cents=7_180,
        payouts_under_way_cents=3_000,
        fees_to_come_cents=320,
        not_in_books_cents=500,
    )
    assert standing.unexplained_cents == 0
    assert replace(standing, clearing_cents=10_001).unexplained_cents == 1
