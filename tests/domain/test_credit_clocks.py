"""Since when a credit lies with us, and by when it goes back."""

from datetime import date, timedelta

import pytest

from portal.domain.credit_clocks import (
    ClockState,
    CreditOwner,
    is_letter_due,
    owner_of,
    standing,
    standing_since,
    unclaimed_on,
)

SINCE = date(2026, 3, 9)


@pytest.mark.parametrize(
    ("owner", "days", "state"),
    [
        (CreditOwner.GOVERNMENT, 44, ClockState.RUNNING),
        (CreditOwner.GOVERNMENT, 45, ClockState.NEAR),
        (CreditOwner.GOVERNMENT, 60, ClockState.NEAR),
        (CreditOwner.GOVERNMENT, 61, ClockState.OVERDUE),
        (CreditOwner.PATIENT, 19, ClockState.RUNNING),
        (CreditOwner.PATIENT, 30, ClockState.NEAR),
        (CreditOwner.PATIENT, 31, ClockState.OVERDUE),
    ],
)
def test_a_clock_runs_from_the_day_of_the_credit(
    owner: CreditOwner, days: int, state: ClockState
) -> None:
    assert standing(owner, since=SINCE, today=SINCE + timedelta(days=days)).state is state


def test_the_rule_of_the_day_of_the_credit_counts() -> None:
    before = standing(CreditOwner.GOVERNMENT, since=date(2024, 12, 31), today=SINCE)
    after = standing(CreditOwner.GOVERNMENT, since=date(2025, 1, 1), today=SINCE)
    assert (before.source, after.source) == ("42 CFR 401.305", "42 CFR 401.305, 2025")
    oldest = standing(CreditOwner.PAYER, since=date(2001, 1, 1), today=SINCE)
    assert oldest.due_on == date(2001, 3, 2)


@pytest.mark.parametrize(("code", "owner"), [("MB", "government"), ("MC", "government")])
def test_medicare_and_medicaid_are_told_from_other_plans(code: str, owner: str) -> None:
    assert owner_of(code) == owner
    assert owner_of("CI") is CreditOwner.PAYER


@pytest.mark.parametrize(
    ("moves", "balance", "day"),
    [
        ([(1, 500)], 500, 1),
        ([(1, 500), (2, -500), (3, 200)], 200, 3),
        ([(1, 500), (2, 300), (3, -400)], 400, 1),
        ([(1, 500), (2, 300), (3, -500)], 300, 2),
        ([], 0, None),
    ],
)
def test_the_oldest_credit_is_used_first(
    moves: list[tuple[int, int]], balance: int, day: int | None
) -> None:
    dated = [(date(2026, 1, number), cents) for number, cents in moves]
    assert standing_since(dated, balance) == (date(2026, 1, day) if day else None)


def test_the_owner_is_written_to_before_the_state_takes_it() -> None:
    heard = date(2024, 2, 29)
    assert unclaimed_on(heard) == date(2027, 3, 1)
    days = [timedelta(days=number) for number in (121, 120, 60, 59)]
    due = [is_letter_due(heard, today=unclaimed_on(heard) - before) for before in days]
    assert due == [False, True, True, False]
